//! Time-outs: a request that does not arrive in time is answered 408; a connection that sends nothing is closed
//! silently.

use super::{get, json, publish, with};
use crate::support::{
    client::{Client, Stream, ask},
    server::Server,
    setups::assert_problem,
};
use std::{
    io::{ErrorKind, Read, Write},
    thread,
    time::Duration,
};

const QUICK: [&str; 4] = ["--request-timeout", "1", "--idle-timeout", "600"];

#[test]
fn a_request_that_does_not_arrive_in_time_is_408_and_the_connection_closed() {
    let server = Server::start(&QUICK);
    for begun in [
        "G".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: a\r\n".to_owned(),
        publish("Content-Length: 20", ""),
        publish("Content-Length: 20", "{"),
        publish("Transfer-Encoding: chunked", "5\r\nab"),
        publish("Transfer-Encoding: chunked", "1\r\na\r\n0\r\nX: y\r\n"),
    ] {
        let mut client = Client::connect(server.address);
        client.send(&begun);
        let response = client.response();
        assert_problem(&response, 408);
        assert_eq!(response.header("connection"), Some("close"), "{begun:?}");
        assert_eq!(client.rest(), "", "{begun:?}");
    }
}

#[test]
fn a_client_that_was_told_to_continue_and_does_not_is_answered_408() {
    let server = Server::start(&QUICK);
    let mut client = Client::connect(server.address);
    client.send(publish("Expect: 100-continue\r\nContent-Length: 20", ""));
    assert_eq!(client.head().status, 100);
    assert_problem(&client.response(), 408);
    assert_eq!(client.rest(), "");
}

#[test]
fn the_bound_is_on_the_whole_request_so_that_trickling_does_not_stretch_it() {
    let server = Server::start(&QUICK);
    let client = Client::connect(server.address);
    let mut socket = client.socket();
    socket
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    socket.write_all(b"GET / HTTP/1.1\r\nX: ").unwrap();
    let mut answer = [0; 12];
    for _ in 0..2000 {
        match socket.read(&mut answer) {
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                socket.write_all(b"x").unwrap();
            }
            got => {
                assert_eq!((got.unwrap(), &answer), (12, b"HTTP/1.1 408"));
                return;
            }
        }
    }
    panic!("a request went on for 2000 waits of 20 ms");
}

#[test]
fn the_time_of_a_later_request_begins_with_its_own_first_byte() {
    let server = Server::start(&QUICK);
    let mut silent = Client::connect(server.address);
    let mut client = Client::connect(server.address);
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
    assert_eq!(silent.rest(), "", "the time of a request has passed");
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
    client.send(&get("/healthz")[..20]);
    assert_problem(&client.response(), 408);
    assert_eq!(client.rest(), "");
}

#[test]
fn a_pipelined_request_that_does_not_come_whole_is_408_behind_the_answers() {
    let server = Server::start(&QUICK);
    let mut client = Client::connect(server.address);
    let publish = publish("Content-Length: 20", &json(20));
    client.send(get("/none") + &publish + &publish[..50]);
    assert_eq!(client.response().status, 404);
    assert_eq!(client.response().status, 200);
    assert_problem(&client.response(), 408);
    assert_eq!(client.rest(), "");
}

#[test]
fn a_connection_that_never_sends_a_byte_is_closed_without_a_word() {
    let server = Server::start(&QUICK);
    let mut client = Client::connect(server.address);
    assert_eq!(client.rest(), "");
}

#[test]
fn a_kept_alive_connection_with_no_request_is_closed_without_a_word() {
    let options = ["--request-timeout", "600", "--idle-timeout", "1"];
    let server = Server::start(&options);
    let mut client = Client::connect(server.address);
    for _ in 0..2 {
        assert_eq!(client.ask(get("/healthz")).text(), "ok");
    }
    assert_eq!(client.rest(), "");
    let mut slow = Client::connect(server.address);
    assert_eq!(slow.ask(get("/healthz")).text(), "ok");
    slow.send(&get("/healthz")[..20]);
    let mut idle = Client::connect(server.address);
    assert_eq!(idle.ask(get("/healthz")).text(), "ok");
    assert_eq!(idle.rest(), "", "the idle time has passed");
    assert_eq!(slow.ask(&get("/healthz")[20..]).text(), "ok");
}

#[test]
fn neither_time_bounds_a_subscriber() {
    let options = ["--request-timeout", "0.3", "--idle-timeout", "0.3"];
    let server = Server::start(&options);
    let mut stream = Stream::open(server.address);
    for _ in 0..3 {
        let mut silent = Client::connect(server.address);
        assert_eq!(silent.rest(), "", "the time has passed");
    }
    let mut publisher = Client::connect(server.address);
    assert_eq!(
        publisher
            .ask(publish("Content-Length: 20", &json(20)))
            .status,
        200
    );
    assert_eq!(stream.picture()["keyword"], "sushi");
}

#[test]
fn head_is_timed_out_without_a_body() {
    let server = Server::start(&QUICK);
    let mut client = Client::connect(server.address);
    client.send(with("HEAD", "/", "Content-Length: 1\r\n"));
    assert_eq!(client.head().status, 408);
    assert_eq!(client.rest(), "");
}

#[test]
fn a_client_whose_many_requests_take_long_to_answer_is_not_taken_for_an_idle_one() {
    let server = Server::start(&["--request-timeout", "0.5", "--idle-timeout", "0.5"]);
    let published = ask(server.address, publish("Content-Length: 20", &json(20))).json();
    let pictures = get(published["url"].as_str().unwrap()).repeat(700);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = Client::connect(server.address);
                client.send(&pictures);
                for _ in 0..700 {
                    assert_eq!(client.response().status, 200);
                }
            });
        }
    });
}

#[test]
fn empty_lines_alone_win_no_time() {
    empty_lines_end(&[b"\r\n"]);
}

#[test]
fn halves_of_empty_lines_win_no_time() {
    empty_lines_end(&[b"\r", b"\n"]);
}

/// Checks that a client that sends these bytes by turns, and no request, is disconnected.
fn empty_lines_end(sends: &[&[u8]]) {
    let server = Server::start(&["--request-timeout", "0.5", "--idle-timeout", "600"]);
    let client = Client::connect(server.address);
    let pause = Some(Duration::from_millis(100));
    client.socket().set_read_timeout(pause).unwrap();
    let mut byte = [0];
    for bytes in sends.iter().cycle().take(300) {
        match client.socket().read(&mut byte) {
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            closed => {
                assert!(matches!(closed, Ok(0) | Err(_)), "nothing is said");
                return;
            }
        }
        let _ = client.socket().write_all(bytes);
    }
    panic!("it is still open");
}
