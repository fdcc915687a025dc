//! A client that blocks: a request, and its whole answer.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

/// A connection that is kept.
pub struct Client(TcpStream);

impl Client {
    /// Connects to `address`.
    pub fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server accepts");
        stream.set_nodelay(true).expect("setsockopt(2)");
        Self(stream)
    }

    /// Sends `request`, and reads the answer, which has a length.
    pub fn exchange(&mut self, request: &[u8]) -> Vec<u8> {
        self.0.write_all(request).expect("the server reads");
        let (mut answer, mut buffer) = (Vec::new(), [0; 8192]);
        while !is_whole(&answer) {
            let read = self.0.read(&mut buffer).expect("the server answers");
            assert!(read > 0, "the server answers whole");
            answer.extend_from_slice(&buffer[..read]);
        }
        answer
    }

    /// Has something broadcast.
    pub fn publish(&mut self) {
        let answer = self.exchange(
            b"POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
              Content-Length: 13\r\n\r\nkeyword=sushi",
        );
        assert!(
            answer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }

    /// Asks whether the server is well.
    pub fn health(&mut self) {
        self.exchange(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    // The floor's fixed bytes have no head, and come whole.
    length.is_none_or(|length| length.parse() == Ok(body.len()))
}
