//! The streams of a subscriber: which events are owed to it, and which of them it lost.

use super::{
    Kind, Ledger, micros,
    positions::{FOLLOWS, Local, NEVER, NONE},
    receipts::Receipt,
};
use crate::load::judge::broadcasts::Broadcasts;
use std::{net::SocketAddr, time::Duration};

/// Events younger than this may be on their way, in microseconds: they are not owed to a subscriber that comes, nor lost
/// by a subscriber that leaves.
pub(super) const GRACE: u64 = 1_000_000;
/// The moment of a subscriber whose first event is still to come, together with the head of the answer.
const WITHHELD: u64 = NEVER - 1;

impl Ledger {
    /// A subscriber connects, for the first time or again.
    pub(crate) fn connects(&mut self, subscriber: u32, is_back: bool) {
        if let Some(position) = self.positions.get_mut(subscriber as usize) {
            position.visit.reconnects += u32::from(is_back);
        }
    }

    /// The local address and port of a subscriber's connection.
    pub(crate) fn comes_from(&mut self, subscriber: u32, local: SocketAddr) {
        if let Some(position) = self.positions.get_mut(subscriber as usize) {
            position.visit.local = Local {
                address: self.faults.address(local.ip()),
                port: local.port(),
            };
        }
    }

    /// A subscriber's stream is open: from now on each event is owed to it, unless it resumes. With `is_withheld` the head
    /// of the answer may have been held back until the first event, which is owed as well.
    pub(crate) fn opens(
        &mut self,
        broadcasts: &Broadcasts,
        subscriber: u32,
        now: Duration,
        is_withheld: bool,
    ) {
        self.open += 1;
        let now = micros(now);
        if let Some(left) = self.positions[subscriber as usize].left() {
            self.settle(subscriber, self.entries.end(), false);
            self.on_their_way(broadcasts, subscriber, left);
            self.positions[subscriber as usize].begin(0, NEVER);
        }
        let end = self.entries.end();
        let position = &mut self.positions[subscriber as usize];
        if matches!(position.owed_from, NEVER | WITHHELD) {
            position.begin(end, if is_withheld { WITHHELD } else { now });
        }
    }

    /// Publishes that no subscriber has so far cannot be checked at a subscriber that was away.
    fn on_their_way(&mut self, broadcasts: &Broadcasts, subscriber: u32, left: u64) {
        let owed_from = self.positions[subscriber as usize].owed_from;
        let since = owed_from.max(left.saturating_sub(GRACE));
        let sent = broadcasts.sent_since(Duration::from_micros(since));
        let unseen = sent.filter(|broadcast| self.entries.chain(*broadcast).is_empty());
        self.marked.not_checked += unseen.count() as u64;
    }

    /// The bytes that came with the head of the answer were read. If the head was held back until the first event, this
    /// event may still follow.
    pub(crate) fn came_alone(&mut self, subscriber: u32, now: Duration) {
        let end = self.entries.end();
        let position = &mut self.positions[subscriber as usize];
        if position.owed_from == WITHHELD {
            position.begin(end, micros(now));
            position.last = FOLLOWS;
        }
    }

    /// An event of this moment comes. If it comes with the head of the answer that was held back, or is the first after
    /// and was published before, the event is the first that is owed. `number` is its number, if others have it.
    pub(super) fn begin_withheld(&mut self, subscriber: u32, moment: u64, number: Option<u32>) {
        let next = number.unwrap_or(self.entries.end());
        let position = &mut self.positions[subscriber as usize];
        let follows = position.last == FOLLOWS && moment < position.owed_from;
        if position.owed_from == WITHHELD || follows {
            position.begin(next, moment);
            self.withholds = true;
        }
    }

    /// Whether the head of an answer came with the first event, long after it was asked for.
    pub(crate) fn withholds_heads(&self) -> bool {
        self.withholds
    }

