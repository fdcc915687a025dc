//! A file for Linux, a file for every other system, and no other file that depends on the system, but for an option of the
//! client of Redis.

use crate::floors::sources;

const LINUX: &str = "reactor/linux.rs";
const OTHER: &str = "reactor/other.rs";
/// The client of Redis has an option on Linux alone, which can be set only where it is.
const CLIENT: &str = "journal/redis/url.rs";
/// Words of code that is right on some systems only.
const SYSTEMS: [&str; 8] = [
    "target_os",
    "target_family",
    "target_pointer_width",
    "cfg(unix",
    "cfg(windows",
    "os::linux",
    "_tcp_user_timeout",
    "attach_filter",
];

fn code(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// The items that the reactor and other modules use: names, types and values, without the names of arguments.
fn interface(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for item in source.split("\npub(").skip(1) {
        let (visible, rest) = item.split_once(") ").unwrap();
        let end = rest.find(['{', '=']).unwrap();
        let words: Vec<&str> = rest[..end].split_whitespace().collect();
        let typed = words.join(" ").replace("( ", "(").replace(", )", ")");
        let parts = typed.split_inclusive(['(', ',']);
        let unnamed = parts.map(|part| match part.split_once(": ") {
            Some((name, r#type)) if name.trim().chars().all(|c| c.is_lowercase() || c == '_') => {
                r#type
            }
            _ => part,
        });
        found.push(format!("{visible} {}", unnamed.collect::<String>()));
    }
    found
}

#[test]
fn code_that_is_right_on_some_systems_only_is_in_two_files() {
    for (file, source) in sources() {
        if [LINUX, OTHER, CLIENT].contains(&&*file) {
            continue;
        }
        let mut choices = 0;
        for line in code(&source) {
            let is_choice = line.contains("target_os") && line.contains("path = \"reactor/");
            choices += usize::from(is_choice);
            let depends =
                SYSTEMS.iter().any(|word| line.contains(word)) || line.contains("\"/proc");
            assert!(!depends || is_choice, "{file}: {line}");
        }
        let expected = if file == "reactor.rs" { 2 } else { 0 };
        assert_eq!(choices, expected, "{file} chooses between the two files");
    }
}

#[test]
fn both_files_have_the_same_interface() {
    let sources = sources();
    let linux = interface(&sources[LINUX]);
    assert!(linux.len() > 10, "the functions were found: {linux:?}");
    assert_eq!(interface(&sources[OTHER]), linux);
}
