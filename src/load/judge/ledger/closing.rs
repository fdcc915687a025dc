//! The judgement: which events were lost, doubled, altered or out of order, once no more of them come.

use super::{
    Fault, Kind, Ledger, Tally,
    entries::Entry,
    micros,
    order::{self, Node, Transition},
    positions::NONE,
    receipts::Receipt,
};
use crate::load::{
    judge::broadcasts::Broadcasts,
    report::{EventRecord, Totals, Which, which::MOST},
};

/// The judgement on a run.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// The counts that the ledger knows.
    pub(crate) totals: Totals,
    pub(crate) which: Which,
    pub(crate) notes: Vec<String>,
    pub(crate) only_markers: bool,
    /// The events that are remembered.
    pub(crate) events: Vec<EventRecord>,
}

impl Ledger {
    /// Judges the run. `holds` says which subscribers hold a stream.
    pub(crate) fn finish(
        mut self,
        broadcasts: &Broadcasts,
        holds: impl Fn(u32) -> bool,
    ) -> Judgement {
        self.resolve(broadcasts, self.entries.end());
        let end = self.entries.end();
        for subscriber in 0..self.positions.len() as u32 {
            self.settle(subscriber, end, holds(subscriber));
        }
        self.judge(broadcasts, end);
        let only_markers = self.only_markers(broadcasts);
        let events = self.records(broadcasts);
        let unseen: Vec<u32> = self.unseen(broadcasts, holds).collect();
        for number in &unseen {
            self.finds_publish(Kind::Unseen, broadcasts, *number);
        }
        let which = self.which(broadcasts, only_markers);
        for candidate in self.candidates.drain() {
            self.private.add(&candidate);
        }
        let mut totals = self.totals(only_markers);
        totals.unseen = unseen.len() as u64;
        Judgement {
            notes: self.notes(&totals, only_markers),
            which,
            totals,
            only_markers,
            events,
        }
    }

    /// Judges the oldest events, to make room for others.
    pub(super) fn judge_oldest(&mut self, broadcasts: &Broadcasts) {
        let end = self.entries.oldest();
        self.resolve(broadcasts, end);
        for subscriber in 0..self.positions.len() as u32 {
            self.settle(subscriber, end, true);
            self.positions[subscriber as usize].forget_below(end);
        }
        self.judge(broadcasts, end);
        let mut faults = std::mem::take(&mut self.faults);
        faults.remember(self.names(broadcasts));
        self.faults = faults;
        for (_, entry) in self.entries.iter().take_while(|(number, _)| *number < end) {
            self.ids.remove(&entry.id.hash);
        }
        self.entries.forget(end);
    }

    /// A fault about an event, with the events around it if there is room for the fault.
    pub(super) fn fault_at(
        &self,
        kind: Kind,
        receipt: Receipt,
        (number, entry): (u32, &Entry),
    ) -> Fault {
        let (before, after) = match self.faults.has_room(kind) {
            true => self.around(receipt.subscriber, number),
            false => (NONE, NONE),
        };
        Fault {
            receipt,
            event: entry.ticket,
            before,
            after,
            by_id: entry.marker.is_none(),
        }
    }

    /// Counts events whose content differs from that of most.
    pub(super) fn odd(&mut self, is_marked: bool, is_part: bool, number: u64, faults: &[Fault]) {
        let tally = self.tally(is_marked);
        match is_part {
            true => tally.halved += number,
            false => tally.altered += number,
        }
        for fault in faults {
            self.faults.keep(odd_kind(is_part), *fault);
        }
    }

    fn tally(&mut self, is_marked: bool) -> &mut Tally {
        match is_marked {
            true => &mut self.marked,
            false => &mut self.by_id,
        }
    }

    /// Judges the events below `end`: their contents, repetitions, ids and order.
    fn judge(&mut self, broadcasts: &Broadcasts, end: u32) {
        for number in self.entries.first()..end {
            self.judge_contents(number);
            self.judge_again(number);
            self.judge_ids(number);
        }
        self.judge_order(broadcasts, end);
    }

    fn judge_contents(&mut self, number: u32) {
        let Some(entry) = self
            .entries
            .get(number)
            .filter(|it| !self.entries.is_void(it))
        else {
            return;
        };
        let (found, is_marked) = (entry.contents.compare(), entry.marker.is_some());
        let faults = |is_part: bool| -> Vec<Fault> {
            let odd = found.odd.iter().filter(|odd| odd.is_part == is_part);
            odd.map(|odd| self.fault_at(odd_kind(is_part), odd.receipt, (number, entry)))
                .collect()
        };
        let (altered, halved) = (faults(false), faults(true));
        self.odd(is_marked, false, found.altered, &altered);
        self.odd(is_marked, true, found.halved, &halved);
        self.tally(is_marked).own += u64::from(found.is_own);
    }

