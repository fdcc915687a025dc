//! Other programs that tests need, and the line that tells of a skipped test.

use std::{env, io::Write, path::PathBuf};

/// Folders of Debian's programs for administrators, which may be missing in `PATH`.
const FURTHER: &str = "/usr/sbin:/sbin";

/// The path of the first of `names` that exists. None, with a line on standard error, if none does. With `CI=true` that
/// is a failure.
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

/// Reports a skipped test past the test runner, which hides the output of a test that passes.
pub fn skip(why: &str) {
    let line = format!("SKIPPED: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
