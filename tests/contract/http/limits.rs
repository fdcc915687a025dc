//! Request line 8 KiB, fields 16 KiB or 64, body 8 KiB: a request at the limit is served, and a request with one byte
//! more is refused, even before it is whole.

use super::{assert_refused, get, json, publish, with};
use crate::support::{
    client::{Client, ask},
    server::Server,
    setups::assert_problem,
};
use std::net::SocketAddr;

const LINE: usize = 8 * 1024;
const HEADERS: usize = 16 * 1024;
const FIELDS: usize = 64;
/// Bound on chunk extensions and trailers together.
const EXTRAS: usize = 16 * 1024;
const BODY: usize = 8 * 1024;

/// A request whose line has exactly `length` bytes.
fn with_line(length: usize) -> String {
    let rest = "GET /healthz? HTTP/1.1".len();
    format!(
        "GET /healthz?{} HTTP/1.1\r\nHost: a\r\n\r\n",
        "x".repeat(length - rest)
    )
}

/// A request whose field lines have exactly `length` bytes in all, `Host` included.
fn with_fields(length: usize) -> String {
    let rest = "Host: a\r\nX: \r\n".len();
    with(
        "GET",
        "/healthz",
        &format!("X: {}\r\n", "x".repeat(length - rest)),
    )
}

/// A request with `count` fields, `Host` included.
fn with_count(count: usize) -> String {
    with("GET", "/healthz", &"X: y\r\n".repeat(count - 1))
}

/// A publish of a body of this length, in chunks of up to `size`.
fn in_chunks(length: usize, size: usize) -> String {
    let body = json(length);
    let chunks = body.as_bytes().chunks(size).map(|chunk| {
        format!(
            "{:x}\r\n{}\r\n",
            chunk.len(),
            str::from_utf8(chunk).unwrap()
        )
    });
    let body = chunks.collect::<String>() + "0\r\n\r\n";
    publish("Transfer-Encoding: chunked", &body)
}

fn with_length(length: usize) -> String {
    publish(&format!("Content-Length: {length}"), &json(length))
}

/// Checks that a request is served, also if its last byte comes late.
#[track_caller]
fn fits(address: SocketAddr, request: &str) {
    assert_eq!(ask(address, request).status, 200);
    let mut client = Client::connect(address);
    let (all, last) = request.as_bytes().split_at(request.len() - 1);
    client.send(all);
    assert_eq!(client.ask(last).status, 200);
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

/// Checks that a request is answered before its end, and that the connection is then closed.
#[track_caller]
fn is_refused_before_its_end(address: SocketAddr, bytes: &str, status: u16) {
    let mut client = Client::connect(address);
    client.send(bytes);
    assert_problem(&client.response(), status);
    assert_eq!(client.rest(), "");
}

#[test]
fn a_request_line_of_8_kib_fits_and_a_longer_one_is_414() {
    let server = Server::start(&[]);
    fits(server.address, &with_line(LINE));
    assert_refused(server.address, with_line(LINE + 1).as_bytes(), 414);
    assert_refused(server.address, with_line(3 * LINE).as_bytes(), 414);
    let endless = format!("GET /{}", "x".repeat(LINE));
    is_refused_before_its_end(server.address, &endless, 414);
    is_refused_before_its_end(server.address, &"X".repeat(2 * LINE), 414);
}

#[test]
fn fields_of_16_kib_fit_and_longer_ones_are_431() {
    let server = Server::start(&[]);
    fits(server.address, &with_fields(HEADERS));
    assert_refused(server.address, with_fields(HEADERS + 1).as_bytes(), 431);
    let endless = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(HEADERS));
    is_refused_before_its_end(server.address, &endless, 431);
}

#[test]
fn sixty_four_fields_fit_and_more_are_431() {
    let server = Server::start(&[]);
    fits(server.address, &with_count(FIELDS));
    assert_refused(server.address, with_count(FIELDS + 1).as_bytes(), 431);
    let endless = format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "X: y\r\n".repeat(FIELDS));
    is_refused_before_its_end(server.address, &endless, 431);
}

