//! Heads that trickle through a proxy.

use crate::support::{PATIENCE, client::Client, reverse_proxy::ReverseProxy, server::Server};
use std::{
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

/// The time between two bytes.
const PACE: Duration = Duration::from_millis(20);

#[test]
fn a_head_that_trickles_is_ended_by_each_proxy() {
    let server = Server::start(&[]);
    let shortened = [("10s", "1s"), ("header=10", "header=1")];
    for proxy in ReverseProxy::start_all(server.address, &shortened) {
        let mut client = Client::connect(proxy.address);
        client.send("GET /subscribe HTTP/1.1\r\nHost: a\r\nX-Long: ");
        let sent = trickle(&client);
        assert!(sent.is_some(), "{}: not after {PATIENCE:?}", proxy.name);
    }
}

/// Sends a head byte by byte until the proxy ends the connection. Returns the number of bytes; None if the proxy does
/// not end it.
fn trickle(client: &Client) -> Option<usize> {
    let (mut socket, begun) = (client.socket(), Instant::now());
    socket.set_read_timeout(Some(PACE)).unwrap();
    for sent in 0.. {
        if begun.elapsed() > PATIENCE {
            break;
        }
        match socket.read(&mut [0; 100]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            _ => return Some(sent),
        }
        if socket.write_all(b"x").is_err() {
            return Some(sent);
        }
    }
    None
}
