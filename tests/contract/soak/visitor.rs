//! A visitor of the crowd: its temper, its connection, and the pictures that it has seen.

use super::{Plan, crowd::Witness, decoder::Decoder, place::Place};
use crate::support::{client::Event, setups::id};
use fastrand::Rng;
use mio::net::TcpStream;
use socket2::{Domain, SockRef, Socket, Type};
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    time::Duration,
};

/// The temper of a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// Comes and stays.
    Steady,
    /// Comes and goes, in every way there is.
    Restless,
    /// Stops reading for a while, with a small receive buffer.
    Stalling,
    /// Stays away for so long that it misses pictures.
    Absent,
}

/// The state of a visitor.
pub enum State {
    Away,
    Reading(Connection),
    Stalled(Connection),
}

pub struct Connection {
    pub socket: TcpStream,
    decoder: Decoder,
}

/// The outcome of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    More,
    /// The server ended the stream properly.
    Whole,
    /// The server closed the connection within the stream.
    Cut,
}

pub struct Visitor {
    pub temper: Temper,
    pub state: State,
    pub place: Place,
}

impl Visitor {
    pub fn new(number: usize) -> Self {
        let temper = match number % 20 {
            0..12 => Temper::Steady,
            12..16 => Temper::Restless,
            16..19 => Temper::Stalling,
            _ => Temper::Absent,
        };
        Self {
            temper,
            state: State::Away,
            place: Place::default(),
        }
    }

    /// Connects and asks, with the id to resume from. Nothing if the visitor leaves before its request is sent.
    pub fn ask(&self, address: SocketAddr, random: &mut Rng) -> Option<Connection> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        if self.temper == Temper::Stalling {
            socket.set_recv_buffer_size(4096).unwrap();
        }
        socket.connect(&address.into()).unwrap();
        let request = self.request(random);
        let rude = self.temper == Temper::Restless && random.u8(..4) == 0;
        let said = if rude {
            random.usize(..request.len())
        } else {
            request.len()
        };
        (&socket).write_all(&request.as_bytes()[..said]).unwrap();
        if rude {
            leave(SockRef::from(&socket), random);
            return None;
        }
        socket.set_nonblocking(true).unwrap();
        Some(Connection {
            socket: TcpStream::from_std(socket.into()),
            decoder: Decoder::default(),
        })
    }

    fn request(&self, random: &mut Rng) -> String {
        let version = if random.u8(..4) == 0 { "1.0" } else { "1.1" };
        let place = self
            .place
            .id
            .map(|(millis, sequence)| format!("{millis}-{sequence}"));
        match (place, random.bool()) {
            (None, _) => format!("GET /subscribe HTTP/{version}\r\nHost: a\r\n\r\n"),
            (Some(place), true) => {
                format!(
                    "GET /subscribe HTTP/{version}\r\nHost: a\r\nLast-Event-ID: {place}\r\n\r\n"
                )
            }
            (Some(place), false) => {
                format!("GET /subscribe?lastEventId={place} HTTP/{version}\r\nHost: a\r\n\r\n")
            }
        }
    }

    /// Reads what has arrived.
    pub fn read(&mut self, witness: &mut Witness) -> Outcome {
        let mut buffer = [0; 16 * 1024];
        loop {
            let State::Reading(connection) = &mut self.state else {
                return Outcome::More;
            };
            let got = match connection.socket.read(&mut buffer) {
                Ok(0) => 0,
                Ok(got) => got,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Outcome::More,
                Err(_) => 0,
            };
            let events = connection.decoder.feed(&buffer[..got]);
            let whole = connection.decoder.whole;
            let unchunked = connection.decoder.is_unchunked();
            for event in events {
                self.take(&event, witness);
            }
            match got {
                _ if whole => return Outcome::Whole,
                0 if unchunked => return Outcome::Whole,
                0 => return Outcome::Cut,
                _ => {}
            }
        }
    }

    fn take(&mut self, event: &Event, witness: &mut Witness) {
        if event.name == "missed" {
            self.place.missed = true;
        }
        let Some(id) = event.id.as_deref().map(id) else {
            return;
        };
        if event.name == "picture" {
            self.place.see(id, witness);
        } else {
            let known = *self.place.id.get_or_insert(id);
            assert_eq!(known, id, "a place of its own");
        }
    }

    /// The time until the visitor's next action; nothing if it stays.
    pub fn patience(&self, plan: &Plan, random: &mut Rng) -> Option<Duration> {
        let beats = match (self.temper, &self.state) {
            (Temper::Steady, _) => return None,
            (Temper::Absent, State::Away) => plan.history..3 * plan.history,
            (_, State::Away) => 0..20,
            (_, State::Reading(_)) => 5..60,
            (_, State::Stalled(_)) => 10..120,
        };
        Some(plan.time(random.u32(beats)))
    }
}

/// Closes by a FIN, or by a reset.
pub fn leave(socket: SockRef<'_>, random: &mut Rng) {
    if random.bool() {
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }
}
