//! The story that the loop tells at level trace, and the same story as a file for Perfetto.

mod columns;
mod reader;

use crate::support::{
    client::{Client, Stream, publish},
    server::{Server, program},
};
use reader::Trace;
use std::{fs, path::Path};

const STEPS: [&str; 8] = [
    "serve",
    "tell ends",
    "deliver",
    "read on",
    "expire",
    "accept",
    "turn",
    "bury",
];

fn traced(file: &Path) -> Server {
    Server::start(&["--trace", file.to_str().unwrap()])
}

/// Stops a server, and reads the trace that it has written.
fn stop(mut server: Server, file: &Path) -> Trace {
    server.signal("TERM");
    assert!(server.wait().success());
    Trace::read(file)
}

#[test]
fn the_log_at_level_trace_tells_why_the_loop_wakes_and_what_each_connection_does() {
    let mut command = program();
    command
        .env("RUST_LOG", "picture_frame::reactor=trace,info")
        .args(["--request-timeout", "1", "--idle-timeout", "0.2"]);
    let server = Server::spawn(command);
    let mut client = Client::connect(server.address);
    client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.is_closed(), "the idle connection is closed");
    publish(server.address, "sushi");
    for line in [
        "turn 1: may sleep until an event comes",
        "connection 1: gets slot 0",
        "a listener: would block, no connection waits",
        "connection 1 in slot 0: readable, writable",
        "connection 1: read 34 bytes, all there were",
        "connection 1: its deadline has come",
        "connection 1: closed",
        "the mailbox: readable, messages were posted",
        "the mailbox: a message",
        "connection 2: read 0 bytes, the peer's end",
    ] {
        server.wait_for_log(line);
    }
    for part in [": may sleep for ", ": woke after ", ": took "] {
        server.wait_for_log(part);
    }
}

#[test]
fn the_default_log_tells_nothing_of_turns() {
    let server = Server::start(&[]);
    publish(server.address, "sushi");
    assert!(!server.log().contains("turn 1"), "{}", server.log());
}

#[test]
fn in_a_trace_the_steps_of_each_turn_add_up_to_the_turn() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    let server = traced(&file);
    (0..3).for_each(|_| drop(publish(server.address, "sushi")));
    let trace = stop(server, &file);
    let turns = trace.turns();
    assert!(turns.len() > 6, "{} turns", turns.len());
    for turn in turns {
        let steps = trace.within(turn, &STEPS);
        assert!(steps.iter().map(|step| &*step.name).eq(STEPS), "{steps:?}");
        let sum: i64 = steps.iter().map(|step| step.length).sum();
        assert_eq!(sum, turn.length, "{turn:?}");
        let mut at = turn.at;
        for step in steps {
            assert_eq!(step.at, at, "{step:?} in {turn:?}");
            at += step.length;
        }
    }
}

#[test]
fn in_a_trace_an_arrow_leads_from_a_publish_to_each_of_its_deliveries() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    let server = traced(&file);
    let mut streams = [0, 1].map(|_| Stream::open(server.address));
    publish(server.address, "sushi");
    streams.iter_mut().for_each(|stream| drop(stream.picture()));
    let trace = stop(server, &file);
    let arrows = trace.arrows();
    let ends: Vec<i64> = arrows.iter().map(|(_, end)| end.track).collect();
    assert_eq!(ends, [1, 2], "the subscribers are connections 1 and 2");
    for (start, end) in &arrows {
        assert_eq!((start.track, start.at), (0, arrows[0].0.at), "one publish");
        assert!(end.at > start.at);
        let name = format!("connection {}", end.track);
        assert_eq!(trace.track(end.track), Some(&*name));
    }
}

#[test]
fn a_trace_of_two_runs_keeps_the_rules_by_which_perfetto_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    for _ in 0..2 {
        let server = traced(&file);
        let mut streams = [0, 1].map(|_| Stream::open(server.address));
        publish(server.address, "sushi");
        streams.iter_mut().for_each(|stream| drop(stream.picture()));
        stop(server, &file);
    }
    let trace = Trace::read(&file);
    assert_eq!((trace.processes().len(), trace.arrows().len()), (2, 4));
    trace.check();
}

#[test]
fn a_second_run_adds_to_the_file_and_the_whole_is_one_list() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    let first = stop(traced(&file), &file).processes();
    assert_eq!(first.len(), 1);
    assert_eq!(stop(traced(&file), &file).processes().len(), 2);
}

#[test]
fn a_trace_that_cannot_be_written_is_a_usage_error_at_the_start() {
    let output = program()
        .args(["--listen", "127.0.0.1:0", "--trace", "/nowhere/trace.json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(
        line.starts_with("picture-frame: --trace /nowhere/trace.json: "),
        "{line}"
    );
    assert!(fs::metadata("/nowhere").is_err());
}
