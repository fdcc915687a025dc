//! The contract's section "HTTP", and the rules of its section "Endpoints" for the page and for all endpoints.

mod admin;
mod bodies;
mod codings;
mod conditional;
#[cfg(target_os = "linux")]
mod descriptors;
mod endpoints;
mod half_close;
mod hosts;
mod keep_alive;
mod limits;
mod lingering;
mod page;
mod pipelining;
mod public_folder;
mod refusals;
mod targets;
mod timeouts;

use crate::support::{client::Client, setups::assert_problem};
use std::net::SocketAddr;

/// A request that must not be answered if it comes behind a refused request.
const SMUGGLED: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

/// A GET over HTTP/1.1, after which the connection stays open.
fn get(target: &str) -> String {
    with("GET", target, "")
}

/// A request with further `fields`, each ended by CR LF.
fn with(method: &str, target: &str, fields: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

/// A publish of JSON in a body of exactly `length` bytes.
fn json(length: usize) -> String {
    format!("{:<1$}}}", "{\"keyword\":\"sushi\"", length - 1)
}

/// A publish whose body is framed by `framing`, a field without its line end.
fn publish(framing: &str, body: &str) -> String {
    let fields = format!("Content-Type: application/json\r\n{framing}\r\n");
    with("POST", "/publish", &fields) + body
}

/// Sends `bytes` and a request behind them: the answer is an error, the last one, and the connection is closed.
#[track_caller]
fn assert_refused(address: SocketAddr, bytes: &[u8], status: u16) {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let mut client = Client::connect(address);
    client.send([bytes, SMUGGLED.as_bytes()].concat());
    let response = client.response();
    assert_eq!(response.status, status, "{shown:?}: {}", response.text());
    assert_problem(&response, status);
    assert_eq!(response.header("connection"), Some("close"), "{shown:?}");
    assert!(response.header("date").is_some(), "{shown:?}");
    assert_eq!(client.rest(), "", "answered behind {shown:?}");
}
