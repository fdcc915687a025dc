//! The names of a connection's states, for the metrics.

use super::Connection;
use strum::{EnumCount, VariantNames};

/// The name of a connection's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// The connection waits for a request.
    Idle,
    /// The connection waits for the rest of a request.
    Reading,
    /// The connection waits for a job.
    Deferred,
    /// The connection waits for an event, in a poll that is held.
    Polling,
    /// The peer has an answer to take, or the body of its answer is still coming into being.
    Writing,
    /// The connection is a subscriber, and waits for events.
    Subscribed,
    /// The last answer is sent, and the peer has time to read it.
    Lingering,
}

impl Connection {
    /// The state's name.
    pub fn state(&self) -> State {
        match self {
            Self::Idle => State::Idle,
            Self::Reading(_) => State::Reading,
            Self::Deferred(_) => State::Deferred,
            Self::Polling(_) => State::Polling,
            Self::Writing(_) | Self::Streaming(_) => State::Writing,
            Self::Subscribed(_) => State::Subscribed,
            Self::Lingering(_) => State::Lingering,
        }
    }

    /// True if an end now would cut off a request, an answer or a stream.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.state(), State::Idle | State::Lingering)
    }
}
