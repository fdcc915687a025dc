//! The answers of a connection to a request that was handed out: at once, later, or bit by bit.

use super::{After, Connection, Incoming, Next, Outgoing, StreamBody, Waits};
use crate::{channel::Framing, http::Bytes, server::parts::owner::TimerKey, timer_wheel::Tick};

impl Connection {
    /// Answers the request that was handed out by the bytes of a head and a body. `last` if the connection ends after
    /// this answer.
    pub fn answer(
        &mut self,
        mut incoming: Box<Incoming>,
        (head, body): (Vec<u8>, Bytes),
        last: bool,
        now: Tick,
    ) {
        incoming.input.next();
        incoming.since = now;
        let after = if last {
            After::Close {
                ended: incoming.ended,
            }
        } else {
            After::Read(incoming)
        };
        *self = Self::writing(head, body, after, now);
    }

    pub(super) fn writing(head: Vec<u8>, body: Bytes, after: After, now: Tick) -> Self {
        Self::Writing(Box::new(Outgoing::new(head, body, after, now)))
    }

    /// Keeps the request that was handed out, for a later answer.
    pub fn defer(&mut self, incoming: Box<Incoming>) {
        *self = Self::Deferred(incoming);
    }

    /// Takes back the deferred request, for its answer. `None` if no request is deferred.
    pub fn recall(&mut self) -> Option<Box<Incoming>> {
        match std::mem::take(self) {
            Self::Deferred(incoming) => Some(incoming),
            other => {
                *self = other;
                None
            }
        }
    }

    /// Takes back the input of a request that is not whole, for a last answer. `None` if the connection waits for no
    /// request.
    pub fn give_up(&mut self) -> Option<Box<Incoming>> {
        match std::mem::take(self) {
            Self::Idle => Some(Box::default()),
            Self::Reading(incoming) => Some(incoming),
            other => {
                *self = other;
                None
            }
        }
    }

    /// The number of the request that is being answered, by a later answer or a streamed body.
    pub fn request(&self) -> Option<u32> {
        match self {
            Self::Deferred(incoming) => Some(incoming.number),
            Self::Streaming(body) => Some(body.incoming.number),
            _ => None,
        }
    }

    /// Answers with a body that comes into being bit by bit, behind the bytes of `head`. `last` if the connection ends
    /// after this answer.
    pub fn stream(
        &mut self,
        incoming: Box<Incoming>,
        head: Vec<u8>,
        framing: Framing,
        last: bool,
        now: Tick,
    ) {
        let body = StreamBody::new(incoming, head, framing, last, now);
        *self = Self::Streaming(Box::new(body));
    }

    /// Takes back the request whose stream could not begin, and the timers that end with the stream. `None` if a part
    /// of the stream was offered to the socket.
    pub fn take_back(&mut self) -> Option<(Box<Incoming>, Vec<TimerKey>)> {
        match std::mem::take(self) {
            Self::Streaming(body) if !body.offered => Some((body.incoming, body.timers)),
            other => {
                *self = other;
                None
            }
        }
    }

    /// The streamed body that is under way. `None` if no body is, or if the body is whole.
    pub fn body(&mut self) -> Option<&mut StreamBody> {
        match self {
            Self::Streaming(body) if !body.whole => Some(body),
            _ => None,
        }
    }

    /// True while a request is answered by a body that comes into being bit by bit.
    pub fn streams(&self) -> bool {
        matches!(self, Self::Streaming(_))
    }

    /// Goes on behind a streamed body that the socket has taken whole.
    pub(super) fn streamed(&mut self, now: Tick) -> Option<Next> {
        if let Self::Streaming(body) = std::mem::take(self) {
            let nothing = (Vec::new(), Bytes::default());
            self.answer(body.incoming, nothing, body.last, now);
        }
        None
    }

    /// The timers that end with the connection.
    pub fn into_timers(self) -> Vec<TimerKey> {
        match self {
            Self::Streaming(body) => body.timers,
            _ => Vec::new(),
        }
    }

    /// Gives the peer time to read the last answer, from `now` on.
    pub fn linger(&mut self, now: Tick) -> Waits {
        *self = Self::Lingering(now);
        Waits::ForEnd(now)
    }
}
