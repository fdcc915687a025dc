//! Options that make no sense are refused before anything is opened.

use crate::support::server::{PROGRAM, program};
use std::process::Command;

#[test]
fn a_bad_option_or_a_limit_in_the_way_is_status_2_and_one_line() {
    let url = "http://127.0.0.1:1/subscribe";
    let wrong: [(&[&str], &str); 22] = [
        (&[], "<URL>"),
        (&["nowhere"], "http://"),
        (&[url, "nowhere"], "http://"),
        (&["http://{n}.test/"], "not a URL"),
        (&["http://127.0.0.1:65536/"], "no port"),
        (&["http://a\nb/"], "\\n"),
        (&[url, "-H", "nothing"], "--header"),
        (&[url, "-H", "Content-Length: 1"], "--header Content-Length"),
        (
            &[url, "--bearer-file", "/nowhere/at/all"],
            "--bearer-file /nowhere/at/all",
        ),
        (
            &["http://a:b@127.0.0.1/", "-H", "Authorization: c"],
            "Authorization",
        ),
        (&[url, "--ca", "/nowhere/at/all"], "--ca /nowhere/at/all"),
        (&[url, "--ca", "a", "--insecure"], "--insecure"),
        (&[url, "--bind", "192.0.2.1"], "--bind 192.0.2.1"),
        (&[url, "--subscribers", "0"], "--subscribers"),
        (&[url, "--every", "0"], "--every"),
        (&[url, "--for", "1d"], "--for"),
        (&[url, "--churn", "60/s"], "--churn"),
        (&[url, "--bind", "nowhere"], "--bind"),
        (&[url, "--bind", "::1"], "--bind ::1"),
        (&[url, "--publish", "ftp://a/"], "http://"),
        (&[url, "--pid", "4194305"], "--pid"),
        (&[url, "--json", "/nowhere/at/all"], "/nowhere/at/all"),
    ];
    for (options, word) in wrong {
        fails(options, word);
    }
    fails(
        &[url, "--subscribers", "1000000", "--stalled", "4000000000"],
        "ulimit -Hn",
    );
    fails(
        &[url, "--publish", url, "--every", "1ms", "--for", "1h"],
        "--every",
    );
}

#[test]
fn a_subscriber_that_fetches_pictures_takes_two_descriptors() {
    let command = |options: &str| {
        let load = format!(
            "ulimit -n 100; exec {PROGRAM} load http://127.0.0.1:1/subscribe --for 1ms --subscribers 60{options}"
        );
        Command::new("sh").args(["-c", &load]).output().unwrap()
    };
    let output = command(" --fetch-picture");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("120 connections") && said.contains("ulimit -Hn 152"),
        "{said}"
    );
    // 60 subscribers fit the limit, and find that no server listens.
    assert_eq!(command("").status.code(), Some(1));
}

#[track_caller]
fn fails(options: &[&str], word: &str) {
    let output = program().arg("load").args(options).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{options:?}: {said}");
    assert!(output.stdout.is_empty(), "{options:?}");
    let lines = said
        .lines()
        .filter(|line| line.starts_with("picture-frame: "));
    assert_eq!(
        lines.filter(|line| line.contains(word)).count(),
        1,
        "{options:?}: {said}"
    );
    assert_eq!(said.lines().count(), 1, "{options:?}: {said}");
}

#[test]
fn help_explains_each_option_and_the_exit_status() {
    let output = program().args(["load", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{help}");
    for word in [
        "--subscribers",
        "--half-open",
        "cable",
        "Exit status",
        "https",
        "--bearer-file",
        "--insecure",
        "{n}",
        "Last-Event-ID",
        "--fetch-picture",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let (_, statuses) = help.split_once("Exit status: ").unwrap();
    let mut lines = statuses.lines().rev().skip(1);
    assert!(
        lines.all(|line| line.len() > 80),
        "lines are broken twice: {help}"
    );
}
