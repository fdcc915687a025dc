//! The ledger: all events that subscribers received, and each subscriber's position among them. Pure.
//!
//! An event is known by the marker that this run put into it; an event without a marker by its id. An event with a marker
//! is for all subscribers that were connected when it was published, or that resume. Any other event is for all once half
//! of the subscribers have it, and else private to those that got it.
//!
//! | file | its part |
//! | --- | --- |
//! | `entries` | the events that are for all |
//! | `marked` | an event with a marker, among those of its publish |
//! | `candidates`, `unmarked` | events without a marker, until half of the subscribers have them |
//! | `variants` | the contents of an event, compared with what most got |
//! | `positions`, `streams` | which events each subscriber has, and which are owed to it |
//! | `order` | the order that is right, and the steps against it |
//! | `receipts`, `faults` | who got an event and when, for the faults that a report names |
//! | `records` | the events for a report that is put together with others |
//! | `closing`, `resolving`, `telling` | the judgement, and its counts, names and sentences |

mod candidates;
mod closing;
mod entries;
mod faults;
mod marked;
mod order;
mod positions;
mod receipts;
mod records;
mod resolving;
mod streams;
mod telling;
#[cfg(test)]
mod tests;
mod unmarked;
mod variants;

use super::broadcasts::Broadcasts;
use crate::load::report::which::Kind;
use candidates::Candidates;
pub(crate) use closing::Judgement;
use entries::{Entries, Entry, Id};
use faults::{Fault, Faults};
use foldhash::fast::FixedState;
use order::Predecessors;
use positions::{NONE, Position};
use receipts::{Receipt, Receivers};
use std::{collections::HashMap, time::Duration};
use variants::Contents;

/// The ledger.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    positions: Vec<Position>,
    entries: Entries,
    candidates: Candidates,
    /// The events that have an id, each by the hash of the id.
    ids: HashMap<u64, Known, FixedState>,
    /// The ticket of the next event that is new.
    tickets: u32,
    /// The subscribers that hold a stream.
    open: u32,
    /// From now on no subscriber needs to get an event that others publish.
    closed: bool,
    /// The server answers with its first event.
    withholds: bool,
    /// The longest wait for an event, in microseconds.
    timeout: u64,
    faults: Faults,
    /// Counts of events with a marker.
    marked: Tally,
    /// Counts of events that are known by their id alone.
    by_id: Tally,
    /// Events whose marker was cut away, but not their id.
    stripped: Vec<Stripped>,
    private: Private,
    /// Events without an id and without a marker.
    unnamed: u64,
    invalid: u64,
}

/// An event that is known by its id.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// An event for all, by its number.
    Entry(u32),
    /// A candidate, by its ticket.
    Candidate(u32),
}

/// Counts of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    delivered: u64,
    late: u64,
    lost: u64,
    not_checked: u64,
    doubled: u64,
    misordered: u64,
    altered: u64,
    halved: u64,
    /// Events that a server repeats for all, such as heartbeats with an id.
    repeated: u64,
    /// Events of which each subscriber got its own content.
    own: u64,
    /// Events with an id, and how many of them had several ids.
    ids: u64,
    several_ids: u64,
}

/// An event whose marker was cut away: the subscriber did not get the event with its marker so far.
#[derive(Clone, Copy, Debug)]
struct Stripped {
    number: u32,
    receipt: Receipt,
    is_part: bool,
}

/// Events that few subscribers got.
#[derive(Debug, Default)]
struct Private {
    events: u64,
    subscribers: Receivers,
}

/// An event as a subscriber gets it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) subscriber: u32,
    pub(crate) now: Duration,
    /// When the subscriber's stream was opened.
    pub(crate) opened: Duration,
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) data: &'a [u8],
    pub(crate) facts: Facts,
}

/// The facts about an event that follow from its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The broadcast whose marker the data carry.
    pub(crate) marker: Option<u32>,
    /// The hash of the name.
    pub(crate) name: u64,
    /// The hash of the name and the data.
    pub(crate) content: u64,
    /// The hash of the id; 0 without an id.
    pub(crate) id: u64,
    /// Data and id are UTF-8.
    pub(crate) is_valid: bool,
    /// An event was read: without one there are no facts.
    pub(crate) is_read: bool,
}

/// The judgement on an event that a subscriber got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// An event that the subscriber is to get.
    Expected,
    /// A further event of a publish of which the subscriber has one.
    Further,
    /// An event that the subscriber got before.
    Again,
    /// An event that the subscriber need not get.
    Uncounted,
}

fn micros(moment: Duration) -> u64 {
    moment.as_micros() as u64
}

impl Ledger {
    /// An empty ledger of so many subscribers, with the longest wait for an event.
    pub(crate) fn new(subscribers: u32, timeout: Duration) -> Self {
        Self {
            positions: (0..subscribers).map(|_| Position::default()).collect(),
            timeout: micros(timeout),
            ..Self::default()
        }
    }

