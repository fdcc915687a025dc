//! The outcomes of a connection's step: what the server is to do, how long the connection may wait, why it ends.

use super::Incoming;
use crate::{http::Problem, server::parts::counters::Disconnected, timer_wheel::Tick};

/// The server's next act for a connection that cannot move on by itself.
#[derive(Debug)]
pub enum Next {
    /// Wait for the socket or the deadline.
    Wait(Waits),
    /// Answer a request, by one of the connection's methods: `answer`, `stream`, `subscribe`, `hold`, or `defer` and
    /// later another of them.
    Request(Box<Incoming>),
    /// Answer input that is no request, by a last answer.
    Bad(Box<Incoming>, Problem),
    /// End the server's direction of the socket, and call `linger`: the last answer is sent.
    Finish,
    /// Close the socket. Without a reason, everything is sent.
    Close(Option<Disconnected>),
}

/// The cause of a connection's wait, which decides how long the connection may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// The same as before.
    Unchanged,
    /// The first byte of the next request.
    ForRequest,
    /// The rest of a request whose first byte came at this tick.
    ForRest(Tick),
    /// An answer that is being prepared, for which there is no deadline.
    ForAnswer,
    /// Room for bytes at the peer, which last took a byte at this tick.
    ForRoom(Tick),
    /// An event for a subscriber, or the time for a heartbeat.
    ForNews,
    /// An event for a held poll, until this tick.
    ForEvent(Tick),
    /// The peer's end, since this tick.
    ForEnd(Tick),
}
