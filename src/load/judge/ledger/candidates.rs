//! Events without a marker of this run, and further events of a publish: each is a candidate until half of the
//! subscribers have it. Pure.

use super::{
    entries::{Again, Id, MOST_TEXT},
    receipts::Receivers,
    variants::Contents,
};
use foldhash::fast::FixedState;
use std::collections::{HashMap, VecDeque};

/// The most candidates that are remembered.
const MOST: usize = 4096;
/// The most receivers of all candidates together that are remembered.
const MOST_RECEIVERS: usize = 1 << 20;

/// An event that few subscribers have so far.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The broadcast whose marker the event carries, if it is a further event of a publish.
    pub(super) marker: Option<u32>,
    /// The event is owed to the subscribers whose streams are open since this moment.
    pub(super) moment: u64,
    /// The hash of the event's name.
    pub(super) name: u64,
    pub(super) id: Id,
    /// The moment of the first receipt.
    pub(super) seen: u64,
    /// The number of receivers that makes the event an event for all.
    pub(super) quorum: usize,
    pub(super) receivers: Receivers,
    pub(super) contents: Contents,
    pub(super) again: Option<Box<Again>>,
}

/// The candidates by their tickets.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    all: HashMap<u32, Candidate, FixedState>,
    /// The tickets, the oldest first. Some are of events that are candidates no more.
    tickets: VecDeque<u32>,
    receivers: usize,
    /// The size of the data that are kept, in bytes.
    text_size: usize,
}

impl Candidates {
    pub(super) fn get(&self, ticket: u32) -> Option<&Candidate> {
        self.all.get(&ticket)
    }

    pub(super) fn get_mut(&mut self, ticket: u32) -> Option<&mut Candidate> {
        self.all.get_mut(&ticket)
    }

    /// Adds a candidate, without its data if too many are kept.
    pub(super) fn add(&mut self, ticket: u32, mut candidate: Candidate) {
        if self.text_size + candidate.contents.size() > MOST_TEXT {
            candidate.contents.forget();
        }
        self.text_size += candidate.contents.size();
        self.all.insert(ticket, candidate);
        self.tickets.push_back(ticket);
    }

    /// A subscriber got a candidate. Returns whether it is an event for all from now on.
    pub(super) fn receive(&mut self, ticket: u32, subscriber: u32, before: u32) -> bool {
        let Some(candidate) = self.all.get_mut(&ticket) else {
            return false;
        };
        self.receivers += usize::from(candidate.receivers.add(subscriber, before));
        candidate.receivers.len() >= candidate.quorum
    }

    pub(super) fn remove(&mut self, ticket: u32) -> Option<Candidate> {
        let candidate = self.all.remove(&ticket)?;
        self.receivers -= candidate.receivers.len();
        self.text_size -= candidate.contents.size();
        Some(candidate)
    }

    /// Removes the oldest candidate, if there are too many of them.
    pub(super) fn overflow(&mut self) -> Option<(u32, Candidate)> {
        while self.all.len() > MOST
            || self.receivers > MOST_RECEIVERS
            || self.tickets.len() > 2 * MOST
        {
            let oldest = self.tickets.pop_front()?;
            if let Some(candidate) = self.remove(oldest) {
                return Some((oldest, candidate));
            }
        }
        None
    }

    /// All candidates, in the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.tickets.iter().filter_map(|ticket| self.get(*ticket))
    }

    /// The tickets of the candidates with a marker, the oldest first.
    pub(super) fn marked(&self) -> Vec<u32> {
        let is_marked = |ticket: &u32| self.get(*ticket).is_some_and(|it| it.marker.is_some());
        self.tickets.iter().copied().filter(is_marked).collect()
    }

    /// All candidates that are left.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Candidate> {
        self.tickets.clear();
        (self.receivers, self.text_size) = (0, 0);
        self.all.drain().map(|(_, candidate)| candidate)
    }
}
