//! The memory of the stream: the entries that were read, and the newest events. It knows no connection.

use super::entry::{Content, Event};
use crate::event::Id;
use std::collections::{HashSet, VecDeque};

/// The least number of entries that are remembered.
const LEAST: usize = 1024;

/// The place in the stream, the entries before it, and the newest events.
pub struct Shelf {
    /// True once the beginning of the stream was read.
    pub has_begun: bool,
    /// The id of the newest entry that was read.
    place: Id,
    /// The newest entries that were read, in their order.
    read: VecDeque<Read>,
    tokens: HashSet<String>,
    /// The newest events, in their order.
    events: VecDeque<(Id, Event)>,
    /// The most events.
    history: usize,
}

/// An entry that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub id: Id,
    /// The token of an event.
    pub token: Option<String>,
}

/// The verdict on an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// True if the entry is an event to be sent.
    pub is_event: bool,
    /// True if events before the entry may be missing.
    pub is_behind_gap: bool,
}

impl Shelf {
    /// An empty memory that will hold `history` events.
    pub fn new(history: usize) -> Self {
        Self {
            has_begun: false,
            place: Id::default(),
            read: VecDeque::new(),
            tokens: HashSet::new(),
            events: VecDeque::new(),
            history,
        }
    }

    /// The memory of a process that has read the stream up to `place`: entries and events in their order.
    #[cfg(feature = "frame")]
    pub fn begun(
        history: usize,
        place: Id,
        read: impl Iterator<Item = Read>,
        events: impl ExactSizeIterator<Item = (Id, Event)>,
    ) -> Self {
        let read: VecDeque<Read> = read.collect();
        let tokens = read.iter().filter_map(|read| read.token.clone());
        let surplus = events.len().saturating_sub(history);
        Self {
            has_begun: true,
            place,
            tokens: tokens.collect(),
            read,
            events: events.skip(surplus).collect(),
            history,
        }
    }

    /// The id of the newest entry that was read.
    pub fn place(&self) -> Id {
        self.place
    }

    /// The id of the newest event that was read.
    pub fn newest(&self) -> Option<Id> {
        self.events.back().map(|(id, _)| *id)
    }

    /// True if the event of this token was read, or will be read because its id is greater than the place.
    pub fn shows(&self, id: Id, token: &str) -> bool {
        id > self.place || self.tokens.contains(token)
    }

    /// Moves the place on, behind entries that are not there any more.
    pub fn move_to(&mut self, place: Id) {
        self.place = self.place.max(place);
    }

    /// True if the entry was read. An entry that is too old to be remembered counts as read.
    pub fn has(&self, id: Id) -> bool {
        match self.read.front() {
            Some(oldest) if id >= oldest.id => {
                self.read.binary_search_by_key(&id, |read| read.id).is_ok()
            }
            _ => true,
        }
    }

    /// The newest entries that were read.
    #[cfg(feature = "frame")]
    pub fn entries(&self) -> impl Iterator<Item = &Read> {
        self.read.iter()
    }

