//! `picture-frame tour`: nine steps, whose lines come from a running loop, and whose functions exist.

mod surroundings;

use crate::support::server::program;
use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

const TITLES: [&str; 9] = [
    "idle",
    "a request in two halves",
    "pipelining",
    "a publish through the pool",
    "a slow reader",
    "an unplugged cable",
    "descriptors run out",
    "an upgrade",
    "shutdown",
];

/// The tour that does not wait for Enter.
fn unpaused() -> Command {
    let mut command = program();
    command.args(["tour", "--no-pause"]).stdin(Stdio::null());
    command
}

/// The text of a whole tour, which ends with 0 and says nothing on standard error.
#[track_caller]
fn told(output: Output) -> String {
    let errors = String::from_utf8(output.stderr).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{errors}\n{text}");
    assert_eq!(errors, "");
    text
}

/// The steps of a text, each from its title on.
fn steps(text: &str) -> Vec<&str> {
    let begins = TITLES.iter().enumerate().map(|(at, title)| {
        let title = format!("\n{} of 9: {title}\n", at + 1);
        text.find(&title)
            .unwrap_or_else(|| panic!("{title:?} in {text}"))
    });
    let begins: Vec<usize> = begins.chain([text.len()]).collect();
    begins
        .windows(2)
        .map(|pair| &text[pair[0]..pair[1]])
        .collect()
}

/// The lines of a step that begin with `label`, without it.
fn labelled<'a>(step: &'a str, label: &str) -> Vec<&'a str> {
    step.lines()
        .filter_map(|line| line.strip_prefix(label))
        .collect()
}

/// The lines of the loop of the tour's own server.
fn of_loop(step: &str) -> Vec<&str> {
    labelled(step, "  loop ")
}

/// The numbers of the turns that have ended.
fn turns(lines: &[&str]) -> Vec<u64> {
    let turn = |line: &&str| {
        let (number, _) = line.strip_prefix("turn ")?.split_once(": took ")?;
        Some(number.parse().unwrap())
    };
    lines.iter().filter_map(turn).collect()
}

fn count(lines: &[&str], text: &str) -> usize {
    lines.iter().filter(|line| line.contains(text)).count()
}

/// The number that a step has counted under this name.
fn counted(step: &str, name: &str) -> usize {
    let line = labelled(step, "Counted   ")[0];
    let (_, rest) = line.split_once(&format!("{name} ")).unwrap();
    let number = rest.split([',', '\n']).next().unwrap();
    number.parse().unwrap()
}

/// The text of one tour, which tests share.
fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| told(unpaused().output().unwrap()))
}

#[test]
fn each_step_has_lines_of_a_loop_that_goes_on_and_a_result() {
    for step in &steps(text())[..8] {
        let ended = turns(&of_loop(step));
        assert!(ended.is_sorted_by(|one, next| one < next), "{step}");
        assert!(ended.len() <= counted(step, "turns"), "{step}");
        assert_eq!(labelled(step, "Result    ").len(), 1, "{step}");
        let (_, lesson) = step.split_once("\nCounted ").unwrap();
        let has_lost_its_indent = |line: &str| line.starts_with(char::is_lowercase);
        assert!(!lesson.lines().any(has_lost_its_indent), "{lesson}");
    }
}

#[test]
fn the_steps_about_requests_show_the_reads_and_writes_of_their_clients() {
    let [idle, halves, pipelining, publish] = steps(text())[..4] else {
        panic!("{}", text());
    };
    let lines = of_loop(idle);
    assert!(count(&lines, "no event, the time is over") >= 2, "{idle}");
    assert_eq!(count(&lines, ": its deadline has come"), 2, "{idle}");
    let lines = of_loop(halves);
    for part in ["read 25 bytes", "read 17 bytes"] {
        assert_eq!(count(&lines, part), 1, "{halves}");
    }
    let lines = of_loop(pipelining);
    for line in [
        "read 16384 bytes, and more may be left",
        "more input may be left, for the next turn",
        "may not sleep, for work is left",
        "read 7616 bytes, all there were",
    ] {
        assert_eq!(count(&lines, line), 1, "{line}: {pipelining}");
    }
    assert_eq!(
        count(&lines, ": took "),
        3 + turns(&lines).len(),
        "{pipelining}"
    );
    let lines = of_loop(publish);
    for line in ["the mailbox: a message", "is in the ring", "is delivered"] {
        assert!(count(&lines, line) > 0, "{publish}");
    }
}

