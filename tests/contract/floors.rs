//! The floors of the crate: a file imports only from the floors below, and names nothing that its floor must not know.

use std::{collections::BTreeMap, fs, path::Path};

/// Modules of the crate by floor, from the bottom.
const FLOORS: [&[&str]; 5] = [
    &[
        "histogram",
        "timer_wheel",
        "channel",
        "event",
        "http",
        "handover",
    ],
    &["journal", "pool", "reactor"],
    &["server"],
    &["frame", "source"],
    &["config", "load", "logging", "serve", "tour", "fuzzing"],
];
/// Pairs of modules of a floor of which the first may use the second.
const BESIDE: [(&str, &str); 12] = [
    ("channel", "event"),
    ("channel", "handover"),
    ("event", "handover"),
    ("histogram", "handover"),
    ("frame", "source"),
    ("serve", "config"),
    ("serve", "logging"),
    ("config", "frame"),
    ("config", "load"),
    ("tour", "config"),
    ("tour", "load"),
    ("tour", "serve"),
];

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("{module} has no floor"))
}

/// Every source file by its top module, without the crate's root, its build script, the programs, the demos and the
/// unit tests.
pub fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let name = entry
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            match entry.is_dir() {
                true => folders.push(entry),
                false if ["build.rs", "lib.rs", "main.rs"].contains(&&*name) => {}
                false if name.starts_with("demos") || name.contains("/tests") => {}
                false if !name.ends_with(".rs") => {}
                false => drop(found.insert(name, fs::read_to_string(entry).unwrap())),
            }
        }
    }
    assert!(found.len() > 20, "the sources were found");
    found
}

fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The modules of the crate that a source imports, by `crate::x` or in the braces of a `use crate::{…}`.
fn imports(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in source.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            None => found.push(word(part)),
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (at, letter) in list.char_indices() {
                    match letter {
                        '}' if depth == 0 => break,
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ if start && letter.is_alphabetic() => {
                            found.push(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect()
}

#[test]
fn no_floor_imports_from_above_or_beside() {
    for (file, source) in sources() {
        let importer = module(&file).to_owned();
        for imported in imports(&source) {
            let allowed = imported == importer
                || floor(&imported) < floor(&importer)
                || BESIDE.contains(&(importer.as_str(), imported.as_str()));
            assert!(allowed, "{file} imports crate::{imported}");
        }
    }
}

#[test]
fn only_the_reactor_sees_mio_and_http_sees_no_socket() {
    for (file, source) in sources() {
        let module = module(&file);
        let sockets = [
            "mio::",
            "std::net::Tcp",
            "net::TcpStream",
            "TcpListener",
            "socket2",
        ];
        for word in sockets.iter().filter(|word| source.contains(**word)) {
            assert!(
                module == "reactor" || module == "flickr",
                "{file} names {word}"
            );
        }
        if module == "http" || module == "timer_wheel" || module == "channel" || module == "event" {
            // IoSlice is a slice of bytes for a vectored write, and no socket.
            let source = source.replace("std::io::IoSlice", "");
            for word in ["std::io", "io::Read", "Instant", "SystemTime", "thread"] {
                assert!(!source.contains(word), "{file} names {word}");
            }
        }
        if module == "reactor" || module == "journal" {
            assert!(!source.contains("http::"), "{file} names http");
        }
    }
}

#[test]
fn within_the_server_parts_and_connections_see_no_loop_and_no_thread() {
    // The files that hold the loop. The application's calls reach the loop by a trait.
    let loops = [
        "server.rs",
        "server/answer.rs",
        "server/exchange.rs",
        "server/handler.rs",
        "server/reports.rs",
        "server/run.rs",
        "server/shutdown.rs",
        "server/timers.rs",
        "server/view.rs",
    ];
    for (file, source) in sources()
        .iter()
        .filter(|(file, _)| module(file) == "server")
    {
        let is_pure = ["server/parts", "server/connection"]
            .iter()
            .any(|pure| file.starts_with(pure));
        let unseen: &[&str] = match is_pure {
            true => &["Io", "Mailbox", "Pool", "Slot", "Socket", "Sockets", "mio"],
            false if loops.contains(&file.as_str()) => &[],
            false if file.starts_with("server/upgrade") => &[],
            false => &["Io", "mio"],
        };
        for word in unseen {
            assert!(!names(source, word), "src/{file} names {word}");
        }
    }
}

fn names(source: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    source
        .split(|letter| !is_part(letter))
        .any(|word| word == name)
}

#[test]
fn the_reader_of_imports_reads_them() {
    let source = "use crate::{a::{b, c}, d, e::f::{g}};\nuse crate::h::i; fn j() { crate::k::l() }";
    assert_eq!(imports(source), ["a", "d", "e", "h", "k"]);
}
