//! Connections that have more to be done than a turn allows: they wait for the next ones, in the order in which they
//! came to it. So whoever asks for little is answered at once, however many ask for much.

use crate::reactor::Token;
use std::collections::{HashSet, VecDeque};

/// Requests of one connection that are answered in a row: those behind it in the queue wait meanwhile.
const IN_A_ROW: usize = 16;
/// Requests that a turn answers of those who have had an answer in it or in the last one. Everybody else waits
/// meanwhile, and a picture of the gallery takes some 0.2 ms to draw.
const PER_TURN: usize = 64;

/// The queue, and what this turn may still do for those who are in it.
#[derive(Default)]
pub(super) struct Unfinished {
    queue: VecDeque<Token>,
    queued: HashSet<Token>,
    left: usize,
}

impl Unfinished {
    /// A new turn begins.
    pub(super) fn renew(&mut self) {
        self.left = PER_TURN;
    }

    /// Has a connection wait. Once, however often it is said.
    pub(super) fn add(&mut self, at: Token) {
        if self.queued.insert(at) {
            self.queue.push_back(at);
        }
    }

    pub(super) fn has(&self, at: Token) -> bool {
        self.queued.contains(&at)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The next one to go on, if this turn has something left for it.
    pub(super) fn next(&mut self) -> Option<Token> {
        self.left = self.left.checked_sub(1)?;
        let at = self.queue.pop_front()?;
        self.queued.remove(&at);
        Some(at)
    }

    /// Whether a connection that was given so many answers in a row may have another one. The first is free: nobody is
    /// put off for what others ask.
    pub(super) fn goes_on(&mut self, answers: usize) -> bool {
        let left = self.left;
        if answers > 1 {
            self.left = left.saturating_sub(1);
        }
        answers <= 1 || (answers < IN_A_ROW && left > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one is given who asks for a great many.
    fn served(unfinished: &mut Unfinished) -> usize {
        let in_a_row = (1..10 * IN_A_ROW).take_while(|answers| unfinished.goes_on(*answers));
        in_a_row.count() + 1
    }

    #[test]
    fn each_has_a_few_in_a_row_and_all_together_so_many_per_turn() {
        let mut unfinished = Unfinished::default();
        unfinished.renew();
        let first: Vec<usize> = (0..4).map(|_| served(&mut unfinished)).collect();
        assert_eq!(first, [IN_A_ROW; 4]);
        let all: usize = (0..1000).map(|_| served(&mut unfinished)).sum();
        assert!(all <= 2 * 1000 + IN_A_ROW, "{all}");
        unfinished.renew();
        assert_eq!(served(&mut unfinished), IN_A_ROW);
    }
}
