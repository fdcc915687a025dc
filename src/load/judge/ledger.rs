//! Who should have received what: all events that anyone received, in order, and each subscriber's place in it. Pure.
//!
//! The order is that in which they were first seen; whoever gets them otherwise disagrees. What a newcomer gets first
//! without having asked for it (the latest picture, say) is not counted, for others need not get it.

use std::collections::{HashMap, VecDeque};

/// The events that are remembered: some hours at one a second. What comes after that long counts as new.
const MOST: usize = 1 << 16;
/// The events that one subscriber may be short of before it is only counted: it is lost anyway.
const MOST_GAPS: usize = 4096;

/// The events, each known by its id, or by the marker that it carries if it has none.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    numbers: HashMap<Box<[u8]>, u32>,
    keys: VecDeque<Box<[u8]>>,
    /// The number of the first that is remembered.
    base: u32,
    /// The number of the first that all are to get. What was on its way before to some is nothing to others.
    floor: u32,
    /// One more than the number of the last that all are to get.
    ceiling: u32,
    /// What others publish from now on is for nobody.
    closing: bool,
}

/// A subscriber's place: what it is to get next, and what it did not get before. 16 bytes.
#[derive(Debug, Default)]
pub(crate) struct Place {
    next: u32,
    /// Whether `next` holds: else it begins with whatever comes.
    anchored: bool,
    /// Whether it got anything on this stream, or said where to begin.
    greeted: bool,
    gaps: Option<Box<Gaps>>,
}

const _: () = assert!(size_of::<Place>() == 16);

/// What a subscriber did not get before what it got last: few do not get anything.
#[derive(Debug, Default)]
struct Gaps {
    /// The first ones, by their numbers.
    numbers: Vec<u32>,
    /// How many there are beyond those.
    further: u64,
}

/// What an event is to the subscriber that got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The next, or one after some that are missing so far.
    Expected,
    /// One that was missing: it comes after a later one.
    Late,
    /// It got it before.
    Again,
    /// Nothing that others get as well.
    Uncounted,
}

impl Ledger {
    /// Notes that the subscriber at `place` got the event with this key. `marked`: it is one that was published here,
    /// which everyone is to get.
    pub(crate) fn see(&mut self, place: &mut Place, key: &[u8], marked: bool) -> Seen {
        let known = self.number(place, key);
        let greeting = !std::mem::replace(&mut place.greeted, true) && !marked;
        match known {
            None if greeting => Seen::Uncounted,
            Some(number) if greeting => {
                if !place.anchored {
                    place.anchor(number + 1);
                }
                Seen::Uncounted
            }
            None => {
                let number = self.add(key, marked);
                place.take(number)
            }
            Some(number) => match place.take(number) {
                Seen::Again if number < self.floor => Seen::Uncounted,
                seen => seen,
            },
        }
    }

    /// From here on everyone is to get everything.
    pub(crate) fn begin(&mut self) {
        self.floor = self.end();
    }

    /// From here on nobody needs to get what others publish: it may still be on its way when all leave.
    pub(crate) fn close(&mut self) {
        self.closing = true;
    }

    /// Whether nobody needs to get what others publish.
    pub(crate) fn is_closed(&self) -> bool {
        self.closing
    }

    /// From here on this subscriber is, if it was not before.
    pub(crate) fn anchor(&self, place: &mut Place) {
        if !place.anchored {
            place.anchor(self.end());
        }
    }

    /// Whether the subscriber is short of something.
    pub(crate) fn is_owed(&self, place: &Place) -> bool {
        let owed = place
            .gaps
            .as_ref()
            .is_some_and(|gaps| !gaps.numbers.is_empty());
        place.anchored && (place.next < self.ceiling || owed)
    }

    /// How many events the subscriber did not get; with `tail`, those after the last it got count as well.
    pub(crate) fn lost(&self, place: &Place, tail: bool) -> u64 {
        let behind = match tail && place.anchored {
            true => self.ceiling.saturating_sub(place.next),
            false => 0,
        };
        let gaps = place.gaps.as_ref();
        u64::from(behind) + gaps.map_or(0, |gaps| gaps.numbers.len() as u64 + gaps.further)
    }

    fn end(&self) -> u32 {
        self.base + self.keys.len() as u32
    }

