//! Brings what was published to every subscriber, a slice of the slab per turn, so that a broadcast to thousands
//! does not keep the next request waiting until the last of them was served: fairness by slices.

use std::ops::Range;

/// Slots visited per turn: at some 7 µs each, those who are not subscribers wait 2 ms, or twice that if they come at
/// the wrong moment.
pub(super) const SLICE: usize = 256;

/// A hand that goes round the slab until everyone was visited since the last event. The slab may grow meanwhile, and
/// newcomers be met behind the hand, so that it remembers where it has to get to, not how many are left.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    hand: usize,
    /// Where the round ends, once the hand has begun again from the slab's start.
    until: usize,
    wrapped: bool,
    under_way: bool,
}

impl Sweep {
    /// Everyone is to be visited. A round under way goes on from where it is, so that whoever was still to come gets
    /// all the new events in one visit.
    pub(super) fn begin(&mut self) {
        (self.until, self.wrapped, self.under_way) = (self.hand, false, true);
    }

    /// The slots to visit in this turn, of a slab whose slots lie below `top`.
    pub(super) fn slice(&mut self, top: usize) -> impl Iterator<Item = usize> + use<> {
        let first = self.advance(top, SLICE);
        let second = self.advance(top, SLICE - first.len());
        first.chain(second)
    }

    /// Moves on by at most `most` slots, to the slab's end or the round's.
    fn advance(&mut self, top: usize, most: usize) -> Range<usize> {
        let end = if self.wrapped {
            self.until.min(top)
        } else {
            top
        };
        let begin = self.hand.min(end);
        if !self.under_way || most == 0 {
            return begin..begin;
        }
        self.hand = end.min(begin + most);
        let visited = begin..self.hand;
        if self.hand == end {
            (self.under_way, self.wrapped) = (!self.wrapped, true);
            self.hand = if self.under_way { 0 } else { end };
        }
        visited
    }

    /// Whether someone is still to be visited.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_visits_every_slot_once() {
        let mut sweep = Sweep::default();
        sweep.begin();
        let mut seen = Vec::new();
        while sweep.is_under_way() {
            let slice: Vec<_> = sweep.slice(1000).collect();
            assert!(slice.len() <= SLICE);
            seen.extend(slice);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn a_second_event_amid_a_round_goes_on_from_the_hand_and_once_round() {
        let mut sweep = Sweep::default();
        sweep.begin();
        assert_eq!(sweep.slice(1000).next(), Some(0));
        sweep.begin();
        let mut seen = Vec::new();
        while sweep.is_under_way() {
            seen.extend(sweep.slice(1000));
        }
        assert_eq!((seen.len(), seen[0]), (1000, SLICE));
    }

    #[test]
    fn a_slab_that_grows_or_shrinks_amid_a_round_leaves_out_nobody_who_was_there() {
        for (first, marks, tops) in [
            (1, 0, [3000, 3700]),
            (2, 600, [3000, 3001]),
            (5, 1, [3000, 9000]),
        ] {
            let mut sweep = Sweep::default();
            sweep.begin();
            let mut seen: Vec<usize> = Vec::new();
            for _ in 0..first {
                seen.extend(sweep.slice(tops[0]));
            }
            if marks > 0 {
                sweep.begin();
                seen.clear();
            }
            while sweep.is_under_way() {
                seen.extend(sweep.slice(tops[1]));
            }
            for slot in 0..tops[0] {
                assert!(seen.contains(&slot), "{slot} of {tops:?}");
            }
        }
        let mut sweep = Sweep::default();
        sweep.begin();
        assert_eq!(sweep.slice(3000).count(), SLICE);
        while sweep.is_under_way() {
            assert!(sweep.slice(10).all(|slot| slot < 10));
        }
    }

    #[test]
    fn an_empty_slab_ends_the_round_at_once() {
        let mut sweep = Sweep::default();
        sweep.begin();
        assert_eq!(sweep.slice(0).count(), 0);
        assert!(!sweep.is_under_way());
    }
}
