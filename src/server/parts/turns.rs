//! Connections that have more to be done than a turn allows: they wait for the next ones, in the order in which they
//! came to it. So whoever asks for little is answered at once, however many ask for much.

use crate::reactor::Token;
use std::collections::{HashSet, VecDeque};

/// Room in an empty queue that is kept for the next connections.
const KEPT: usize = 256;

/// The queue. A connection stands in it once.
#[derive(Default)]
pub(crate) struct Unfinished {
    queue: VecDeque<Token>,
    queued: HashSet<Token>,
}

impl Unfinished {
    /// Has a connection wait. Once, however often it is said.
    pub(crate) fn add(&mut self, at: Token) {
        if self.queued.insert(at) {
            self.queue.push_back(at);
        }
    }

    pub(crate) fn has(&self, at: Token) -> bool {
        self.queued.contains(&at)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes out the connection that has waited longest.
    pub(crate) fn next(&mut self) -> Option<Token> {
        let at = self.queue.pop_front()?;
        self.queued.remove(&at);
        if self.queue.is_empty() && self.queue.capacity() > KEPT {
            // A crowd's queue is not kept.
            *self = Self::default();
        }
        Some(at)
    }
}
