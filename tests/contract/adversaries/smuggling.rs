//! Requests hidden in other requests: a parser on the way might take them for a second request, but the server neither
//! answers nor executes any of them.

use crate::support::{
    client::{Client, Stream, form},
    server::Server,
    setups::publish_on,
};

/// The hidden request: every subscriber would see its picture.
const HIDDEN: &str = "POST /publish HTTP/1.1\r\nHost: a\r\n\
    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 16\r\n\r\nkeyword=smuggled";

/// The bytes before the hidden request, and the statuses of all answers. `LEN` stands for the length of the hidden
/// request, `HEX` for the same in hexadecimal digits. The bytes after `HIDDEN` come behind it.
const CASES: [(&str, &[u16]); 44] = [
    // Two lengths, of which each end may believe another.
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: LEN\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: LEN\r\nContent-Length: 0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: LEN, 0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n",
        &[400],
    ),
    // A length in a form that parsers read differently.
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0 0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
        &[413],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\n Content-Length: 0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\0\r\nContent-Length: 0\r\n\r\n",
        &[400],
    ),
    // A coding that one of two parsers knows.
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        &[501],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        &[501],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        &[400],
    ),
    // Chunks that end elsewhere.
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab0\r\n\r\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n",
        &[400],
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n",
        &[400],
    ),
    // A hidden request that is a body by its frame.
    (
        "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: LEN\r\n\r\n",
        &[404],
    ),
    (
        "GET /none HTTP/1.1\r\nHost: a\r\nContent-Length: LEN\r\n\r\n",
        &[404],
    ),
    (
        "HEAD /none HTTP/1.1\r\nHost: a\r\nContent-Length: LEN\r\n\r\n",
        &[404],
    ),
    (
        "DELETE /none HTTP/1.1\r\nHost: a\r\nContent-Length: 0LEN\r\n\r\n",
        &[404],
    ),
    (
        "POST /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\nHEX\r\nHIDDEN\r\n0\r\n\r\n",
        &[404],
    ),
    (
        "GET /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n000HEX;a=b\r\nHIDDEN\r\n0\r\nX: y\r\n\r\n",
        &[404],
    ),
    (
        "POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: LEN\r\n\r\n",
        &[404],
    ),
    // A hidden request behind the last request of a connection.
    ("GET /none HTTP/1.0\r\n\r\n", &[404]),
    (
        "GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        &[404],
    ),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[505]),
    ("GET /none HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", &[400]),
];

/// The statuses of all answers to a client that sends `bytes` and half-closes.
fn statuses(server: &Server, bytes: &str) -> Vec<u16> {
    let mut client = Client::connect(server.address);
    client.send(bytes);
    client.half_close();
    let said = client.rest();
    let starts = said.split("HTTP/1.1 ").skip(1);
    // The text of an answer may speak of HTTP as well.
    starts
        .filter_map(|rest| rest.get(..3)?.parse().ok())
        .collect()
}

#[test]
fn no_request_that_is_hidden_in_another_is_answered_or_done() {
    let server = Server::start(&[]);
    let mut watcher = Stream::open(server.address);
    for (before, expected) in CASES {
        let (before, after) = before.split_once("HIDDEN").unwrap_or((before, ""));
        let bytes = format!("{before}{HIDDEN}{after}")
            .replace("LEN", &HIDDEN.len().to_string())
            .replace("HEX", &format!("{:x}", HIDDEN.len()));
        assert_eq!(statuses(&server, &bytes), *expected, "{before:?}");
    }
    let mut honest = Client::connect(server.address);
    publish_on(&mut honest, "honest");
    assert_eq!(watcher.picture()["keyword"], "honest");
}

#[test]
fn the_hidden_request_would_be_done_if_it_stood_alone() {
    let server = Server::start(&[]);
    let mut watcher = Stream::open(server.address);
    assert_eq!(statuses(&server, HIDDEN), [200]);
    assert_eq!(watcher.picture()["keyword"], "smuggled");
    assert_eq!(
        statuses(&server, &(form("keyword=rice") + HIDDEN)),
        [200, 200]
    );
}
