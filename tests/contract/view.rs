//! The view of the loop: the page, and the looks that feed it.

mod control;
mod looks;
mod page;

use crate::support::{
    client::{Client, Stream, ask},
    metrics::Metrics,
    server::{Server, program},
    setups::{admin, assert_problem},
};
use serde_json::Value;
use std::net::SocketAddr;

/// The most viewers.
const VIEWERS: usize = 8;

/// A server with a listener for the operator, and that listener's address.
fn start(options: &[&str]) -> (Server, SocketAddr) {
    let mut command = program();
    command.args(["--admin", "127.0.0.1:0"]).args(options);
    let server = Server::spawn(command);
    let address = admin(&server);
    (server, address)
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn view(admin: SocketAddr) -> Stream {
    Stream::open_with(admin, "/loop/events", "")
}

/// The next look.
#[track_caller]
fn look(view: &mut Stream) -> Value {
    serde_json::from_str(&view.next("loop").data).unwrap()
}

/// Waits for a look that `holds`. Looks keep coming, so the bound is a count.
#[track_caller]
fn look_until(view: &mut Stream, holds: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..200 {
        last = look(view);
        if holds(&last) {
            return last;
        }
    }
    panic!("never in 200 looks; the last is {last:#}");
}

#[test]
fn the_view_is_on_the_operators_listener_alone() {
    let (server, admin) = start(&[]);
    for target in ["/loop", "/loop/events", "/loop/loop.js"] {
        assert_problem(&ask(server.address, get(target)), 404);
    }
    for (target, media) in [
        ("/loop", "text/html; charset=utf-8"),
        ("/loop/loop.js", "text/javascript; charset=utf-8"),
        ("/loop/loop.css", "text/css; charset=utf-8"),
        ("/loop/icon.svg", "image/svg+xml"),
    ] {
        let file = ask(admin, get(target));
        assert_eq!(file.header("content-type"), Some(media), "{target}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        let policy = file.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        let tag = file.header("etag").unwrap();
        let again = format!("GET {target} HTTP/1.1\r\nHost: a\r\nIf-None-Match: {tag}\r\n\r\n");
        assert_eq!(ask(admin, again).status, 304, "{target}");
    }
    for target in ["/loop/", "/loop/none.js", "/loop/loop.js/", "/loopy"] {
        assert_problem(&ask(admin, get(target)), 404);
    }
    let alone = Server::start(&[]);
    assert_problem(&ask(alone.address, get("/loop")), 404);
    assert_problem(&ask(alone.address, get("/loop/events")), 404);
}

#[test]
fn no_look_is_taken_while_nobody_looks() {
    let (server, admin) = start(&[]);
    let _subscriber = Stream::open(server.address);
    let metrics = ask(admin, get("/metrics"));
    assert!(!metrics.text().contains("picture_frame_looks_total"));
    let mut viewer = view(admin);
    look(&mut viewer);
    let metrics = Metrics::scrape(admin);
    assert!(metrics.get("looks_total") >= 1.0);
    assert_eq!(metrics.get("viewers"), 1.0);
    assert_eq!(metrics.get("subscribers"), 1.0, "a viewer is no subscriber");
    drop(viewer);
    let looks =
        Metrics::wait_for(admin, |metrics| metrics.get("viewers") == 0.0).get("looks_total");
    for _ in 0..50 {
        crate::support::setups::settle(&server);
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(Metrics::scrape(admin).get("looks_total"), looks);
}

#[test]
fn a_look_makes_no_turn_of_an_idle_loop() {
    let (_server, admin) = start(&[]);
    let mut viewer = view(admin);
    look(&mut viewer);
    let first = look(&mut viewer);
    let others: Vec<Value> = (0..8).map(|_| look(&mut viewer)).collect();
    assert!(
        others.iter().all(|other| other["turn"] == first["turn"]),
        "{others:#?}"
    );
    assert!(others[7]["at"].as_u64() > first["at"].as_u64());
}

#[test]
fn the_number_of_viewers_is_bounded() {
    let (_server, admin) = start(&[]);
    let mut viewers: Vec<Stream> = (0..VIEWERS).map(|_| view(admin)).collect();
    viewers.iter_mut().for_each(|viewer| drop(look(viewer)));
    assert_problem(&ask(admin, get("/loop/events")), 503);
    look_until(&mut viewers[0], |look| look["viewers"] == VIEWERS);
    drop(viewers.pop());
    look_until(&mut viewers[0], |look| look["viewers"] == VIEWERS - 1);
    look(&mut view(admin));
}

#[test]
fn a_viewer_that_does_not_read_is_cut_off_and_slows_no_other() {
    let (server, admin) = start(&[]);
    let _crowd: Vec<Stream> = (0..120).map(|_| Stream::open(server.address)).collect();
    let mut viewer = view(admin);
    let mut stuck = crate::support::setups::narrow(admin);
    stuck.send(get("/loop/events"));
    look_until(&mut viewer, |look| look["viewers"] == 2);
    look_until(&mut viewer, |look| look["viewers"] == 1);
    assert_eq!(Metrics::scrape(admin).of("disconnects_total", "slow"), 1.0);
}

#[test]
fn a_viewer_does_not_keep_the_server_from_ending() {
    let (mut server, admin) = start(&["--drain", "0"]);
    let mut viewer = view(admin);
    look(&mut viewer);
    server.signal("TERM");
    while viewer.block().is_some() {}
    assert!(server.wait().success());
}

#[test]
fn a_look_is_asked_for_by_get_alone() {
    let (_server, admin) = start(&[]);
    let post = "POST /loop/events HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    assert_problem(&ask(admin, post), 405);
    let mut client = Client::connect(admin);
    client.send("HEAD /loop/events HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().status, 200);
    assert_eq!(client.ask(get("/healthz")).status, 200, "HEAD has no body");
    let metrics = ask(admin, get("/metrics"));
    assert!(!metrics.text().contains("picture_frame_viewers"));
}
