//! `--loop-control`: the operator pauses the loop, takes single turns, and slows the loop down.

use super::{get, look, look_until, start, view};
use crate::support::{
    client::{Client, Response, Stream, ask, form},
    server::{Server, program},
    setups::assert_problem,
};
use serde_json::Value;
use std::{net::SocketAddr, process::Command};

fn controlled(options: &[&str]) -> (Server, SocketAddr) {
    start(&[&["--loop-control"], options].concat())
}

fn control(admin: SocketAddr, what: &str) -> Response {
    ask(
        admin,
        format!("POST /loop/{what} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
    )
}

/// Pauses the loop, and returns a viewer that has seen the pause.
fn pause(admin: SocketAddr) -> Stream {
    let mut viewer = view(admin);
    assert_eq!(control(admin, "pause").status, 204);
    look_until(&mut viewer, |look| look["pace"] == "paused");
    viewer
}

/// Takes turns until a look holds. Returns the number of turns.
fn turns_until(admin: SocketAddr, viewer: &mut Stream, holds: impl Fn(&Value) -> bool) -> usize {
    for turns in 1..50 {
        let before = look(viewer)["turn"].as_u64();
        assert_eq!(control(admin, "turn").status, 204);
        let after = look_until(viewer, |look| look["turn"].as_u64() > before);
        assert_eq!(
            after["turn"].as_u64(),
            before.map(|turn| turn + 1),
            "one turn for each request"
        );
        if holds(&after) {
            return turns;
        }
    }
    panic!("not within 50 turns");
}

#[test]
fn a_paused_loop_serves_the_operator_alone_and_a_publish_goes_on_turn_by_turn() {
    let (server, admin) = controlled(&[]);
    let mut stream = Stream::open(server.address);
    stream.next("hello");
    let mut publisher = Client::connect(server.address);
    publisher.ask(get("/healthz"));
    let mut viewer = pause(admin);
    let request = form("keyword=sushi");
    publisher.send(&request);
    let held = look_until(&mut viewer, |look| look["waiting"] == 1);
    assert_eq!(
        held["rows"][1]["unread"],
        request.len(),
        "the request waits in the kernel"
    );
    assert_eq!(held["rows"][1]["state"], "idle");
    assert_eq!(ask(admin, get("/healthz")).text(), "ok");
    let turns = turns_until(admin, &mut viewer, |look| look["rows"][1]["unread"] == 0);
    assert_eq!(turns, 1, "the first turn reads the request");
    turns_until(admin, &mut viewer, |look| {
        look["rows"][0]["cursor"]["next"] == 1
    });
    assert_eq!(stream.picture()["keyword"], "sushi");
    assert_eq!(publisher.response().status, 200);
    assert_eq!(control(admin, "run").status, 204);
    assert_eq!(ask(server.address, get("/healthz")).status, 200);
    look_until(&mut viewer, |look| look["pace"] == "free");
}

#[test]
fn a_viewer_that_comes_while_the_loop_is_paused_sees_it_without_a_turn() {
    let (_server, admin) = controlled(&[]);
    let mut first = pause(admin);
    let mut second = view(admin);
    let turn = look(&mut first)["turn"].clone();
    for _ in 0..3 {
        assert_eq!(look(&mut second)["turn"], turn);
    }
}

#[test]
fn each_of_the_requests_that_an_operator_pipelines_is_answered_by_a_paused_loop() {
    let (_server, admin) = controlled(&[]);
    let _viewer = pause(admin);
    let mut operator = Client::connect(admin);
    // More requests than a connection may make in a row.
    operator.send(get("/healthz").repeat(40));
    (0..40).for_each(|_| assert_eq!(operator.response().text(), "ok"));
}

#[test]
fn a_turn_that_was_held_tells_the_events_that_it_serves() {
    let (server, admin) = controlled(&[]);
    let mut client = Client::connect(server.address);
    client.ask(get("/healthz"));
    let mut operator = Client::connect(admin);
    operator.ask(get("/healthz"));
    let mut viewer = pause(admin);
    client.send(get("/healthz"));
    let held = look_until(&mut viewer, |look| look["waiting"] == 1);
    let turn = held["turn"].as_u64().unwrap() + 1;
    operator.ask("POST /loop/turn HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    let served = look_until(&mut viewer, |look| look["turn"] == turn);
    let turns = served["turns"].as_array().unwrap();
    let of_turn = turns.iter().find(|shown| shown[0] == turn).unwrap();
    assert_eq!(of_turn[1], 1, "{served:#}");
    assert_eq!(client.response().text(), "ok");
}

#[test]
fn connections_of_the_public_wait_in_the_backlog_of_a_paused_loop() {
    let (server, admin) = controlled(&[]);
    let mut viewer = pause(admin);
    let connections = look(&mut viewer)["connections"].clone();
    let mut client = Client::connect(server.address);
    client.send(get("/healthz"));
    (0..3).for_each(|_| assert_eq!(look(&mut viewer)["connections"], connections));
    assert_eq!(control(admin, "run").status, 204);
    assert_eq!(client.response().text(), "ok");
}

#[test]
fn time_stands_still_in_a_paused_loop_so_that_no_deadline_comes_because_of_it() {
    let (server, admin) = controlled(&["--request-timeout", "3", "--idle-timeout", "3"]);
    let mut viewer = view(admin);
    look(&mut viewer);
    let mut half = Client::connect(server.address);
    half.send("GET /healthz HTTP/1.1\r\nHo");
    let is_reading = |look: &Value| look["rows"].to_string().contains("reading");
    look_until(&mut viewer, is_reading);
    assert_eq!(control(admin, "pause").status, 204);
    let first = look_until(&mut viewer, |look| look["pace"] == "paused");
    // Sixty looks take six seconds, twice the time-out.
    let last = (0..60).map(|_| look(&mut viewer)).last().unwrap();
    assert!(last["at"].as_u64().unwrap() - first["at"].as_u64().unwrap() <= 1000);
    assert!(is_reading(&last), "{last:#}");
    half.send("st: a\r\n\r\n");
    assert_eq!(control(admin, "run").status, 204);
    assert_eq!(half.response().text(), "ok", "the request was in time");
}

#[test]
fn in_slow_motion_each_turn_is_held_and_all_is_served() {
    let (server, admin) = controlled(&[]);
    let mut viewer = view(admin);
    assert_eq!(control(admin, "slow").status, 204);
    look_until(&mut viewer, |look| look["pace"] == "slow");
    let mut client = Client::connect(server.address);
    client.send(get("/healthz"));
    look_until(&mut viewer, |look| look["waiting"] == 1);
    assert_eq!(client.response().text(), "ok");
    assert_problem(&control(admin, "turn"), 409);
    assert_eq!(control(admin, "run").status, 204);
    assert_problem(&control(admin, "turn"), 409);
}

#[test]
fn a_signal_ends_a_paused_program_in_order() {
    let (mut server, admin) = controlled(&["--drain", "0"]);
    let mut stream = Stream::open(server.address);
    let _viewer = pause(admin);
    server.signal("TERM");
    while stream.block().is_some() {}
    assert!(server.wait().success());
    server.wait_for_log("the pace of the loop is paused");
    server.wait_for_log("the pace of the loop is free");
}

#[test]
fn a_new_version_takes_over_from_a_paused_one_whoever_asks_for_it() {
    for by_signal in [true, false] {
        let (server, admin) = controlled(&[]);
        let mut stream = Stream::open(server.address);
        stream.next("hello");
        let _viewer = pause(admin);
        if by_signal {
            server.signal("USR2");
        } else {
            let upgrade = "POST /upgrade HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
            assert_eq!(ask(admin, upgrade).status, 202);
        }
        let line = server.wait_for_log("connections over in");
        let (_, rest) = line.split_once("the process ").unwrap();
        let heir = Heir(rest.split(',').next().unwrap().to_owned());
        crate::support::client::publish(server.address, "sushi");
        assert_eq!(stream.picture()["keyword"], "sushi");
        drop(heir);
    }
}

/// The process of a new version, which is ended when it is dropped.
struct Heir(String);

impl Drop for Heir {
    fn drop(&mut self) {
        Command::new("kill")
            .args(["-KILL", &self.0])
            .status()
            .unwrap();
    }
}

#[test]
fn a_page_of_another_site_sets_no_pace_and_takes_no_viewers_place() {
    let (_server, admin) = controlled(&[]);
    for what in ["pause", "turn", "slow", "run"] {
        for field in ["Sec-Fetch-Site: cross-site", "Origin: http://evil.example"] {
            let request = format!(
                "POST /loop/{what} HTTP/1.1\r\nHost: a\r\n{field}\r\nContent-Length: 0\r\n\r\n"
            );
            assert_problem(&ask(admin, request), 403);
        }
    }
    let watch = "GET /loop/events HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: cross-site\r\n\r\n";
    assert_problem(&ask(admin, watch), 403);
    assert_eq!(look(&mut view(admin))["pace"], "free");
}

#[test]
fn without_the_option_no_client_sets_the_pace() {
    let (server, admin) = start(&[]);
    for what in ["pause", "turn", "slow", "run"] {
        assert_problem(&control(admin, what), 405);
        assert_problem(&control(server.address, what), 404);
    }
    assert_eq!(look(&mut view(admin))["pace"], Value::Null);
    assert!(!server.log().contains("--loop-control"));
    let (server, admin) = controlled(&[]);
    assert_problem(&control(server.address, "pause"), 404);
    assert_eq!(look(&mut view(admin))["pace"], "free");
    let line = server.wait_for_log("--loop-control: ");
    assert!(line.contains("WARN"), "{line}");
}

#[test]
fn nobody_holds_a_server_that_other_machines_reach() {
    for (options, option) in [
        (&["--listen", "127.0.0.1:0"][..], "--admin"),
        (
            &["--listen", "0.0.0.0:0", "--admin", "127.0.0.1:0"],
            "--listen",
        ),
        (
            &[
                "--listen",
                "127.0.0.1:0",
                "--listen",
                "[::]:0",
                "--admin",
                "127.0.0.1:0",
            ],
            "--listen",
        ),
        (
            &["--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0"],
            "--admin",
        ),
        (
            &[
                "--listen",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--trusted-proxy",
                "127.0.0.1",
            ],
            "--trusted-proxy",
        ),
    ] {
        for more in [&["--loop-control"][..], &["--loop-control", "--check"]] {
            let output = program().args(options).args(more).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{options:?}");
            let line = String::from_utf8(output.stderr).unwrap();
            let begin = "picture-frame: --loop-control needs ";
            assert!(line.starts_with(begin) && line.contains(option), "{line}");
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = program();
    let [public, operators] =
        ["public", "admin"].map(|name| format!("unix:{}", folder.path().join(name).display()));
    command.args(["--listen", &public, "--admin", &operators, "--loop-control"]);
    Server::begin(command).wait_for_log("(admin)");
}
