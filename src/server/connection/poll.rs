//! A poll: a request that is held until its channel has an event for it, or its time is up.
//!
//! Thousands of requests may be held. Each is therefore kept as the bytes that it came in and nothing else. When the
//! hold ends, these bytes are read again as new input.

use super::Incoming;
use crate::{channel::Cursor, timer_wheel::Tick};

/// A held request: 48 bytes, and the request's own bytes on the heap.
#[derive(Debug)]
pub struct Poll {
    /// The place in the channel: an event behind this cursor ends the hold.
    pub(super) cursor: Cursor,
    /// The request, and the bytes that are pipelined behind it.
    pub(super) bytes: Vec<u8>,
    /// The tick at which the hold ends without an event.
    pub(super) until: Tick,
    /// True once the peer has ended its direction.
    pub(super) ended: bool,
    /// True if the request waits until its channel has read as far as the client.
    pub(super) catches_up: bool,
}

const _: () = assert!(size_of::<Poll>() <= 48);

impl Poll {
    /// The number of bytes on the heap.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
    }

    pub(super) fn into_incoming(self) -> Box<Incoming> {
        let mut incoming = Box::new(Incoming {
            held: Some(self.cursor),
            until: self.until,
            catches_up: self.catches_up,
            ended: self.ended,
            ..Incoming::default()
        });
        incoming.input.push(&self.bytes);
        incoming
    }
}
