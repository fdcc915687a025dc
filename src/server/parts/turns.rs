//! Connections that need more work than a turn allows. They wait for the next turns in the order in which they were
//! added: a connection that asks for little is answered soon, however many connections ask for much.

use crate::reactor::Token;
use std::collections::{HashSet, VecDeque};

/// The most room that an empty queue keeps, in connections.
const KEPT: usize = 256;

/// The queue of connections that wait. A connection is in the queue at most once.
#[derive(Default)]
pub struct Turns {
    queue: VecDeque<Token>,
    queued: HashSet<Token>,
}

impl Turns {
    /// Queues a connection, unless it waits already.
    pub fn add(&mut self, at: Token) {
        if self.queued.insert(at) {
            self.queue.push_back(at);
        }
    }

    /// True if the connection waits.
    pub fn has(&self, at: Token) -> bool {
        self.queued.contains(&at)
    }

    /// True if no connection waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes out the connection. Returns true if it waited.
    #[cfg(feature = "frame")]
    pub fn take(&mut self, at: Token) -> bool {
        let waits = self.queued.remove(&at);
        if waits {
            self.queue.retain(|other| *other != at);
        }
        waits
    }

    /// Takes out the connection that has waited longest.
    pub fn next(&mut self) -> Option<Token> {
        let at = self.queue.pop_front()?;
        self.queued.remove(&at);
        if self.queue.is_empty() && self.queue.capacity() > KEPT {
            // The memory that a crowd needed is given back.
            *self = Self::default();
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_wait_once_each_in_the_order_in_which_they_were_added() {
        let mut turns = Turns::default();
        for number in [3, 1, 3, 2, 1] {
            turns.add(Token::numbered(number));
        }
        for number in [3, 1, 2] {
            let at = Token::numbered(number);
            assert!(turns.has(at) && !turns.is_empty());
            assert_eq!(
                turns.next(),
                Some(at),
                "a connection that is added again keeps its one place in the queue, and those behind it come before it"
            );
            assert!(!turns.has(at));
        }
        assert!(turns.is_empty() && turns.next().is_none());
        #[cfg(feature = "frame")]
        {
            let [one, other] = [1, 2].map(Token::numbered);
            turns.add(one);
            turns.add(other);
            assert!(turns.take(one) && !turns.take(one));
            assert_eq!((turns.next(), turns.next()), (Some(other), None));
        }
    }

    #[test]
    fn the_room_that_a_crowd_took_is_given_back_with_the_last_connection() {
        let mut turns = Turns::default();
        let crowd = 10 * KEPT as u32;
        (1..=crowd).for_each(|number| turns.add(Token::numbered(number)));
        assert_eq!(
            (1..=crowd).filter_map(|_| turns.next()).count(),
            crowd as usize
        );
        assert!(turns.queue.capacity() <= KEPT && turns.queued.capacity() <= KEPT);
    }
}