    /// A subscriber got an event.
    pub(crate) fn see(&mut self, broadcasts: &Broadcasts, it: &Arrival<'_>) -> Seen {
        if self.entries.is_full() {
            self.judge_oldest(broadcasts);
        }
        let invalid = (!it.facts.is_valid).then(|| self.fault(it, NONE));
        let seen = match (it.facts.marker, it.id) {
            (Some(broadcast), _) => self.marked(broadcasts, broadcast, it),
            (None, Some(_)) => self.unmarked(it),
            (None, None) => {
                self.unnamed += 1;
                Seen::Uncounted
            }
        };
        if let Some(fault) = invalid {
            self.invalid += 1;
            let (event, by_id) = (self.position(it).last, false);
            self.faults.find(
                Kind::Invalid,
                Fault {
                    event,
                    by_id,
                    ..fault
                },
            );
        }
        seen
    }

    fn position(&self, it: &Arrival<'_>) -> &Position {
        &self.positions[it.subscriber as usize]
    }

    fn ticket(&mut self) -> u32 {
        self.tickets += 1;
        self.tickets - 1
    }

    fn entry(&self, ticket: u32, marker: Option<u32>, moment: u64, it: &Arrival<'_>) -> Entry {
        Entry {
            ticket,
            marker,
            name: it.facts.name,
            id: Id::new(it.facts.id, it.id),
            moment,
            seen: moment,
            receipts: 0,
            contents: Contents::of(it.facts.content, it.data),
            before: Predecessors::default(),
            rank: NONE,
            again: None,
            missing: 0,
        }
    }

    /// Adds an event that is for all. Returns its number.
    fn add(&mut self, entry: Entry) -> u32 {
        let id = entry.id.hash;
        let number = self.entries.add(entry);
        match self.ids.get(&id).copied() {
            _ if id == 0 => return number,
            Some(Known::Entry(known)) if self.entries.is_marked(known) => return number,
            Some(Known::Candidate(ticket)) => self.strip(ticket, number),
            _ => {}
        }
        self.ids.insert(id, Known::Entry(number));
        number
    }

    /// A subscriber got an event that is for all, for the first time.
    fn take(&mut self, number: u32, it: &Arrival<'_>) {
        let receipt = self.receipt(it);
        let from = self.position(it).last;
        self.has(it.subscriber, number, micros(it.now), micros(it.opened));
        self.entries.receive(number, from, receipt);
        let Some(entry) = self.entries.get_mut(number) else {
            return;
        };
        if it.facts.is_valid {
            entry.contents.add(it.facts.content, it.data, receipt);
        }
        entry.id.others += u32::from(entry.id.hash != it.facts.id);
        let ticket = entry.ticket;
        self.positions[it.subscriber as usize].last = ticket;
        self.faults.goes_on(it.subscriber, ticket);
    }

    /// Counts an event that a subscriber has from now on, if it is owed to the subscriber.
    fn has(&mut self, subscriber: u32, number: u32, now: u64, opened: u64) {
        let position = &mut self.positions[subscriber as usize];
        let (entries, owed_from) = (&self.entries, position.owed_from);
        position.take(number, |gap| entries.is_due(gap, owed_from));
        let Some(entry) = self.entries.get(number).filter(|it| it.moment >= owed_from) else {
            return;
        };
        let is_late = now.saturating_sub(entry.seen.max(opened)) > self.timeout;
        let (event, is_marked) = (entry.ticket, entry.marker.is_some());
        let tally = if is_marked {
            &mut self.marked
        } else {
            &mut self.by_id
        };
        if !is_late {
            tally.delivered += 1;
            return;
        }
        tally.late += 1;
        let fault = Fault {
            receipt: self.receipt_of(subscriber, now),
            event,
            before: self.positions[subscriber as usize].last,
            after: NONE,
            by_id: !is_marked,
        };
        self.faults.find(Kind::Late, fault);
    }

    fn receipt(&self, it: &Arrival<'_>) -> Receipt {
        self.receipt_of(it.subscriber, micros(it.now))
    }

    fn receipt_of(&self, subscriber: u32, now: u64) -> Receipt {
        Receipt {
            subscriber,
            at: (now / 1000) as u32,
            visit: self.positions[subscriber as usize].visit,
        }
    }

    /// A fault about an event that came just now.
    fn fault(&self, it: &Arrival<'_>, event: u32) -> Fault {
        Fault {
            receipt: self.receipt(it),
            event,
            before: self.position(it).last,
            after: NONE,
            by_id: it.facts.marker.is_none(),
        }
    }

    /// A publish failed, or reached no subscriber.
    pub(crate) fn finds_publish(&mut self, kind: Kind, broadcasts: &Broadcasts, number: u32) {
        if self.faults.of_publishes.has_room(kind) {
            let instance = broadcasts.instance(number);
            self.faults.of_publishes.keep(kind, instance);
        }
    }

    /// A subscriber's stream broke or ended, the server told the subscriber of a gap, or the subscriber has no stream and
    /// does not come back, which is a fault.
    pub(crate) fn finds(&mut self, kind: Kind, subscriber: u32, now: Duration) {
        if let Some(position) = self.positions.get(subscriber as usize) {
            let fault = Fault {
                before: position.last,
                receipt: self.receipt_of(subscriber, micros(now)),
                event: NONE,
                after: NONE,
                by_id: false,
            };
            match kind {
                // No event comes after.
                Kind::GivenUp | Kind::Unheld => self.faults.keep(kind, fault),
                _ => self.faults.find(kind, fault),
            }
        }
    }
}
