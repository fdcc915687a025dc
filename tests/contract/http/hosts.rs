//! The names that `Host` may have: those of `--host`, and without it, on loopback, only local names ("DNS rebinding").

use super::{get, with};
use crate::support::{
    browser::{Page, start_with},
    client::{Client, Response, ask},
    metrics::Metrics,
    server::{Server, program},
    setups::assert_problem,
};
use std::net::SocketAddr;

/// A server that checks `Host`, unlike the servers of the other tests.
fn start(options: &[&str]) -> Server {
    let mut command = program();
    command.env_remove("PICTURE_FRAME_HOST").args(options);
    Server::spawn(command)
}

fn of(host: &str, address: SocketAddr) -> Response {
    ask(
        address,
        format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n"),
    )
}

#[track_caller]
fn assert_taken(server: &Server, hosts: &[&str]) {
    for host in hosts {
        assert_eq!(of(host, server.address).text(), "ok", "{host}");
    }
}

#[track_caller]
fn assert_misdirected(server: &Server, hosts: &[&str]) {
    for host in hosts {
        let response = of(host, server.address);
        assert_problem(&response, 421);
        assert!(response.text().contains("--host"), "{}", response.text());
    }
}

const LOCAL: [&str; 6] = [
    "localhost",
    "LocalHost:4000",
    "a.localhost",
    "127.0.0.1:1",
    "[::1]:80",
    "192.0.2.1",
];
const FOREIGN: [&str; 5] = [
    "evil.example",
    "evil.example:4000",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "a",
];

#[test]
fn on_loopback_only_addresses_and_localhost_and_names_below_it_are_taken() {
    let server = start(&[]);
    assert_taken(&server, &LOCAL);
    assert_taken(&server, &["localhost.", "localhost:"]);
    assert_misdirected(&server, &FOREIGN);
    let line = server.wait_for_log("--host evil.example");
    assert_eq!(server.log().matches("--host").count(), 1, "{line}");
}

#[test]
fn another_name_is_421_on_any_path_by_any_method_and_does_nothing() {
    let server = start(&[]);
    let mut client = Client::connect(server.address);
    let evil = |method: &str, target: &str, fields: &str| {
        with(method, target, fields).replace("Host: a", "Host: evil.example")
    };
    for target in [
        "/",
        "/frame.js",
        "/healthz",
        "/metrics",
        "/poll",
        "/subscribe",
        "/gallery/x",
        "/none",
    ] {
        for method in ["GET", "OPTIONS", "DELETE", "BREW"] {
            assert_problem(&client.ask(evil(method, target, "")), 421);
        }
        client.send(evil("HEAD", target, ""));
        assert_eq!(client.head().status, 421, "{target}");
    }
    assert_problem(&client.ask(evil("OPTIONS", "*", "")), 421);
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n";
    assert_problem(
        &client.ask(evil("POST", "/publish", form) + "keyword=a"),
        421,
    );
    let nothing = client.ask("GET /poll?wait=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(
        nothing.status, 204,
        "the connection goes on, and nothing was published"
    );
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.of("refused_total", "cross_site"), 42.0);
}

#[test]
fn http_1_0_need_not_name_a_host_but_a_host_that_it_names_counts() {
    let server = start(&[]);
    assert_eq!(
        ask(server.address, "GET /healthz HTTP/1.0\r\n\r\n").status,
        200
    );
    let evil = "GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n";
    assert_problem(&ask(server.address, evil), 421);
}

#[test]
fn the_host_of_a_whole_target_counts_and_not_that_of_the_field() {
    let server = start(&[]);
    let by = |target: &str, host: &str| {
        let request = get(target).replace("Host: a", &format!("Host: {host}"));
        ask(server.address, request)
    };
    assert_eq!(by("http://localhost/healthz", "evil.example").text(), "ok");
    assert_problem(&by("http://evil.example/healthz", "localhost"), 421);
}

#[test]
fn with_host_only_its_names_are_taken_by_option_and_by_environment() {
    let mut by_variable = program();
    by_variable.env("PICTURE_FRAME_HOST", "frame.example.org,[::1]");
    for server in [
        start(&["--host", "Frame.Example.org", "--host", "::1"]),
        Server::spawn(by_variable),
    ] {
        assert_taken(
            &server,
            &["frame.example.org", "FRAME.example.org.:81", "[::1]:4000"],
        );
        assert_misdirected(&server, &["localhost", "127.0.0.1", "example.org"]);
        assert_misdirected(&server, &["a.frame.example.org", "evil.example"]);
    }
    assert_taken(
        &start(&["--host", "*"]),
        &[LOCAL.as_slice(), &FOREIGN].concat(),
    );
}

#[test]
fn where_others_can_connect_or_a_proxy_is_trusted_any_name_is_taken_unless_some_are_told() {
    let everywhere = |options: &[&str]| {
        let mut command = program();
        command.env_remove("PICTURE_FRAME_HOST").args(options);
        command.args(["--listen", "0.0.0.0:0"]);
        Server::spawn_as_told(command)
    };
    for server in [everywhere(&[]), start(&["--trusted-proxy", "192.0.2.1"])] {
        assert_taken(&server, &[LOCAL.as_slice(), &FOREIGN].concat());
    }
    for server in [
        everywhere(&["--host", "a.example"]),
        start(&["--trusted-proxy", "192.0.2.1", "--host", "a.example"]),
    ] {
        assert_taken(&server, &["a.example"]);
        assert_misdirected(&server, &FOREIGN);
    }
}

#[test]
fn a_trusted_proxy_that_rewrites_host_tells_it_in_x_forwarded_host() {
    let named = ["--host", "frame.example.org"];
    let trusting = start(&[&named[..], &["--trusted-proxy", "127.0.0.1"]].concat());
    for (forwarded, status) in [
        ("frame.example.org", 200),
        ("evil.example, frame.example.org:443", 200),
        ("evil.example\r\nX-Forwarded-Host: frame.example.org", 200),
        ("evil.example", 421),
        ("frame.example.org, evil.example", 421),
    ] {
        let fields = format!("X-Forwarded-Host: {forwarded}\r\n");
        let request = with("GET", "/healthz", &fields);
        assert_eq!(
            ask(trusting.address, &request).status,
            status,
            "{forwarded}"
        );
        assert_eq!(
            ask(start(&named).address, &request).status,
            421,
            "{forwarded}"
        );
    }
}

#[test]
fn a_website_whose_name_leads_here_reads_and_publishes_nothing() {
    let server = start(&[]);
    let Some(browser) = start_with(&["--host-resolver-rules=MAP evil.example 127.0.0.1"]) else {
        return;
    };
    let page = Page::blank(&browser, true);
    let port = server.address.port();
    let publishes =
        "fetch('/publish', { method: 'POST', body: new URLSearchParams({ keyword: 'sushi' }) })
                     .then((answer) => answer.status)";
    for (host, status) in [("evil.example", 421), ("localhost", 200)] {
        page.go(&format!("http://{host}:{port}/"));
        assert_eq!(page.evaluate(publishes), status, "{host}");
    }
}
