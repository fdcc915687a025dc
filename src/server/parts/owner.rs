//! The keys that name timers, channels and routes, and the purpose that the application's code runs for.

use crate::reactor::Token;
use std::fmt;

/// Names a timer. The serial number tells a timer from an earlier one in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerKey {
    pub(super) index: u32,
    pub(super) serial: u32,
}

/// Names a channel. The serial number tells a channel from an earlier one of the same number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelKey {
    pub(super) number: u16,
    pub(super) serial: u32,
}

/// A route as the log names it: the pattern, and not the path that a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteName {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The pattern that the request's path matched; empty if no route's pattern did.
    pub path: &'static str,
}

impl fmt::Display for RouteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path {
            "" => f.write_str("Router::otherwise"),
            path => write!(f, "{} {path}", self.method),
        }
    }
}

/// The owner of a timer or a job: the timer ends with it, and the job's result is for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A connection's request, by its number, that is still to be answered.
    Request(Token, u32),
    /// The stream that answers the request of this number.
    Stream(Token, u32),
    /// A channel, of which there may be none by now.
    Channel(ChannelKey),
    /// Nothing: the request or the stream is over.
    Nobody,
}

/// The purpose of the application's code: the owner that it runs for, and the route that it began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose {
    pub owner: Owner,
    /// The route of the request, or of the one that opened the channel.
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
