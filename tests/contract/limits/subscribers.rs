//! `--max-subscribers`: a subscriber beyond it is told to come back later, in a way that browsers obey.

use super::*;
use crate::support::client::{parse, publish};

const SUBSCRIBE: &str = "GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n";
const HIT: &str = "the limit of subscribers is reached";

fn full(most: &str, subscribers: usize) -> (Server, Vec<Stream>) {
    let server = Server::start(&["--max-subscribers", most]);
    let streams = (0..subscribers).map(|_| Stream::open(server.address));
    let streams = streams.collect();
    (server, streams)
}

/// The delay that a subscriber beyond the limit is told, in milliseconds.
#[track_caller]
fn told(client: &mut Client) -> u64 {
    let response = client.ask(SUBSCRIBE);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/event-stream"));
    let block = response.text().strip_suffix("\n\n").expect("one block");
    let event = parse(block);
    assert_eq!(
        event.text.lines().count(),
        1,
        "nothing but the delay: {block}"
    );
    event.retry.expect("a delay")
}

#[test]
fn a_subscriber_beyond_the_limit_is_told_to_come_back_in_15_to_45_seconds_and_its_stream_ends() {
    let (server, mut streams) = full("2", 2);
    let mut outside = Client::connect(server.address);
    let delays: Vec<u64> = (0..200).map(|_| told(&mut outside)).collect();
    assert!(
        delays.iter().all(|delay| (15_000..=45_000).contains(delay)),
        "{delays:?}"
    );
    let (shortest, longest) = (delays.iter().min().unwrap(), delays.iter().max().unwrap());
    assert!(*shortest < 25_000 && *longest > 35_000, "{delays:?}");
    assert_eq!(publish(server.address, "sushi").status, 200);
    for stream in &mut streams {
        assert_eq!(stream.picture()["keyword"], "sushi");
    }
}

#[test]
fn on_http_1_0_the_stream_ends_by_the_close() {
    let (server, _streams) = full("1", 1);
    let mut outside = Client::connect(server.address);
    outside.send("GET /subscribe HTTP/1.0\r\n\r\n");
    let answer = outside.rest();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 200 ") && head.contains("text/event-stream"),
        "{head}"
    );
    assert!(
        body.starts_with("retry: ") && body.ends_with("\n\n"),
        "{body}"
    );
}

#[test]
fn head_is_answered_alike_without_a_body() {
    let (server, _streams) = full("1", 1);
    let mut outside = Client::connect(server.address);
    outside.send(SUBSCRIBE.replace("GET", "HEAD"));
    let head = outside.head();
    assert_eq!(
        (head.status, head.header("content-type")),
        (200, Some("text/event-stream"))
    );
    assert_eq!(outside.ask(HEALTH).status, 200, "nothing stands between");
}

#[test]
fn the_page_publishing_and_health_go_on() {
    let (server, _streams) = full("1", 1);
    told(&mut Client::connect(server.address));
    for target in ["/", "/healthz", "/metrics", "/poll?wait=0"] {
        let status = get(server.address, target).status;
        assert!(matches!(status, 200 | 204), "{target}: {status}");
    }
    assert_eq!(publish(server.address, "sushi").status, 200);
    let metrics = get(server.address, "/metrics");
    let line = "picture_frame_refused_total{reason=\"subscribers\"} 1\n";
    assert!(metrics.text().contains(line), "{}", metrics.text());
}

#[test]
fn when_a_subscriber_leaves_the_next_is_let_in() {
    let (server, mut streams) = full("2", 2);
    told(&mut Client::connect(server.address));
    streams.pop();
    eventually("there is room again", || {
        let mut client = Client::connect(server.address);
        client.send(SUBSCRIBE);
        client.head().header("transfer-encoding").is_some()
    });
}

#[test]
fn nine_tenths_of_the_connections_are_the_default() {
    for (connections, subscribers) in [("1", 1), ("2", 1), ("10", 9), ("20", 18), ("25", 22)] {
        let server = Server::start(&["--max-connections", connections]);
        let _streams: Vec<Stream> = (0..subscribers)
            .map(|_| Stream::open(server.address))
            .collect();
        if subscribers < connections.parse().unwrap() {
            told(&mut Client::connect(server.address));
            assert_eq!(get(server.address, "/").status, 200, "{connections}");
        }
    }
}

#[test]
fn the_log_has_one_line_when_the_limit_is_hit_and_one_when_it_is_over() {
    let (server, _streams) = full("1", 1);
    let mut outside = Client::connect(server.address);
    for _ in 0..50 {
        told(&mut outside);
    }
    assert!(server.wait_for_log(HIT).contains(" WARN "));
    let over = server.wait_for_log("the limit of subscribers is over");
    assert!(over.contains(" INFO ") && over.contains(" 50 "), "{over}");
    assert_eq!(server.log().matches("limit of subscribers").count(), 2);
}
