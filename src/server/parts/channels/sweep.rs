//! The sweep offers published events to every subscriber, a slice of the slab per turn: the next request does not wait
//! until a broadcast has reached the last of thousands of subscribers.

/// Slots visited per turn. A visit takes some 7 µs: a request waits 2 ms for a slice, or twice as long if it comes at
/// the wrong moment.
pub const SLICE: usize = 256;

/// A hand that goes round the slab until it has visited every slot since the last event. The slab may grow meanwhile,
/// and new connections may lie behind the hand: the sweep therefore remembers the slot at which the round ends, and not
/// the number of slots that are left.
#[derive(Debug, Default)]
pub struct Sweep {
    hand: usize,
    /// The slot at which the round ends, once the hand has wrapped.
    end: usize,
    /// True once the hand has begun again from the slab's start.
    wrapped: bool,
    under_way: bool,
    /// The slots visited in this slice.
    visited: usize,
}

impl Sweep {
    /// Begins a round at the hand. If a round is under way, the subscribers ahead of the hand get all new events in one
    /// visit.
    pub fn begin(&mut self) {
        (self.end, self.wrapped, self.under_way) = (self.hand, false, true);
    }

    /// Begins a slice, of 256 slots: the visits of one turn.
    pub fn begin_slice(&mut self) {
        self.visited = 0;
    }

    /// The next slot to visit, of a slab whose slots lie below `top`. `None` when the round or the slice is over.
    pub fn next(&mut self, top: usize) -> Option<usize> {
        while self.under_way && self.visited < SLICE {
            let end = if self.wrapped { self.end.min(top) } else { top };
            if self.hand < end {
                self.visited += 1;
                self.hand += 1;
                return Some(self.hand - 1);
            }
            (self.under_way, self.wrapped) = (!self.wrapped, true);
            self.hand = if self.under_way { 0 } else { end };
        }
        None
    }

    /// True while the round has slots to visit.
    pub fn is_under_way(&self) -> bool {
        self.under_way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Visits `most` slots, in as many slices as they need.
    fn visit(sweep: &mut Sweep, top: usize, most: usize) -> Vec<usize> {
        let next = |_| {
            sweep.begin_slice();
            sweep.next(top)
        };
        (0..most).map_while(next).collect()
    }

    #[test]
    fn a_turn_visits_one_slice_and_the_next_turn_goes_on_behind_it() {
        let mut sweep = Sweep::default();
        sweep.begin();
        let mut from = 0;
        for (turn, count) in [SLICE, SLICE, 88, 0].into_iter().enumerate() {
            sweep.begin_slice();
            let seen: Vec<_> = std::iter::from_fn(|| sweep.next(600)).collect();
            assert!(
                seen.iter().copied().eq(from..from + count),
                "turn {turn} has visited {} of 600 slots instead of {count}: every request waits meanwhile",
                seen.len()
            );
            from += count;
        }
        assert!(!sweep.is_under_way());
    }

    #[test]
    fn a_round_visits_every_slot_once() {
        let mut sweep = Sweep::default();
        sweep.begin();
        let mut seen = visit(&mut sweep, 1000, usize::MAX);
        assert!(!sweep.is_under_way());
        seen.sort_unstable();
        assert!(
            seen.iter().copied().eq(0..1000),
            "{} visits to 1000 slots: a slot that the round leaves out gets the event with the next event",
            seen.len()
        );
    }

    #[test]
    fn a_second_event_within_a_round_goes_on_from_the_hand_and_once_round() {
        let mut sweep = Sweep::default();
        sweep.begin();
        assert_eq!(visit(&mut sweep, 1000, 3), [0, 1, 2]);
        sweep.begin();
        let seen = visit(&mut sweep, 1000, usize::MAX);
        assert_eq!((seen.len(), seen[0]), (1000, 3));
    }

    #[test]
    fn a_slab_that_grows_or_shrinks_within_a_round_leaves_out_no_slot_that_was_there() {
        for (first, is_marked, tops) in [
            (256, false, [3000, 3700]),
            (512, true, [3000, 3001]),
            (1280, true, [3000, 9000]),
        ] {
            let mut sweep = Sweep::default();
            sweep.begin();
            let mut seen = visit(&mut sweep, tops[0], first);
            if is_marked {
                sweep.begin();
                seen.clear();
            }
            seen.extend(visit(&mut sweep, tops[1], usize::MAX));
            for slot in 0..tops[0] {
                assert!(seen.contains(&slot), "{slot} of {tops:?}");
            }
        }
        let mut sweep = Sweep::default();
        sweep.begin();
        visit(&mut sweep, 3000, 256);
        sweep.begin();
        let rest = visit(&mut sweep, 10, usize::MAX);
        assert_eq!(rest, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn an_empty_slab_ends_the_round_at_once() {
        let mut sweep = Sweep::default();
        sweep.begin();
        assert_eq!(sweep.next(0), None);
        assert!(!sweep.is_under_way());
    }
}
