//! The events that are remembered, for reports that are put together with those of other processes.

use super::{
    Ledger,
    candidates::Candidate,
    entries::{Entry, Id},
};
use crate::load::{judge::broadcasts::Broadcasts, report::EventRecord};

impl Ledger {
    /// The events for all subscribers in the order that is right, and then those that few subscribers got.
    pub(super) fn records(&self, broadcasts: &Broadcasts) -> Vec<EventRecord> {
        let mut own = self.own(self.entries.end());
        own.sort_unstable_by_key(|(_, entry)| entry.rank);
        let public = own.iter().map(|(_, entry)| record(broadcasts, entry));
        let private = self
            .candidates
            .iter()
            .map(|candidate| private(broadcasts, candidate));
        public.chain(private).collect()
    }
}

fn record(broadcasts: &Broadcasts, entry: &Entry) -> EventRecord {
    EventRecord {
        marker: entry.marker.map(|marker| broadcasts.keyword(marker)),
        id: text(&entry.id),
        name: format!("{:016x}", entry.name),
        at: entry.seen as f64 / 1e6,
        public: true,
        received: entry.receipts,
        missing: entry.missing,
        contents: entry.contents.counts(),
    }
}

fn private(broadcasts: &Broadcasts, candidate: &Candidate) -> EventRecord {
    EventRecord {
        marker: candidate.marker.map(|marker| broadcasts.keyword(marker)),
        id: text(&candidate.id),
        name: format!("{:016x}", candidate.name),
        at: candidate.seen as f64 / 1e6,
        public: false,
        received: candidate.receivers.len() as u32,
        missing: 0,
        contents: candidate.contents.counts(),
    }
}

fn text(id: &Id) -> Option<String> {
    (id.hash != 0).then(|| String::from_utf8_lossy(&id.text).into_owned())
}
