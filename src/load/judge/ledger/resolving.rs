//! Events that turn out to be another event: a repetition, or an event without its marker or with another name.

use super::{
    Fault, Kind, Ledger, Stripped, candidates::Candidate, closing::odd_kind, positions::NONE,
    receipts::Receipt, variants::Contents,
};
use crate::load::judge::broadcasts::Broadcasts;

/// The most events whose receivers are looked for one by one.
const MOST_VOID: usize = 4096;

impl Ledger {
    /// Finds the events that were none of their own, and those that lost their marker or had another name.
    pub(super) fn resolve(&mut self, broadcasts: &Broadcasts, end: u32) {
        for ticket in self.candidates.marked() {
            if let Some(candidate) = self.candidates.remove(ticket) {
                self.resolve_candidate(ticket, candidate);
            }
        }
        self.rank(broadcasts, end);
        let (resolved, left) = std::mem::take(&mut self.stripped)
            .into_iter()
            .partition(|it| it.number < end);
        self.stripped = left;
        let differ = self.have_several_ids();
        for stripped in Vec::into_iter(resolved).filter(|_| !differ) {
            self.resolve_stripped(&stripped);
        }
        let numbers = self.entries.iter().take_while(|(number, _)| *number < end);
        let void = numbers.filter(|(_, entry)| self.entries.is_void(entry));
        let void: Vec<u32> = void.map(|(number, _)| number).take(MOST_VOID).collect();
        for number in void {
            self.resolve_void(number);
        }
    }

    /// An event without its marker, at a subscriber that did not get it with its marker.
    fn resolve_stripped(&mut self, it: &Stripped) {
        let subscriber = it.receipt.subscriber;
        let position = &self.positions[subscriber as usize];
        let Some(entry) = self.entries.get(it.number) else {
            return;
        };
        if position.has(it.number) || !self.was_owed(subscriber, entry.moment) {
            return;
        }
        let fault = self.fault_at(odd_kind(it.is_part), it.receipt, (it.number, entry));
        let now = entry.moment;
        self.has(subscriber, it.number, now, now);
        self.odd(true, it.is_part, 1, &[fault]);
    }

    /// A further event of a publish that stayed a candidate. It is an event of its own if half of those have it that have
    /// the first. Else it is a repetition if it has the same name; or, with another name, the first event altered.
    pub(super) fn resolve_candidate(&mut self, ticket: u32, candidate: Candidate) {
        let primary = candidate.marker.and_then(|it| self.entries.primary(it));
        let Some((primary, most)) = primary else {
            return;
        };
        if 2 * candidate.receivers.len() >= most.receipts as usize {
            return self.publish(ticket, candidate);
        }
        let (is_repeated, most_ticket) = (most.name == candidate.name, most.ticket);
        for (subscriber, before) in candidate.receivers.iter() {
            let fault = Fault {
                receipt: self.receipt_in(&candidate.contents, subscriber, candidate.seen),
                event: most_ticket,
                before,
                after: self.next(ticket, subscriber),
                by_id: false,
            };
            self.resolve_receipt(primary, is_repeated, fault);
        }
    }

    /// The receipt of an event by a subscriber if it is one of the first, else a receipt at `moment`.
    pub(super) fn receipt_in(&self, contents: &Contents, subscriber: u32, moment: u64) -> Receipt {
        let mut first = contents.receipts();
        let known = first.find(|it| it.subscriber == subscriber);
        known.unwrap_or(self.receipt_of(subscriber, moment))
    }

    /// The ticket of the event that a subscriber got right after another, if it is one of the first that did.
    fn next(&self, ticket: u32, subscriber: u32) -> u32 {
        if !self.faults.has_room(Kind::Doubled) && !self.faults.has_room(Kind::Altered) {
            return NONE;
        }
        let mut entries = self.entries.iter().map(|(_, entry)| entry);
        let next = entries.find(|entry| entry.before.leads(ticket, subscriber));
        next.map_or(NONE, |entry| entry.ticket)
    }

    /// A receipt of an event that is none of its own.
    fn resolve_receipt(&mut self, primary: u32, is_repeated: bool, fault: Fault) {
        let subscriber = fault.receipt.subscriber;
        let Some(entry) = self.entries.get(primary) else {
            return;
        };
        let moment = entry.moment;
        let has_primary = self.positions[subscriber as usize].has(primary);
        match (has_primary, is_repeated) {
            _ if !self.was_owed(subscriber, moment) => {}
            (true, false) => self.private.events += 1,
            (true, true) => {
                self.marked.doubled += 1;
                self.faults.keep(Kind::Doubled, fault);
            }
            (false, _) => {
                self.has(subscriber, primary, moment, moment);
                self.odd(true, false, 1, &[fault]);
            }
        }
    }

    /// An event of a publish that came first, and of which far more subscribers got another event.
    fn resolve_void(&mut self, number: u32) {
        let Some(entry) = self.entries.get(number) else {
            return;
        };
        let Some((primary, most)) = entry.marker.and_then(|it| self.entries.primary(it)) else {
            return;
        };
        let (moment, is_repeated) = (entry.moment, most.name == entry.name);
        for subscriber in 0..self.positions.len() as u32 {
            if !self.positions[subscriber as usize].has(number)
                || !self.was_owed(subscriber, moment)
            {
                continue;
            }
            self.marked.delivered = self.marked.delivered.saturating_sub(1);
            let (Some(entry), Some(most)) = (self.entries.get(number), self.entries.get(primary))
            else {
                return;
            };
            let receipt = self.receipt_in(&entry.contents, subscriber, moment);
            let fault = self.fault_at(Kind::Altered, receipt, (primary, most));
            self.resolve_receipt(primary, is_repeated, fault);
        }
    }
}
