//! A whole answer on its way out.

use super::{Incoming, Next, Outbox};
use crate::{
    channel::{Channel, Cursor},
    http::Bytes,
    timer_wheel::Tick,
};
use std::{io::IoSlice, sync::Arc};

/// An answer on its way out, and the connection's course after the answer. Head and body are written together, and so
/// are a stream's head and its first events.
#[derive(Debug)]
pub struct Outgoing {
    pub(super) outbox: Outbox,
    pub(super) after: After,
}

/// The course of a connection after an answer.
#[derive(Debug)]
pub enum After {
    /// The connection reads the next request.
    Read(Box<Incoming>),
    /// The connection subscribes to a channel, from this cursor on.
    Subscribe(Cursor),
    /// The connection ends; `ended` if the peer has ended its direction already.
    Close { ended: bool },
}

impl Outgoing {
    pub(super) fn new(head: Vec<u8>, body: Bytes, after: After, now: Tick) -> Self {
        let outbox = Outbox::new(head, body, now);
        Self { outbox, after }
    }

    /// The number of bytes on the heap, the bytes of the next request included.
    pub(super) fn held(&self) -> usize {
        let next = match &self.after {
            After::Read(incoming) => incoming.held(),
            After::Subscribe(_) | After::Close { .. } => 0,
        };
        size_of::<Self>() + self.outbox.held() + next
    }

    /// The body of the answer, if other connections may share the body.
    pub(super) fn shared(&self) -> Option<&Arc<[u8]>> {
        self.outbox.shared()
    }

    /// True if the ring has lost the next event for this subscriber.
    pub(super) fn is_too_late(&self, channel: &Channel) -> bool {
        matches!(&self.after, After::Subscribe(cursor) if !channel.can_serve(cursor))
    }

    /// The bytes that the socket has not taken.
    pub(super) fn into_rest(self) -> Vec<u8> {
        self.outbox.into_rest()
    }

    /// Writes the bytes that are left, and the events behind a stream's head. Returns a wait for room if the socket
    /// does not take all of head and body.
    pub(super) fn flush(
        &mut self,
        channel: &Channel,
        now: Tick,
        mut write: impl FnMut(&[IoSlice<'_>]) -> usize,
    ) -> Option<Next> {
        self.outbox.flush(now, |rest| match &mut self.after {
            After::Subscribe(cursor) => {
                let pumped = channel.pump_behind(rest, cursor, write);
                pumped.map_or(0, |(taken, _)| taken)
            }
            _ => write(&rest.map(IoSlice::new)),
        })
    }
}
