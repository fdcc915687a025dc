//! Where a connection is in its life. No socket, no clock: bytes come in by [`Connection::receive`], go out by the
//! `write` that [`Connection::step`] is given, and time is an argument.
//!
//! It shows partial writes (what the socket did not take is state, not a loop that waits), half-close (the peer's end
//! is noted and its answer still sent) and lingering close (the last answer is given time before the socket goes).
//!
//! ```text
//!                                               Polling
//!                                          Hold ▲     │ an event, or time is up
//!            first byte          whole request  │     ▼  Later
//!   Idle ───────────────▶ Reading ──────────▶ (action) ───▶ Deferred
//!    ▲                      ▲ │ refused          │ Now          │ reply
//!    │ nothing more         │ ▼                  ▼              │
//!    └──────────────────────┴─────── Writing ◀───────────────────┘
//!                                     │    │ a stream's head
//!                  the last answer    │    └──────────▶ Subscribed ──▶ Writing (its end)
//!                                     ▼
//!                                 Lingering ──▶ closed
//! ```

mod next;
mod outbox;
mod output;
mod poll;
mod state;
mod streaming;
mod subscriber;
#[cfg(test)]
mod tests;

pub use super::parts::counters::Disconnected;
pub use next::{Incoming, Next, Waits};
use outbox::Outbox;
pub use output::{Output, Then};
pub use poll::Poll;
pub use state::State;
pub use streaming::Stream;
use subscriber::pump;

use super::parts::owner::TimerKey;
use crate::{
    channel::{Channel, Cursor, Frame},
    http::{Bytes, CONTINUE, Problem, Step},
    timer_wheel::Tick,
};
use std::{io::IoSlice, sync::Arc};

/// A connection's state. 16 bytes: an idle subscriber is its cursor, and has nothing on the heap.
#[derive(Default)]
pub enum Connection {
    /// Between requests; nothing of one has come.
    #[default]
    Idle,
    /// A part of a request has come.
    Reading(Box<Incoming>),
    /// A whole one has, and its answer is being prepared elsewhere.
    Deferred(Box<Incoming>),
    /// A whole one has, and is held until there is something to answer it with.
    Polling(Box<Poll>),
    /// The socket has yet to take an answer, or a part of a stream that is no event of the ring.
    Writing(Box<Output>),
    /// The body is written as it comes into being.
    Streaming(Box<Stream>),
    /// Events are written as they come.
    Subscribed(Cursor),
    /// All is said. The peer is given time to read it: closing now, with input unread, would have the kernel reset
    /// the connection, and the answer be lost (RFC 9112, section 9.6). Since when; only time bounds what is read past.
    Lingering(Tick),
}

const _: () = assert!(size_of::<Connection>() == 16);

/// Told to the peer of a request that will not come whole.
const CUT_OFF: &str = "The connection was half-closed before the request was whole.";
const TOO_SLOW: &str = "The request took too long to arrive.";

impl Connection {
    /// Takes what the peer sent. What becomes of it is for [`Connection::step`].
    pub fn receive(&mut self, bytes: &[u8], now: Tick) {
        if let Self::Idle = self {
            *self = Self::Reading(Box::default());
        }
        if let Self::Polling(poll) = self {
            poll.bytes.extend_from_slice(bytes);
        } else if let Some(incoming) = self.incoming() {
            if incoming.input.is_blank() {
                incoming.since = now;
            }
            incoming.input.push(bytes);
        }
    }

    /// Takes note that the peer will send no more. Whether the connection is over at once: one that is owed an answer
    /// is not, and a subscriber that half-closes has left.
    pub fn end(&mut self) -> bool {
        if let Self::Writing(output) = self
            && let Then::Close { ended } = &mut output.then
        {
            *ended = true;
            return false;
        }
        let ended = match self {
            Self::Polling(poll) => Some(&mut poll.ended),
            _ => self.incoming().map(|incoming| &mut incoming.ended),
        };
        ended.map(|ended| *ended = true).is_none()
    }

    /// True while it should get no more input: a request is being answered, or its answer is on the way. What the peer
    /// sends meanwhile stays in the kernel, so that no peer makes the server hold more than one request beside an answer.
    pub fn is_busy(&self) -> bool {
        matches!(
            self,
            Self::Deferred(_) | Self::Polling(_) | Self::Writing(_) | Self::Streaming(_)
        )
    }