#[test]
fn a_line_and_fields_that_both_just_fit_are_served_together() {
    let server = Server::start(&[]);
    let line = with_line(LINE);
    let (line, _) = line.split_once("\r\n").unwrap();
    let fields = with_fields(HEADERS);
    let (_, fields) = fields.split_once("\r\n").unwrap();
    fits(server.address, &format!("{line}\r\n{fields}"));
}

#[test]
fn a_body_of_8_kib_fits_and_a_longer_one_is_413() {
    let server = Server::start(&[]);
    fits(server.address, &with_length(BODY));
    assert_refused(server.address, with_length(BODY + 1).as_bytes(), 413);
    for length in ["8193", "4294967296", "99999999999999999999999999"] {
        let head = publish(&format!("Content-Length: {length}"), "");
        is_refused_before_its_end(server.address, &head, 413);
    }
    let leading = format!("Content-Length: {:0>30}", BODY);
    fits(server.address, &publish(&leading, &json(BODY)));
}

#[test]
fn a_chunked_body_of_8_kib_fits_and_a_longer_one_is_413_however_it_is_cut() {
    let server = Server::start(&[]);
    for size in [BODY, BODY / 2, 100, 1] {
        fits(server.address, &in_chunks(BODY, size));
    }
    for size in [BODY + 1, BODY, 100, 1] {
        let request = in_chunks(BODY + 1, size);
        assert_refused(server.address, request.as_bytes(), 413);
    }
    for size in ["2001", "ffffffff", "000000000000000000002001"] {
        let begun = publish("Transfer-Encoding: chunked", &format!("{size}\r\n"));
        is_refused_before_its_end(server.address, &begun, 413);
    }
}

#[test]
fn a_body_is_limited_whatever_the_request_is() {
    let server = Server::start(&[]);
    for (method, target) in [("GET", "/"), ("DELETE", "/healthz"), ("BREW", "/none")] {
        let request = with(method, target, "Content-Length: 8193\r\n");
        is_refused_before_its_end(server.address, &request, 413);
    }
}

#[test]
fn chunk_extensions_and_trailers_are_limited_together() {
    let server = Server::start(&[]);
    let body = json(100);
    let with_extras = |extension: usize, trailers: &str| {
        let extension = format!(";{}", "x".repeat(extension - 1));
        let body = format!("64{extension}\r\n{body}\r\n0\r\n{trailers}\r\n");
        publish("Transfer-Encoding: chunked", &body)
    };
    let long = |length: usize| format!("X: {}\r\n", "x".repeat(length - "X: \r\n".len()));
    let short = "X: y\r\n".repeat(FIELDS);
    for (extension, trailers) in [(1, long(EXTRAS - 1)), (EXTRAS - 100, long(100)), (1, short)] {
        fits(server.address, &with_extras(extension, &trailers));
    }
    for (extension, trailers) in [(1, long(EXTRAS)), (EXTRAS - 100, long(101))] {
        let request = with_extras(extension, &trailers);
        assert_refused(server.address, request.as_bytes(), 400);
    }
    let many = with_extras(1, &"X: y\r\n".repeat(FIELDS + 1));
    assert_refused(server.address, many.as_bytes(), 431);
}

#[test]
fn chunk_extensions_without_end_are_refused_before_it() {
    let server = Server::start(&[]);
    for begun in [
        format!("1;{}", "x".repeat(EXTRAS + 16)),
        "0".repeat(EXTRAS + 18),
        "1;xx\r\n{\r\n".repeat(EXTRAS / 3 + 1),
    ] {
        let endless = publish("Transfer-Encoding: chunked", &begun);
        is_refused_before_its_end(server.address, &endless, 400);
    }
}

#[test]
fn each_request_of_a_connection_has_the_whole_limits() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for _ in 0..3 {
        for request in [
            with_line(LINE),
            with_fields(HEADERS),
            with_count(FIELDS),
            with_length(BODY),
            in_chunks(BODY, 1000),
        ] {
            assert_eq!(client.ask(request).status, 200);
        }
    }
}
