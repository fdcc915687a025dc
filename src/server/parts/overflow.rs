//! Connections beyond the limit, of all connections or of one address. The server lets them in to tell them so: in the
//! backlog they would only wait, and a request of a monitor must be answered even then.
//!
//! Places are kept back for them, and each is good for one answer: of a [vital](crate::server::Router::vital) route, or
//! 503. A connection that comes when all places are taken gets the place of the connection that came first, which is
//! told 503 at once. So no client can hold the places by silence: a request is answered unless more than these places
//! are taken anew while the request is on its way. A request that was sent at once is always answered, since the reactor
//! fills the last place in a turn of its own, after it has read from the others.

use crate::reactor::Token;
use std::{collections::VecDeque, time::Duration};

/// The places that are kept back.
const PLACES: usize = 16;
/// Descriptors for the places, and for the connection that is to get one.
pub const KEPT_BACK: usize = PLACES + 1;
/// How long a connection beyond the limit may be silent before it is told.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// The connections that have a place, and some that have left it, in the order in which they came.
pub struct Overflow {
    most: usize,
    places: VecDeque<Token>,
}

impl Overflow {
    /// For a server of at most so many connections.
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

    /// True if this connection is beyond the limit.
    pub fn has(&self, at: Token) -> bool {
        self.places.contains(&at)
    }

    /// True if a new connection is beyond the limit, with so many connections open.
    pub fn is_full(&mut self, connections: usize, is_open: impl FnMut(&Token) -> bool) -> bool {
        self.places.retain(is_open);
        connections - self.places.len() > self.most
    }

    /// Gives a new connection a place. With all places taken, returns the connection that came first and is to be
    /// told so and closed.
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
            "two, the one in its place, and a new one"
        );
        assert!(!overflow.is_full(3, |_| true), "one of the two has left");
        assert!(
            overflow.is_full(3, |_| false),
            "the one in its place has left"
        );
        assert!(!overflow.has(token(3)));
    }

    #[test]
    fn a_connection_that_comes_when_all_places_are_taken_gets_that_of_the_first() {
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
