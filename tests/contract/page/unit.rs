//! The page's own logic, on Node's test runner: no browser, no server, a clock that the tests move.

use std::{env, fs, path::Path, process::Command};

/// Node needs a package.json that makes the files modules. The page does not, so the files are copied beside one.
#[test]
fn the_pages_logic_passes_its_own_tests() {
    if Command::new("node").arg("--version").output().is_err() {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "Node.js is missing");
        eprintln!("skipped: no Node.js here (on Debian: apt-get install nodejs)");
        return;
    }
    let copy = tempfile::tempdir().unwrap();
    fs::write(copy.path().join("package.json"), r#"{"type":"module"}"#).unwrap();
    for folder in ["public", "tests/page"] {
        copy_files(folder, copy.path());
    }
    let mut node = Command::new("node");
    node.args(["--test", "tests/page/line.mjs", "tests/page/words.mjs"]);
    let output = node.current_dir(copy.path()).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
}

/// Every file counts, icons as well.
#[test]
fn the_page_is_small() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("public");
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let size: u64 = files.map(|file| file.metadata().unwrap().len()).sum();
    assert!(size <= 40 * 1024, "{size} bytes");
}

fn copy_files(folder: &str, to: &Path) {
    let to = to.join(folder);
    fs::create_dir_all(&to).unwrap();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
