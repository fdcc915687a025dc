//! The keys that name timers, channels and routes, and the purpose that the application's code runs for.

use crate::reactor::Token;
use std::fmt;

/// The key of a timer. The serial number tells the timer from an earlier timer with the same index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerKey {
    pub(super) index: u32,
    pub(super) serial: u32,
}

/// The key of a channel. The serial number tells the channel from an earlier channel of the same number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelKey {
    pub(super) number: u16,
    pub(super) serial: u32,
}

/// The name of a route in the log: the route's pattern, and not the path that a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteName {
    /// `GET` or `POST`; empty for code that no request has brought about.
    pub method: &'static str,
    /// The pattern that the request's path matches; empty if the path matches no route's pattern. Without a method, the
    /// name of the call.
    pub path: &'static str,
}

impl fmt::Display for RouteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path {
            "" => f.write_str("Router::otherwise"),
            path if self.method.is_empty() => f.write_str(path),
            path => write!(f, "{} {path}", self.method),
        }
    }
}

/// The owner of a timer or a job. A timer ends with its owner, and a job's result is for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A connection's request of this number, which is to be answered.
    Request(Token, u32),
    /// The stream that answers the request of this number.
    Stream(Token, u32),
    /// A channel, which may have closed.
    Channel(ChannelKey),
    /// None: the request or the stream is over.
    Gone,
}

#[cfg(feature = "frame")]
impl Owner {
    /// The connection of a request or a stream.
    pub fn connection(self) -> Option<Token> {
        match self {
            Self::Request(at, _) | Self::Stream(at, _) => Some(at),
            Self::Channel(_) | Self::Gone => None,
        }
    }
}

/// The purpose of the application's code: the owner that the code runs for, and the route that the code began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose {
    pub owner: Owner,
    /// The route of the request, or of the request that opened the channel.
    pub route: RouteName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_named_by_its_pattern_and_not_by_the_path_that_a_client_asks_for() {
        let stock = RouteName {
            method: "GET",
            path: "/stocks/{symbol}",
        };
        assert_eq!(stock.to_string(), "GET /stocks/{symbol}");
        assert_eq!(RouteName::default().to_string(), "Router::otherwise");
    }
}