    fn number(&self, place: &Place, key: &[u8]) -> Option<u32> {
        let next = place
            .next
            .checked_sub(self.base)
            .and_then(|at| self.keys.get(at as usize));
        match next {
            // Nearly always: this saves looking it up.
            Some(next) if **next == *key => Some(place.next),
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

impl Place {
    /// It comes back on another stream, and said where to begin if `resumed`.
    pub(crate) fn reconnect(&mut self, resumed: bool) {
        self.greeted = resumed;
        self.anchored &= resumed;
    }

    /// The server says that it could not bring all: what comes next is the next.
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

    /// Takes one that was missing. Whether it was.
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
    fn ledger() -> (Ledger, Place, Place) {
        let (mut ledger, mut one, mut other) =
            (Ledger::default(), Place::default(), Place::default());
        ledger.anchor(&mut one);
        ledger.anchor(&mut other);
        assert!(
            get(&mut ledger, &mut one, "abcd")
                .iter()
                .all(|seen| *seen == Seen::Expected)
        );
        (ledger, one, other)
    }

    fn get(ledger: &mut Ledger, place: &mut Place, keys: &str) -> Vec<Seen> {
        let keys = keys.as_bytes().chunks(1);
        keys.map(|key| ledger.see(place, key, true)).collect()
    }

    #[test]
    fn each_once_and_in_order_is_all_there_is_to_it() {
        let (mut ledger, one, mut other) = ledger();
        assert!(ledger.is_owed(&other));
        assert_eq!(get(&mut ledger, &mut other, "abcd"), [Seen::Expected; 4]);
        for place in [&one, &other] {
            assert!(!ledger.is_owed(place));
            assert_eq!(ledger.lost(place, true), 0);
        }
    }

    #[test]
    fn what_does_not_come_is_lost_and_what_comes_again_is_doubled() {
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
    fn what_comes_after_a_later_one_is_late_and_not_lost() {
        let (mut ledger, _, mut other) = ledger();
        let seen = get(&mut ledger, &mut other, "acbbd");
        assert_eq!(seen[2..], [Seen::Late, Seen::Again, Seen::Expected]);
        assert_eq!(ledger.lost(&other, true), 0);
        assert!(!ledger.is_owed(&other));
    }

    #[test]
    fn who_resumes_owes_and_is_owed_as_before() {
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
    fn who_cannot_resume_or_is_told_of_a_gap_begins_with_what_comes() {
        for begin in [|place: &mut Place| place.reconnect(false), Place::skip] {
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
        let mut newcomer = Place::default();
        assert_eq!(ledger.see(&mut newcomer, b"x", false), Seen::Uncounted);
        assert!(!ledger.is_owed(&newcomer));
        let mut newcomer = Place::default();
        assert_eq!(ledger.see(&mut newcomer, b"c", false), Seen::Uncounted);
        assert_eq!(ledger.see(&mut newcomer, b"c", false), Seen::Again);
        assert_eq!(ledger.see(&mut newcomer, b"d", false), Seen::Expected);
    }

    #[test]
    fn what_was_on_its_way_to_a_newcomer_when_all_began_is_not_counted() {
        let (mut ledger, mut one, _) = ledger();
        let mut newcomer = Place::default();
        ledger.begin();
        ledger.anchor(&mut newcomer);
        let mut get = |place: &mut Place, key: &[u8]| ledger.see(place, key, false);
        assert_eq!(get(&mut newcomer, b"c"), Seen::Uncounted);
        assert_eq!(get(&mut newcomer, b"d"), Seen::Uncounted);
        assert_eq!(get(&mut one, b"e"), Seen::Expected);
        assert_eq!(get(&mut newcomer, b"e"), Seen::Expected);
        assert_eq!(get(&mut newcomer, b"e"), Seen::Again);
        assert_eq!(ledger.lost(&newcomer, true), 0);
    }

    #[test]
    fn what_others_publish_at_the_end_may_still_be_on_its_way() {
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
    fn memory_is_bounded_whatever_comes() {
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
        fn it_agrees_with_a_list_of_what_came(numbers in prop::collection::vec(0u8..20, 0..60)) {
            let (mut ledger, mut one, mut other) = Default::default();
            for place in [&mut one, &mut other] {
                Ledger::anchor(&ledger, place);
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