#[test]
fn the_steps_about_scarcity_show_a_loop_that_waits_for_no_client_and_does_not_spin() {
    let [slow, unplugged, descriptors] = steps(text())[4..7] else {
        panic!("{}", text());
    };
    let lines = of_loop(slow);
    assert!(counted(slow, "writes") > 20, "{slow}");
    assert!(count(&lines, "took 0 of ") >= 1, "{slow}");
    assert!(count(&lines, ": writable") > 0, "{slow}");
    assert_eq!(
        count(&of_loop(unplugged), "given up by the kernel"),
        1,
        "{unplugged}"
    );
    let lines = of_loop(descriptors);
    for line in [
        "accepting no connections for now: Too many open files",
        "accepting all connections again",
    ] {
        assert_eq!(count(&lines, line), 1, "{descriptors}");
    }
    for line in [
        "the alarm of the listeners: has come",
        "a listener: still accepts no connections: Too many open files",
    ] {
        assert!(count(&lines, line) >= 3, "{line}: {descriptors}");
    }
    assert!(counted(descriptors, "turns") < 40, "{descriptors}");
}

#[test]
fn the_new_process_serves_the_same_connections_and_ends_well() {
    let [upgrade, shutdown] = steps(text())[7..] else {
        panic!("{}", text());
    };
    assert_eq!(count(&of_loop(upgrade), "has taken"), 1, "{upgrade}");
    let lines = labelled(upgrade, "  new  ");
    assert_eq!(count(&lines, "is delivered"), 1, "{upgrade}");
    let lines = labelled(shutdown, "  new  ");
    assert_eq!(count(&lines, ": drained"), 3, "{shutdown}");
    // The new process knows that the server from which it took over is gone: it waits for no job of it.
    assert_eq!(count(&lines, "did not end in time"), 0, "{shutdown}");
    assert_eq!(
        lines.last(),
        Some(&"the process has ended: status 0"),
        "{shutdown}"
    );
}

#[test]
fn the_functions_and_the_exercises_that_the_tour_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = 0;
    for step in steps(text()) {
        let read = step.lines().filter_map(|line| {
            let name = line.get(10..)?;
            name.starts_with("src/")
                .then(|| name.split_once(": "))
                .flatten()
        });
        for (file, name) in read {
            let source =
                fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
            assert_has(&source, file, name);
            names += 1;
        }
        let [exercise] = labelled(step, "Break it  ")[..] else {
            panic!("one exercise: {step}");
        };
        let (run, patch) = exercise.split_once("   (").unwrap();
        let patch = patch.trim_end_matches(')');
        let number = run.strip_prefix("tests/exercises/run ").unwrap();
        assert!(patch.starts_with(&format!("{number}-")), "{exercise}");
        let file = root.join(format!("tests/exercises/{patch}.patch"));
        assert!(file.exists(), "{exercise}");
    }
    assert!(names >= 27, "{names} functions");
}

/// Checks that a source has a function, and `Type::function` in a block with methods of this type.
#[track_caller]
fn assert_has(source: &str, file: &str, name: &str) {
    let (kind, function) = match name.split_once("::") {
        Some((kind, function)) => (Some(kind), function),
        None => (None, name),
    };
    let definition = format!("fn {function}");
    let mut blocks = source.match_indices(&definition).filter_map(|(at, _)| {
        let is_whole = source[at + definition.len()..].starts_with(['(', '<']);
        let begin = source[..at].rfind("\nimpl").unwrap_or(0);
        is_whole.then(|| source[begin..at].split('{').next().unwrap_or_default())
    });
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let has_kind = |block: &str| {
        let mut words = block.split(|letter| !is_part(letter));
        kind.is_none_or(|kind| words.any(|word| word == kind))
    };
    assert!(blocks.any(has_kind), "{file} has no {name}");
}
