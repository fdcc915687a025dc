//! A connection's life as a script: what it is sent, and what else happens to it, in any order. Whatever that is, its
//! peer gets whole answers in order, and nothing after the last one.
//!
//! Bytes are what the client sends, but for those that no UTF-8 has: they are what happens next.

mod peer;
mod server;

use super::{Connection, Disconnected, Next, Waits};
use crate::{
    channel::{Channel, Frame},
    event::Id,
    timer_wheel::Tick,
};
use peer::{Answer, Content};
use std::io::IoSlice;

/// The next byte is sent, whatever it is.
const LITERALLY: u8 = 0xF5;
/// The peer takes as many bytes as the next one says, and then no more.
const TAKE: u8 = 0xF6;
/// The peer takes all from now on.
const TAKE_ALL: u8 = 0xF7;
/// An event is published whose data has 64 times as many bytes as the next one says: some are more than what is held of
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
/// What was sent so far arrives.
const ARRIVE: u8 = 0xFE;
/// Sixteen times as many bytes as the next one says are written to the body; with 0, it is finished.
const WRITE: u8 = 0xFF;

/// What the kernel hands over at once.
const READ: usize = 4096;
/// The longest request that is taken: its line, its fields, a body whose chunks are one byte each, and their extensions and
/// trailers.
const MAX_REQUEST: usize = 8 * 1024 + 16 * 1024 + 8 * 1024 * 6 + 16 * 1024;
/// The bytes of all events and bodies: enough to outgrow everything that holds them, and few enough to try many lives.
const DATA: usize = 256 * 1024;
/// Events that the channel holds.
const HISTORY: usize = 4;

/// Lives through `bytes`, and asserts what holds for every connection.
pub fn script(bytes: &[u8]) {
    let mut life = Life::new();
    let mut rest = bytes.iter().copied();
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
    peer::read(&life.taken, &life.answers);
    life.settle_down();
}

/// A connection, the server above it and the peer at the other end.
struct Life {
    channel: Channel,
    connection: Connection,
    now: Tick,
    /// What the peer has sent, and the server not read.
    sent: Vec<u8>,
    half_closes: bool,
    /// The server knows.
    half_closed: bool,
    /// How many bytes the peer takes before it says "would block".
    room: usize,
    /// What it has taken.
    taken: Vec<u8>,
    /// What it is to be answered.
    answers: Vec<Answer>,
    /// Events published, whose ids are their numbers.
    published: u64,
    /// What is left of [`DATA`].
    data: usize,
    /// The request that is on hold.
    held: Option<String>,
    draining: bool,
    waits: Waits,
    /// How much the peer had taken when it began to wait for that.
    seen: usize,
    /// The last answer is written.
    finished: bool,
    over: Option<Option<Disconnected>>,
}

impl Life {
    fn new() -> Self {
        Self {
            channel: Channel::new(HISTORY, Id::at(0)),
            connection: Connection::default(),
            now: Tick::default(),
            sent: Vec::new(),
            half_closes: false,
            half_closed: false,
            room: usize::MAX,
            taken: Vec::new(),
            answers: Vec::new(),
            published: 0,
            data: DATA,
            held: None,
            draining: false,
            // Nothing has come yet, and empty lines are nothing.
            waits: Waits::ForRequest,
            seen: 0,
            finished: false,
            over: None,
        }
    }

    fn happen(&mut self, what: u8, rest: &mut impl Iterator<Item = u8>) {
        let mut count = || usize::from(rest.next().unwrap_or_default());
        match what {
            TAKE => self.room = count(),
            TAKE_ALL => self.room = usize::MAX,
            PUBLISH => self.publish(self.data.min(64 * count())),
            HALF_CLOSE => self.half_closes = true,
            EXPIRE => self.expire(),
            RESOLVE => self.resolve(),
            CONCLUDE => self.conclude(),
            WAIT => self.now = self.now.after(Tick::LENGTH * count() as u32),
            WRITE => self.write(self.data.min(16 * count())),
            _ => assert_eq!(what, ARRIVE),
        }
        self.drive();
        self.arrive();
    }

    fn send(&mut self, byte: Option<u8>) {
        self.sent.extend(byte.filter(|_| !self.half_closes));
    }

    fn is_open(&self) -> bool {
        self.over.is_none()
    }

    /// Has the server read what it may, as the reactor does.
    fn arrive(&mut self) {
        while self.is_open() && !self.sent.is_empty() && !self.connection.is_busy() {
            let piece: Vec<u8> = self.sent.drain(..self.sent.len().min(READ)).collect();
            self.connection.receive(&piece, self.now);
            self.drive();
        }
        if self.is_open() && self.half_closes && !self.sent.is_empty() {
            self.connection.release();
            self.drive();
        }
        let told = self.half_closed || !self.sent.is_empty();
        if self.is_open() && self.half_closes && !told {
            self.half_closed = true;
            if self.connection.end() {
                self.over = Some(None);
            }
            self.drive();
        }
    }

