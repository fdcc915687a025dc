//! A streamed body: it comes into being bit by bit.

use super::{Incoming, Next, Outbox};
use crate::{
    channel::Framing,
    http::{Bytes, LAST_CHUNK, chunk},
    server::parts::owner::TimerKey,
    timer_wheel::Tick,
};
use std::io::IoSlice;

/// A streamed body, which comes into being bit by bit, and the timers that end with it.
#[derive(Debug)]
pub struct StreamBody {
    pub(super) incoming: Box<Incoming>,
    framing: Framing,
    /// True if the connection ends after this answer.
    pub(super) last: bool,
    outbox: Outbox,
    /// True once the socket was offered a part of the answer.
    pub(super) offered: bool,
    /// True once the application has finished the body.
    pub(super) whole: bool,
    pub(super) timers: Vec<TimerKey>,
}

/// The most bytes of a streamed body that the socket may not have taken when more bytes are to be written.
const MAX_UNSENT: usize = 64 * 1024;

impl StreamBody {
    /// Makes a body of which nothing is written, behind the bytes of `head`.
    pub(super) fn new(
        incoming: Box<Incoming>,
        head: Vec<u8>,
        framing: Framing,
        last: bool,
        now: Tick,
    ) -> Self {
        Self {
            incoming,
            framing,
            last,
            outbox: Outbox::new(head, Bytes::default(), now),
            offered: false,
            whole: false,
            timers: Vec::new(),
        }
    }

    /// The number of bytes on the heap.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.outbox.held() + self.incoming.held()
    }

    /// Appends to the body. Returns false if the peer does not keep up: more than [`MAX_UNSENT`] bytes have piled up, and
    /// too many of them are left after `take` has offered them to the socket. The bytes that are written before the
    /// first offer are held, however many there are, and offered as a whole.
    #[must_use]
    pub fn write(
        &mut self,
        data: &[u8],
        now: Tick,
        take: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> bool {
        if self.offered && self.outbox.len() > MAX_UNSENT {
            self.flush(now, take);
        }
        let keeps_up = !self.offered || self.outbox.len() <= MAX_UNSENT;
        self.outbox.append(now, |bytes| match self.framing {
            Framing::Chunked => chunk(bytes, data),
            Framing::Plain => bytes.extend_from_slice(data),
        });
        keeps_up
    }

    /// Ends the body, and returns the timers that end with it.
    pub fn finish(&mut self, now: Tick) -> Vec<TimerKey> {
        if self.framing == Framing::Chunked {
            self.outbox
                .append(now, |bytes| bytes.extend_from_slice(LAST_CHUNK));
        }
        self.whole = true;
        std::mem::take(&mut self.timers)
    }

    /// True if the body is not whole and has no timer that could go on with it.
    pub fn is_idle(&self) -> bool {
        !self.whole && self.timers.is_empty()
    }

    /// Adds a timer that ends with the body.
    pub fn own(&mut self, timer: TimerKey) {
        self.timers.push(timer);
    }

    /// Forgets a timer that has ended by itself.
    pub fn disown(&mut self, timer: TimerKey) {
        self.timers.retain(|own| *own != timer);
    }

    pub(super) fn flush(
        &mut self,
        now: Tick,
        write: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> Option<Next> {
        self.outbox.flush(now, |rest| {
            self.offered = true;
            write(&rest.map(IoSlice::new))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::connection::Waits;

    #[test]
    fn the_last_chunk_has_its_time_from_the_end_of_the_body_on() {
        let [begun, ended] = [0, 50].map(|ticks| Tick::at(Tick::LENGTH * ticks));
        let (incoming, head) = (Box::default(), b"head".to_vec());
        let mut body = StreamBody::new(incoming, head, Framing::Chunked, false, begun);
        assert!(body.flush(begun, |slices| slices[0].len()).is_none());
        body.finish(ended);
        let next = body.flush(ended, |_| 0);
        assert!(matches!(next, Some(Next::Wait(Waits::ForRoom(since))) if since == ended));
    }
}
