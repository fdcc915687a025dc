//! Request targets: absolute and asterisk form, and paths that are decoded once and never leave the root.

use super::{get, with};
use crate::support::{
    client::{Client, ask},
    server::Server,
    setups::assert_problem,
};

#[test]
fn a_target_in_absolute_form_is_served() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for target in [
        "http://a/healthz",
        "http://example.org:8080/healthz",
        "HTTP://A/healthz?x",
        "https://a/healthz",
        "http://[::1]:4000/healthz",
    ] {
        assert_eq!(client.ask(get(target)).text(), "ok", "{target}");
    }
    for target in ["http://a", "http://a/", "http://a?x"] {
        let response = client.ask(get(target));
        assert_eq!(
            response.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{target}"
        );
    }
    assert_problem(&client.ask(get("http://a/none")), 404);
}

#[test]
fn asterisk_form_asks_for_the_whole_server_by_options_alone() {
    let server = Server::start(&[]);
    let response = ask(server.address, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(response.status, 204);
    let allow = response.header("allow").unwrap();
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        assert!(allow.split(", ").any(|known| known == method), "{allow}");
    }
    assert_problem(&ask(server.address, get("*")), 400);
}

#[test]
fn a_path_is_percent_decoded_once() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for target in ["/%68ealthz", "/healt%68%7A", "/healt%68%7a"] {
        assert_eq!(client.ask(get(target)).text(), "ok", "{target}");
    }
    for target in [
        "/%2568ealthz",
        "/healthz%3fx",
        "/healthz%23",
        "/healthz%20",
        "/healthz%25",
    ] {
        assert_problem(&client.ask(get(target)), 404);
    }
    assert_eq!(client.ask(get("/healthz?%68=%2561")).text(), "ok");
}

#[test]
fn dot_segments_are_resolved_and_never_leave_the_root() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for target in [
        "/./healthz",
        "/x/../healthz",
        "/../../healthz",
        "/x/%2e%2e/healthz",
        "/x/%2E./healthz",
        "/%2e/healthz",
        "/..%2f..%2Fhealthz",
        "/x%2f..%2fhealthz",
        "http://a/x/../healthz",
    ] {
        assert_eq!(client.ask(get(target)).text(), "ok", "{target}");
    }
    for target in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/..%5cCargo.toml",
        "/%252e%252e/Cargo.toml",
        "/../../../../../../etc/passwd",
        "//etc/passwd",
        "/healthz/",
        "//healthz",
        "/...",
        "/gallery",
        "/gallery/",
        "/gallery/../none",
    ] {
        assert_problem(&client.ask(get(target)), 404);
    }
    assert_eq!(client.ask(get("/gallery/..")).status, 200, "the page");
}

#[test]
fn a_connect_is_refused_by_its_method() {
    let server = Server::start(&[]);
    let both = "GET, HEAD, POST, OPTIONS";
    for (target, allowed) in [
        ("example.org:443", both),
        ("/publish", "POST, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
    ] {
        let response = ask(server.address, with("CONNECT", target, ""));
        assert_problem(&response, 405);
        assert_eq!(response.header("allow"), Some(allowed));
    }
    assert_problem(&ask(server.address, with("CONNECT", "/none", "")), 404);
}
