//! Pipelining: answers come in order, and a client that does not read them costs the other clients nothing.

use super::{SMUGGLED, get, json, publish, with};
use crate::support::{
    client::{Client, Stream},
    metrics::Metrics,
    server::Server,
    setups::{narrow, settle},
};
use std::{io::Write, thread, time::Duration};

/// Requests whose answers' statuses tell them apart.
fn mixed() -> ([String; 6], [u16; 6]) {
    let requests = [
        get("/healthz"),
        get("/none"),
        with("DELETE", "/healthz", "Content-Length: 3\r\n") + "abc",
        with("OPTIONS", "/healthz", ""),
        with("GET", "/", "If-None-Match: *\r\n"),
        with("BREW", "/healthz", "Transfer-Encoding: chunked\r\n") + "1\r\na\r\n0\r\n\r\n",
    ];
    (requests, [200, 404, 405, 204, 304, 501])
}

#[test]
fn requests_that_come_at_once_are_answered_in_order() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let (requests, statuses) = mixed();
    client.send(requests.concat().repeat(50));
    for _ in 0..50 {
        assert_eq!(statuses.map(|_| client.response().status), statuses);
    }
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

#[test]
fn an_answer_that_takes_time_keeps_its_place() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let publish = publish("Content-Length: 20", &json(20));
    client.send([publish, get("/none")].concat().repeat(20));
    for _ in 0..20 {
        assert_eq!(client.response().json()["keyword"], "sushi");
        assert_eq!(client.response().status, 404);
    }
}

#[test]
fn a_request_behind_a_subscription_is_not_answered() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send(get("/subscribe") + SMUGGLED);
    let mut stream = Stream::answered(client);
    stream.block().expect("the beginning");
    stream.client.send(SMUGGLED);
    settle(&server);
    let mut publisher = Client::connect(server.address);
    publisher.ask(publish("Content-Length: 20", &json(20)));
    assert_eq!(stream.block().expect("a picture").name, "picture");
}

#[test]
fn a_stream_can_be_had_behind_other_requests() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send(publish("Content-Length: 20", &json(20)) + &get("/none") + &get("/subscribe"));
    assert_eq!(client.response().status, 200);
    assert_eq!(client.response().status, 404);
    assert_eq!(Stream::answered(client).picture()["keyword"], "sushi");
}

/// Time without progress after which a write counts as held back. Too short a time only makes the test see less.
const STUCK: Duration = Duration::from_millis(500);
/// Bytes: more than the kernel buffers on both sides, and far less than a server without a bound takes.
const BOUND: usize = 64 * 1024 * 1024;

/// Sends whole requests until the kernel takes no more. Returns the number of requests sent in whole or in part, and
/// the rest of the last request.
fn flood(client: &Client, request: &str) -> (usize, Vec<u8>) {
    let mut socket = client.socket();
    socket.set_write_timeout(Some(STUCK)).unwrap();
    let many = request.repeat(100);
    let mut sent = 0;
    loop {
        assert!(sent < BOUND, "{sent} bytes were taken and nothing read");
        let at = sent % many.len();
        match socket.write(&many.as_bytes()[at..]) {
            Ok(taken) => sent += taken,
            Err(_) => break,
        }
    }
    let whole = sent.div_ceil(request.len());
    let rest = &request.as_bytes()[request.len() - (whole * request.len() - sent)..];
    (whole, rest.to_vec())
}

#[test]
fn a_client_that_pipelines_without_reading_is_held_back_and_the_others_are_served() {
    let server = Server::start(&[]);
    let client = Client::connect(server.address);
    let (count, rest) = flood(&client, &get("/index.html"));
    let mut other = Client::connect(server.address);
    for _ in 0..10 {
        assert_eq!(other.ask(get("/healthz")).text(), "ok");
    }
    let mut writer = client.socket().try_clone().unwrap();
    let reader = thread::spawn(move || {
        let mut client = client;
        for _ in 0..count {
            assert_eq!(client.response().status, 200);
        }
        assert_eq!(client.response().status, 404);
    });
    writer
        .set_write_timeout(Some(crate::support::PATIENCE))
        .unwrap();
    writer.write_all(&rest).unwrap();
    writer.write_all(get("/none").as_bytes()).unwrap();
    reader.join().unwrap();
}

#[test]
fn a_client_that_pipelines_without_reading_makes_the_kernel_hold_little() {
    let server = Server::start(&[]);
    let sent = || Metrics::scrape(server.address).get("sent_bytes_total");
    let before = sent();
    let client = narrow(server.address);
    flood(&client, &get("/index.html"));
    let held = sent() - before;
    assert!(held < 512.0 * 1024.0, "{held} bytes for one connection");
}

/// The requests arrive in one turn of the loop, since the server is stopped while they are sent.
#[test]
fn a_crowd_that_pipelines_is_answered_a_little_per_turn_so_that_no_other_client_waits_for_it() {
    let server = Server::start(&[]);
    let connect = |_| Client::connect(server.address);
    let mut crowd: Vec<Client> = (0..300).map(connect).collect();
    for client in &mut crowd {
        client.ask(get("/healthz"));
    }
    let before = Metrics::scrape(server.address).get("turns_total");
    server.signal("STOP");
    for client in &mut crowd {
        client.send(get("/none").repeat(16));
    }
    server.signal("CONT");
    for client in &mut crowd {
        for _ in 0..16 {
            assert_eq!(client.response().status, 404);
        }
    }
    let turns = Metrics::scrape(server.address).get("turns_total") - before;
    assert!(turns > 40.0, "{turns} for 4,800 answers");
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_pipelines_and_reads_makes_the_server_hold_no_more_than_it_can_answer() {
    let peak = |server: &Server| -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let number = line.unwrap().split_whitespace().nth(1).unwrap();
        number.parse().unwrap()
    };
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.ask(get("/healthz"));
    let before = peak(&server);
    let (batch, batches) = (with("OPTIONS", "/", "").repeat(1000), 200);
    let mut writer = client.socket().try_clone().unwrap();
    let writer = thread::spawn(move || {
        for _ in 0..batches {
            writer.write_all(batch.as_bytes()).unwrap();
        }
    });
    for _ in 0..1000 * batches {
        assert_eq!(client.head().status, 204);
    }
    writer.join().unwrap();
    let grown = peak(&server) - before;
    assert!(grown < 512, "{grown} KiB for one connection");
}
