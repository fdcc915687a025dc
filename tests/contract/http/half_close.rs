//! A client that half-closes after its request is answered; a subscriber that half-closes has left.

use super::{get, json, publish, with};
use crate::support::{
    client::{Client, Stream},
    server::Server,
    setups::{assert_problem, await_audience},
};

#[test]
fn a_client_that_half_closes_after_its_request_is_answered() {
    let server = Server::start(&[]);
    for (request, status) in [
        (get("/healthz"), 200),
        (get("/"), 200),
        (get("/none"), 404),
        (publish("Content-Length: 20", &json(20)), 200),
        (get("/%zz"), 400),
    ] {
        let mut client = Client::connect(server.address);
        client.send(&request);
        client.half_close();
        assert_eq!(client.response().status, status, "{request:?}");
        assert_eq!(client.rest(), "");
    }
}

#[test]
fn all_that_was_pipelined_before_the_half_close_is_answered() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let publish = publish("Content-Length: 20", &json(20));
    client.send([get("/healthz"), publish, get("/none")].concat().repeat(30));
    client.half_close();
    for _ in 0..30 {
        let statuses = [(); 3].map(|()| client.response().status);
        assert_eq!(statuses, [200, 200, 404]);
    }
    assert_eq!(client.rest(), "");
}

#[test]
fn a_large_answer_is_read_to_its_end_after_a_half_close() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let length = client.ask(get("/")).body.len();
    client.send(get("/").repeat(2000));
    client.half_close();
    for _ in 0..2000 {
        assert_eq!(client.response().body.len(), length);
    }
    assert_eq!(client.rest(), "");
}

#[test]
fn a_request_that_is_cut_off_is_told_so_and_never_done() {
    let server = Server::start(&["--heartbeat", "0.1"]);
    let whole = publish("Content-Length: 20", &json(20));
    for at in [1, 10, 40, whole.len() - 20, whole.len() - 1] {
        let mut client = Client::connect(server.address);
        client.send(&whole[..at]);
        client.half_close();
        assert_problem(&client.response(), 400);
        assert_eq!(client.rest(), "");
    }
    let mut stream = Stream::open(server.address);
    let place = stream.block().unwrap().id;
    assert!(place.is_some(), "no picture was published");
}

#[test]
fn a_connection_that_half_closes_between_requests_is_closed() {
    let server = Server::start(&[]);
    let mut silent = Client::connect(server.address);
    silent.half_close();
    assert_eq!(silent.rest(), "");
    let mut client = Client::connect(server.address);
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
    client.half_close();
    assert_eq!(client.rest(), "");
}

#[test]
fn a_subscriber_that_half_closes_has_left() {
    let server = Server::start(&["--heartbeat", "0.1"]);
    let mut watcher = Stream::open(server.address);
    let mut leaver = Stream::open(server.address);
    await_audience(&mut watcher, 2);
    leaver.client.half_close();
    while leaver.client.raw_lines().next().is_some() {}
    await_audience(&mut watcher, 1);
}

#[test]
fn a_subscriber_that_half_closes_with_its_request_has_left_as_well() {
    let server = Server::start(&["--heartbeat", "0.1"]);
    let mut watcher = Stream::open(server.address);
    let mut client = Client::connect(server.address);
    client.send(get("/none") + &with("GET", "/subscribe", ""));
    client.half_close();
    assert_eq!(client.response().status, 404);
    while client.raw_lines().next().is_some() {}
    await_audience(&mut watcher, 1);
}
