//! The life of a connection, as an enum of its states. A connection has no socket and no clock: bytes come in by
//! [`Connection::receive`], go out by the `write` that [`Connection::step`] is given, and time is an argument.
//!
//! The enum shows partial writes (bytes that the socket does not take are state, not a loop that waits), half-close
//! (the peer's end is noted, and the answer is still sent) and lingering close (the peer has time to read the last
//! answer before the socket is closed).
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

mod answers;
#[cfg(feature = "frame")]
mod carried;
mod incoming;
mod next;
mod outbox;
mod outgoing;
mod poll;
mod polling;
mod state;
mod stream_body;
mod subscriber;
#[cfg(test)]
mod tests;

pub use super::parts::counters::Disconnected;
#[cfg(feature = "frame")]
pub(crate) use carried::{Bodies, CarriedBodies};
pub use incoming::Incoming;
pub use next::{Next, Waits};
use outbox::Outbox;
pub use outgoing::{After, Outgoing};
pub use poll::Poll;
pub use state::State;
pub use stream_body::StreamBody;

use crate::{
    channel::{Channel, Cursor, Frame},
    http::{CONTINUE, Problem, Step},
    timer_wheel::Tick,
};
use std::{io::IoSlice, sync::Arc};

/// A connection's state, in 16 bytes. An idle subscriber is a cursor, and has nothing on the heap.
#[derive(Debug, Default)]
pub enum Connection {
    /// The connection waits for a request, of which nothing has come.
    #[default]
    Idle,
    /// A part of a request has come.
    Reading(Box<Incoming>),
    /// A request has come, and its answer is being prepared elsewhere.
    Deferred(Box<Incoming>),
    /// A request has come, and is held until its channel has an event for it.
    Polling(Box<Poll>),
    /// An answer is being sent, or a part of a stream that is no event of the ring.
    Writing(Box<Outgoing>),
    /// An answer's body is sent as it comes into being.
    Streaming(Box<StreamBody>),
    /// A channel's events are sent as they come.
    Subscribed(Cursor),
    /// The last answer is sent, at this tick, and the peer is given time to read it. To close the socket with unread
    /// input would make the kernel reset the connection and lose the answer (RFC 9112, section 9.6). Input is read and
    /// dropped; only time bounds the input.
    Lingering(Tick),
}

const _: () = assert!(size_of::<Connection>() <= 16);

/// The detail of the answer to a request whose end the peer does not send.
const CUT_OFF: &str = "The connection was half-closed before the request was whole.";
/// The detail of the answer to a request whose end does not come in time.
const TOO_SLOW: &str = "The request took too long to arrive.";

impl Connection {
    /// Takes the peer's bytes, for [`Connection::step`] to look at. The time of a request begins with its first byte,
    /// at `now`.
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

    /// Notes that the peer has ended its direction. Returns true if the connection is over at once: a subscriber that
    /// half-closes has left, and a peer that is owed an answer has not.
    pub fn end(&mut self) -> bool {
        if let Self::Writing(outgoing) = self
            && let After::Close { ended } = &mut outgoing.after
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

    /// True while the connection is to get no input: a request is being answered, or its answer is on the way. Further
    /// bytes from the peer stay in the kernel, so that no peer makes the server hold more than a request and an answer.
    pub fn is_busy(&self) -> bool {
        matches!(
            self,
            Self::Deferred(_) | Self::Polling(_) | Self::Writing(_) | Self::Streaming(_)
        )
    }

    /// The number of bytes on the heap: 0 while the connection is idle, subscribed or lingering.
    pub fn held(&self) -> usize {
        match self {
            Self::Idle | Self::Subscribed(_) | Self::Lingering(_) => 0,
            Self::Reading(incoming) | Self::Deferred(incoming) => incoming.held(),
            Self::Polling(poll) => poll.held(),
            Self::Writing(outgoing) => outgoing.held(),
            Self::Streaming(body) => body.held(),
        }
    }

    /// The bytes on the heap that other connections may share: the body of an answer on its way. `None` if there are
    /// none.
    pub fn shared(&self) -> Option<&Arc<[u8]>> {
        match self {
            Self::Writing(outgoing) => outgoing.shared(),
            _ => None,
        }
    }

    /// True while the connection waits for its peer to take bytes.
    pub fn waits_for_room(&self) -> bool {
        match self {
            Self::Writing(_) | Self::Streaming(_) => true,
            Self::Subscribed(cursor) => cursor.is_blocked(),
            _ => false,
        }
    }

    /// The connection's requests on their way in, in the states that have such requests.
    pub(crate) fn incoming(&mut self) -> Option<&mut Incoming> {
        match self {
            Self::Reading(incoming) | Self::Deferred(incoming) => Some(incoming),
            Self::Streaming(body) => Some(&mut body.incoming),
            Self::Writing(outgoing) => match &mut outgoing.after {
                After::Read(incoming) => Some(incoming),
                _ => None,
            },
            _ => None,
        }
    }

    /// Moves the connection on as far as its input, its `channel` and the bytes that `write` takes allow. Returns the
    /// act that the connection then needs of the server.
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
                Self::Writing(outgoing) if outgoing.is_too_late(channel) => {
                    Some(Next::Close(Some(Disconnected::Slow)))
                }
                Self::Writing(outgoing) => outgoing
                    .flush(channel, now, &mut write)
                    .or_else(|| self.written()),
                Self::Streaming(body) => match body.flush(now, &mut write) {
                    None if body.whole => self.streamed(now),
                    None => Some(Next::Wait(Waits::ForAnswer)),
                    refused => refused,
                },
                // The events were offered together with the stream's head.
                Self::Subscribed(cursor) if fresh && cursor.is_blocked() => {
                    Some(Next::Wait(Waits::ForRoom(now)))
                }
                Self::Subscribed(cursor) => {
                    Some(Self::pump(cursor, channel, fresh, now, &mut write))
                }
                Self::Lingering(since) => Some(Next::Wait(Waits::ForEnd(*since))),
            };
            match next {
                Some(next) => return next,
                None => fresh = true,
            }
        }
    }

    /// Hands out the request if it is whole. Returns `None` if the connection is in another state then.
    fn read(&mut self, fresh: bool, now: Tick) -> Option<Next> {
        let Self::Reading(mut incoming) = std::mem::take(self) else {
            return None;
        };
        match incoming.input.step() {
            Step::Ready => return Some(Next::Request(incoming)),
            Step::Bad(problem) => return Some(Next::Bad(incoming, problem)),
            Step::Continue => {
                let after = After::Read(incoming);
                *self = Self::writing(Vec::new(), CONTINUE.into(), after, now);
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

    /// Goes on behind an answer that the socket has taken.
    fn written(&mut self) -> Option<Next> {
        let Self::Writing(outgoing) = std::mem::take(self) else {
            return None;
        };
        match outgoing.after {
            After::Read(incoming) => *self = Self::Reading(incoming),
            After::Subscribe(cursor) => *self = Self::Subscribed(cursor),
            After::Close { ended: true } => return Some(Next::Close(None)),
            After::Close { ended: false } => return Some(Next::Finish),
        }
        None
    }

    /// Moves the connection on when its deadline comes. A subscriber that was sent nothing meanwhile gets the
    /// `heartbeat`; a peer that does not take bytes is cut off.
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
