//! The end of streams and connections: streams evenly over the drain, with their last chunk; idle connections at once.

use super::{Draining, ends, told_to_wait};
use crate::support::{
    PATIENCE,
    client::{Client, Stream, get, publish},
    server::Server,
};
use std::{
    net::{Shutdown, TcpStream},
    sync::mpsc,
    thread,
    time::Instant,
};

fn subscribers(server: &Server, count: usize) -> Vec<Stream> {
    (0..count).map(|_| Stream::open(server.address)).collect()
}

#[test]
fn streams_are_ended_with_their_last_chunk_evenly_over_the_drain() {
    let mut server = Server::start(&["--drain", "4"]);
    let streams = subscribers(&server, 20);
    server.signal("TERM");
    let mut ends = ends(streams);
    ends.sort_by(f64::total_cmp);
    assert!(
        (3.0..6.0).contains(&ends[19]),
        "the last of 20 ends after 3.8 s: {ends:?}"
    );
    for second in [1.0, 2.0, 3.0] {
        let share = ends.iter().filter(|end| **end < second).count();
        let due = second / 4.0 * 20.0;
        assert!(
            (share as f64 - due).abs() <= 4.0,
            "{share} by {second} s: {ends:?}"
        );
    }
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_drain_of_0_ends_all_streams_at_once() {
    let mut server = Server::start(&["--drain", "0"]);
    let streams = subscribers(&server, 600);
    server.signal("TERM");
    ends(streams);
    assert_eq!(server.wait().code(), Some(0));
    let draining = Draining::begin(&["--drain", "0"], |_| {});
    let wait = told_to_wait(&draining.get("/subscribe"));
    assert!(wait <= 3000, "nothing of the drain is left: {wait}");
    draining.end();
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
    let mut server = Server::start(&["--drain", "60"]);
    let streams = subscribers(&server, 2);
    let begun = Instant::now();
    server.signal("TERM");
    server.wait_for_log("stopping");
    assert_eq!(get(server.address, "/healthz").status, 503);
    let wait = told_to_wait(&get(server.address, "/subscribe"));
    let passed = begun.elapsed().as_millis() as u64;
    assert!(
        (60_000 - passed.min(60_000)..=63_000).contains(&wait),
        "{wait}"
    );
    let socket = |stream: &Stream| stream.client.socket().try_clone().unwrap();
    let sockets: Vec<TcpStream> = streams.iter().map(socket).collect();
    let (tell, ended) = mpsc::channel();
    for mut stream in streams {
        let tell = tell.clone();
        thread::spawn(move || {
            while stream.client.chunk_or_end().is_some() {}
            tell.send(())
        });
    }
    // Of two streams one ends at once and the other in half a minute.
    ended.recv_timeout(PATIENCE / 2).unwrap();
    for socket in sockets {
        let _ = socket.shutdown(Shutdown::Both);
    }
    // The wait is shorter than the drain: the server stops as soon as no client is left.
    assert_eq!(server.wait().code(), Some(0));
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
    // The wait is shorter than both time-outs.
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
}
