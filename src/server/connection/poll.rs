//! A request that is held until its channel has something for it, or its time is up: long polling.
//!
//! Thousands of requests may be held, so that each is kept as the bytes that it came in and nothing else. When its turn
//! comes, these are read again, as if they had only just come.

use super::Incoming;
use crate::{channel::Cursor, timer_wheel::Tick};

/// A request on hold: 48 bytes and the request's own.
#[derive(Debug)]
pub struct Poll {
    /// The place in the channel behind which an event is waited for.
    pub(super) cursor: Cursor,
    /// The request, and the bytes that are pipelined behind it.
    pub(super) bytes: Vec<u8>,
    pub(super) until: Tick,
    /// True once the peer has ended its direction.
    pub(super) ended: bool,
}

const _: () = assert!(size_of::<Poll>() <= 48);

impl Poll {
    /// The bytes on the heap.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
    }

    pub(super) fn into_incoming(self) -> Box<Incoming> {
        let mut incoming = Box::new(Incoming {
            held: Some(self.cursor),
            ended: self.ended,
            ..Incoming::default()
        });
        incoming.input.push(&self.bytes);
        incoming
    }
}