    /// A subscriber has lost its stream, or the hope for one. `resumes`: it has an id to come back with.
    pub(crate) fn leaves(&mut self, subscriber: u32, now: Duration, held: bool, resumes: bool) {
        self.open -= u32::from(held);
        if !resumes && let Some(position) = self.positions.get_mut(subscriber as usize) {
            position.leave(micros(now));
        }
    }

    /// The server told a subscriber that it could not bring every event: those until now are not owed.
    pub(crate) fn skip(&mut self, subscriber: u32, now: Duration) {
        let end = self.entries.end();
        self.positions[subscriber as usize].begin(end, micros(now));
    }

    /// From here on no subscriber needs to get an event that others publish: it may be on its way when all leave.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether no subscriber needs to get an event that others publish.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether an event is owed to the subscriber that it did not get so far.
    pub(crate) fn is_owed(&self, subscriber: u32) -> bool {
        let position = &self.positions[subscriber as usize];
        let mut missing = position.missing(self.entries.end());
        missing.any(|number| self.entries.is_owed(number, position.owed_from))
    }

    /// Whether a subscriber that holds a stream was to get the events of this moment.
    pub(super) fn was_owed(&self, subscriber: u32, moment: u64) -> bool {
        let position = &self.positions[subscriber as usize];
        position.left().is_none() && position.owed_from <= moment
    }

    /// Counts the events below `end` that the subscriber did not get, as lost or as not checked. `held`: it holds a stream.
    pub(super) fn settle(&mut self, subscriber: u32, end: u32, held: bool) {
        let position = &self.positions[subscriber as usize];
        let (owed_from, left, next) = (position.owed_from, position.left(), position.next);
        let missing: Vec<u32> = position
            .missing(end)
            .filter(|number| self.entries.is_owed(*number, owed_from))
            .collect();
        self.marked.lost += position.further();
        for number in missing {
            let Some(entry) = self.entries.get(number) else {
                continue;
            };
            let is_lost = match left {
                Some(left) => entry.moment + GRACE < left,
                None => held || number < next,
            };
            self.count_missing(subscriber, number, is_lost);
        }
    }

    fn count_missing(&mut self, subscriber: u32, number: u32, is_lost: bool) {
        let Some(entry) = self.entries.get(number) else {
            return;
        };
        let is_marked = entry.marker.is_some();
        let receipt = Receipt {
            visit: self.positions[subscriber as usize].visit_without(number),
            ..self.receipt_of(subscriber, entry.seen)
        };
        let lost = is_lost.then(|| self.fault_at(Kind::Lost, receipt, (number, entry)));
        if let Some(entry) = self.entries.get_mut(number) {
            entry.missing += u32::from(is_lost);
        }
        let tally = if is_marked {
            &mut self.marked
        } else {
            &mut self.by_id
        };
        match lost {
            Some(fault) => {
                tally.lost += 1;
                self.faults.keep(Kind::Lost, fault);
            }
            None => tally.not_checked += 1,
        }
    }

    /// The tickets of the events before and after an event in the order that is right, of those that the subscriber has.
    /// Events that are not judged so far are in the order in which they were first seen.
    pub(super) fn around(&self, subscriber: u32, number: u32) -> (u32, u32) {
        let position = &self.positions[subscriber as usize];
        let had = self.entries.iter().filter(|(number, _)| {
            position.has(*number) && self.entries.is_owed(*number, position.owed_from)
        });
        let had = had.map(|(number, entry)| ((entry.rank, number), entry.ticket));
        let own = self.entries.get(number).map_or(NONE, |entry| entry.rank);
        let before = had
            .clone()
            .filter(|(place, _)| *place < (own, number))
            .max();
        let after = had.filter(|(place, _)| *place > (own, number)).min();
        let ticket = |found: Option<(_, u32)>| found.map_or(NONE, |(_, ticket)| ticket);
        (ticket(before), ticket(after))
    }
}
