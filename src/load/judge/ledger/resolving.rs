//! Events that turn out to be another event: a repetition, or an event without its marker or with another name.

use super::{Kind, Ledger, Stripped, receipts::Receipt};

/// The most events whose receivers are looked for one by one.
const MOST_VOID: usize = 4096;

impl Ledger {
    /// Finds the events that were none of their own, and those that lost their marker or had another name.
    pub(super) fn resolve(&mut self, end: u32) {
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
        let fault = self.fault_at(it.receipt, it.number, entry);
        let now = entry.moment;
        self.has(subscriber, it.number, now, now);
        self.odd(true, it.is_part, 1, &[fault]);
    }

    /// An event of a publish of which far more subscribers got another event. With the same name it is a repetition; with
    /// another name it is the same event altered, at a subscriber that has no other.
    fn resolve_void(&mut self, number: u32) {
        let Some(entry) = self.entries.get(number) else {
            return;
        };
        let primary = entry.marker.and_then(|marker| self.entries.primary(marker));
        let Some((primary, most)) = primary else {
            return;
        };
        let (moment, is_repeated) = (entry.moment, most.name == entry.name);
        let first: Vec<Receipt> = entry.contents.receipts().collect();
        for subscriber in 0..self.positions.len() as u32 {
            let position = &self.positions[subscriber as usize];
            if !position.has(number) || !self.was_owed(subscriber, moment) {
                continue;
            }
            let is_other = position.has(primary);
            self.marked.delivered = self.marked.delivered.saturating_sub(1);
            let known = first.iter().find(|it| it.subscriber == subscriber);
            let receipt = known
                .copied()
                .unwrap_or(self.receipt_of(subscriber, moment));
            let Some(entry) = self.entries.get(number) else {
                return;
            };
            let fault = self.fault_at(receipt, number, entry);
            match (is_other, is_repeated) {
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
    }
}
