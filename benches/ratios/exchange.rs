//! A client that blocks: it sends a request, and reads the whole answer.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

/// The request that publishes.
pub const PUBLISH: &[u8] =
    b"POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
      Content-Length: 13\r\n\r\nkeyword=sushi";

/// A client with a kept connection.
pub struct Client(TcpStream);

impl Client {
    /// Connects to `address`.
    pub fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server accepts");
        stream.set_nodelay(true).expect("setsockopt(2)");
        Self(stream)
    }

    /// Sends `request`, and reads the answer, whose head tells its length.
    pub fn exchange(&mut self, request: &[u8]) -> Vec<u8> {
        self.send(request);
        self.answer()
    }

    /// Sends `request`, whose answer is to be read later.
    pub fn send(&mut self, request: &[u8]) {
        self.0.write_all(request).expect("the server reads");
    }

    /// Reads an answer, whose head tells its length.
    pub fn answer(&mut self) -> Vec<u8> {
        let (mut answer, mut buffer) = (Vec::new(), [0; 8192]);
        while !is_whole(&answer) {
            let read = self.0.read(&mut buffer).expect("the server answers");
            assert!(read > 0, "the server answers whole");
            answer.extend_from_slice(&buffer[..read]);
        }
        answer
    }

    /// Sends a line, and reads the same line.
    pub fn echo(&mut self, line: &[u8]) {
        self.send(line);
        let mut echo = vec![0; line.len()];
        self.0.read_exact(&mut echo).expect("the server answers");
        assert_eq!(echo, line);
    }

    /// Publishes. Returns the answer.
    pub fn publish(&mut self) -> String {
        let answer = self.exchange(PUBLISH);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer
    }

    /// Asks whether the server is well.
    pub fn health(&mut self) {
        self.exchange(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
}

/// The value of a field in an answer or an event, if the value has no escapes.
pub fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]);
    let mut lengths = head
        .lines()
        .filter_map(|line| line.strip_prefix("Content-Length: "));
    // The floor's fixed bytes have no head, and come whole.
    lengths
        .next()
        .is_none_or(|length| length.parse() == Ok(answer.len() - end - 4))
}
