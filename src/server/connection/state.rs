//! The names of a connection's states, for the metrics.

use super::Connection;
use strum::{EnumCount, VariantNames};

/// The name of a connection's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// Waits for a request.
    Idle,
    /// Waits for the rest of one.
    Reading,
    /// Waits for a job.
    Deferred,
    /// Waits for news, in a poll that is held.
    Polling,
    /// Has something to take, or a body that is still coming into being.
    Writing,
    /// Gets events as they come.
    Subscribed,
    /// Has had everything, and is given time to read it.
    Lingering,
}

impl Connection {
    /// Which state it is in.
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

    /// Whether something would be cut off if it ended now: a request, an answer, a stream.
    pub fn is_amid(&self) -> bool {
        !matches!(self.state(), State::Idle | State::Lingering)
    }
}
