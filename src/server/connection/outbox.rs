//! The outbox of a connection: bytes for the peer that the socket has not taken, since a write may be partial.

use super::{Next, Waits};
use crate::{http::Bytes, timer_wheel::Tick};
use std::sync::Arc;

/// An outbox: bytes that are to be sent, in order, and the number of them that the socket has taken.
#[derive(Debug)]
pub(super) struct Outbox {
    /// The connection's own bytes, to which a streamed body is appended.
    pub(super) bytes: Vec<u8>,
    /// The body behind the own bytes, which many connections may share.
    pub(super) body: Bytes,
    /// The number of bytes, own bytes first and then the body's, that the socket has taken.
    pub(super) sent: usize,
    /// The tick at which the socket last took a byte, or the first byte was put into the empty outbox.
    pub(super) moved: Tick,
}

impl Outbox {
    pub(super) fn new(bytes: Vec<u8>, body: Bytes, now: Tick) -> Self {
        Self {
            bytes,
            body,
            sent: 0,
            moved: now,
        }
    }

    /// The number of bytes on the heap that belong to this connection alone.
    pub(super) fn held(&self) -> usize {
        self.bytes.capacity() + self.body.held()
    }

    /// The body, if other connections may share it.
    pub(super) fn shared(&self) -> Option<&Arc<[u8]>> {
        self.body.shared()
    }

    /// The number of bytes that the socket has not taken.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.body.len() - self.sent
    }

    /// Lets `add` append to the connection's own bytes. The outbox has no body behind them.
    pub(super) fn append(&mut self, now: Tick, add: impl FnOnce(&mut Vec<u8>)) {
        debug_assert!(self.body.is_empty());
        if self.len() == 0 {
            self.moved = now;
        }
        add(&mut self.bytes);
    }

    /// The bytes that the socket has not taken.
    pub(super) fn rest(&self) -> [&[u8]; 2] {
        let own = self.sent.min(self.bytes.len());
        [&self.bytes[own..], &self.body[self.sent - own..]]
    }

    pub(super) fn into_rest(self) -> Vec<u8> {
        self.rest().concat()
    }

    /// Offers the bytes to the socket by `write`, which returns the number of bytes that the socket took. Returns a
    /// wait for room if the socket does not take all.
    pub(super) fn flush(
        &mut self,
        now: Tick,
        write: impl FnOnce([&[u8]; 2]) -> usize,
    ) -> Option<Next> {
        if self.len() == 0 {
            return None;
        }
        let taken = write(self.rest());
        if taken > 0 {
            self.sent += taken;
            self.moved = now;
            self.forget_sent();
        }
        (self.len() > 0).then_some(Next::Wait(Waits::ForRoom(self.moved)))
    }

    /// Frees the memory of own bytes that the socket has taken, if these bytes are all, or more than the own bytes that
    /// are left: so not every write moves a long body down.
    fn forget_sent(&mut self) {
        let own = self.sent.min(self.bytes.len());
        if own == self.bytes.len() {
            self.bytes = Vec::new();
        } else if own > self.bytes.len() - own {
            self.bytes.drain(..own);
            self.bytes.shrink_to_fit();
        } else {
            return;
        }
        self.sent -= own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_are_offered_until_the_socket_has_taken_each_byte_once() {
        let mut outbox = Outbox::new(b"head".to_vec(), b"body".into(), Tick::default());
        let mut sent = Vec::new();
        for room in [3, 0, 2, 1, 2] {
            assert!(outbox.len() > 0);
            outbox.flush(Tick::default(), |rest| {
                let rest = rest.concat();
                sent.extend_from_slice(&rest[..room]);
                room
            });
        }
        assert_eq!((&*sent, outbox.len()), (&b"headbody"[..], 0));
    }

    #[test]
    fn a_long_body_that_is_taken_bit_by_bit_is_moved_no_more_often_than_it_doubles() {
        let long = vec![b'x'; 1 << 20];
        let mut outbox = Outbox::new(long, Bytes::default(), Tick::default());
        let (mut moves, mut place) = (0, outbox.bytes.as_ptr());
        while outbox.flush(Tick::default(), |_| 64).is_some() {
            let next = outbox.bytes.as_ptr();
            moves += usize::from(outbox.sent == 0 || next != place);
            place = next;
        }
        assert_eq!(outbox.len(), 0);
        assert!(moves <= 20, "{moves}");
    }
}
