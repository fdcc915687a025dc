//! Bytes on their way out, as far as the socket takes them: a write may be partial, and what is left waits its turn.

use super::{Incoming, Next, Waits};
use crate::{
    channel::{Channel, Cursor, Framing},
    http::{LAST_CHUNK, chunk},
    server::timers::TimerKey,
    timer_wheel::Tick,
};

/// Bytes on their way out, and what comes after them.
pub struct Output {
    pub(super) bytes: Vec<u8>,
    pub(super) sent: usize,
    pub(super) then: Then,
    /// When the socket last took a byte.
    pub(super) moved: Tick,
}

/// A body that comes into being bit by bit, and the timers that end with it.
pub struct Stream {
    pub(super) incoming: Box<Incoming>,
    pub(super) framing: Framing,
    /// It is the connection's last answer.
    pub(super) last: bool,
    /// What the socket has not taken.
    pub(super) bytes: Vec<u8>,
    /// When it last took a byte, or there was nothing to take.
    pub(super) moved: Tick,
    /// The socket was offered a part of the answer.
    pub(super) offered: bool,
    pub(super) whole: bool,
    pub(super) timers: Vec<TimerKey>,
}

/// What follows an answer.
pub enum Then {
    /// The next request.
    Read(Box<Incoming>),
    /// The events from here on.
    Subscribe(Cursor),
    /// The end; whether the peer has already told its own.
    Close { ended: bool },
}

/// What a streamed body may hold that the socket has not taken when more is to be written.
const MAX_UNSENT: usize = 64 * 1024;

impl Stream {
    /// Appends to the body. Whether the peer keeps up: it is not for the server to hold what nobody takes, so that `take`
    /// is offered what has piled up before there is more of it. The body's beginning, however long, is held until it
    /// is offered as a whole.
    #[must_use]
    pub fn write(&mut self, data: &[u8], now: Tick, take: impl FnOnce(&[u8]) -> usize) -> bool {
        if self.offered && self.bytes.len() > MAX_UNSENT {
            self.flush(now, take);
        }
        let keeps_up = !self.offered || self.bytes.len() <= MAX_UNSENT;
        if self.bytes.is_empty() {
            self.moved = now;
        }
        match self.framing {
            Framing::Chunked => chunk(&mut self.bytes, data),
            Framing::Plain => self.bytes.extend_from_slice(data),
        }
        keeps_up
    }

    /// Ends the body, and hands out the timers that end with it.
    pub fn finish(&mut self) -> Vec<TimerKey> {
        if self.framing == Framing::Chunked {
            self.bytes.extend_from_slice(LAST_CHUNK);
        }
        self.whole = true;
        std::mem::take(&mut self.timers)
    }

    /// Whether the body is not whole and no timer is there to go on with it.
    pub fn is_idle(&self) -> bool {
        !self.whole && self.timers.is_empty()
    }

    /// Has a timer end with the body.
    pub fn own(&mut self, timer: TimerKey) {
        self.timers.push(timer);
    }

    /// A timer has ended by itself.
    pub fn disown(&mut self, timer: TimerKey) {
        self.timers.retain(|own| *own != timer);
    }

    pub(super) fn flush(&mut self, now: Tick, write: impl FnOnce(&[u8]) -> usize) -> Option<Next> {
        if self.bytes.is_empty() {
            return None;
        }
        self.offered = true;
        let taken = write(&self.bytes);
        self.bytes.drain(..taken);
        if taken > 0 {
            self.moved = now;
        }
        (!self.bytes.is_empty()).then_some(Next::Wait(Waits::ForRoom(self.moved)))
    }
}

impl Output {
    /// Whether what comes after is an event that is no longer held.
    pub(super) fn is_too_late(&self, channel: &Channel) -> bool {
        matches!(&self.then, Then::Subscribe(cursor) if !channel.can_serve(cursor))
    }

    /// Writes what is left, and says what to wait for if the socket does not take it all.
    pub(super) fn flush(&mut self, now: Tick, write: impl FnOnce(&[u8]) -> usize) -> Option<Next> {
        let rest = &self.bytes[self.sent..];
        let taken = if rest.is_empty() { 0 } else { write(rest) };
        if taken == rest.len() {
            return None;
        }
        if taken > 0 {
            self.sent += taken;
            self.moved = now;
        }
        Some(Next::Wait(Waits::ForRoom(self.moved)))
    }
}
