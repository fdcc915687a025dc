//! Requests that are refused with an error answer and a close, and never guessed at.

use super::{SMUGGLED, assert_refused, with};
use crate::support::{
    client::{Client, ask},
    server::Server,
};

#[track_caller]
fn all_are_refused(cases: &[(&str, u16)]) {
    let server = Server::start(&[]);
    for (bytes, status) in cases {
        assert_refused(server.address, bytes.as_bytes(), *status);
    }
}

/// Checks that requests with these fields are all refused.
#[track_caller]
fn all_fields_are_refused(method: &str, target: &str, cases: &[(&str, u16)]) {
    let server = Server::start(&[]);
    for (fields, status) in cases {
        let request = with(method, target, fields);
        assert_refused(server.address, request.as_bytes(), *status);
    }
}

#[test]
fn both_a_length_and_a_transfer_encoding_are_refused() {
    all_fields_are_refused(
        "POST",
        "/publish",
        &[
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
            ("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", 400),
            ("transfer-encoding: CHUNKED\r\ncontent-length: 5\r\n", 400),
            ("Transfer-Encoding: \r\nContent-Length: 5\r\n", 400),
        ],
    );
}

#[test]
fn more_than_one_length_is_refused_even_if_they_agree() {
    all_fields_are_refused(
        "POST",
        "/publish",
        &[
            ("Content-Length: 0\r\nContent-Length: 0\r\n", 400),
            (
                "Content-Length: 0\r\nX: y\r\ncontent-length: 40\r\n\r\n",
                400,
            ),
            ("Content-Length: 0, 0\r\n", 400),
        ],
    );
}

#[test]
fn a_length_that_is_not_all_digits_is_refused() {
    let lengths = [
        "", "+5", "-5", "0x5", "5 5", "5;", "1e1", "5.0", "five", "\u{665}", "5,", "\"5\"",
    ];
    let fields = lengths.map(|length| format!("Content-Length: {length}\r\n"));
    let cases: Vec<(&str, u16)> = fields.iter().map(|field| (&**field, 400)).collect();
    all_fields_are_refused("POST", "/publish", &cases);
}

#[test]
fn a_field_name_that_is_no_token_is_refused() {
    let names = [
        "",
        "a b",
        "a(b",
        "a@b",
        "\"a\"",
        "caf\u{e9}",
        "a/b",
        "a\u{7f}",
    ];
    let fields = names.map(|name| format!("{name}: x\r\n"));
    let cases: Vec<(&str, u16)> = fields.iter().map(|field| (&**field, 400)).collect();
    all_fields_are_refused("GET", "/", &cases);
}

#[test]
fn a_line_without_a_colon_white_space_before_it_and_folded_lines_are_refused() {
    all_fields_are_refused(
        "GET",
        "/",
        &[
            ("nonsense\r\n", 400),
            ("X : y\r\n", 400),
            ("X\t: y\r\n", 400),
            ("Content-Length : 5\r\n", 400),
            ("X: y\r\n z\r\n", 400),
            ("X: y\r\n\tz\r\n", 400),
            ("X: y\r\n \r\n", 400),
        ],
    );
    all_are_refused(&[
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\tX: y\r\nHost: a\r\n\r\n", 400),
    ]);
}

