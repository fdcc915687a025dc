//! The position of each subscriber among the events: which of them it has, and from when on it is to get them. Pure.

use std::ops::Range;

/// The most missing events of a subscriber that are remembered. More are only counted, since they are lost anyway.
const MOST_GAPS: usize = 2048;
/// No event, or no moment.
pub(super) const NONE: u32 = u32::MAX;
/// No event so far, on a stream whose head may have been held back until the first event.
pub(super) const FOLLOWS: u32 = u32::MAX - 1;
pub(super) const NEVER: u64 = u64::MAX;

/// A subscriber's position. 32 bytes: the events up to `next` are there, except the gaps.
#[derive(Debug)]
pub(super) struct Position {
    /// One more than the number of the last event that the subscriber got.
    pub(super) next: u32,
    /// The ticket of the event that the subscriber got last.
    pub(super) last: u32,
    pub(super) visit: Visit,
    /// The moment from which on events are owed to the subscriber: when the first stream was opened of those that were
    /// resumed one after the other.
    pub(super) owed_from: u64,
    gaps: Option<Box<Gaps>>,
}

const _: () = assert!(size_of::<Position>() <= 32);

/// A connection of a subscriber.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Visit {
    /// The number of times that the subscriber had come back.
    pub(super) reconnects: u32,
    pub(super) local: Local,
}

/// The local address and port of a subscriber's connection: the address by its index in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) address: u16,
    pub(super) port: u16,
}

/// The events before its position that a subscriber did not get: most subscribers got all.
#[derive(Debug, Default)]
struct Gaps {
    /// The first missing events, in order.
    first: Vec<Gap>,
    /// The number of further missing events.
    further: u64,
    /// The moment at which the subscriber lost its stream, and the connection of that stream, if it cannot resume.
    left: Option<(u64, Visit)>,
}

/// An event that a subscriber did not get, and the connection that brought a later event.
#[derive(Clone, Copy, Debug)]
struct Gap {
    number: u32,
    visit: Visit,
}

impl Default for Position {
    fn default() -> Self {
        Self {
            next: 0,
            last: NONE,
            visit: Visit::default(),
            owed_from: NEVER,
            gaps: None,
        }
    }
}

impl Position {
    /// Whether the subscriber has the event with this number, which is owed to it.
    pub(super) fn has(&self, number: u32) -> bool {
        number < self.next && self.gap(number).is_none()
    }

    /// Takes an event. The events before that the subscriber did not get are missing from now on if they are `owed`.
    pub(super) fn take(&mut self, number: u32, owed: impl Fn(u32) -> bool) {
        if number < self.next {
            if let Some(gaps) = &mut self.gaps {
                gaps.first.retain(|gap| gap.number != number);
            }
            return;
        }
        let visit = self.visit;
        for number in (self.next..number).filter(|gap| owed(*gap)) {
            let gaps = self.gaps.get_or_insert_default();
            match gaps.first.len() < MOST_GAPS {
                true => gaps.first.push(Gap { number, visit }),
                false => gaps.further += 1,
            }
        }
        self.next = number + 1;
    }

    /// The missing events before `next`, in order.
    fn gaps(&self) -> &[Gap] {
        self.gaps.as_ref().map_or(&[], |gaps| &gaps.first)
    }

    fn gap(&self, number: u32) -> Option<&Gap> {
        let at = self.gaps().binary_search_by_key(&number, |gap| gap.number);
        self.gaps().get(at.ok()?)
    }

    /// The connection that was to bring a missing event.
    pub(super) fn visit_without(&self, number: u32) -> Visit {
        let left = self.gaps.as_ref().and_then(|gaps| gaps.left);
        let last = left.map_or(self.visit, |(_, visit)| visit);
        self.gap(number).map_or(last, |gap| gap.visit)
    }

    /// The number of missing events that are not remembered.
    pub(super) fn further(&self) -> u64 {
        self.gaps.as_ref().map_or(0, |gaps| gaps.further)
    }

    /// The moment at which the subscriber lost its stream, if it cannot resume.
    pub(super) fn left(&self) -> Option<u64> {
        let left = self.gaps.as_ref().and_then(|gaps| gaps.left);
        left.map(|(moment, _)| moment)
    }

    /// The subscriber loses its stream, and cannot resume.
    pub(super) fn leave(&mut self, now: u64) {
        if self.owed_from != NEVER {
            let left = &mut self.gaps.get_or_insert_default().left;
            left.get_or_insert((now, self.visit));
        }
    }

    /// The subscriber begins anew with the event of this number.
    pub(super) fn begin(&mut self, next: u32, owed_from: u64) {
        (self.next, self.owed_from) = (next, owed_from);
        self.gaps = None;
        self.last = NONE;
    }

    /// Forgets the events below `number`, which were judged.
    pub(super) fn forget_below(&mut self, number: u32) {
        self.next = self.next.max(number);
        if let Some(gaps) = &mut self.gaps {
            gaps.first.retain(|gap| gap.number >= number);
            gaps.further = 0;
            if gaps.first.is_empty() && gaps.left.is_none() {
                self.gaps = None;
            }
        }
    }

    /// The missing events below `end`, as far as they are remembered.
    pub(super) fn missing(&self, end: u32) -> impl Iterator<Item = u32> {
        let gaps = self.gaps().iter().map(|gap| gap.number);
        let gaps = gaps.take_while(move |gap| *gap < end);
        let tail: Range<u32> = self.next..end.max(self.next);
        gaps.chain(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_knows_what_it_has_and_what_is_missing() {
        let mut position = Position::default();
        position.begin(0, 0);
        for number in [0, 3, 5, 4] {
            position.take(number, |gap| gap != 1);
        }
        assert_eq!(position.missing(6).collect::<Vec<_>>(), [2]);
        assert!(position.has(4) && !position.has(2) && !position.has(6));
        assert_eq!(position.missing(8).collect::<Vec<_>>(), [2, 6, 7]);
        position.take(2, |_| true);
        assert!(position.has(2) && position.gaps().is_empty());
    }

    #[test]
    fn the_gaps_of_a_position_are_bounded() {
        let mut position = Position::default();
        position.begin(0, 0);
        position.take(2 * MOST_GAPS as u32, |_| true);
        assert_eq!(
            (position.gaps().len(), position.further()),
            (MOST_GAPS, MOST_GAPS as u64)
        );
    }

    #[test]
    fn a_subscriber_that_cannot_resume_left_when_its_first_stream_was_over() {
        let mut position = Position::default();
        position.leave(1);
        assert_eq!(position.left(), None, "it never had a stream");
        position.begin(0, 2);
        position.leave(3);
        position.leave(4);
        assert_eq!(position.left(), Some(3));
    }
}
