//! Collects the page's files for the program, each file also compressed where that makes it smaller.

use std::{env, path::PathBuf};

fn main() {
    let folder =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it")).join("public");
    println!("cargo::rerun-if-changed={}", folder.display());
    #[cfg(feature = "frame")]
    page::collect(&folder);
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

    /// Writes `public.rs`: an array of pairs of a file's name and its bytes. The file `a.js` in the codings brotli and
    /// gzip has the names `a.js.br` and `a.js.gz`.
    pub fn collect(folder: &Path) {
        let place = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));
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
        fs::write(place.join("public.rs"), table).expect("Cargo's folder can be written to");
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
