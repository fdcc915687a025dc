//! Two bounds: on the work of a turn, in bytes, and on the memory that all connections hold together.
//!
//! A bound on connections does not bound the time of a turn, since a connection may need one write or two hundred. A turn
//! therefore counts the bytes that it reads and writes, and each system call as the bytes that the kernel copies meanwhile.

use super::Handler;
use std::collections::BTreeMap;

/// Bytes that a turn reads and writes before it leaves the rest to the next turn: some 2 ms on a small server.
const TURN: usize = 1024 * 1024;
/// The part of a turn's budget that each kind of work has in any case, so that no kind starves another.
const SHARE: usize = TURN / 4;
/// The cost of an operation besides its bytes. A write, an accepted connection or an answer takes about as long as the
/// kernel takes to copy this many bytes.
pub(super) const OPERATION: usize = 4 * 1024;

/// The work of one turn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget {
    spent: usize,
    /// The bytes spent when the present kind of work began.
    began: usize,
}

impl Budget {
    pub(super) fn begin_share(&mut self) {
        self.began = self.spent;
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.spent += bytes;
    }

    /// True while bytes are left of the turn's budget, or of the share of the present kind of work.
    pub(super) fn is_left(&self) -> bool {
        self.spent < TURN || self.spent - self.began < SHARE
    }
}

/// The memory that one connection holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    /// Bytes that only this connection holds.
    own: usize,
    shared: Option<SharedBytes>,
}

/// Bytes that several connections may hold together: their address and their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SharedBytes {
    address: usize,
    length: usize,
}

impl Holding {
    pub(super) fn of<H: Handler>(state: &H::State) -> Self {
        let shared = H::shared(state).map(|bytes| SharedBytes {
            address: bytes.as_ptr().addr(),
            length: bytes.len(),
        });
        Self {
            own: H::held(state),
            shared,
        }
    }

    fn is_any(&self) -> bool {
        self.own > 0 || self.shared.is_some()
    }
}

/// The memory that all connections hold, in bytes, and its bound.
#[derive(Debug)]
pub(super) struct Memory {
    /// Bytes that several connections share count once.
    held: usize,
    /// The number of connections that hold shared bytes, by the address of the bytes. There are few addresses at a time. A
    /// tree finds few keys sooner than a table does, and gives its memory back as it shrinks.
    sharers: BTreeMap<usize, usize>,
    /// The number of connections that hold anything.
    holders: usize,
    pub(super) most: usize,
    /// True since connections held more than `most`, until memory is ample again.
    over: bool,
    /// The scarcity of memory when a connection was last refused.
    refused: Scarcity,
}

/// The scarcity of the memory for connections, by the part that is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Scarcity {
    /// Up to three quarters.
    #[default]
    Ample,
    /// More than three quarters.
    Scarce,
    /// More than all, and then until memory is ample again, so that the connections which stay can go on.
    Over,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            held: 0,
            sharers: BTreeMap::new(),
            holders: 0,
            most: usize::MAX,
            over: false,
            refused: Scarcity::Ample,
        }
    }
}

impl Memory {
    /// Notes that a connection, which held `before`, holds `after`.
    pub(super) fn change(&mut self, before: Holding, after: Holding) {
        if before == after {
            return;
        }
        self.held = self.held + after.own - before.own;
        if before.shared != after.shared {
            self.drop_shared(before.shared);
            self.take_shared(after.shared);
        }
        self.holders = self.holders + usize::from(after.is_any()) - usize::from(before.is_any());
        self.over = self.held > self.most || (self.over && self.held > self.ample());
    }

    fn take_shared(&mut self, shared: Option<SharedBytes>) {
        let Some(SharedBytes { address, length }) = shared else {
            return;
        };
        let sharers = self.sharers.entry(address).or_default();
        *sharers += 1;
        if *sharers == 1 {
            self.held += length;
        }
    }

    fn drop_shared(&mut self, shared: Option<SharedBytes>) {
        let Some(SharedBytes { address, length }) = shared else {
            return;
        };
        let sharers = self.sharers.entry(address).or_default();
        *sharers -= 1;
        if *sharers == 0 {
            self.held -= length;
            self.sharers.remove(&address);
        }
    }

