//! A kept connection with one question at a time. Whole answers come out, however they are cut.

use super::visitor::leave;
use crate::support::client::Response;
use fastrand::Rng;
use mio::{Interest, Registry, Token, net::TcpStream};
use socket2::SockRef;
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
};

/// The way to the server, and the token of the connection's events.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    pub address: SocketAddr,
    pub registry: &'a Registry,
    pub token: Token,
}

/// The outcome of reading.
pub enum Got {
    Nothing,
    Answer(Response),
    /// The connection was lost with a question open.
    Lost,
}

#[derive(Default)]
pub struct Asker {
    socket: Option<TcpStream>,
    raw: Vec<u8>,
    asked: Option<String>,
    /// An answer came on this connection, which the server may have closed since.
    is_used: bool,
}

impl Asker {
    pub fn is_waiting(&self) -> bool {
        self.asked.is_some()
    }

    /// Sends a request.
    pub fn ask(&mut self, request: String, way: Way<'_>) {
        let sent = self.socket.as_mut().map(|socket| send(socket, &request));
        self.asked = Some(request);
        if sent != Some(true) {
            self.ask_anew(way);
        }
    }

    /// Sends the same request on another connection.
    fn ask_anew(&mut self, way: Way<'_>) {
        let socket = std::net::TcpStream::connect(way.address).unwrap();
        socket.set_nonblocking(true).unwrap();
        let mut socket = TcpStream::from_std(socket);
        way.registry
            .register(&mut socket, way.token, Interest::READABLE)
            .unwrap();
        let request = self.asked.as_ref().unwrap();
        assert!(send(&mut socket, request), "a new connection takes it");
        self.socket = Some(socket);
        self.is_used = false;
        self.raw.clear();
    }

    /// Reads what has arrived.
    pub fn read(&mut self, way: Way<'_>) -> Got {
        let is_over = self.receive();
        if let Some(response) = self.asked.as_ref().and_then(|_| whole(&self.raw)) {
            self.asked = None;
            self.is_used = true;
            self.raw.clear();
            if is_over || response.header("connection") == Some("close") {
                self.socket = None;
            }
            return Got::Answer(response);
        }
        if !is_over {
            return Got::Nothing;
        }
        self.socket = None;
        match self.asked {
            None => Got::Nothing,
            // The server closed the connection while the question was on its way (RFC 9112, section 9.3.1).
            Some(_) if self.is_used && self.raw.is_empty() => {
                self.ask_anew(way);
                Got::Nothing
            }
            Some(_) => Got::Lost,
        }
    }

    /// Takes the bytes that have arrived. Returns whether the server has ended the connection.
    fn receive(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        let Some(socket) = &mut self.socket else {
            return false;
        };
        loop {
            match socket.read(&mut buffer) {
                Ok(0) => return true,
                Ok(read) => self.raw.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(_) => return true,
            }
        }
    }

    /// Closes the connection, also while an answer is to come.
    pub fn leave(&mut self, random: &mut Rng) {
        if let Some(socket) = self.socket.take() {
            leave(SockRef::from(&socket), random);
        }
        self.asked = None;
        self.raw.clear();
    }
}

fn send(socket: &mut TcpStream, request: &str) -> bool {
    matches!(socket.write(request.as_bytes()), Ok(sent) if sent == request.len())
}

/// The response, once it is whole.
fn whole(raw: &[u8]) -> Option<Response> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n")?;
    let mut response = Response {
        status: 0,
        head: String::from_utf8(raw[..end].to_vec()).unwrap(),
        body: raw[end + 4..].to_vec(),
    };
    response.status = response.head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = response.header("content-length");
    let length = length.map_or(0, |length| length.parse().unwrap());
    assert!(response.body.len() <= length, "{}", response.head);
    (response.body.len() == length).then_some(response)
}
