//! Other programs that tests need, and the word that is said where one is missing.

use std::{env, io::Write, path::PathBuf};

/// Where Debian has what is for administrators, who may not have it in their `PATH`.
const FURTHER: &str = "/usr/sbin:/sbin";

/// Where the first of `names` is that is there; nothing, with a word on standard error, if none is. With `CI=true` one
/// must be.
pub fn find(names: &[&str], package: &str) -> Option<PathBuf> {
    let path = format!("{}:{FURTHER}", env::var("PATH").unwrap_or_default());
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let found = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| program.is_file());
    if found.is_none() {
        let missing = format!(
            "no {} here (on Debian: apt-get install {package})",
            names[0]
        );
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{missing}");
        skip(&missing);
    }
    found
}

/// Says that a test is skipped, past the test runner, which keeps what a test prints to itself if it passes.
pub fn skip(why: &str) {
    let line = format!("SKIPPED: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
