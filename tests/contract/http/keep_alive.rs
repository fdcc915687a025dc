//! HTTP/1.1 and 1.0: connections that stay open, and the answers' `Connection` field.

use super::{SMUGGLED, get, with};
use crate::support::{
    client::{Client, ask},
    server::Server,
};
use std::time::SystemTime;

#[test]
fn a_1_1_connection_stays_open_without_a_word() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for target in ["/healthz", "/none", "/", "/gallery/none"] {
        let response = client.ask(get(target));
        assert_eq!(response.header("connection"), None, "{target}");
    }
    let request = with("GET", "/healthz", "Connection: keep-alive, x\r\n");
    assert_eq!(client.ask(request).header("connection"), None);
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

#[test]
fn a_client_that_says_close_gets_one_more_answer() {
    let server = Server::start(&[]);
    for fields in [
        "Connection: close\r\n",
        "connection: x, Close\r\n",
        "Connection: keep-alive\r\nConnection: close\r\n",
    ] {
        let mut client = Client::connect(server.address);
        let response = client.ask(with("GET", "/healthz", fields) + SMUGGLED);
        assert_eq!(response.text(), "ok");
        assert_eq!(response.header("connection"), Some("close"), "{fields}");
        assert_eq!(client.rest(), "", "{fields}");
    }
}

#[test]
fn a_1_0_connection_is_closed_after_the_answer() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let response = client.ask("GET /healthz HTTP/1.0\r\n\r\n".to_owned() + SMUGGLED);
    assert!(response.head.starts_with("HTTP/1.1 200 OK\n"));
    assert_eq!(response.header("connection"), Some("close"));
    assert_eq!(response.header("content-length"), Some("2"));
    assert_eq!(client.rest(), "");
}

#[test]
fn a_1_0_client_may_ask_to_keep_the_connection_and_is_told_so() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for target in ["/healthz", "/none", "/"] {
        let request = format!("GET {target} HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
        let response = client.ask(request);
        assert_eq!(response.header("connection"), Some("keep-alive"));
    }
    let request = "GET /healthz HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n";
    assert_eq!(client.ask(request).header("connection"), Some("close"));
    assert_eq!(client.rest(), "");
}

#[test]
fn a_1_0_connection_is_closed_whenever_close_was_said() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send("HEAD /subscribe HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_owned() + SMUGGLED);
    assert_eq!(client.head().header("connection"), Some("close"));
    assert_eq!(client.rest(), "");
}

#[test]
fn an_upgrade_is_ignored() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for upgrade in [
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    ] {
        assert_eq!(client.ask(with("GET", "/healthz", upgrade)).text(), "ok");
    }
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

#[test]
fn every_answer_has_the_date() {
    let server = Server::start(&[]);
    let before = SystemTime::now() - std::time::Duration::from_secs(1);
    for request in [
        get("/"),
        get("/healthz"),
        get("/none"),
        get("/subscribe?x").replace("GET", "HEAD"),
        with("OPTIONS", "/", ""),
        with("DELETE", "/", ""),
        with("BREW", "/", ""),
        with("GET", "/", "If-None-Match: *\r\n"),
        get("/%zz"),
        get("/%zz").replace("1.1", "4.2"),
        with("POST", "/publish", "Content-Length: 99999\r\n"),
    ] {
        let mut client = Client::connect(server.address);
        client.send(&request);
        let head = client.head();
        let date = head.header("date").expect("a date");
        let read = httpdate::parse_http_date(date).unwrap();
        assert_eq!(httpdate::fmt_http_date(read), date, "an IMF-fixdate");
        assert!((before..=SystemTime::now()).contains(&read), "{request:?}");
    }
}

#[test]
fn empty_lines_before_a_request_are_read_past() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    assert_eq!(client.ask(format!("\r\n{}", get("/healthz"))).text(), "ok");
    assert_eq!(
        client.ask(format!("\r\n\r\n{}", get("/healthz"))).text(),
        "ok"
    );
    assert_eq!(ask(server.address, "\r\n".repeat(1000)).status, 400);
}
