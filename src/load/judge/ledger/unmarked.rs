//! Events without a marker of this run, which are known by their ids.

use super::{
    Arrival, Known, Ledger, Private, Seen, Stripped,
    candidates::Candidate,
    entries::{Again, Entry, Id},
    micros,
    order::Predecessors,
    positions::{NEVER, NONE},
    receipts::{Receipt, Receivers},
    streams::GRACE,
    variants::{Contents, is_part},
};

/// The fewest subscribers that make an event an event for all.
const FEWEST: usize = 2;
/// The most events without their marker that are remembered.
const MOST_STRIPPED: usize = 4096;
/// The most faults about the repetition of an event that are remembered.
const MOST_AGAIN: usize = 4;

impl Ledger {
    /// A subscriber got an event without a marker, with an id.
    pub(super) fn unmarked(&mut self, it: &Arrival<'_>) -> Seen {
        match self.ids.get(&it.facts.id).copied() {
            None if self.closed => Seen::Uncounted,
            None => {
                let ticket = self.ticket();
                let moment = micros(it.now).saturating_sub(GRACE);
                self.candidates
                    .add(ticket, self.candidate(None, moment, it));
                self.ids.insert(it.facts.id, Known::Candidate(ticket));
                self.overflow();
                self.see_candidate(ticket, it)
            }
            Some(Known::Candidate(ticket)) => self.see_candidate(ticket, it),
            Some(Known::Entry(number)) => self.see_entry(number, it),
        }
    }

    /// An event that may be for a few subscribers.
    pub(super) fn candidate(
        &self,
        marker: Option<u32>,
        moment: u64,
        it: &Arrival<'_>,
    ) -> Candidate {
        Candidate {
            marker,
            moment,
            name: it.facts.name,
            id: Id::new(it.facts.id, it.id),
            seen: micros(it.now),
            quorum: (self.open as usize).div_ceil(2).max(FEWEST),
            receivers: Receivers::default(),
            contents: Contents::of(it.facts.content, it.data),
            again: None,
        }
    }

    fn see_candidate(&mut self, ticket: u32, it: &Arrival<'_>) -> Seen {
        let fault = self.fault(it, ticket);
        let Some(candidate) = self.candidates.get_mut(ticket) else {
            return Seen::Uncounted;
        };
        if candidate.name != it.facts.name {
            return Seen::Uncounted;
        }
        if candidate.receivers.contains(it.subscriber) {
            candidate.again.get_or_insert_default().add(fault);
            return Seen::Again;
        }
        let moment = candidate.moment;
        self.begin_withheld(it.subscriber, moment, None);
        self.take_candidate(ticket, it);
        Seen::Uncounted
    }

    /// A subscriber got a candidate, for the first time.
    pub(super) fn take_candidate(&mut self, ticket: u32, it: &Arrival<'_>) {
        let receipt = self.receipt(it);
        if let Some(candidate) = self.candidates.get_mut(ticket)
            && it.facts.is_valid
        {
            candidate.contents.add(it.facts.content, it.data, receipt);
        }
        let position = &mut self.positions[it.subscriber as usize];
        let before = std::mem::replace(&mut position.last, ticket);
        self.faults.goes_on(it.subscriber, ticket);
        if self.candidates.receive(ticket, it.subscriber, before)
            && let Some(candidate) = self.candidates.remove(ticket)
        {
            self.publish(ticket, candidate);
        }
    }