#[test]
fn an_unknown_transfer_coding_is_refused() {
    all_fields_are_refused(
        "POST",
        "/publish",
        &[
            ("Transfer-Encoding: gzip\r\n", 501),
            ("Transfer-Encoding: gzip, chunked\r\n", 501),
            (
                "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
                501,
            ),
            ("Transfer-Encoding: identity\r\n", 501),
            ("Transfer-Encoding: xchunked\r\n", 501),
            ("Transfer-Encoding: chunked;q=1\r\n", 501),
            ("Transfer-Encoding: \"chunked\"\r\n", 501),
            ("Transfer-Encoding: chunked, chunked\r\n", 400),
            ("Transfer-Encoding: chunked, gzip\r\n", 400),
            ("Transfer-Encoding: \r\n", 400),
            ("Transfer-Encoding: \u{b}chunked\r\n", 400),
        ],
    );
    all_are_refused(&[(
        "POST /publish HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    )]);
}

#[test]
fn a_missing_repeated_or_invalid_host_is_refused_on_1_1() {
    let hosts = [
        "",
        "a b",
        "a/b",
        "u@a",
        "a:x",
        "[::1",
        "::1",
        "[x]",
        "http://a",
        "%zz",
        "a:65536",
        "[::1]:99999",
    ];
    let mut cases: Vec<String> = hosts
        .iter()
        .map(|host| format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"))
        .collect();
    cases.push("GET / HTTP/1.1\r\n\r\n".into());
    cases.push("GET http://a/ HTTP/1.1\r\n\r\n".into());
    cases.push("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n".into());
    cases.push("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n".into());
    let cases: Vec<(&str, u16)> = cases.iter().map(|case| (&**case, 400)).collect();
    all_are_refused(&cases);
}

#[test]
fn a_host_may_have_any_port_there_is_or_an_empty_one() {
    let server = Server::start(&[]);
    for host in ["a:", "a:0", "a:65535", "a:00080", "[::1]:", "a"] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert_eq!(ask(server.address, request).status, 200, "{host}");
    }
}

#[test]
fn on_1_0_a_host_may_be_missing() {
    let server = Server::start(&[]);
    assert_eq!(ask(server.address, "GET / HTTP/1.0\r\n\r\n").status, 200);
    assert_refused(server.address, b"GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400);
}

#[test]
fn a_bare_cr_a_nul_or_a_control_character_is_refused() {
    let values = [
        "a\rb",
        "a\r",
        "\ra",
        "a\0b",
        "\u{1}",
        "\u{8}",
        "\u{b}",
        "\u{1b}[1m",
        "\u{1f}",
        "\u{7f}",
    ];
    let fields = values.map(|value| format!("X: {value}\r\n"));
    let mut cases: Vec<(&str, u16)> = fields.iter().map(|field| (&**field, 400)).collect();
    cases.push(("X\r: y\r\n", 400));
    cases.push(("\rX: y\r\n", 400));
    all_fields_are_refused("GET", "/", &cases);
}

#[test]
fn a_tab_and_bytes_above_ascii_may_stand_in_a_value() {
    let server = Server::start(&[]);
    let request = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\tb\xe9\xff\r\n\r\n";
    assert_eq!(ask(server.address, request).status, 200);
}

#[test]
fn a_line_that_ends_with_a_line_feed_alone_is_refused() {
    all_are_refused(&[
        ("GET / HTTP/1.1\nHost: a\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\n", 400),
        ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ]);
}

#[test]
fn a_bad_chunk_size_or_a_chunk_that_is_not_as_long_as_it_says_is_refused() {
    let bodies = [
        "x\r\n",
        "-1\r\n",
        "+1\r\n",
        "0x1\r\n",
        " 1\r\n",
        "\r\n",
        ";a\r\n",
        "1,\r\n",
        "ffffffffffffffffff\r\n",
        "1;\u{1}\r\n",
        "1\na\r\n",
        "1\r\nab\r\n",
        "1\r\na\n0\r\n",
        "1\r\na0\r\n\r\n",
        "2\r\na\r\n0\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\nX: a\rb\r\n\r\n",
    ];
    let requests =
        bodies.map(|body| with("POST", "/publish", "Transfer-Encoding: chunked\r\n") + body);
    let cases: Vec<(&str, u16)> = requests.iter().map(|request| (&**request, 400)).collect();
    all_are_refused(&cases);
}

#[test]
fn another_major_version_is_refused() {
    all_are_refused(&[
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ]);
}

#[test]
fn a_higher_minor_version_is_spoken_to_as_1_1() {
    let server = Server::start(&[]);
    let response = ask(server.address, "GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n");
    assert_eq!(response.status, 200);
    assert!(response.head.starts_with("HTTP/1.1 200 OK\n"));
}

#[test]
fn a_request_target_with_an_invalid_escape_is_refused() {
    let targets = [
        "/%",
        "/%4",
        "/%zz",
        "/%+1",
        "/%u0041",
        "/?%",
        "/?a=%g1",
        "/healthz?%4",
        "http://a/%",
        "/%00",
        "/%0d%0a",
        "/%7f",
        "/%ff",
    ];
    let requests = targets.map(|target| with("GET", target, ""));
    let cases: Vec<(&str, u16)> = requests.iter().map(|request| (&**request, 400)).collect();
    all_are_refused(&cases);
}

#[test]
fn a_line_that_is_no_request_line_is_refused() {
    all_are_refused(&[
        ("GET /\r\nHost: a\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / /x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / http/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/11.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1x\r\nHost: a\r\n\r\n", 400),
        ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /caf\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}", 400),
        (" ", 400),
    ]);
}

#[test]
fn an_expectation_that_cannot_be_met_is_refused() {
    all_fields_are_refused("POST", "/publish", &[("Expect: a-miracle\r\n", 417)]);
    all_are_refused(&[
        ("GET / HTTP/1.1\r\nExpect: a-miracle\r\n\r\n", 400),
        (
            "GET / HTTP/1.1\r\nExpect: a-miracle\r\nHost: a b\r\n\r\n",
            400,
        ),
    ]);
}

#[test]
fn a_refusal_of_head_has_no_body() {
    let server = Server::start(&[]);
    for (request, status) in [
        ("HEAD / HTTP/1.1\r\n\r\n", 400),
        ("HEAD /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("HEAD / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (
            "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n",
            413,
        ),
    ] {
        let mut client = Client::connect(server.address);
        client.send([request, SMUGGLED].concat());
        assert_eq!(client.head().status, status, "{request:?}");
        assert_eq!(client.rest(), "", "{request:?}");
    }
}

#[test]
fn requests_before_the_refusal_are_answered_first() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send(with("GET", "/healthz", "") + &with("GET", "/%", "") + SMUGGLED);
    assert_eq!(client.response().text(), "ok");
    assert_eq!(client.response().status, 400);
    assert_eq!(client.rest(), "");
}