    /// The bytes that it has on the heap: none while it is idle, or subscribed and up to date.
    pub fn held(&self) -> usize {
        match self {
            Self::Idle | Self::Subscribed(_) | Self::Lingering(_) => 0,
            Self::Reading(incoming) | Self::Deferred(incoming) => incoming.held(),
            Self::Polling(poll) => poll.held(),
            Self::Writing(output) => output.held(),
            Self::Streaming(stream) => stream.held(),
        }
    }

    /// The bytes on the heap that it may share with others: the body of an answer on its way.
    pub fn shared(&self) -> Option<&Arc<[u8]>> {
        match self {
            Self::Writing(output) => output.shared(),
            _ => None,
        }
    }

    /// True while it waits for its peer to take bytes.
    pub fn waits_for_room(&self) -> bool {
        match self {
            Self::Writing(_) | Self::Streaming(_) => true,
            Self::Subscribed(cursor) => cursor.is_blocked(),
            _ => false,
        }
    }

    /// The input of a connection that has some, or gets some while it answers.
    pub(crate) fn incoming(&mut self) -> Option<&mut Incoming> {
        match self {
            Self::Reading(incoming) | Self::Deferred(incoming) => Some(incoming),
            Self::Streaming(stream) => Some(&mut stream.incoming),
            Self::Writing(output) => match &mut output.then {
                Then::Read(incoming) => Some(incoming),
                _ => None,
            },
            _ => None,
        }
    }

