//! The exercises: patches that each break one guard of the program. `tests/exercises/run all` shows that a test notices
//! each of them. Here they are kept fit to be applied.

use super::support::programs::find;
use std::{collections::BTreeSet, fs, path::Path, process::Command};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The fewest exercises.
const COUNT: usize = 40;
/// The most exercises without whose guard the running program shows nothing.
const UNSEEN: usize = 11;

#[test]
fn each_exercise_can_be_applied_and_names_a_test_that_exists() {
    let Some(git) = find(&["git"], "git") else {
        return;
    };
    let sources = sources(&Path::new(ROOT).join("src"));
    let entries = fs::read_dir(Path::new(ROOT).join("tests/exercises")).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let patches: BTreeSet<_> = files
        .filter(|file| file.extension().is_some_and(|end| end == "patch"))
        .collect();
    assert!(patches.len() >= COUNT, "{} exercises", patches.len());
    let mut unseen = 0;
    for (at, patch) in patches.iter().enumerate() {
        let name = patch.file_name().unwrap().to_str().unwrap();
        assert!(
            name.starts_with(&format!("{:02}-", at + 1)),
            "{name} has its number"
        );
        let text = fs::read_to_string(patch).unwrap();
        let head: Vec<&str> = text.lines().take(4).collect();
        for (line, begin) in head.iter().zip(["Expect: ", "See: ", "Test: "]) {
            assert!(line.starts_with(begin), "{name}: {line}");
        }
        let says_why = head[1].starts_with("See: nothing");
        let word = if says_why { "since " } else { "serve" };
        assert!(head[1].contains(word), "{name}: {}", head[1]);
        unseen += usize::from(says_why);
        let test = head[2].rsplit("::").next().unwrap();
        let is_there = ["fn ", "mod "]
            .iter()
            .any(|kind| sources.contains(&format!("{kind}{test}")));
        assert!(is_there, "{name}: no test {test}");
        let output = Command::new(&git)
            .args(["apply", "--check"])
            .arg(patch)
            .current_dir(ROOT)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert!(
        unseen <= UNSEEN,
        "{unseen} guards that are not seen to work"
    );
}

#[test]
fn a_wrong_argument_is_refused_by_one_line() {
    for arguments in [
        &["99"][..],
        &["0"],
        &["-1"],
        &["abc"],
        &["--help"],
        &[""],
        &["--see"],
        &["1", "99"],
        &["all", "99"],
        &["99", "--see"],
    ] {
        assert_refused(Path::new(ROOT), arguments);
    }
}

#[test]
fn outside_a_clone_an_exercise_is_refused_by_one_line() {
    let root = tempfile::tempdir().unwrap();
    let exercises = root.path().join("tests/exercises");
    fs::create_dir_all(&exercises).unwrap();
    fs::write(exercises.join("01-a.patch"), "").unwrap();
    let run = Path::new(ROOT).join("tests/exercises/run");
    fs::copy(run, exercises.join("run")).unwrap();
    assert_refused(root.path(), &["1"]);
}

/// The program that runs the exercises below `root` ends with exit status 2, and has printed one line, which is an error.
fn assert_refused(root: &Path, arguments: &[&str]) {
    let Some(bash) = find(&["bash"], "bash") else {
        return;
    };
    let output = Command::new(bash)
        .arg(root.join("tests/exercises/run"))
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
    assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

/// All sources below a folder, as one text.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let texts = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| match path.is_dir() {
            true => sources(&path),
            false if path.extension().is_some_and(|end| end == "rs") => {
                fs::read_to_string(path).unwrap()
            }
            false => String::new(),
        });
    texts.collect()
}