    fn publish(&mut self, length: usize) {
        self.published += 1;
        self.data -= length;
        let data = "x".repeat(length);
        self.channel.publish(self.published, "picture", &data);
    }

    fn expire(&mut self) {
        if self.is_open() {
            let (room, taken) = (&mut self.room, &mut self.taken);
            let write = |slices: &[IoSlice<'_>]| take(room, taken, slices);
            let heartbeat = Frame::new(peer::HEARTBEAT.as_bytes());
            let next = self.connection.expire(&heartbeat, self.now, write);
            self.settle(next);
        }
    }

    fn conclude(&mut self) {
        self.draining = true;
        self.connection.release();
        self.waits = Waits::ForAnswer;
        if self.is_open() && self.connection.conclude(&self.channel, self.now) {
            let published = self.published;
            if let Some(Content::Events { ended, .. }) = self.under_way() {
                *ended = Some(published);
            }
        }
    }

    /// Goes on until the connection waits.
    fn drive(&mut self) {
        while self.is_open() {
            let (room, taken) = (&mut self.room, &mut self.taken);
            let write = |slices: &[IoSlice<'_>]| take(room, taken, slices);
            let next = self.connection.step(&self.channel, self.now, write);
            if self.settle(next) {
                return;
            }
        }
    }

    /// Does as the server does. Whether there is nothing more to do.
    fn settle(&mut self, next: Next) -> bool {
        match next {
            Next::Request(incoming) => {
                self.waits = Waits::ForAnswer;
                self.serve(incoming);
                return false;
            }
            Next::Bad(incoming, problem) => {
                self.refuse(incoming, problem);
                return false;
            }
            Next::Wait(waits) => self.wait(waits),
            Next::Finish => {
                assert!(!self.finished, "it ends once");
                self.finished = true;
                self.connection.linger(self.now);
            }
            Next::Close(over) => self.over = Some(over),
        }
        true
    }

    /// What it waits for, it can wait for, and nothing that the peer sends wins it more time than it has.
    fn wait(&mut self, waits: Waits) {
        assert!(!matches!(waits, Waits::ForRoom(_)) || self.room == 0);
        assert_eq!(
            matches!(waits, Waits::ForEnd(_)),
            self.finished,
            "{waits:?}"
        );
        match (self.waits, waits) {
            (_, Waits::Unchanged) => return,
            (Waits::ForRest(since), Waits::ForRest(again)) => assert_eq!(since, again),
            (Waits::ForRoom(since), Waits::ForRoom(again)) => {
                assert!(since == again || self.taken.len() > self.seen);
            }
            (Waits::ForRequest, Waits::ForRequest) => panic!("it was idle already"),
            _ => {}
        }
        self.waits = waits;
        self.seen = self.taken.len();
    }

    /// Has everything happen that is still to come, and asserts that nobody waits for an answer.
    fn settle_down(&mut self) {
        self.room = usize::MAX;
        loop {
            self.drive();
            self.arrive();
            match &mut self.connection {
                Connection::Deferred(_) if self.over.is_none() => self.resolve(),
                Connection::Streaming(_) if self.over.is_none() => self.write(0),
                Connection::Polling(_) if self.over.is_none() => self.publish(0),
                _ => break,
            }
        }
        let whole = peer::read(&self.taken, &self.answers);
        let last = self.answers.last();
        let streams = last.is_some_and(|last| matches!(last.content, Content::Events { .. }));
        let is_cut_off = matches!(self.over, Some(Some(_)));
        assert!(is_cut_off || whole + usize::from(streams) >= self.answers.len());
        let has_ended = self.finished || self.over.is_some();
        assert!(has_ended || streams || last.is_none_or(|last| !last.last));
        assert!(
            self.over.is_some() || !self.half_closed,
            "a half-close is an end"
        );
        let held = self
            .connection
            .incoming()
            .map_or(0, |incoming| incoming.input.len());
        assert!(held <= MAX_REQUEST + READ);
    }
}

fn take(room: &mut usize, taken: &mut Vec<u8>, slices: &[IoSlice<'_>]) -> usize {
    let before = taken.len();
    for slice in slices {
        let count = slice.len().min(*room);
        *room -= if *room == usize::MAX { 0 } else { count };
        taken.extend_from_slice(&slice[..count]);
    }
    taken.len() - before
}
