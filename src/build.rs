//! Collects the files of the two pages for the program, each file also compressed where that makes it smaller.

use std::{env, path::PathBuf};

/// The folder of each page's files, and the name of its table.
const PAGES: [(&str, &str); 2] = [("public", "public"), ("src/frame/view", "view")];

fn main() {
    let project = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it"));
    for (folder, table) in PAGES {
        let folder = project.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        #[cfg(feature = "frame")]
        page::collect(&folder, table);
        #[cfg(not(feature = "frame"))]
        let _ = table;
    }
}

#[cfg(feature = "frame")]
mod page {
    use brotli::enc::BrotliEncoderParams;
    use flate2::{Compression, write::GzEncoder};
    use std::{
        env,
        fmt::Write as _,
        fs,
        io::Write as _,
        path::{Path, PathBuf},
    };

    /// Writes a table, as `public.rs`: an array of pairs of a file's name and its bytes. The file `a.js` in the codings
    /// brotli and gzip has the names `a.js.br` and `a.js.gz`.
    pub fn collect(folder: &Path, name: &str) {
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));
        let place = out.join(name);
        fs::create_dir_all(&place).expect("Cargo's folder can be written to");
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .expect("the folder of the page's files can be read")
            .map(|entry| entry.expect("an entry of the folder").path())
            .collect();
        files.sort_unstable();
        let mut table = String::from("[\n");
        for file in files {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .expect("a name in UTF-8");
            let plain = fs::read(&file).expect("a file of the page can be read");
            pair(&mut table, name, &file);
            for (end, coded) in [("br", brotli(&plain)), ("gz", gzip(&plain))] {
                if coded.len() >= plain.len() || is_filled_in(&plain) {
                    continue;
                }
                let name = format!("{name}.{end}");
                let file = place.join(&name);
                fs::write(&file, coded).expect("Cargo's folder can be written to");
                pair(&mut table, &name, &file);
            }
        }
        table.push_str("]\n");
        fs::write(out.join(format!("{name}.rs")), table).expect("Cargo's folder can be written to");
    }

    fn pair(table: &mut String, name: &str, file: &Path) {
        writeln!(table, "({name:?}, &include_bytes!({file:?})[..]),")
            .expect("a String takes every text");
    }

    /// True for a file with names in double braces, whose values are known at run time.
    fn is_filled_in(plain: &[u8]) -> bool {
        plain.windows(2).any(|pair| pair == b"{{")
    }

    fn brotli(mut plain: &[u8]) -> Vec<u8> {
        let mut coded = Vec::new();
        let best = BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut plain, &mut coded, &best).expect("a Vec takes every byte");
        coded
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let written = encoder.write_all(plain).and_then(|()| encoder.finish());
        written.expect("a Vec takes every byte")
    }
}