    /// An event that came again is doubled; at half of its receivers or more it is a heartbeat that repeats an id.
    fn judge_again(&mut self, number: u32) {
        let Some(entry) = self.entries.get_mut(number) else {
            return;
        };
        let receipts = entry.receipts as usize;
        let Some(again) = entry.again.take() else {
            return;
        };
        if 2 * again.receivers.len() >= receipts {
            self.by_id.repeated += again.count;
            return;
        }
        self.by_id.doubled += again.count;
        for fault in again.first {
            let after = self.after(&fault);
            self.faults.keep(Kind::Doubled, Fault { after, ..fault });
        }
    }

    /// The event that came after a repetition: the subscriber went on from the event before.
    fn after(&self, fault: &Fault) -> u32 {
        if !self.faults.has_room(Kind::Doubled) {
            return NONE;
        }
        let mut entries = self.entries.iter();
        let before = entries.find(|(_, entry)| entry.ticket == fault.before);
        before.map_or(NONE, |(number, _)| {
            self.around(fault.receipt.subscriber, number).1
        })
    }

    fn judge_ids(&mut self, number: u32) {
        if let Some(entry) = self.entries.get(number) {
            let (is_marked, has_several) = (entry.marker.is_some(), entry.id.others > 0);
            let has_id = entry.id.hash != 0;
            let tally = self.tally(is_marked);
            tally.ids += u64::from(has_id);
            tally.several_ids += u64::from(has_several);
        }
    }

    /// The events below `end` that are events of their own, with their numbers.
    pub(super) fn own(&self, end: u32) -> Vec<(u32, &Entry)> {
        let entries = self.entries.iter().take_while(|(number, _)| *number < end);
        entries
            .filter(|(_, entry)| !self.entries.is_void(entry))
            .collect()
    }

    /// Finds the order that is right, of the events below `end`.
    pub(super) fn rank(&mut self, broadcasts: &Broadcasts, end: u32) {
        let own = self.own(end);
        let nodes: Vec<Node<'_>> = own.iter().map(|(_, it)| node(broadcasts, it)).collect();
        let ranks = order::ranks(&nodes);
        let numbers: Vec<u32> = own.iter().map(|(number, _)| *number).collect();
        for (number, rank) in numbers.into_iter().zip(ranks) {
            if let Some(entry) = self.entries.get_mut(number) {
                entry.rank = rank;
            }
        }
    }

    fn judge_order(&mut self, broadcasts: &Broadcasts, end: u32) {
        let own = self.own(end);
        let nodes: Vec<Node<'_>> = own.iter().map(|(_, it)| node(broadcasts, it)).collect();
        let ranks: Vec<u32> = own.iter().map(|(_, it)| it.rank).collect();
        let steps = order::backward(&nodes, &ranks);
        let mut faults = Vec::new();
        let (mut marked, mut by_id) = (0, 0);
        for (at, step) in steps {
            let is_marked = own[at].1.marker.is_some();
            *(if is_marked { &mut marked } else { &mut by_id }) += u64::from(step.count);
            // The search for the event after is not made for faults that are not told.
            if faults.len() < MOST {
                faults.extend(misordered(&nodes, at, &step, !is_marked));
            }
        }
        self.marked.misordered += marked;
        self.by_id.misordered += by_id;
        for fault in faults {
            self.faults.keep(Kind::Misordered, fault);
        }
    }
}

/// The kind of fault of an event with a part of its data, or with other data.
pub(super) fn odd_kind(is_part: bool) -> Kind {
    match is_part {
        true => Kind::Halved,
        false => Kind::Altered,
    }
}

fn node<'a>(broadcasts: &Broadcasts, entry: &'a Entry) -> Node<'a> {
    let published = entry.marker.map(|marker| {
        let answered = broadcasts.answer(marker).map(micros);
        (micros(broadcasts.moment(marker)), answered)
    });
    Node {
        ticket: entry.ticket,
        moment: entry.seen,
        published,
        receipts: entry.receipts,
        before: &entry.before,
    }
}

/// The faults that subscribers got an event after another that it precedes.
fn misordered(nodes: &[Node<'_>], at: usize, step: &Transition, by_id: bool) -> Vec<Fault> {
    let event = nodes[at].ticket;
    let after = |subscriber: u32| {
        let next = nodes
            .iter()
            .find(|node| node.before.leads(event, subscriber));
        next.map_or(NONE, |node| node.ticket)
    };
    let first = step.first.iter().flatten();
    first
        .map(|receipt| Fault {
            receipt: *receipt,
            event,
            before: step.from,
            after: after(receipt.subscriber),
            by_id,
        })
        .collect()
}
