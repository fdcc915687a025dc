//! Calls that the server makes when subscribers have left. A subscriber without such a call costs nothing here.

use super::owner::Purpose;
use crate::reactor::Token;
use std::collections::{HashMap, VecDeque};

/// The calls, each an `F`. A call is found by its connection while the subscriber is there, and waits in a queue when
/// the subscriber has left.
pub struct Leavers<F> {
    present: HashMap<Token, (Purpose, F)>,
    left: VecDeque<(Purpose, F)>,
}

impl<F> Default for Leavers<F> {
    fn default() -> Self {
        Self {
            present: HashMap::new(),
            left: VecDeque::new(),
        }
    }
}

impl<F> Leavers<F> {
    /// Keeps `call`, which is to be made when the subscriber at a connection has left.
    pub fn add(&mut self, at: Token, purpose: Purpose, call: F) {
        self.present.insert(at, (purpose, call));
    }

    /// Queues the call of a connection that is gone, for the next turn to make. True if the connection has a call.
    pub fn leave(&mut self, at: Token) -> bool {
        let call = self.present.remove(&at);
        let is_queued = call.is_some();
        self.left.extend(call);
        is_queued
    }

    /// True if no call waits.
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Takes out the call that has waited longest.
    pub fn next(&mut self) -> Option<(Purpose, F)> {
        self.left.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::owner::{Owner, RouteName},
        *,
    };

    #[test]
    fn a_call_waits_once_its_subscriber_has_left_and_is_made_once() {
        let mut leavers = Leavers::default();
        let purpose = Purpose {
            owner: Owner::Gone,
            route: RouteName::default(),
        };
        for number in 1..=3 {
            leavers.add(Token::numbered(number), purpose, number);
        }
        for (number, is_queued) in [(3, true), (9, false), (1, true), (3, false)] {
            assert_eq!(leavers.leave(Token::numbered(number)), is_queued);
        }
        let made = std::iter::from_fn(|| leavers.next()).map(|(_, call)| call);
        assert_eq!(made.collect::<Vec<_>>(), [3, 1]);
        assert!(leavers.is_empty());
    }
}
