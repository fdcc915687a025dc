//! The events that are for all subscribers, in the order in which they were first seen. Pure.

use super::{
    Known,
    faults::Fault,
    order::Predecessors,
    receipts::{Receipt, Receivers},
    variants::Contents,
};
use foldhash::fast::FixedState;
use std::collections::{HashMap, VecDeque};

/// The most events that are remembered: some hours at one a second. An event that comes again later is not counted.
pub(super) const MOST: usize = 1 << if cfg!(test) { 10 } else { 16 };
/// The events that are judged and forgotten together.
const BATCH: u32 = MOST as u32 / 8;
/// The most data that are kept, in bytes.
pub(super) const MOST_TEXT: usize = 4 << 20;
/// The most bytes of an id that are kept for a report.
const MOST_ID: usize = 64;
/// The most events of one publish.
pub(super) const MOST_OF_A_PUBLISH: usize = 16;

/// An event that is for all subscribers.
#[derive(Debug)]
pub(super) struct Entry {
    /// The number of the event in the order of first receipts, events that are for a few subscribers included.
    pub(super) ticket: u32,
    /// The broadcast whose marker the event carries.
    pub(super) marker: Option<u32>,
    /// The hash of the event's name.
    pub(super) name: u64,
    pub(super) id: Id,
    /// The event is owed to the subscribers whose streams are open since this moment.
    pub(super) moment: u64,
    /// The moment of the publish, or of the first receipt.
    pub(super) seen: u64,
    /// Subscribers that got the event.
    pub(super) receipts: u32,
    /// Subscribers that lost the event.
    pub(super) missing: u32,
    pub(super) contents: Contents,
    pub(super) before: Predecessors,
    /// The place of the event in the order that is right, once the event is judged.
    pub(super) rank: u32,
    pub(super) again: Option<Box<Again>>,
}

/// The id of an event.
#[derive(Debug, Default)]
pub(super) struct Id {
    /// The hash of the id that was seen first; 0 without an id.
    pub(super) hash: u64,
    /// The id, or its beginning.
    pub(super) text: Box<[u8]>,
    /// Receipts with another id.
    pub(super) others: u32,
}

impl Id {
    pub(super) fn new(hash: u64, id: Option<&[u8]>) -> Self {
        let id = id.unwrap_or_default();
        Self {
            hash,
            text: id[..id.len().min(MOST_ID)].into(),
            others: 0,
        }
    }
}

/// The subscribers that got an event again which this run did not publish.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub(super) receivers: Receivers,
    pub(super) count: u64,
    pub(super) first: Vec<Fault>,
}

/// The events that are for all subscribers, each by its number, its broadcast and its id.
#[derive(Debug, Default)]
pub(super) struct Entries {
    all: VecDeque<Entry>,
    /// The number of the first event that is remembered.
    base: u32,
    /// The events of each broadcast.
    chains: HashMap<u32, Vec<Known>, FixedState>,
    /// The numbers of the events whose data are kept, and the size of these data.
    texts: VecDeque<u32>,
    text_size: usize,
}

impl Entries {
    /// One more than the number of the last event.
    pub(super) fn end(&self) -> u32 {
        self.base + self.all.len() as u32
    }

    /// The number of the first event that is remembered.
    pub(super) fn first(&self) -> u32 {
        self.base
    }

    /// One more than the number of the last event of those that are to be judged first.
    pub(super) fn oldest(&self) -> u32 {
        self.end().min(self.base + BATCH)
    }

    pub(super) fn is_full(&self) -> bool {
        self.all.len() > MOST
    }

    pub(super) fn get(&self, number: u32) -> Option<&Entry> {
        self.all.get(number.checked_sub(self.base)? as usize)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Entry> {
        self.all.get_mut(number.checked_sub(self.base)? as usize)
    }

    /// All events that are remembered, with their numbers.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, &Entry)> + Clone {
        (self.base..self.end()).zip(&self.all)
    }

