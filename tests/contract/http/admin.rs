//! `--admin`: a listener of the operator's own.

use super::{get, with};
use crate::support::{
    client::{Client, ask, form},
    server::{Server, program},
    setups::{admin, assert_problem, connect_from},
};
use std::net::SocketAddr;

/// The connections that the operator's listener has places for.
const PLACES: usize = 16;

/// A server with a listener for the operator, and that listener's address.
fn start(options: &[&str]) -> (Server, SocketAddr) {
    let mut command = program();
    command.args(["--admin", "127.0.0.1:0"]).args(options);
    started(Server::spawn(command))
}

fn started(server: Server) -> (Server, SocketAddr) {
    let address = admin(&server);
    (server, address)
}

#[test]
fn the_metrics_are_on_the_operators_listener_alone_and_the_health_check_on_both() {
    let (server, admin) = start(&[]);
    assert_problem(&ask(server.address, get("/metrics")), 404);
    let metrics = ask(admin, get("/metrics"));
    assert!(metrics.text().contains("picture_frame_subscribers 0\n"));
    for address in [server.address, admin] {
        assert_eq!(ask(address, get("/healthz")).text(), "ok");
    }
    assert_eq!(ask(server.address, get("/")).status, 200);
    for target in ["/", "/subscribe", "/poll", "/gallery/x", "/frame.js"] {
        assert_problem(&ask(admin, get(target)), 404);
    }
    assert_problem(&ask(admin, form("keyword=sushi")), 404);
    let refused = ask(admin, with("POST", "/metrics", "Content-Length: 0\r\n"));
    assert_problem(&refused, 405);
    assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS"));
    assert_eq!(refused.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn without_the_operators_listener_the_metrics_are_on_the_public_one() {
    let server = Server::start(&[]);
    assert_eq!(ask(server.address, get("/metrics")).status, 200);
}

#[test]
fn every_client_of_the_operators_listener_is_the_operator() {
    let (_server, admin) = start(&["--trusted-proxy", "127.0.0.7"]);
    let forwarded = with("GET", "/metrics", "X-Forwarded-For: 192.0.2.1\r\n");
    assert_eq!(ask(admin, forwarded).status, 200);
    assert_eq!(connect_from(7, admin).ask(get("/metrics")).status, 200);
}

#[test]
fn the_operator_may_have_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin");
    let mut command = program();
    command.env("PICTURE_FRAME_HOST", "frame.example");
    command.args(["--admin", &format!("unix:{}", path.display())]);
    let server = Server::spawn(command);
    server.wait_for_log("admin (admin)");
    let mut client = Client::connect_unix(&path);
    for host in ["a", "localhost", "evil.example", "frame.example"] {
        let request = get("/metrics").replace("Host: a", &format!("Host: {host}"));
        assert_eq!(client.ask(request).status, 200, "{host}");
    }
    assert_problem(
        &ask(
            server.address,
            get("/metrics").replace("Host: a", "Host: frame.example"),
        ),
        404,
    );
}

#[test]
fn on_loopback_the_operator_is_taken_by_local_names_and_those_of_host_and_a_website_is_not() {
    for options in [&[][..], &["--host", "frame.example"]] {
        let mut command = program();
        command.env_remove("PICTURE_FRAME_HOST").args(options);
        command.args(["--admin", "127.0.0.1:0"]);
        let (_server, admin) = started(Server::spawn(command));
        let of = |host: &str| {
            let request = get("/metrics").replace("Host: a", &format!("Host: {host}"));
            ask(admin, request)
        };
        for host in ["localhost:9", "127.0.0.1", "[::1]:4000", "a.localhost"] {
            assert_eq!(of(host).status, 200, "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "a"] {
            assert_problem(&of(host), 421);
        }
        let status = if options.is_empty() { 421 } else { 200 };
        assert_eq!(of("frame.example").status, status);
    }
}

#[test]
fn the_publics_crowd_takes_no_place_of_the_operator() {
    let (server, admin) = start(&["--max-connections", "3"]);
    let mut crowd: Vec<_> = (0..60).map(|_| Client::connect(server.address)).collect();
    for client in &mut crowd[..3] {
        assert_eq!(client.ask(get("/")).status, 200);
    }
    let mut operator = Client::connect(admin);
    for _ in 0..3 {
        let metrics = operator.ask(get("/metrics"));
        assert_eq!(metrics.status, 200);
        assert_eq!(metrics.header("connection"), None, "the connection stays");
    }
    for client in &mut crowd[..3] {
        assert_eq!(client.ask(get("/")).status, 200);
    }
}

#[test]
fn the_operators_crowd_takes_no_place_of_the_public_and_its_newest_is_answered() {
    let (server, admin) = start(&["--max-connections", "3"]);
    let mut crowd = Vec::new();
    for _ in 0..3 * PLACES {
        let mut client = Client::connect(admin);
        assert_eq!(client.ask(get("/healthz")).status, 200);
        crowd.push(client);
    }
    let mut public: Vec<_> = (0..3).map(|_| Client::connect(server.address)).collect();
    for client in &mut public {
        assert_eq!(client.ask(get("/")).status, 200);
    }
    let (gone, kept) = crowd.split_at_mut(2 * PLACES);
    for client in gone {
        assert_problem(&client.response(), 503);
        assert!(client.is_closed());
    }
    for client in kept {
        assert_eq!(client.ask(get("/healthz")).status, 200);
    }
}

#[test]
fn the_operators_listener_is_answered_while_the_server_shuts_down() {
    let (mut server, admin) = start(&["--drain", "20"]);
    let mut stream = crate::support::client::Stream::open(server.address);
    stream.next("hello");
    let mut operator = Client::connect(admin);
    assert_eq!(operator.ask(get("/healthz")).status, 200);
    server.signal("TERM");
    server.wait_for_log("stopping");
    let mut late = Client::connect(admin);
    assert_problem(&late.ask(get("/healthz")), 503);
    assert_eq!(ask(admin, get("/metrics")).status, 200);
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(143));
}