    /// The newest events.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &(Id, Event)> {
        self.events.iter()
    }

    /// Takes the next entry of the stream. An event whose token was read before is a repetition, on every server alike,
    /// since all servers read one order. `is_cut` tells that the stream has lost entries before this one, of which its
    /// server's own word is the better witness.
    pub fn read(&mut self, id: Id, content: &Content, is_cut: bool) -> Verdict {
        let seen = match content {
            Content::Event(event) => event.seen,
            Content::Mark(seen) => Some(*seen),
            Content::Foreign(_) => None,
        };
        let is_behind_gap = match seen {
            Some(seen) => self.lacks(seen),
            None => is_cut,
        };
        self.place = id;
        let event = match content {
            Content::Event(event) if !self.tokens.contains(&event.token) => Some(event),
            _ => None,
        };
        self.remember(id, event.map(|event| event.token.clone()));
        if let Some(event) = event {
            self.events.push_back((id, event.clone()));
            if self.events.len() > self.history {
                self.events.pop_front();
            }
        }
        Verdict {
            is_event: event.is_some(),
            is_behind_gap,
        }
    }

    /// True if another server has read this entry, and this one has not. The entry then counts as read, so that it is
    /// missed once.
    fn lacks(&mut self, seen: Id) -> bool {
        if self.read.is_empty() || self.has(seen) {
            return false;
        }
        let at = self.read.partition_point(|read| read.id < seen);
        let missed = Read {
            id: seen,
            token: None,
        };
        self.read.insert(at, missed);
        true
    }

    fn remember(&mut self, id: Id, token: Option<String>) {
        self.tokens.extend(token.clone());
        let at = self.read.partition_point(|read| read.id < id);
        self.read.insert(at, Read { id, token });
        while self.read.len() > self.history.max(LEAST) {
            if let Some(Read {
                token: Some(token), ..
            }) = self.read.pop_front()
            {
                self.tokens.remove(&token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(token: &str, seen: Option<u64>) -> Content {
        Content::Event(Event {
            token: token.to_owned(),
            name: "picture".to_owned(),
            data: "{}".to_owned(),
            seen: seen.map(Id::at),
        })
    }

    /// Whether an entry is an event, and whether it lies behind a gap.
    fn read(shelf: &mut Shelf, millis: u64, content: &Content) -> (bool, bool) {
        let verdict = shelf.read(Id::at(millis), content, false);
        (verdict.is_event, verdict.is_behind_gap)
    }

    #[test]
    fn an_event_that_was_appended_twice_is_one_event() {
        let mut shelf = Shelf::new(4);
        assert_eq!(read(&mut shelf, 1, &event("a", None)), (true, false));
        assert_eq!(read(&mut shelf, 2, &event("b", Some(1))), (true, false));
        assert_eq!(read(&mut shelf, 3, &event("a", Some(1))), (false, false));
        assert_eq!((shelf.place(), shelf.events().count()), (Id::at(3), 2));
    }

    #[test]
    fn an_entry_that_another_server_has_read_and_this_one_has_not_is_missed_once() {
        let mut shelf = Shelf::new(4);
        read(&mut shelf, 5, &event("a", Some(3)));
        assert_eq!(read(&mut shelf, 9, &event("b", Some(7))), (true, true));
        assert_eq!(
            read(&mut shelf, 10, &Content::Mark(Id::at(7))),
            (false, false)
        );
        assert_eq!(
            read(&mut shelf, 11, &Content::Mark(Id::at(8))),
            (false, true)
        );
        assert_eq!(read(&mut shelf, 12, &event("c", Some(4))), (true, false));
        assert_eq!(read(&mut shelf, 13, &event("d", Some(20))), (true, true));
    }

    #[test]
    fn an_entry_of_a_stream_that_was_cut_is_missed_unless_its_server_knows_better() {
        let mut shelf = Shelf::new(4);
        read(&mut shelf, 5, &event("a", None));
        let cut = |shelf: &mut Shelf, millis, content: &Content| {
            shelf.read(Id::at(millis), content, true).is_behind_gap
        };
        assert!(!cut(&mut shelf, 9, &event("b", Some(5))));
        assert!(cut(&mut shelf, 10, &event("c", None)));
        assert!(cut(&mut shelf, 11, &Content::Foreign("it is not UTF-8")));
    }

    #[test]
    fn an_entry_is_shown_if_it_was_read_or_will_be() {
        let mut shelf = Shelf::new(4);
        read(&mut shelf, 5, &event("a", None));
        let shows = |millis, token| shelf.shows(Id::at(millis), token);
        assert!(shows(5, "a") && shows(6, "b"));
        assert!(!shows(5, "b") && !shows(4, "b"));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut shelf = Shelf::new(4);
        for millis in 1..=5000 {
            read(&mut shelf, millis, &event(&millis.to_string(), None));
        }
        assert_eq!((shelf.read.len(), shelf.tokens.len()), (LEAST, LEAST));
        assert_eq!(shelf.events().map(|(id, _)| *id).min(), Some(Id::at(4997)));
        assert!(shelf.has(Id::at(1)) && shelf.has(Id::at(5000)) && !shelf.has(Id::at(6000)));
        // Each of these entries speaks of an entry that was not read.
        for millis in (6000..8000).step_by(2) {
            let content = event(&millis.to_string(), Some(millis - 1));
            assert_eq!(read(&mut shelf, millis, &content), (true, true));
        }
        assert_eq!(shelf.read.len(), LEAST);
        assert!(shelf.tokens.len() < LEAST);
    }
}