    /// The events of a broadcast.
    pub(super) fn chain(&self, broadcast: u32) -> &[Known] {
        self.chains.get(&broadcast).map_or(&[], Vec::as_slice)
    }

    /// The events of a broadcast that are for all.
    fn of(&self, broadcast: u32) -> impl DoubleEndedIterator<Item = (u32, &Entry)> {
        let chain = self.chain(broadcast).iter();
        chain.filter_map(|known| match *known {
            Known::Entry(number) => Some((number, self.get(number)?)),
            Known::Candidate(_) => None,
        })
    }

    /// The number of the first event of a broadcast.
    pub(super) fn first_of(&self, broadcast: u32) -> Option<u32> {
        self.of(broadcast).next().map(|(number, _)| number)
    }

    /// Adds an event. Returns its number.
    pub(super) fn add(&mut self, entry: Entry) -> u32 {
        let number = self.end();
        self.text_size += entry.contents.size();
        self.texts.push_back(number);
        self.all.push_back(entry);
        while self.text_size > MOST_TEXT
            && let Some(oldest) = self.texts.pop_front()
        {
            self.forget_text(oldest);
        }
        number
    }

    fn forget_text(&mut self, number: u32) {
        if let Some(at) = number.checked_sub(self.base)
            && let Some(entry) = self.all.get_mut(at as usize)
        {
            self.text_size -= entry.contents.size();
            entry.contents.forget();
        }
    }

    /// Adds an event to those of its broadcast.
    pub(super) fn link(&mut self, broadcast: u32, known: Known) {
        self.chains.entry(broadcast).or_default().push(known);
    }

    /// A candidate of a broadcast is an event for all, with this number.
    pub(super) fn relink(&mut self, broadcast: u32, ticket: u32, number: u32) {
        let chain = self.chains.entry(broadcast).or_default().iter_mut();
        for known in chain.filter(|known| matches!(known, Known::Candidate(it) if *it == ticket)) {
            *known = Known::Entry(number);
        }
    }

    /// Adds a receipt.
    pub(super) fn receive(&mut self, number: u32, from: u32, receipt: Receipt) {
        if let Some(entry) = self.get_mut(number) {
            entry.receipts += 1;
            entry.before.add(from, receipt);
        }
    }

    /// The event of a broadcast that most subscribers got.
    pub(super) fn primary(&self, broadcast: u32) -> Option<(u32, &Entry)> {
        let entries = self.of(broadcast).rev();
        entries.max_by_key(|(_, entry)| entry.receipts)
    }

    /// Whether an event is none of its own, since far more subscribers got another event of the same broadcast.
    pub(super) fn is_void(&self, entry: &Entry) -> bool {
        let Some(broadcast) = entry.marker else {
            return false;
        };
        let primary = match self.chain(broadcast) {
            [_] => None,
            _ => self.primary(broadcast),
        };
        primary.is_some_and(|(_, primary)| 2 * entry.receipts < primary.receipts)
    }

    /// Whether an event has a marker.
    pub(super) fn is_marked(&self, number: u32) -> bool {
        self.get(number).is_some_and(|entry| entry.marker.is_some())
    }

    /// Whether the moment of an event is not before `owed_from`.
    pub(super) fn is_due(&self, number: u32, owed_from: u64) -> bool {
        self.get(number)
            .is_some_and(|entry| entry.moment >= owed_from)
    }

    /// Whether an event is owed to a subscriber to which events are owed from `owed_from` on.
    pub(super) fn is_owed(&self, number: u32, owed_from: u64) -> bool {
        let entry = self.get(number);
        entry.is_some_and(|entry| entry.moment >= owed_from && !self.is_void(entry))
    }

    /// Forgets the first events, up to `end`.
    pub(super) fn forget(&mut self, end: u32) {
        while self.base < end
            && let Some(entry) = self.all.pop_front()
        {
            self.base += 1;
            if let Some(broadcast) = entry.marker {
                self.chains.remove(&broadcast);
            }
            self.text_size -= entry.contents.size();
        }
        let base = self.base;
        self.texts.retain(|number| *number >= base);
    }
}
