//! `--check`: what a start would do, without the start.

use super::{KEY, fails, run, taken_port, with};
use crate::support::server::{Server, program};
use std::{fs, process::Command};

/// The lines on standard output of a check that finds nothing wrong.
#[track_caller]
fn plan(command: Command) -> String {
    let output = run(command);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(said, "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn check_prints_what_a_start_would_do_and_exits_0() {
    let lines = plan(with(&["--check"]));
    for words in [
        "listen on http://127.0.0.1:4000\n",
        "the built-in gallery",
        "the page from the binary",
        " open files are allowed, which leaves ",
        " may subscribe",
    ] {
        assert!(lines.contains(words), "{words}: {lines}");
    }
    assert!(lines.lines().count() < 10, "{lines}");
    let lines = plan(with(&[
        "--check",
        "--listen=127.0.0.1:4010",
        "--listen=unix:/tmp/frame",
        "--admin=[::1]:4011",
        "--public=src",
        "--max-connections=7",
        "--max-subscribers=5",
    ]));
    for words in [
        "listen on http://127.0.0.1:4010\n",
        "listen on unix:/tmp/frame\n",
        "listen on http://[::1]:4011 (admin)\n",
        "the folder src\n",
        "at most 7 connections, of which 5 may subscribe\n",
    ] {
        assert!(lines.contains(words), "{words}: {lines}");
    }
}

#[test]
fn the_limits_of_a_check_are_those_of_a_start() {
    let options = ["--max-connections", "100000000", "--lookup-threads", "9"];
    let server = Server::start(&options);
    let lines = plan(with(&[&options[..], &["--check"]].concat()));
    for line in lines.lines().filter(|line| line.contains("connections")) {
        let line = line.replace("cut --max-connections 100000000 to", "is cut to");
        server.wait_for_log(&line);
    }
    assert!(
        lines.contains("cut --max-connections 100000000 to "),
        "{lines}"
    );
}

#[test]
fn a_check_reads_the_environment_and_does_not_tell_the_key() {
    let mut command = program();
    command.env("PICTURE_FRAME_CHECK", "1").env("PORT", "4012");
    command.env("FLICKR_API_KEY", KEY);
    let lines = plan(command);
    assert!(lines.contains("listen on http://[::]:4012\n"), "{lines}");
    assert!(lines.contains("Flickr") && !lines.contains(KEY), "{lines}");
    let mut command = with(&["--check"]);
    command.env("PICTURE_FRAME_RETRY", "");
    let output = run(command);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("PICTURE_FRAME_RETRY is set but empty"),
        "{said}"
    );
}

#[test]
fn a_check_needs_no_port_and_makes_no_file() {
    let (_listener, port) = taken_port();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listen = format!("127.0.0.1:{port},unix:{}", path.display());
    let lines = plan(with(&["--check", "--listen", &listen]));
    assert!(lines.contains(&port), "{lines}");
    assert!(!path.exists());
}

/// The header of a history that a later version has made.
fn later() -> Vec<u8> {
    let mut header = vec![0; 100];
    header[..16].copy_from_slice(b"SQLite format 3\0");
    header[63] = 9;
    header[68..72].copy_from_slice(b"PicF");
    header
}

#[test]
fn a_check_that_finds_a_fault_is_status_2_and_the_line_of_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let file = format!("unix:{}", file.display());
    let missing = format!("unix:{}/no/socket", folder.path().display());
    let history = |path: &str| format!("--history-file={}/{path}", folder.path().display());
    let database = folder.path().join("later");
    fs::write(&database, later()).unwrap();
    for options in [
        &["--retry=x"][..],
        &["--source=flickr"],
        &["--flickr-url=nowhere"],
        &["--listen=127.0.0.1:4000", "--admin=127.0.0.1:4000"],
        &["--listen", &file],
        &["--admin", &file],
        &["--listen", &missing],
        &[&*history("file")],
        &[&*history("later")],
        &[&*history("")],
        &[&*history("no/history.db")],
        &["--history-file=/dev/null"],
    ] {
        let started = String::from_utf8(run(with(options)).stderr).unwrap();
        let line = started.trim_end();
        assert!(line.starts_with("picture-frame: "), "{options:?}: {line}");
        fails(with(&[options, &["--check"]].concat()), 2, &[line]);
    }
}
