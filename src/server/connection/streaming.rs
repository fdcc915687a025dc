//! A connection whose answer's body comes into being bit by bit: its beginning, and what can be done to it.

use super::{Connection, Incoming, Stream};
use crate::{channel::Framing, server::parts::owner::TimerKey, timer_wheel::Tick};

impl Connection {
    /// Answers with a body that is still to come; `bytes` are its head.
    pub fn stream(
        &mut self,
        incoming: Box<Incoming>,
        bytes: Vec<u8>,
        framing: Framing,
        last: bool,
        now: Tick,
    ) {
        *self = Self::Streaming(Box::new(Stream {
            incoming,
            framing,
            last,
            bytes,
            sent: 0,
            moved: now,
            offered: false,
            whole: false,
            timers: Vec::new(),
        }));
    }

    /// Gets the request back whose stream could not begin, and the timers that end with it. Nothing of the stream may
    /// have been offered to the socket.
    pub fn take_back(&mut self) -> Option<(Box<Incoming>, Vec<TimerKey>)> {
        match std::mem::take(self) {
            Self::Streaming(stream) if !stream.offered => Some((stream.incoming, stream.timers)),
            other => {
                *self = other;
                None
            }
        }
    }

    /// The body under way, if there is one.
    pub fn body(&mut self) -> Option<&mut Stream> {
        match self {
            Self::Streaming(stream) if !stream.whole => Some(stream),
            _ => None,
        }
    }

    /// Whether a request is being answered by a body that comes into being bit by bit.
    pub fn streams(&self) -> bool {
        matches!(self, Self::Streaming(_))
    }
}
