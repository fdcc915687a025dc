//! Five pings and a farewell, byte for byte.

use super::Demo;
use crate::support::{PATIENCE, client::Client};
use std::time::{Duration, Instant};

const BODY: &str = "ping\n\nping\n\nping\n\nping\n\nping\n\nok, bye!\n\n";
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// Duration of one body.
const LENGTH: Duration = Duration::from_secs(5);
const CROWD: usize = 500;

#[test]
fn five_pings_and_a_farewell_then_the_next_request() {
    let demo = Demo::start("ping");
    let mut client = Client::connect(demo.address);
    let begun = Instant::now();
    let response = client.ask(REQUEST);
    assert!(begun.elapsed() >= LENGTH - Duration::from_millis(10));
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/plain"));
    assert_eq!(response.header("transfer-encoding"), Some("chunked"));
    assert_eq!(response.text(), BODY);
    assert_eq!(
        client
            .ask("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
            .status,
        404
    );
}

#[test]
fn the_first_ping_comes_before_the_others() {
    let demo = Demo::start("ping");
    let mut client = Client::connect(demo.address);
    let begun = Instant::now();
    client.send(REQUEST);
    assert_eq!(client.head().status, 200);
    assert_eq!(client.chunk().as_deref(), Some(&b"ping\n\n"[..]));
    assert!(begun.elapsed() < LENGTH);
}

#[test]
fn on_http_1_0_the_body_is_not_chunked_and_ends_with_the_connection() {
    let demo = Demo::start("ping");
    let mut client = Client::connect(demo.address);
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let head = client.head();
    assert_eq!(head.status, 200);
    assert_eq!(head.header("transfer-encoding"), None);
    assert_eq!(client.rest(), BODY);
}

#[test]
fn a_client_that_half_closes_behind_its_request_gets_the_body_all_the_same() {
    let demo = Demo::start("ping");
    let mut client = Client::connect(demo.address);
    client.send(REQUEST);
    client.half_close();
    assert_eq!(client.response().text(), BODY);
    assert_eq!(client.rest(), "");
}

#[test]
fn head_is_answered_at_once_and_the_connection_goes_on() {
    let demo = Demo::start("ping");
    let mut client = Client::connect(demo.address);
    let begun = Instant::now();
    for _ in 0..2 {
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        let head = client.head();
        assert_eq!(head.status, 200);
        assert_eq!(head.header("content-type"), Some("text/plain"));
    }
    assert!(begun.elapsed() < LENGTH);
}

#[test]
fn five_hundred_clients_at_once_all_get_exactly_this_body() {
    let demo = Demo::start("ping");
    let begun = Instant::now();
    let connect = |_| {
        let mut client = Client::connect(demo.address);
        client.send(REQUEST);
        client
    };
    let mut clients: Vec<Client> = (0..CROWD).map(connect).collect();
    for client in &mut clients {
        assert_eq!(client.response().text(), BODY);
    }
    assert!(
        begun.elapsed() < PATIENCE,
        "the clients are not served one after another"
    );
}
