//! Bytes on their way out, as far as the socket takes them: a write may be partial, and what is left waits its turn.

use super::{Incoming, Next, Waits};
use crate::{
    channel::{Channel, Cursor, Framing},
    http::{Bytes, LAST_CHUNK, chunk},
    server::parts::owner::TimerKey,
    timer_wheel::Tick,
};
use std::io::IoSlice;

/// An answer on its way out, and what comes after it. Head and body are written together, and so are the events that a
/// stream's head is followed by.
pub struct Output {
    head: Vec<u8>,
    body: Bytes,
    /// Bytes of the two that the socket has taken.
    sent: usize,
    pub(super) then: Then,
    /// When the socket last took a byte.
    moved: Tick,
}

/// A body that comes into being bit by bit, and the timers that end with it.
pub struct Stream {
    pub(super) incoming: Box<Incoming>,
    pub(super) framing: Framing,
    /// It is the connection's last answer.
    pub(super) last: bool,
    /// The bytes that the socket has not taken, behind `sent` ones that it has.
    pub(super) bytes: Vec<u8>,
    pub(super) sent: usize,
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
    /// The bytes on the heap.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity() + self.incoming.held()
    }

    /// Appends to the body. False if the peer does not keep up: the server does not hold what a peer leaves, so that
    /// `take` is offered what has piled up before there is more of it. The body's beginning, however long, is held until
    /// it is offered as a whole.
    #[must_use]
    pub fn write(
        &mut self,
        data: &[u8],
        now: Tick,
        take: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> bool {
        if self.offered && self.unsent() > MAX_UNSENT {
            self.flush(now, take);
        }
        let keeps_up = !self.offered || self.unsent() <= MAX_UNSENT;
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

    fn unsent(&self) -> usize {
        self.bytes.len() - self.sent
    }

    pub(super) fn flush(
        &mut self,
        now: Tick,
        write: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> Option<Next> {
        if self.unsent() == 0 {
            return None;
        }
        self.offered = true;
        let taken = write(&[IoSlice::new(&self.bytes[self.sent..])]);
        self.sent += taken;
        if taken > 0 {
            self.moved = now;
        }
        self.forget_sent();
        (self.unsent() > 0).then_some(Next::Wait(Waits::ForRoom(self.moved)))
    }

    /// Gives back the memory of what the socket has taken: when that is all, or more than what is left, so that a long
    /// body is not moved down by each write.
    fn forget_sent(&mut self) {
        if self.unsent() == 0 {
            self.bytes = Vec::new();
            self.sent = 0;
        } else if self.sent > self.unsent() {
            self.bytes.drain(..self.sent);
            self.bytes.shrink_to_fit();
            self.sent = 0;
        }
    }
}

impl Output {
    pub(super) fn new(head: Vec<u8>, body: Bytes, then: Then, now: Tick) -> Self {
        Self {
            head,
            body,
            sent: 0,
            then,
            moved: now,
        }
    }

    /// The bytes on the heap, what follows the answer included.
    pub(super) fn held(&self) -> usize {
        let then = match &self.then {
            Then::Read(incoming) => incoming.held(),
            Then::Subscribe(_) | Then::Close { .. } => 0,
        };
        size_of::<Self>() + self.head.capacity() + self.body.held() + then
    }

    /// Whether what comes after is an event that is no longer held.
    pub(super) fn is_too_late(&self, channel: &Channel) -> bool {
        matches!(&self.then, Then::Subscribe(cursor) if !channel.can_serve(cursor))
    }

    /// Head and body, as far as the socket has not taken them.
    fn rest(&self) -> [&[u8]; 2] {
        let of_head = self.sent.min(self.head.len());
        [&self.head[of_head..], &self.body[self.sent - of_head..]]
    }

    /// The bytes that the socket has not taken.
    pub(super) fn into_rest(self) -> Vec<u8> {
        self.rest().concat()
    }

    /// Writes what is left, together with the events that follow a stream's head, and says what to wait for if the
    /// socket does not take all of head and body.
    pub(super) fn flush(
        &mut self,
        channel: &Channel,
        now: Tick,
        mut write: impl FnMut(&[IoSlice<'_>]) -> usize,
    ) -> Option<Next> {
        let rest = self.rest();
        let left = rest[0].len() + rest[1].len();
        let taken = match self.then {
            Then::Subscribe(mut cursor) => {
                let pumped = channel.pump_behind(rest, &mut cursor, write);
                self.then = Then::Subscribe(cursor);
                pumped.map_or(0, |(taken, _)| taken)
            }
            _ if left == 0 => 0,
            _ => write(&rest.map(IoSlice::new)),
        };
        if taken == left {
            return None;
        }
        if taken > 0 {
            self.sent += taken;
            self.moved = now;
        }
        Some(Next::Wait(Waits::ForRoom(self.moved)))
    }
}
