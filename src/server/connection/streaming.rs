//! An answer whose body comes into being bit by bit.

use super::{Connection, Incoming, Next, Outbox};
use crate::{
    channel::Framing,
    http::{Bytes, LAST_CHUNK, chunk},
    server::parts::owner::TimerKey,
    timer_wheel::Tick,
};
use std::io::IoSlice;

/// A body that comes into being bit by bit, and the timers that end with it.
pub struct Stream {
    pub(super) incoming: Box<Incoming>,
    framing: Framing,
    /// True if the connection ends after this answer.
    pub(super) last: bool,
    outbox: Outbox,
    /// True once the socket was offered a part of the answer.
    offered: bool,
    pub(super) whole: bool,
    pub(super) timers: Vec<TimerKey>,
}

/// The bytes of a streamed body that may be untaken when more is to be written.
const MAX_UNSENT: usize = 64 * 1024;

impl Stream {
    /// The bytes on the heap.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.outbox.held() + self.incoming.held()
    }

    /// Appends to the body. Returns false if the peer does not keep up: bytes that have piled up are offered to the
    /// socket by `take` first, and too many of them are left. The body's beginning, however long, is held until it is
    /// offered as a whole.
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

    /// True if the body is not whole and no timer will go on with it.
    pub fn is_idle(&self) -> bool {
        !self.whole && self.timers.is_empty()
    }

    /// Has a timer end with the body.
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
            outbox: Outbox::new(bytes, Bytes::default(), now),
            offered: false,
            whole: false,
            timers: Vec::new(),
        }));
    }

    /// Gets back the request whose stream could not begin, and the timers that end with the stream. `None` if a part of
    /// the stream was offered to the socket.
    pub fn take_back(&mut self) -> Option<(Box<Incoming>, Vec<TimerKey>)> {
        match std::mem::take(self) {
            Self::Streaming(stream) if !stream.offered => Some((stream.incoming, stream.timers)),
            other => {
                *self = other;
                None
            }
        }
    }

    /// The body under way, if the connection streams one.
    pub fn body(&mut self) -> Option<&mut Stream> {
        match self {
            Self::Streaming(stream) if !stream.whole => Some(stream),
            _ => None,
        }
    }

    /// True while a request is answered by a body that comes into being bit by bit.
    pub fn streams(&self) -> bool {
        matches!(self, Self::Streaming(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::connection::Waits;

    #[test]
    fn the_last_chunk_has_its_time_from_the_end_of_the_body_on() {
        let mut connection = Connection::default();
        let [begun, ended] = [0, 50].map(|ticks| Tick::at(Tick::LENGTH * ticks));
        connection.stream(
            Box::default(),
            b"head".to_vec(),
            Framing::Chunked,
            false,
            begun,
        );
        let stream = connection.body().expect("it streams");
        assert!(stream.flush(begun, |slices| slices[0].len()).is_none());
        stream.finish(ended);
        let next = stream.flush(ended, |_| 0);
        assert!(matches!(next, Some(Next::Wait(Waits::ForRoom(since))) if since == ended));
    }
}
