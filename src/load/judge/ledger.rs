//! The ledger: all events that any subscriber received, in order, and each subscriber's position among them. Pure.
//!
//! The order is that in which the events were first seen. A subscriber that gets them in another order has a fault. The
//! first event of a newcomer that did not resume (the latest picture, say) does not count: others need not get it.

use std::collections::{HashMap, VecDeque};

/// The most events that are remembered: some hours at one a second. An event that comes again later counts as new.
const MOST: usize = 1 << 16;
/// The most missing events of a subscriber that are remembered. More are only counted, since they are lost anyway.
const MOST_GAPS: usize = 4096;

/// The events, each known by its key: its id, or the marker that it carries if it has no id.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    numbers: HashMap<Box<[u8]>, u32>,
    keys: VecDeque<Box<[u8]>>,
    /// The number of the first event that is remembered.
    base: u32,
    /// The number of the first event that all subscribers are to get.
    floor: u32,
    /// One more than the number of the last event that all subscribers are to get.
    ceiling: u32,
    /// From now on no subscriber needs to get an event that others publish.
    closing: bool,
}

/// A subscriber's position: the event that it is to get next, and those before that it did not get. 16 bytes.
#[derive(Debug, Default)]
pub(crate) struct Position {
    next: u32,
    /// Whether `next` holds. If not, the next event that comes is the next.
    anchored: bool,
    /// Whether the subscriber got an event on this stream, or said where to begin.
    greeted: bool,
    gaps: Option<Box<Gaps>>,
}

const _: () = assert!(size_of::<Position>() <= 16);

/// The events before its position that a subscriber did not get: most subscribers got all.
#[derive(Debug, Default)]
struct Gaps {
    /// The numbers of the first missing events.
    numbers: Vec<u32>,
    /// The number of further missing events.
    further: u64,
}

/// The judgement on an event that a subscriber got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The next event, or a later event: the events between are missing so far.
    Expected,
    /// An event that was missing: it comes after a later event.
    Late,
    /// An event that the subscriber got before.
    Again,
    /// An event that others need not get.
    Uncounted,
}

impl Ledger {
    /// Notes that the subscriber at `position` got the event with this key. `marked`: this run published the event, so
    /// that every subscriber is to get it.
    pub(crate) fn see(&mut self, position: &mut Position, key: &[u8], marked: bool) -> Seen {
        let known = self.number(position, key);
        let greeting = !std::mem::replace(&mut position.greeted, true) && !marked;
        match known {
            None if greeting => Seen::Uncounted,
            Some(number) if greeting => {
                if !position.anchored {
                    position.anchor(number + 1);
                }
                Seen::Uncounted
            }
            None => {
                let number = self.add(key, marked);
                position.take(number)
            }
            Some(number) => match position.take(number) {
                Seen::Again if number < self.floor => Seen::Uncounted,
                seen => seen,
            },
        }
    }

    /// From here on every subscriber is to get every event.
    pub(crate) fn begin(&mut self) {
        self.floor = self.end();
    }

    /// From here on no subscriber needs to get an event that others publish: it may be on its way when all leave.
    pub(crate) fn close(&mut self) {
        self.closing = true;
    }

    /// Whether no subscriber needs to get an event that others publish.
    pub(crate) fn is_closed(&self) -> bool {
        self.closing
    }

    /// From here on this subscriber is to get every event, if it was not before.
    pub(crate) fn anchor(&self, position: &mut Position) {
        if !position.anchored {
            position.anchor(self.end());
        }
    }

    /// Whether the subscriber is to get an event that it did not get so far.
    pub(crate) fn is_owed(&self, position: &Position) -> bool {
        let owed = position
            .gaps
            .as_ref()
            .is_some_and(|gaps| !gaps.numbers.is_empty());
        position.anchored && (position.next < self.ceiling || owed)
    }

    /// The number of events that the subscriber did not get; with `tail`, those after the last event that it got count
    /// as well.
    pub(crate) fn lost(&self, position: &Position, tail: bool) -> u64 {
        let behind = match tail && position.anchored {
            true => self.ceiling.saturating_sub(position.next),
            false => 0,
        };
        let gaps = position.gaps.as_ref();
        u64::from(behind) + gaps.map_or(0, |gaps| gaps.numbers.len() as u64 + gaps.further)
    }

    fn end(&self) -> u32 {
        self.base + self.keys.len() as u32
    }

