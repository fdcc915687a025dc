//! A connection's life as a script: the bytes that its peer sends, and everything else that happens to it, in any order.
//! Whatever happens, the peer gets whole answers in order, and nothing after the last answer.
//!
//! Bytes of the script are sent as they are, but for those that UTF-8 does not have: these are the other happenings.

mod expected;
mod pair;
mod server;

#[cfg(test)]
pub(crate) use pair::take;
pub(crate) use pair::{Above, Halt, Pair};

use crate::{event::Id, server::connection::Connection, timer_wheel::Tick};
use expected::{Arrival, Expected};

/// The next byte is sent, whatever it is.
const LITERALLY: u8 = 0xF5;
/// The peer takes as many bytes as the next byte says, and then no more.
const TAKE: u8 = 0xF6;
/// The peer takes all bytes from now on.
const TAKE_ALL: u8 = 0xF7;
/// An event is published whose data has 64 times as many bytes as the next byte says: some are more than what is held of
/// a stream that ends.
const PUBLISH: u8 = 0xF8;
const HALF_CLOSE: u8 = 0xF9;
/// The deadline comes.
const EXPIRE: u8 = 0xFA;
/// The deferred answer is here.
const RESOLVE: u8 = 0xFB;
/// The server shuts down, and ends the stream or the poll.
const CONCLUDE: u8 = 0xFC;
/// As many ticks pass as the next byte says.
const WAIT: u8 = 0xFD;
/// The bytes sent so far arrive.
const ARRIVE: u8 = 0xFE;
/// Sixteen times as many bytes as the next byte says are written to the body; with 0, the body is finished.
const WRITE: u8 = 0xFF;

/// Bytes that the kernel hands over at once.
const READ: usize = 4096;
/// The longest request that is taken: its line, its fields, a body whose chunks are one byte each, and their extensions and
/// trailers.
const MAX_REQUEST: usize = 8 * 1024 + 16 * 1024 + 8 * 1024 * 6 + 16 * 1024;
/// The bytes of all events and bodies: enough to outgrow everything that holds them, and few enough to try many lives.
const DATA: usize = 256 * 1024;
/// Events that the channel holds.
const HISTORY: usize = 4;

/// Lives through `script`, and asserts what holds for every connection.
pub fn connection(script: &[u8]) {
    let mut life = Life::over(Scripted::default(), HISTORY, Id::at(0));
    let mut rest = script.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            ..LITERALLY => life.send(Some(byte)),
            LITERALLY => life.send(rest.next()),
            _ => {
                life.arrive();
                life.happen(byte, &mut rest);
            }
        }
    }
    life.arrive();
    expected::read(&life.taken, &life.server.answers);
    life.settle_down();
}

/// The server above a scripted connection, and what its peer has done.
struct Scripted {
    /// Bytes that the peer has sent and the server has not read.
    sent: Vec<u8>,
    half_closes: bool,
    /// True once the server knows of the half-close.
    half_closed: bool,
    /// The answers that the peer is to get.
    answers: Vec<Expected>,
    /// Events published, whose ids are their numbers.
    published: u64,
    /// Bytes left of [`DATA`].
    data: usize,
    /// The request on hold.
    held: Option<String>,
    draining: bool,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            sent: Vec::new(),
            half_closes: false,
            half_closed: false,
            answers: Vec::new(),
            published: 0,
            data: DATA,
            held: None,
            draining: false,
        }
    }
}

type Life = Pair<Scripted>;

impl Life {
    fn happen(&mut self, what: u8, rest: &mut impl Iterator<Item = u8>) {
        let mut count = || usize::from(rest.next().unwrap_or_default());
        match what {
            TAKE => self.room = count(),
            TAKE_ALL => self.room = usize::MAX,
            PUBLISH => self.publish(self.server.data.min(64 * count())),
            HALF_CLOSE => self.server.half_closes = true,
            EXPIRE => drop(self.expire()),
            RESOLVE => self.resolve(),
            CONCLUDE => self.shut_down(),
            WAIT => self.now = self.now.after(Tick::LENGTH * count() as u32),
            WRITE => self.write(self.server.data.min(16 * count())),
            _ => assert_eq!(what, ARRIVE),
        }
        self.drive();
        self.arrive();
    }

    fn send(&mut self, byte: Option<u8>) {
        let sends = !self.server.half_closes;
        self.server.sent.extend(byte.filter(|_| sends));
    }

    /// Has the server read as much as it may, as the reactor does.
    fn arrive(&mut self) {
        while self.is_open() && !self.server.sent.is_empty() && !self.connection.is_busy() {
            let count = self.server.sent.len().min(READ);
            let piece: Vec<u8> = self.server.sent.drain(..count).collect();
            self.receive(&piece);
        }
        if !self.is_open() || !self.server.half_closes {
            return;
        }
        if !self.server.sent.is_empty() {
            self.release();
        }
        if self.is_open() && self.server.sent.is_empty() && !self.server.half_closed {
            self.server.half_closed = true;
            self.half_close();
        }
    }

    fn publish(&mut self, length: usize) {
        self.server.published += 1;
        self.server.data -= length;
        let data = "x".repeat(length);
        let id = Id::at(self.server.published);
        let pushed = self.channel.push(id, "picture", &data);
        pushed.expect("the numbers of events grow");
    }

    fn shut_down(&mut self) {
        self.server.draining = true;
        self.connection.release();
        if self.conclude() {
            let published = self.server.published;
            if let Some(Arrival::Events { ended, .. }) = self.under_way() {
                *ended = Some(published);
            }
        }
    }

    /// Has everything happen that is still to come, and asserts that the peer waits for no answer.
    fn settle_down(&mut self) {
        self.room = usize::MAX;
        loop {
            self.drive();
            self.arrive();
            match self.connection {
                Connection::Deferred(_) if self.is_open() => self.resolve(),
                Connection::Streaming(_) if self.is_open() => self.write(0),
                Connection::Polling(_) if self.is_open() => self.publish(0),
                _ => break,
            }
        }
        let (answers, is_open) = (&self.server.answers, self.is_open());
        let whole = expected::read(&self.taken, answers);
        let last = answers.last();
        let streams = last.is_some_and(|last| matches!(last.arrival, Arrival::Events { .. }));
        let is_cut_off = matches!(self.halt, Halt::Closed(Some(_)));
        assert!(is_cut_off || whole + usize::from(streams) >= answers.len());
        let has_ended = self.is_finished() || !is_open;
        assert!(has_ended || streams || last.is_none_or(|last| !last.last));
        assert!(
            !is_open || !self.server.half_closed,
            "a half-close is an end"
        );
        let incoming = self.connection.incoming();
        let held = incoming.map_or(0, |incoming| incoming.input.len());
        assert!(held <= MAX_REQUEST + READ);
    }
}