    /// True if a connection with this holding holds at least the average of the connections that hold anything. Shared bytes
    /// count in equal parts, so that there is such a connection as long as any connection holds anything.
    pub(super) fn is_much(&self, holding: Holding) -> bool {
        let part = holding.shared.map_or(0, |shared| {
            let sharers = self.sharers.get(&shared.address).copied();
            shared.length / sharers.unwrap_or(1)
        });
        holding.is_any() && holding.own + part >= self.average()
    }

    /// The most bytes that connections hold while memory is ample.
    fn ample(&self) -> usize {
        self.most / 4 * 3
    }

    pub(super) fn is_over(&self) -> bool {
        self.scarcity() == Scarcity::Over
    }

    /// The average over the connections that hold anything.
    fn average(&self) -> usize {
        self.held / self.holders.max(1)
    }

    /// True if a connection that holds `held` bytes may be read from. With ample memory every connection may; with scarce
    /// memory a connection may that holds no more than twice the average; beyond the bound no connection may. Connections
    /// that all hold the same go on, since a request that is read to its end frees its memory.
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

    /// True if memory is less scarce than at the last refusal, so that refused connections may try again.
    pub(super) fn has_eased(&self) -> bool {
        let scarcity = self.scarcity();
        scarcity == Scarcity::Ample || scarcity < self.refused
    }

    /// Notes that the refused connections try again.
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

    fn own(own: usize) -> Holding {
        Holding { own, shared: None }
    }

    /// The holding of a connection with `own` bytes, and with `length` shared bytes at `address`.
    fn sharing(own: usize, address: usize, length: usize) -> Holding {
        let shared = Some(SharedBytes { address, length });
        Holding { own, shared }
    }

    /// A memory of which so many connections hold equal parts.
    fn memory(held: usize, holders: usize) -> Memory {
        let mut memory = Memory {
            most: 1000,
            ..Memory::default()
        };
        for _ in 0..holders {
            memory.change(own(0), own(held / holders));
        }
        memory
    }

    #[test]
    fn each_kind_of_work_has_its_share_when_the_turn_has_spent_its_budget() {
        let mut budget = Budget::default();
        budget.spend(TURN - 1);
        assert!(budget.is_left());
        budget.spend(1);
        assert!(
            !budget.is_left(),
            "a turn that has read and written {TURN} bytes goes on, and all other connections wait"
        );
        for _ in 0..3 {
            budget.begin_share();
            budget.spend(SHARE - 1);
            assert!(budget.is_left());
            budget.spend(1);
            assert!(!budget.is_left());
        }
    }

    #[test]
    fn beyond_three_quarters_only_connections_with_at_most_twice_the_average_may_grow() {
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
        memory.change(own(0), own(201));
        assert!(!memory.may_grow(0) && !memory.has_eased() && memory.is_over());
        memory.change(own(250), own(0));
        assert!(
            memory.is_over() && !memory.has_eased(),
            "memory is not ample yet"
        );
        memory.change(own(1), own(0));
        assert!(!memory.is_over() && memory.has_eased());
        memory.look_again();
        assert!(memory.may_grow(900));
    }

    #[test]
    fn shared_bytes_count_once_as_long_as_a_connection_holds_them() {
        let mut memory = memory(0, 0);
        let (first, second) = (sharing(10, 1, 500), sharing(20, 1, 500));
        memory.change(own(0), first);
        memory.change(own(0), own(5));
        memory.change(own(5), second);
        assert_eq!((memory.held, memory.holders), (530, 2));
        memory.change(first, own(10));
        assert_eq!(memory.held, 530);
        memory.change(second, sharing(20, 2, 300));
        assert_eq!((memory.held, memory.sharers.len()), (330, 1));
        memory.change(sharing(20, 2, 300), own(0));
        assert_eq!((memory.held, memory.sharers.len()), (10, 0));
    }

    #[test]
    fn some_connection_holds_much_as_long_as_any_holds_anything() {
        let mut memory = memory(0, 0);
        let mut all = vec![own(3), own(40)];
        for number in 0..7 {
            all.push(sharing(number, 1, 1000));
            all.push(sharing(10, 2 + number, 100 * number));
        }
        all.iter()
            .for_each(|holding| memory.change(own(0), *holding));
        while !all.is_empty() {
            let much = all.iter().position(|holding| memory.is_much(*holding));
            memory.change(all.remove(much.expect("a connection holds much")), own(0));
        }
        assert_eq!((memory.held, memory.holders), (0, 0));
        assert!(!memory.is_much(own(0)));
    }
}
