//! Two bounds: on the work of a turn, in bytes, and on the memory that all connections hold together.
//!
//! A bound in connections is no bound in time, since one connection may need one write or two hundred. So a turn counts
//! the bytes that it reads and writes, and each system call as so many bytes as could be copied in its time.

/// Bytes that a turn reads and writes before it puts off what is left: some 2 ms on one core of a small server.
const TURN: usize = 1024 * 1024;
/// The part of a turn's budget that each kind of work has in any case, so that no kind starves another.
const SHARE: usize = TURN / 4;
/// The cost of an operation besides its bytes: a write, an accepted connection or an answer takes about as long as the
/// kernel takes to copy so many bytes.
pub(super) const OPERATION: usize = 4 * 1024;

/// The work of one turn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget {
    spent: usize,
    /// What had been spent when the present kind of work began.
    began: usize,
}

impl Budget {
    pub(super) fn begin_share(&mut self) {
        self.began = self.spent;
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.spent += bytes;
    }

    /// True while there is something left of the turn's budget, or of the share of the present kind of work.
    pub(super) fn is_left(&self) -> bool {
        self.spent < TURN || self.spent - self.began < SHARE
    }
}

/// What all connections hold in memory, in bytes, and how much they may.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    held: usize,
    pub(super) most: usize,
    /// How scarce memory was when a connection was last refused some.
    refused: Scarcity,
}

/// How much of the memory for connections is in use, in the order of scarcity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Scarcity {
    /// Up to three quarters.
    #[default]
    Ample,
    /// More than that.
    Scarce,
    /// All, and more.
    Over,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            held: 0,
            most: usize::MAX,
            refused: Scarcity::Ample,
        }
    }
}

impl Memory {
    /// A connection that held `before` holds `after`.
    pub(super) fn change(&mut self, before: usize, after: usize) {
        self.held = self.held + after - before;
    }

    pub(super) fn is_over(&self) -> bool {
        self.scarcity() == Scarcity::Over
    }

    /// An equal part of the memory for each of so many connections.
    pub(super) fn share(&self, connections: usize) -> usize {
        self.most / connections.max(1)
    }

    /// True if a connection that holds `held` may be read from: below three quarters of the bound every connection,
    /// then those that hold no more than an equal part, and beyond the bound none.
    pub(super) fn may_grow(&mut self, held: usize, connections: usize) -> bool {
        let scarcity = self.scarcity();
        let may = match scarcity {
            Scarcity::Ample => true,
            Scarcity::Scarce => held <= self.share(connections),
            Scarcity::Over => false,
        };
        if !may {
            self.refused = scarcity;
        }
        may
    }

    /// True if connections that were refused memory are worth another look.
    pub(super) fn has_eased(&self) -> bool {
        let scarcity = self.scarcity();
        scarcity == Scarcity::Ample || scarcity < self.refused
    }

    /// The connections that were refused memory are looked at again.
    pub(super) fn look_again(&mut self) {
        self.refused = self.scarcity();
    }

    fn scarcity(&self) -> Scarcity {
        if self.held > self.most {
            Scarcity::Over
        } else if self.held > self.most / 4 * 3 {
            Scarcity::Scarce
        } else {
            Scarcity::Ample
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(held: usize, most: usize) -> Memory {
        Memory {
            held,
            most,
            ..Memory::default()
        }
    }

    #[test]
    fn each_kind_of_work_has_its_share_when_the_turn_has_spent_its_budget() {
        let mut budget = Budget::default();
        budget.spend(TURN - 1);
        assert!(budget.is_left());
        budget.spend(1);
        assert!(!budget.is_left());
        for _ in 0..3 {
            budget.begin_share();
            budget.spend(SHARE - 1);
            assert!(budget.is_left());
            budget.spend(1);
            assert!(!budget.is_left());
        }
    }

    #[test]
    fn beyond_three_quarters_only_those_that_hold_no_more_than_an_equal_part_may_grow() {
        for (held, connections, own, may) in [
            (750, 10, 700, true),
            (751, 10, 100, true),
            (751, 10, 101, false),
            (1000, 10, 0, true),
            (1001, 10, 0, false),
            (0, 0, 0, true),
        ] {
            assert_eq!(memory(held, 1000).may_grow(own, connections), may, "{held}");
        }
    }

    #[test]
    fn a_refused_connection_is_looked_at_again_when_memory_is_less_scarce() {
        let mut memory = memory(1001, 1000);
        assert!(!memory.may_grow(0, 1) && !memory.has_eased());
        memory.change(1, 0);
        assert!(memory.has_eased());
        memory.look_again();
        assert!(!memory.has_eased());
        memory.change(250, 0);
        assert!(memory.has_eased());
    }
}
