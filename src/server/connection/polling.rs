//! A connection whose request is held: the begin and the end of the hold.

use super::{Connection, Incoming, Next, Poll, Waits};
use crate::{
    channel::{Channel, Cursor},
    timer_wheel::Tick,
};

impl Connection {
    /// Holds the request that was handed out until the channel has an event behind `cursor`, or until the tick `until`.
    /// The request is then handed out again, with [`Incoming::held`].
    pub fn hold(&mut self, incoming: Box<Incoming>, cursor: Cursor, until: Tick) {
        let (ended, catches_up) = (incoming.ended, incoming.catches_up);
        let mut bytes = incoming.input.into_bytes();
        bytes.shrink_to_fit();
        *self = Self::Polling(Box::new(Poll {
            cursor,
            bytes,
            until,
            ended,
            catches_up,
        }));
    }

    /// Has the next [`step`](Connection::step) hand out the held request. Does nothing if no request is held.
    pub fn release(&mut self) {
        match std::mem::take(self) {
            Self::Polling(poll) => *self = Self::Reading(poll.into_incoming()),
            other => *self = other,
        }
    }

    /// Ends the hold if the channel has an event for the request, or if the peer has ended its direction: a peer that
    /// has left looks the same as a peer that has half-closed.
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