    /// A candidate becomes an event for all.
    pub(super) fn publish(&mut self, ticket: u32, candidate: Candidate) {
        let marker = candidate.marker;
        // Repetitions are counted only at subscribers that the event is owed to.
        let is_owed =
            |subscriber: u32| self.positions[subscriber as usize].owed_from <= candidate.moment;
        let all_owed = candidate.receivers.iter().all(|(it, _)| is_owed(it));
        let again = candidate.again.filter(|_| all_owed);
        let number = self.add(Entry {
            ticket,
            marker,
            name: candidate.name,
            id: candidate.id,
            moment: candidate.moment,
            seen: marker.map_or(candidate.seen, |_| candidate.moment),
            receipts: 0,
            missing: 0,
            contents: candidate.contents,
            before: Predecessors::default(),
            rank: NONE,
            again,
        });
        if let Some(broadcast) = marker {
            self.entries.relink(broadcast, ticket, number);
        }
        for (subscriber, before) in candidate.receivers.iter() {
            // The event came in time: it was a candidate for no longer than it took to half of the subscribers.
            self.has(subscriber, number, candidate.seen, candidate.seen);
            let receipt = self.receipt_of(subscriber, candidate.seen);
            self.entries.receive(number, before, receipt);
        }
    }

    /// A subscriber got an event whose id is that of an event for all.
    fn see_entry(&mut self, number: u32, it: &Arrival<'_>) -> Seen {
        let fault = |ticket| self.fault(it, ticket);
        let (Some(entry), position) = (self.entries.get(number), self.position(it)) else {
            return Seen::Uncounted;
        };
        if entry.name != it.facts.name
            || entry.moment < position.owed_from
            || position.owed_from == NEVER
        {
            return Seen::Uncounted;
        }
        match (position.has(number), entry.marker) {
            (false, None) => {
                self.take(number, it);
                Seen::Expected
            }
            (true, None) => {
                let fault = fault(entry.ticket);
                if let Some(entry) = self.entries.get_mut(number) {
                    entry.again.get_or_insert_default().add(fault);
                }
                Seen::Again
            }
            (false, Some(_)) => {
                let is_part = entry.contents.contains(it.data);
                let receipt = self.receipt(it);
                self.lacks_marker(number, receipt, is_part);
                Seen::Uncounted
            }
            // A heartbeat that says where to resume from.
            (true, Some(_)) => Seen::Uncounted,
        }
    }

    /// A candidate has the id of an event for all: if their names are the same as well, it is that event without its marker.
    pub(super) fn strip(&mut self, ticket: u32, number: u32) {
        let (Some(entry), Some(candidate)) =
            (self.entries.get(number), self.candidates.get(ticket))
        else {
            return;
        };
        let text = entry.contents.text().unwrap_or_default();
        let is_part = candidate
            .contents
            .text()
            .is_some_and(|it| is_part(it, text));
        if entry.name != candidate.name {
            return;
        }
        let Some(candidate) = self.candidates.remove(ticket) else {
            return;
        };
        for (subscriber, _) in candidate.receivers.iter() {
            let receipt = self.receipt_in(&candidate.contents, subscriber, candidate.seen);
            self.lacks_marker(number, receipt, is_part);
        }
    }

    /// A subscriber got an event whose marker was cut away.
    fn lacks_marker(&mut self, number: u32, receipt: Receipt, is_part: bool) {
        if self.stripped.len() < MOST_STRIPPED {
            self.stripped.push(Stripped {
                number,
                receipt,
                is_part,
            });
        }
    }

    /// Makes room for others, if there are too many candidates.
    pub(super) fn overflow(&mut self) {
        while let Some((ticket, candidate)) = self.candidates.overflow() {
            if candidate.marker.is_some() {
                self.resolve_candidate(ticket, candidate);
                continue;
            }
            if let Some(Known::Candidate(_)) = self.ids.get(&candidate.id.hash) {
                self.ids.remove(&candidate.id.hash);
            }
            self.private.add(&candidate);
        }
    }
}

impl Private {
    /// Counts an event that stayed a candidate.
    pub(super) fn add(&mut self, candidate: &Candidate) {
        let again = candidate.again.as_ref().map_or(0, |again| again.count);
        self.events += candidate.receivers.len() as u64 + again;
        for (subscriber, _) in candidate.receivers.iter() {
            self.subscribers.add(subscriber, 0);
        }
    }
}

impl Again {
    fn add(&mut self, fault: super::Fault) {
        self.receivers.add(fault.receipt.subscriber, 0);
        self.count += 1;
        if self.first.len() < MOST_AGAIN {
            self.first.push(fault);
        }
    }
}
