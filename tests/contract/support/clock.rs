//! A wall clock that is wrong, for one program.

use super::{
    programs::skip,
    server::{Server, program},
};
use std::{env, fs, path::PathBuf};
use tempfile::NamedTempFile;

/// The library that steps the wall clock of the programs that load it, and no other clock.
const LIBRARY: &str = "faketime/libfaketime.so.1";
const FOLDERS: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
];

fn library() -> Option<PathBuf> {
    let candidates = FOLDERS
        .iter()
        .map(|folder| PathBuf::from(folder).join(LIBRARY));
    let found = candidates.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let missing = "no libfaketime here (on Debian: apt-get install faketime)";
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{missing}");
        skip(missing);
    }
    found
}

/// A server whose wall clock is off by this amount (faketime(1)), and by the amount that is written to the file from then
/// on. The program faketime would have the server as a child of its own.
pub fn with_a_clock(amount: &str, options: &[&str]) -> Option<(Server, NamedTempFile)> {
    let library = library()?;
    let offset = NamedTempFile::new().unwrap();
    fs::write(&offset, amount).unwrap();
    let mut command = program();
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", offset.path())
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1")
        .args(options);
    Some((Server::spawn(command), offset))
}
