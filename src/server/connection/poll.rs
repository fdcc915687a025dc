//! A request that is held until its channel has something for it, or its time is up: long polling.
//!
//! Thousands of them may be held, so that each is kept as the bytes it came in and nothing else. When it is its turn it
//! is read again, as if it had only just come, and finds its place in the channel beside it.

use super::{Connection, Incoming, Next, Waits};
use crate::{
    channel::{Channel, Cursor},
    timer_wheel::Tick,
};

/// A request on hold: these 48 bytes, and the request's own.
pub struct Poll {
    pub(super) cursor: Cursor,
    /// The request, and what is pipelined behind it.
    pub(super) bytes: Vec<u8>,
    until: Tick,
    pub(super) ended: bool,
}

const _: () = assert!(size_of::<Poll>() <= 48);

impl Connection {
    /// Holds the request that was handed out until the channel has something behind `cursor`, at most `until` then.
    /// It is handed out again, with [`Incoming::held`].
    pub fn hold(&mut self, incoming: Box<Incoming>, cursor: Cursor, until: Tick) {
        let ended = incoming.ended;
        let mut bytes = incoming.input.into_bytes();
        bytes.shrink_to_fit();
        *self = Self::Polling(Box::new(Poll {
            cursor,
            bytes,
            until,
            ended,
        }));
    }

    /// Has a held request be handed out by the next [`step`](Connection::step). Without one it does nothing.
    pub fn release(&mut self) {
        match std::mem::take(self) {
            Self::Polling(poll) => *self = Self::Reading(poll.into_incoming()),
            other => *self = other,
        }
    }

    /// Goes on if there is something for the held request, or its peer has ended its direction: a peer that has left
    /// looks the same as one that half-closed.
    pub(super) fn polled(&mut self, channel: &Channel) -> Option<Next> {
        match self {
            Self::Polling(poll) if !poll.ended && !channel.has_more(&poll.cursor) => {
                Some(Next::Wait(Waits::ForEvent(poll.until)))
            }
            _ => {
                self.release();
                None
            }
        }
    }
}

impl Poll {
    /// The bytes on the heap.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
    }

    fn into_incoming(self) -> Box<Incoming> {
        let mut incoming = Box::new(Incoming {
            held: Some(self.cursor),
            ended: self.ended,
            ..Incoming::default()
        });
        incoming.input.push(&self.bytes);
        incoming
    }
}