    fn number(&self, position: &Position, key: &[u8]) -> Option<u32> {
        let next = position
            .next
            .checked_sub(self.base)
            .and_then(|at| self.keys.get(at as usize));
        match next {
            // Nearly always the case, and cheaper than the look-up.
            Some(next) if **next == *key => Some(position.next),
            _ => self.numbers.get(key).copied(),
        }
    }

    fn add(&mut self, key: &[u8], marked: bool) -> u32 {
        let number = self.end();
        if marked || !self.closing {
            self.ceiling = number + 1;
        }
        self.keys.push_back(key.into());
        self.numbers.insert(key.into(), number);
        if self.keys.len() > MOST
            && let Some(oldest) = self.keys.pop_front()
        {
            self.numbers.remove(&oldest);
            self.base += 1;
        }
        number
    }
}

impl Position {
    /// The subscriber comes back on another stream, and said where to begin if `resumed`.
    pub(crate) fn reconnect(&mut self, resumed: bool) {
        self.greeted = resumed;
        self.anchored &= resumed;
    }

    /// The server says that it could not bring every event: whichever comes next is the next.
    pub(crate) fn skip(&mut self) {
        self.anchored = false;
        self.greeted = true;
    }

    fn anchor(&mut self, next: u32) {
        self.next = next;
        self.anchored = true;
    }

    fn take(&mut self, number: u32) -> Seen {
        if !self.anchored || number == self.next {
            self.anchor(number + 1);
            return Seen::Expected;
        }
        if number > self.next {
            self.miss(self.next..number);
            self.next = number + 1;
            return Seen::Expected;
        }
        match self.fill(number) {
            true => Seen::Late,
            false => Seen::Again,
        }
    }

    fn miss(&mut self, numbers: std::ops::Range<u32>) {
        let gaps = self.gaps.get_or_insert_default();
        let room = MOST_GAPS.saturating_sub(gaps.numbers.len());
        gaps.further += numbers.len().saturating_sub(room) as u64;
        gaps.numbers.extend(numbers.take(room));
    }

