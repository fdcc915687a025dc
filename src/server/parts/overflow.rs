//! Connections beyond the limit of all connections, or of the connections of an address. The server accepts them to
//! answer 503: in the backlog they would wait, and the request of a monitor must be answered even then.
//!
//! Places are kept back for these connections. A place is good for a single answer: that of a
//! [vital](crate::server::Router::vital) route, or 503. A connection that comes when all places are taken gets the
//! place of the connection that came first, which is answered 503 at once. So no client can hold the places by silence:
//! a request is answered unless all places are taken anew while the request is on its way. A request that is sent at
//! once is always answered, because the reactor fills the last place in a turn of its own, after it has read from the
//! other connections.

use crate::reactor::Token;
use std::{collections::VecDeque, time::Duration};

/// The number of places that are kept back.
const PLACES: usize = 16;
/// The number of descriptors for the places, and for the connection that is to get a place.
pub const KEPT_BACK: usize = PLACES + 1;
/// The number of connections of the operator's listeners. A connection beyond it gets the place of the connection that
/// came first.
pub const APART: usize = 16;
/// The longest silence of a connection beyond the limit, before it is answered 503.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// The connections that have a place, and some that are closed already, in the order in which they came.
pub struct Overflow {
    most: usize,
    places: VecDeque<Token>,
}

impl Overflow {
    /// Makes the places of a server that allows `most` connections.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            places: VecDeque::new(),
        }
    }

    /// The limit of connections.
    pub fn most(&self) -> usize {
        self.most
    }

    /// True if this connection has a place: it is beyond the limit.
    pub fn has(&self, at: Token) -> bool {
        self.places.contains(&at)
    }

    /// True if the newest of `connections` open connections is beyond the limit.
    pub fn is_full(&mut self, connections: usize, is_open: impl FnMut(&Token) -> bool) -> bool {
        self.places.retain(is_open);
        connections - self.places.len() > self.most
    }

    /// Gives a new connection a place. If all places were taken, returns the connection that came first, which is to be
    /// answered 503 and closed.
    pub fn keep_apart(&mut self, at: Token, is_open: impl FnMut(&Token) -> bool) -> Option<Token> {
        self.places.retain(is_open);
        self.places.push_back(at);
        (self.places.len() > PLACES).then(|| self.places.pop_front())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: usize) -> Token {
        Token::numbered(number as u32)
    }

    #[test]
    fn connections_in_places_that_are_kept_back_do_not_count_for_the_limit() {
        let mut overflow = Overflow::new(2);
        for (connections, is_full) in [(1, false), (2, false), (3, true)] {
            assert_eq!(overflow.is_full(connections, |_| true), is_full);
        }
        assert_eq!(overflow.keep_apart(token(3), |_| true), None);
        assert!(overflow.has(token(3)) && !overflow.has(token(2)));
        assert!(
            overflow.is_full(4, |_| true),
            "two connections, the connection in its place, and a new connection"
        );
        assert!(
            !overflow.is_full(3, |_| true),
            "a connection without a place has left"
        );
        assert!(
            overflow.is_full(3, |_| false),
            "the connection in its place has left"
        );
        assert!(!overflow.has(token(3)));
    }

    #[test]
    fn a_connection_that_comes_when_all_places_are_taken_gets_the_place_of_the_first() {
        let mut overflow = Overflow::new(0);
        for number in 1..=PLACES {
            assert_eq!(overflow.keep_apart(token(number), |_| true), None);
        }
        for number in 1..=3 {
            let first = overflow.keep_apart(token(PLACES + number), |_| true);
            assert_eq!(first, Some(token(number)));
            assert!(!overflow.has(token(number)) && overflow.has(token(PLACES + number)));
        }
        let has_left = token(4);
        let first = overflow.keep_apart(token(99), |at| *at != has_left);
        assert_eq!(first, None, "a place was free");
        assert_eq!(overflow.places.len(), PLACES);
    }
}
