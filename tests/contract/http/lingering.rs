//! Lingering close: a client can read its error answer while it still sends, since the connection is not reset under
//! it.

use super::{get, publish, with};
use crate::support::{
    client::Client,
    server::Server,
    setups::{assert_problem, settle},
};
use std::{
    io::{self, Read, Write},
    time::{Duration, Instant},
};

/// The server's time for a peer to read its last answer. An attempt that took longer, on a busy machine, proves
/// nothing.
const GIVEN: Duration = Duration::from_secs(1);

/// Sends `first` and, after its answer if `wait` is set, `bytes` on a connection whose last answer that is. Reads to
/// the end, and fails on a reset.
#[track_caller]
fn reads_all(server: &Server, first: &str, wait: bool, bytes: &[u8]) -> String {
    let attempt = || -> io::Result<String> {
        let mut client = Client::connect(server.address);
        client.send(first);
        let mut socket = client.socket();
        let mut answer = vec![0; if wait { 12 } else { 0 }];
        socket.read_exact(&mut answer)?;
        socket.write_all(bytes)?;
        settle(server);
        socket.read_to_end(&mut answer)?;
        Ok(String::from_utf8(answer).expect("text"))
    };
    for _ in 0..50 {
        let begun = Instant::now();
        let result = attempt();
        if begun.elapsed() < GIVEN {
            return result.expect("no reset");
        }
    }
    panic!("the machine is too busy to tell");
}

#[test]
fn an_answer_is_read_by_a_client_that_first_sends_a_big_body() {
    let server = Server::start(&[]);
    for length in [9_000, 100_000, 4_000_000] {
        let head = publish(&format!("Content-Length: {length}"), "");
        let answer = reads_all(&server, &head, false, &vec![b'x'; length]);
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.ends_with('}'), "{answer}");
    }
}

#[test]
fn an_answer_is_read_by_a_client_that_sends_a_big_body_after_it() {
    let server = Server::start(&[]);
    let head = publish("Content-Length: 1000000000", "");
    for length in [0, 100, 1_000_000] {
        let answer = reads_all(&server, &head, true, &vec![b'x'; length]);
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.ends_with('}'), "{answer}");
    }
}

#[test]
fn a_client_that_says_close_and_sends_on_reads_its_answer() {
    let server = Server::start(&[]);
    let last = with("GET", "/", "Connection: close\r\n");
    let more = get("/healthz").repeat(1000);
    let answer = reads_all(&server, &last, false, more.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.trim_end().ends_with("</main>"), "{answer}");
}

#[test]
fn a_client_that_never_stops_sending_is_closed() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    assert_problem(&client.ask(get("/%zz")), 400);
    while client.socket().write_all(&[b'x'; 1000]).is_ok() {}
    assert!(client.is_closed());
}

#[test]
fn a_client_that_never_closes_is_closed() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    assert_problem(&client.ask(get("/%zz")), 400);
    assert_eq!(client.rest(), "");
    while client.socket().write_all(b"x").is_ok() {
        settle(&server);
    }
}