    /// Moves on as far as what has come and what `write` takes allow.
    pub fn step(
        &mut self,
        channel: &Channel,
        now: Tick,
        mut write: impl FnMut(&[IoSlice<'_>]) -> usize,
    ) -> Next {
        let mut fresh = false;
        loop {
            let next = match self {
                Self::Idle if fresh => Some(Next::Wait(Waits::ForRequest)),
                Self::Idle => Some(Next::Wait(Waits::Unchanged)),
                Self::Reading(_) => self.read(fresh, now),
                Self::Deferred(_) => Some(Next::Wait(Waits::ForAnswer)),
                Self::Polling(_) => self.polled(channel),
                Self::Writing(output) if output.is_too_late(channel) => {
                    Some(Next::Close(Some(Disconnected::Slow)))
                }
                Self::Writing(output) => output
                    .flush(channel, now, &mut write)
                    .or_else(|| self.written()),
                Self::Streaming(stream) => match stream.flush(now, &mut write) {
                    None if stream.whole => self.streamed(now),
                    None => Some(Next::Wait(Waits::ForAnswer)),
                    refused => refused,
                },
                // Its events were offered together with its head.
                Self::Subscribed(cursor) if fresh && cursor.is_blocked() => {
                    Some(Next::Wait(Waits::ForRoom(now)))
                }
                Self::Subscribed(cursor) => Some(pump(cursor, channel, fresh, now, &mut write)),
                Self::Lingering(since) => Some(Next::Wait(Waits::ForEnd(*since))),
            };
            match next {
                Some(next) => return next,
                None => fresh = true,
            }
        }
    }

    /// Looks whether a request is whole.
    fn read(&mut self, fresh: bool, now: Tick) -> Option<Next> {
        let Self::Reading(mut incoming) = std::mem::take(self) else {
            return None;
        };
        match incoming.input.step() {
            Step::Ready => return Some(Next::Request(incoming)),
            Step::Bad(problem) => return Some(Next::Bad(incoming, problem)),
            Step::Continue => {
                let then = Then::Read(incoming);
                *self = Self::writing(Vec::new(), CONTINUE.into(), then, now);
            }
            Step::More if incoming.ended && incoming.input.is_blank() => {
                return Some(Next::Close(None));
            }
            Step::More if incoming.ended => {
                return Some(Next::Bad(incoming, Problem::new(400, CUT_OFF)));
            }
            // Empty lines alone begin no request and win no time, not even by halves.
            Step::More if incoming.input.is_blank() => {
                if !incoming.input.is_empty() {
                    *self = Self::Reading(incoming);
                }
                let waits = if fresh {
                    Waits::ForRequest
                } else {
                    Waits::Unchanged
                };
                return Some(Next::Wait(waits));
            }
            Step::More => {
                let since = incoming.since;
                *self = Self::Reading(incoming);
                return Some(Next::Wait(Waits::ForRest(since)));
            }
        }
        None
    }

    /// Goes over to what follows an answer that is written.
    fn written(&mut self) -> Option<Next> {
        let Self::Writing(output) = std::mem::take(self) else {
            return None;
        };
        match output.then {
            Then::Read(incoming) => *self = Self::Reading(incoming),
            Then::Subscribe(cursor) => *self = Self::Subscribed(cursor),
            Then::Close { ended: true } => return Some(Next::Close(None)),
            Then::Close { ended: false } => return Some(Next::Finish),
        }
        None
    }

    /// Goes over to what follows a streamed body that is written.
    fn streamed(&mut self, now: Tick) -> Option<Next> {
        if let Self::Streaming(stream) = std::mem::take(self) {
            let nothing = (Vec::new(), Bytes::default());
            self.answer(stream.incoming, nothing, stream.last, now);
        }
        None
    }

    fn writing(head: Vec<u8>, body: Bytes, then: Then, now: Tick) -> Self {
        Self::Writing(Box::new(Output::new(head, body, then, now)))
    }

    /// Gives the answer to the request that was handed out, already encoded; `last` if it says so itself.
    pub fn answer(
        &mut self,
        mut incoming: Box<Incoming>,
        (head, body): (Vec<u8>, Bytes),
        last: bool,
        now: Tick,
    ) {
        incoming.input.next();
        incoming.since = now;
        let then = if last {
            Then::Close {
                ended: incoming.ended,
            }
        } else {
            Then::Read(incoming)
        };
        *self = Self::writing(head, body, then, now);
    }

    /// The number of the request that is being answered, if one is.
    pub fn request(&self) -> Option<u32> {
        match self {
            Self::Deferred(incoming) => Some(incoming.number),
            Self::Streaming(stream) => Some(stream.incoming.number),
            _ => None,
        }
    }

    /// The timers that ended with the connection.
    pub fn into_timers(self) -> Vec<TimerKey> {
        match self {
            Self::Streaming(stream) => stream.timers,
            _ => Vec::new(),
        }
    }

    /// The answer to the request that was handed out will come later.
    pub fn defer(&mut self, incoming: Box<Incoming>) {
        *self = Self::Deferred(incoming);
    }

    /// Gets back what has come of a request that is not whole, for a last answer.
    pub fn give_up(&mut self) -> Option<Box<Incoming>> {
        match std::mem::take(self) {
            Self::Idle => Some(Box::default()),
            Self::Reading(incoming) => Some(incoming),
            other => {
                *self = other;
                None
            }
        }
    }

    /// Gets the deferred request back, now that its answer is here.
    pub fn recall(&mut self) -> Option<Box<Incoming>> {
        match std::mem::take(self) {
            Self::Deferred(incoming) => Some(incoming),
            other => {
                *self = other;
                None
            }
        }
    }

    /// Gives the peer time to read the last answer.
    pub fn linger(&mut self, now: Tick) -> Waits {
        *self = Self::Lingering(now);
        Waits::ForEnd(now)
    }

    /// What it waited for has not come in time. A subscriber for whom there was nothing gets `heartbeat` instead.
    pub(crate) fn expire(
        &mut self,
        heartbeat: &Frame,
        now: Tick,
        write: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> Next {
        match std::mem::take(self) {
            Self::Idle | Self::Lingering(_) => Next::Close(None),
            Self::Reading(incoming) if incoming.input.is_blank() => Next::Close(None),
            Self::Reading(incoming) => Next::Bad(incoming, Problem::new(408, TOO_SLOW)),
            Self::Deferred(incoming) => {
                *self = Self::Deferred(incoming);
                Next::Wait(Waits::ForAnswer)
            }
            held @ Self::Polling(_) => {
                *self = held;
                self.release();
                self.read(true, now).unwrap_or(Next::Wait(Waits::Unchanged))
            }
            Self::Subscribed(cursor) if !cursor.is_blocked() => {
                self.beat(cursor, heartbeat, now, write)
            }
            stalled => {
                *self = stalled;
                Next::Close(Some(Disconnected::WriteTimeout))
            }
        }
    }
}
