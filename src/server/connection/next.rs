//! What becomes of a connection that has moved on as far as it could.

use crate::{
    channel::Cursor,
    http::{Input, Problem},
    server::parts::{counters::Disconnected, owner::RouteName},
    timer_wheel::Tick,
};

/// Requests on their way in.
#[derive(Default)]
pub struct Incoming {
    pub input: Input,
    /// Names the present one among all of the server, so that what was begun for an earlier one never reaches it.
    pub number: u32,
    /// The route that answers the present one.
    pub route: RouteName,
    /// When the first byte of the present one came.
    pub(super) since: Tick,
    /// The peer will send no more.
    pub(super) ended: bool,
    /// Where the present one was held in a channel, if it was.
    pub held: Option<Cursor>,
}

impl Incoming {
    /// True if nothing follows the present request: the peer has ended its direction behind it.
    pub fn is_last(&self) -> bool {
        self.ended && !self.input.has_more()
    }

    /// The bytes on the heap.
    pub fn held(&self) -> usize {
        size_of::<Self>() + self.input.held()
    }
}

/// What a connection needs done, as far as it could move on itself.
pub enum Next {
    /// Nothing, until its socket or its deadline says something.
    Wait(Waits),
    /// A whole request is here. Its answer is to be given to [`Connection::answer`] or [`Connection::subscribe`], or
    /// [`Connection::defer`] be told that it will come.
    Request(Box<Incoming>),
    /// What came is no request. The answer is to be given to [`Connection::answer`], as the last one.
    Bad(Box<Incoming>, Problem),
    /// It has said all: the peer is to be told, and [`Connection::linger`] called.
    Finish,
    /// The connection is over. Without a reason, everything is sent.
    Close(Option<Disconnected>),
}

/// What a connection waits for, which says how long it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// As before.
    Unchanged,
    /// The first byte of the next request.
    ForRequest,
    /// The rest of a request whose first byte came then.
    ForRest(Tick),
    /// An answer that is being prepared.
    ForAnswer,
    /// The peer, to take a byte; it last took one then.
    ForRoom(Tick),
    /// Something to say.
    ForNews,
    /// The channel's next event, until then.
    ForEvent(Tick),
    /// The peer's end, since then.
    ForEnd(Tick),
}
