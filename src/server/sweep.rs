//! Brings what was published to every subscriber, a slice of the slab per turn, so that a broadcast to thousands
//! does not keep the next request waiting until the last of them was served: fairness by slices.

/// Slots visited per turn: at some 5 µs each, those who are not subscribers wait a few milliseconds at most.
pub(super) const SLICE: usize = 512;

/// A hand that goes round the slab until everyone was visited since the last event.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    hand: usize,
    left: usize,
    marked: bool,
}

impl Sweep {
    /// Everyone is to be visited. A round under way goes on from where it is, so that whoever was still to come gets
    /// all the new events in one visit.
    pub(super) fn begin(&mut self) {
        self.marked = true;
    }

    /// The slots to visit in this turn, of a slab whose slots lie below `top`, which never shrinks.
    pub(super) fn slice(&mut self, top: usize) -> impl Iterator<Item = usize> + use<> {
        if std::mem::take(&mut self.marked) {
            self.left = top;
        }
        let (begin, count) = (self.hand, self.left.min(SLICE));
        self.left -= count;
        self.hand = (begin + count) % top.max(1);
        (0..count).map(move |step| (begin + step) % top)
    }

    /// Whether someone is still to be visited.
    pub(super) fn is_under_way(&self) -> bool {
        self.left > 0 || self.marked
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
    fn an_empty_slab_ends_the_round_at_once() {
        let mut sweep = Sweep::default();
        sweep.begin();
        assert_eq!(sweep.slice(0).count(), 0);
        assert!(!sweep.is_under_way());
    }
}
