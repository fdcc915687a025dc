//! The judgement in counts, names and sentences.

use super::{Ledger, Tally, micros};
use crate::load::{
    judge::broadcasts::Broadcasts,
    report::{
        Totals, Which,
        units::{count, many},
        which::EventName,
    },
};
use std::collections::HashMap;

/// So many events with several ids say that ids are not shared: fewer may be a slip of the server.
const SEVERAL: u64 = 2;

impl Ledger {
    /// Whether subscribers got the same events with several ids.
    pub(super) fn have_several_ids(&self) -> bool {
        let several = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.marker.is_some() && entry.id.others > 0);
        self.marked.several_ids + several.take(SEVERAL as usize).count() as u64 >= SEVERAL
    }

    /// Whether the ids of this server name no events, so that only events with a marker can be checked.
    pub(super) fn only_markers(&self, broadcasts: &Broadcasts) -> bool {
        let most = broadcasts.published() * self.positions.len() as u64;
        // The events with a marker tell whether ids are shared. Where they have no ids, the contents behind the ids do.
        let differ = match self.marked.ids {
            0 => 2 * self.by_id.own > self.by_id.ids,
            _ => self.marked.several_ids >= SEVERAL,
        };
        self.by_id.ids > 0 && (differ || (most > 0 && self.by_id.lost > most))
    }

    pub(super) fn totals(&self, only_markers: bool) -> Totals {
        let by_id = if only_markers {
            Tally::default()
        } else {
            self.by_id
        };
        let sum = |of: fn(&Tally) -> u64| of(&self.marked) + of(&by_id);
        let (delivered, late, lost) =
            (sum(|it| it.delivered), sum(|it| it.late), sum(|it| it.lost));
        Totals {
            expected: delivered + late + lost,
            delivered,
            late,
            lost,
            doubled: sum(|it| it.doubled),
            misordered: sum(|it| it.misordered),
            altered: sum(|it| it.altered),
            halved: sum(|it| it.halved),
            invalid: self.invalid,
            not_checked: sum(|it| it.not_checked),
            private: self.private.events,
            unnamed: self.unnamed,
            ..Totals::default()
        }
    }

    /// The broadcasts that were answered with success, that a subscriber with a stream was to get, and that no subscriber
    /// got.
    pub(crate) fn unseen(
        &self,
        broadcasts: &Broadcasts,
        holds: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = u32> {
        let held = (0..)
            .zip(&self.positions)
            .filter(|(subscriber, _)| holds(*subscriber));
        let owed_from = held.filter(|(_, position)| position.left().is_none());
        let owed_from = owed_from.map(|(_, position)| position.owed_from).min();
        let is_owed = move |moment| owed_from.is_some_and(|owed_from| owed_from <= micros(moment));
        let unseen = broadcasts.unseen();
        unseen.filter(move |number| is_owed(broadcasts.moment(*number)))
    }

    pub(super) fn notes(&self, totals: &Totals, only_markers: bool) -> Vec<String> {
        let mut notes = Vec::new();
        let differ = self.marked.several_ids;
        match (only_markers, totals.expected) {
            (true, 0) => notes.push(
                "this server's ids are not shared, and no event with a marker was expected: nothing could be checked"
                    .to_owned(),
            ),
            (true, _) => {
                notes.push("this server's ids are not shared: only markers were checked".to_owned());
            }
            (false, _) if differ > 0 => notes.push(format!(
                "{} with a marker came with different ids to different subscribers",
                many(differ, "event")
            )),
            _ => {}
        }
        let of = |number: u64, what: &str| format!("{} {what}", count(number));
        if totals.not_checked > 0 {
            notes.push(of(totals.not_checked, "not checked: subscribers came back without an id to resume from, or did not come back"));
        }
        if totals.private > 0 {
            let subscribers = many(self.private.subscribers.len() as u64, "subscriber");
            notes.push(of(totals.private, &format!("private to {subscribers}: this run did not publish them, and fewer than half of the crowd got each")));
        }
        let by_id = if only_markers {
            Tally::default()
        } else {
            self.by_id
        };
        let own = self.marked.own + by_id.own;
        if by_id.repeated > 0 {
            notes.push(of(
                by_id.repeated,
                "repeated for half of the crowd or more, as heartbeats are",
            ));
        }
        if own > 0 {
            notes.push(of(
                own,
                "with a content of its own for each subscriber, so that contents were not compared",
            ));
        }
        if totals.unnamed > 0 {
            notes.push(of(
                totals.unnamed,
                "without an id and without a marker: only counted",
            ));
        }
        notes
    }

    pub(super) fn which(&mut self, broadcasts: &Broadcasts, only_markers: bool) -> Which {
        let faults = std::mem::take(&mut self.faults);
        faults.finish(only_markers, self.names(broadcasts))
    }

    /// The names of events, by their tickets.
    pub(super) fn names(&self, broadcasts: &Broadcasts) -> impl Fn(u32) -> Option<EventName> {
        let numbers = self
            .entries
            .iter()
            .map(|(number, entry)| (entry.ticket, number));
        let numbers: HashMap<u32, u32> = numbers.collect();
        move |ticket| {
            let entry = numbers
                .get(&ticket)
                .and_then(|number| self.entries.get(*number));
            let (marker, id) = match (entry, self.candidates.get(ticket)) {
                (Some(entry), _) => (entry.marker, &entry.id),
                (None, Some(candidate)) => (None, &candidate.id),
                (None, None) => return None,
            };
            Some(EventName {
                marker: marker.map(|marker| broadcasts.keyword(marker)),
                id: (id.hash != 0).then(|| String::from_utf8_lossy(&id.text).into_owned()),
                broadcast: marker,
            })
        }
    }
}
