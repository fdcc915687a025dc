//! Heartbeats: a comment and the number of subscribers, sent after a silence; and the clients that count as
//! subscribers.

use crate::support::{
    client::{Client, Stream, form, get, publish},
    flickr::FlickrStub,
    server::Server,
    setups::{audience, await_audience, over_flickr},
};
use std::time::{Duration, Instant};

const BEATS: [&str; 2] = ["--heartbeat", "0.1"];

#[test]
fn a_heartbeat_is_a_comment_and_an_audience_event() {
    let server = Server::start(&BEATS);
    let mut stream = Stream::open(server.address);
    stream.block();
    for _ in 0..3 {
        let block = stream.block().unwrap();
        assert_eq!(block.text, ": ping\nevent: audience\ndata: 1");
    }
    let mut plain = Client::connect(server.address);
    plain.send("GET /subscribe HTTP/1.0\r\n\r\n");
    plain.head();
    let text: Vec<String> = plain.raw_lines().skip(5).take(4).collect();
    assert_eq!(text.concat(), ": ping\nevent: audience\ndata: 2\n\n");
}

#[test]
fn a_heartbeat_comes_after_a_silence_and_not_sooner() {
    let server = Server::start(&["--heartbeat", "0.4"]);
    let mut stream = Stream::open(server.address);
    for keyword in ["a", "b"] {
        let before = Instant::now();
        publish(server.address, keyword);
        assert_eq!(stream.picture()["keyword"], keyword);
        stream.next("audience");
        assert!(before.elapsed() >= Duration::from_millis(390));
        stream.next("audience");
        assert!(before.elapsed() >= Duration::from_millis(790));
    }
}

#[test]
fn a_heartbeat_tells_how_many_subscribers_there_are_after_some_join_and_leave() {
    let server = Server::start(&BEATS);
    let mut stream = Stream::open(server.address);
    assert_eq!(audience(&mut stream), 1);
    let open = |_| Stream::open(server.address);
    let mut others: Vec<Stream> = (0..4).map(open).collect();
    await_audience(&mut stream, 5);
    drop(others.pop());
    await_audience(&mut stream, 4);
    others.pop().unwrap().client.reset();
    await_audience(&mut stream, 3);
    let half_closed = others.pop().unwrap();
    half_closed.client.half_close();
    await_audience(&mut stream, 2);
    await_audience(&mut others[0], 2);
    others.push(Stream::open(server.address));
    await_audience(&mut stream, 3);
}

#[test]
fn a_subscriber_that_half_closes_has_left() {
    let server = Server::start(&BEATS);
    publish(server.address, "sushi");
    let mut stream = Stream::open(server.address);
    stream.next("audience");
    stream.client.half_close();
    // A heartbeat may have been under way before the connection ends.
    while !stream.client.is_closed() {
        let chunk = stream.client.chunk().expect("not a well-formed end");
        assert!(chunk.starts_with(b": ping\n"));
    }
}

#[test]
fn a_subscriber_that_half_closed_before_its_stream_began_has_left_too() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let server = over_flickr(&stub, &BEATS);
    let mut stream = Stream::open(server.address);
    let mut early = Client::connect(server.address);
    early.send(form("keyword=sushi") + "GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n");
    early.half_close();
    stub.wait_for_requests(1);
    assert_eq!(get(server.address, "/healthz").status, 200);
    stub.release();
    assert_eq!(early.response().status, 200);
    stream.next("picture");
    for _ in 0..3 {
        assert_eq!(audience(&mut stream), 1);
    }
    early.rest();
}

#[test]
fn head_is_answered_at_once_without_a_stream_and_does_not_count() {
    let server = Server::start(&BEATS);
    let mut stream = Stream::open(server.address);
    let mut client = Client::connect(server.address);
    for _ in 0..3 {
        client.send("HEAD /subscribe HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 1-0\r\n\r\n");
        let head = client.head();
        assert_eq!(head.status, 200);
        assert_eq!(head.header("Content-Type"), Some("text/event-stream"));
        let cache = "no-cache, no-store, no-transform";
        assert_eq!(head.header("Cache-Control"), Some(cache));
    }
    assert_eq!(
        client
            .ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            .text(),
        "ok",
        "the connection goes on"
    );
    for _ in 0..3 {
        assert_eq!(audience(&mut stream), 1);
    }
}

#[test]
fn a_head_on_http_1_0_says_close_and_closes() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send("HEAD /subscribe HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(client.head().header("Connection"), Some("close"));
    assert!(client.is_closed());
}