    /// Takes an event that may be missing. Returns whether it was.
    fn fill(&mut self, number: u32) -> bool {
        let gaps = self.gaps.as_mut();
        let found = gaps.and_then(|gaps| {
            let at = gaps.numbers.iter().position(|gap| *gap == number)?;
            Some(gaps.numbers.remove(at))
        });
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A ledger with two subscribers, of whom the first has received a, b, c, d.
    fn ledger() -> (Ledger, Position, Position) {
        let (mut ledger, mut one, mut other) =
            (Ledger::default(), Position::default(), Position::default());
        ledger.anchor(&mut one);
        ledger.anchor(&mut other);
        assert!(
            get(&mut ledger, &mut one, "abcd")
                .iter()
                .all(|seen| *seen == Seen::Expected)
        );
        (ledger, one, other)
    }

    fn get(ledger: &mut Ledger, position: &mut Position, keys: &str) -> Vec<Seen> {
        let keys = keys.as_bytes().chunks(1);
        keys.map(|key| ledger.see(position, key, true)).collect()
    }

    #[test]
    fn each_event_once_and_in_order_is_no_fault() {
        let (mut ledger, one, mut other) = ledger();
        assert!(ledger.is_owed(&other));
        assert_eq!(get(&mut ledger, &mut other, "abcd"), [Seen::Expected; 4]);
        for position in [&one, &other] {
            assert!(!ledger.is_owed(position));
            assert_eq!(ledger.lost(position, true), 0);
        }
    }

    #[test]
    fn an_event_that_does_not_come_is_lost_and_one_that_comes_again_is_doubled() {
        let (mut ledger, _, mut other) = ledger();
        assert_eq!(
            get(&mut ledger, &mut other, "aac"),
            [Seen::Expected, Seen::Again, Seen::Expected]
        );
        assert_eq!(
            (ledger.lost(&other, false), ledger.lost(&other, true)),
            (1, 2)
        );
        assert!(ledger.is_owed(&other));
    }

    #[test]
    fn an_event_that_comes_after_a_later_one_is_late_and_not_lost() {
        let (mut ledger, _, mut other) = ledger();
        let seen = get(&mut ledger, &mut other, "acbbd");
        assert_eq!(seen[2..], [Seen::Late, Seen::Again, Seen::Expected]);
        assert_eq!(ledger.lost(&other, true), 0);
        assert!(!ledger.is_owed(&other));
    }

    #[test]
    fn a_subscriber_that_resumes_is_owed_what_it_was_owed_before() {
        let (mut ledger, _, mut other) = ledger();
        get(&mut ledger, &mut other, "ab");
        other.reconnect(true);
        assert_eq!(
            get(&mut ledger, &mut other, "bd"),
            [Seen::Again, Seen::Expected]
        );
        assert_eq!(ledger.lost(&other, true), 1);
    }

    #[test]
    fn a_subscriber_that_cannot_resume_or_is_told_of_a_gap_begins_with_the_next_event() {
        for begin in [
            |position: &mut Position| position.reconnect(false),
            Position::skip,
        ] {
            let (mut ledger, _, mut other) = ledger();
            get(&mut ledger, &mut other, "a");
            begin(&mut other);
            assert!(!ledger.is_owed(&other));
            assert_eq!(get(&mut ledger, &mut other, "d"), [Seen::Expected]);
            assert_eq!(ledger.lost(&other, true), 0);
        }
    }

    #[test]
    fn a_newcomer_s_first_event_is_not_for_all() {
        let (mut ledger, _, _) = ledger();
        let mut newcomer = Position::default();
        assert_eq!(ledger.see(&mut newcomer, b"x", false), Seen::Uncounted);
        assert!(!ledger.is_owed(&newcomer));
        let mut newcomer = Position::default();
        assert_eq!(ledger.see(&mut newcomer, b"c", false), Seen::Uncounted);
        assert_eq!(ledger.see(&mut newcomer, b"c", false), Seen::Again);
        assert_eq!(ledger.see(&mut newcomer, b"d", false), Seen::Expected);
    }

    #[test]
    fn an_event_on_its_way_to_a_newcomer_when_all_began_is_not_counted() {
        let (mut ledger, mut one, _) = ledger();
        let mut newcomer = Position::default();
        ledger.begin();
        ledger.anchor(&mut newcomer);
        let mut get = |position: &mut Position, key: &[u8]| ledger.see(position, key, false);
        assert_eq!(get(&mut newcomer, b"c"), Seen::Uncounted);
        assert_eq!(get(&mut newcomer, b"d"), Seen::Uncounted);
        assert_eq!(get(&mut one, b"e"), Seen::Expected);
        assert_eq!(get(&mut newcomer, b"e"), Seen::Expected);
        assert_eq!(get(&mut newcomer, b"e"), Seen::Again);
        assert_eq!(ledger.lost(&newcomer, true), 0);
    }

    #[test]
    fn an_event_that_others_publish_at_the_end_may_still_be_on_its_way() {
        let (mut ledger, mut one, mut other) = ledger();
        get(&mut ledger, &mut other, "abcd");
        ledger.close();
        ledger.see(&mut one, b"e", false);
        assert!(!ledger.is_owed(&other));
        assert_eq!(ledger.lost(&other, true), 0);
        ledger.see(&mut one, b"f", true);
        assert!(ledger.is_owed(&other));
        assert_eq!(get(&mut ledger, &mut other, "ef"), [Seen::Expected; 2]);
        assert_eq!(ledger.lost(&other, true), 0);
    }

    #[test]
    fn memory_is_bounded_however_many_events_come() {
        let (mut ledger, mut one, mut other) = ledger();
        for number in 0..2 * MOST as u32 {
            ledger.see(&mut one, &number.to_be_bytes(), true);
        }
        assert_eq!((ledger.keys.len(), ledger.numbers.len()), (MOST, MOST));
        ledger.see(&mut other, &(2 * MOST as u32 - 1).to_be_bytes(), true);
        assert_eq!(
            other.gaps.as_ref().map(|gaps| gaps.numbers.len()),
            Some(MOST_GAPS)
        );
        assert_eq!(ledger.lost(&other, true), 2 * MOST as u64 + 3);
    }

    proptest! {
        #[test]
        fn the_ledger_agrees_with_a_list_of_the_events_that_came(numbers in prop::collection::vec(0u8..20, 0..60)) {
            let (mut ledger, mut one, mut other) = Default::default();
            for position in [&mut one, &mut other] {
                Ledger::anchor(&ledger, position);
            }
            for number in 0..20 {
                ledger.see(&mut one, &[number], true);
            }
            let mut came: Vec<u8> = Vec::new();
            for number in numbers {
                let expected = match came.iter().max() {
                    _ if came.contains(&number) => Seen::Again,
                    Some(last) if number < *last => Seen::Late,
                    _ => Seen::Expected,
                };
                prop_assert_eq!(ledger.see(&mut other, &[number], true), expected);
                came.push(number);
            }
            let missing = (0..20).filter(|number| !came.contains(number));
            prop_assert_eq!(ledger.lost(&other, true), missing.count() as u64);
            prop_assert_eq!(ledger.is_owed(&other), ledger.lost(&other, true) > 0);
        }
    }
}
