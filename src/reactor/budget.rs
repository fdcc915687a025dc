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
    /// The work done when the present kind of work began.
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

/// The memory that all connections hold, in bytes, and its bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    held: usize,
    /// Connections that hold anything.
    holders: usize,
    pub(super) most: usize,
    /// More than `most` was held, and what is held is not yet ample again.
    over: bool,
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
    /// All, and more; and until it is ample again, so that the connections which stay can go on.
    Over,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            held: 0,
            holders: 0,
            most: usize::MAX,
            over: false,
            refused: Scarcity::Ample,
        }
    }
}

impl Memory {
    /// A connection that held `before` holds `after`.
    pub(super) fn change(&mut self, before: usize, after: usize) {
        self.held = self.held + after - before;
        self.holders = self.holders + usize::from(after > 0) - usize::from(before > 0);
        self.over = self.held > self.most || (self.over && self.held > self.ample());
    }

    /// The most that is held while memory is ample.
    fn ample(&self) -> usize {
        self.most / 4 * 3
    }

    pub(super) fn is_over(&self) -> bool {
        self.scarcity() == Scarcity::Over
    }

    /// The average over the connections that hold anything.
    pub(super) fn average(&self) -> usize {
        self.held / self.holders.max(1)
    }

    /// True if a connection that holds `held` may be read from: up to three quarters of the bound every connection, then
    /// those that hold no more than twice the average, and beyond the bound none. Connections that all hold the same go
    /// on, for a request that is read to its end is memory that is free again.
    pub(super) fn may_grow(&mut self, held: usize) -> bool {
        let scarcity = self.scarcity();
        let may = match scarcity {
            Scarcity::Ample => true,
            Scarcity::Scarce => held <= 2 * self.average(),
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
        if self.over {
            Scarcity::Over
        } else if self.held > self.ample() {
            Scarcity::Scarce
        } else {
            Scarcity::Ample
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of which so many connections hold equal parts.
    fn memory(held: usize, holders: usize) -> Memory {
        let mut memory = Memory {
            most: 1000,
            ..Memory::default()
        };
        for _ in 0..holders {
            memory.change(0, held / holders);
        }
        memory
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
    fn beyond_three_quarters_only_those_that_hold_no_more_than_twice_the_average_may_grow() {
        for (held, holders, own, may) in [
            (750, 10, 700, true),
            (760, 10, 76, true),
            (760, 10, 152, true),
            (760, 10, 153, false),
            (760, 1, 760, true),
            (1000, 10, 0, true),
            (1010, 10, 0, false),
            (0, 0, 0, true),
        ] {
            assert_eq!(memory(held, holders).may_grow(own), may, "{held}, {own}");
        }
    }

    #[test]
    fn a_refused_connection_is_looked_at_again_when_memory_is_less_scarce() {
        let mut memory = memory(800, 10);
        assert!(!memory.may_grow(161) && !memory.has_eased());
        memory.change(0, 201);
        assert!(!memory.may_grow(0) && !memory.has_eased() && memory.is_over());
        memory.change(250, 0);
        assert!(
            memory.is_over() && !memory.has_eased(),
            "it is not ample yet"
        );
        memory.change(1, 0);
        assert!(!memory.is_over() && memory.has_eased());
        memory.look_again();
        assert!(memory.may_grow(900));
    }
}
