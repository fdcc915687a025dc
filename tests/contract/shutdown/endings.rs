//! The end of streams and connections: streams evenly over the drain, with their last chunk; idle connections at once.

use super::{Draining, ends, told_to_wait};
use crate::support::{
    client::{Client, Stream, get, publish},
    server::Server,
};
use std::{io::Read, time::Instant};

fn subscribers(server: &Server, count: usize) -> Vec<Stream> {
    (0..count).map(|_| Stream::open(server.address)).collect()
}

#[test]
fn streams_are_ended_with_their_last_chunk_evenly_over_the_drain() {
    let mut server = Server::start(&["--drain", "2"]);
    let streams = subscribers(&server, 20);
    server.signal("TERM");
    let mut ends = ends(streams);
    ends.sort_by(f64::total_cmp);
    assert!(
        (1.5..3.0).contains(&ends[19]),
        "the last of 20 ends after 1.9 s: {ends:?}"
    );
    for half in [0.5, 1.0, 1.5] {
        let share = ends.iter().filter(|end| **end < half).count();
        let due = half / 2.0 * 20.0;
        assert!(
            (share as f64 - due).abs() <= 4.0,
            "{share} by {half} s: {ends:?}"
        );
    }
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_drain_of_0_ends_all_streams_at_once() {
    let mut server = Server::start(&["--drain", "0"]);
    let streams = subscribers(&server, 600);
    let begun = Instant::now();
    server.signal("TERM");
    ends(streams);
    assert_eq!(server.wait().code(), Some(0));
    assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
}

#[test]
fn a_stream_of_http_1_0_ends_with_the_connection() {
    let mut server = Server::start(&["--drain", "0"]);
    let mut client = Client::connect(server.address);
    client.send("GET /subscribe HTTP/1.0\r\n\r\n");
    assert_eq!(client.head().status, 200);
    assert_eq!(publish(server.address, "sushi").status, 200);
    server.signal("TERM");
    let rest = client.rest();
    assert!(
        rest.contains("event: picture\n") && rest.ends_with("\n\n"),
        "{rest:?}"
    );
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn while_streams_are_being_ended_a_newcomer_is_told_the_rest_of_the_drain() {
    let mut server = Server::start(&["--drain", "8"]);
    let mut streams = subscribers(&server, 2);
    let begun = Instant::now();
    server.signal("TERM");
    server.wait_for_log("stopping");
    assert_eq!(get(server.address, "/healthz").status, 503);
    let wait = told_to_wait(&get(server.address, "/subscribe"));
    let passed = begun.elapsed().as_millis() as u64;
    assert!((8000 - passed.min(8000)..=11_000).contains(&wait), "{wait}");
    assert!(streams.iter_mut().any(|stream| {
        stream
            .client
            .socket()
            .set_read_timeout(Some(std::time::Duration::from_secs(1)))
            .unwrap();
        let mut bytes = [0; 1024];
        let n = stream.client.socket().read(&mut bytes).unwrap_or(0);
        bytes[..n].ends_with(b"0\r\n\r\n")
    }));
    drop(streams);
    assert_eq!(server.wait().code(), Some(0));
    assert!(
        begun.elapsed().as_secs() < 7,
        "the server stops as soon as no client is left"
    );
}

#[test]
fn idle_connections_are_closed_whether_or_not_they_have_asked_before() {
    let mut server = Server::start(&["--drain", "60"]);
    let mut asked = Client::connect(server.address);
    assert_eq!(
        asked.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").status,
        200
    );
    let mut silent = Client::connect(server.address);
    get(server.address, "/healthz");
    server.signal("TERM");
    assert!(asked.is_closed() && silent.is_closed());
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_connection_that_takes_its_answer_during_the_drain_is_closed_after_it() {
    let draining = Draining::begin(&["--drain", "0"], |_| {});
    let mut client = Client::connect(draining.server.address);
    client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let first = client.response();
    assert_eq!(
        (first.status, first.header("Connection")),
        (503, Some("close"))
    );
    assert!(
        client.is_closed(),
        "an answer with Connection: close is the last one"
    );
    draining.end();
}

#[test]
fn a_request_half_sent_and_a_reader_that_stalls_do_not_keep_the_server_from_ending() {
    let mut server = Server::start(&[
        "--drain",
        "0",
        "--request-timeout",
        "60",
        "--write-timeout",
        "60",
    ]);
    let mut half = Client::connect(server.address);
    half.send("GET / HTTP/1.1\r\nHos");
    let mut stalled = Client::connect(server.address);
    stalled.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2000));
    get(server.address, "/healthz");
    let begun = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}
