//! The events of the ledgers, compared across processes: an event that all subscribers of a process missed is lost there,
//! a content that only one process had is altered there, and an order that only one process had is out of order there.
//! Pure.

mod order;
mod standing;

use crate::load::report::{
    EventRecord, Report, Totals,
    units::{many, printable},
    which::{EventName, Instance, Kind, SubscriberName},
};
pub(super) use standing::held;
use standing::is_there;
use std::collections::{BTreeMap, HashMap};

/// An event is on its way for so many seconds before it can be called lost.
const GRACE: f64 = 1.0;

/// The name of an event, by which it is the same event in every process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key<'a> {
    /// The marker, the event's name, and which event of these it is.
    Marked(&'a str, &'a str, u32),
    Id(&'a str),
}

/// An event, as each process has it; none where no subscriber of the process got it.
struct Joined<'a> {
    key: Key<'a>,
    /// When the event was published, or first seen; in seconds since 1970.
    at: f64,
    records: Vec<Option<&'a EventRecord>>,
}

/// Compares the events of all processes, and corrects the counts of the whole.
pub(super) fn compare(reports: &[Report], whole: &mut Report) {
    let mut unknown: Vec<Vec<&Joined<'_>>> = vec![Vec::new(); reports.len()];
    let (all, latest) = (joined(reports), latest(reports));
    for event in &all {
        if whole.only_markers && matches!(event.key, Key::Id(_)) {
            continue;
        }
        let change = change(reports, &latest, event);
        change.apply(&mut whole.totals);
        for process in change.unknown_to {
            unknown[process].push(event);
        }
    }
    whole.totals.misordered += order::misordered(reports, &keys(reports));
    for (process, events) in unknown.iter().enumerate() {
        tell(reports, process, events, whole);
    }
}

/// The names of each process's events, in the order that is right there.
fn keys(reports: &[Report]) -> Vec<Vec<(Key<'_>, &EventRecord)>> {
    reports.iter().map(|report| named(&report.events)).collect()
}

fn named(records: &[EventRecord]) -> Vec<(Key<'_>, &EventRecord)> {
    let mut seen: HashMap<(&str, &str), u32> = HashMap::new();
    let mut found = Vec::with_capacity(records.len());
    for record in records {
        let key = match (&record.marker, &record.id) {
            (Some(marker), _) => {
                let nth = seen
                    .entry((marker.as_str(), record.name.as_str()))
                    .or_default();
                *nth += 1;
                Key::Marked(marker, &record.name, *nth)
            }
            (None, Some(id)) => Key::Id(id),
            (None, None) => continue,
        };
        found.push((key, record));
    }
    found
}

fn joined(reports: &[Report]) -> Vec<Joined<'_>> {
    let mut all: BTreeMap<Key<'_>, Vec<Option<&EventRecord>>> = BTreeMap::new();
    for (process, records) in keys(reports).into_iter().enumerate() {
        for (key, record) in records {
            let records = all.entry(key).or_insert_with(|| vec![None; reports.len()]);
            records[process] = Some(record);
        }
    }
    let at = |records: &[Option<&EventRecord>]| {
        let known = reports.iter().zip(records);
        let moments = known.filter_map(|(report, record)| Some(report.began + (*record)?.at));
        moments.fold(f64::INFINITY, f64::min)
    };
    all.into_iter()
        .map(|(key, records)| Joined {
            at: at(&records),
            key,
            records,
        })
        .collect()
}

/// When the latest event of those that each process got was published: an event before is not on its way there.
fn latest(reports: &[Report]) -> Vec<f64> {
    let latest = |report: &Report| {
        let moments = report.events.iter().map(|it| report.began + it.at);
        moments.fold(0.0, f64::max)
    };
    reports.iter().map(latest).collect()
}

/// The correction of the counts by an event.
#[derive(Debug, Default)]
struct Change {
    delivered: i64,
    lost: i64,
    not_checked: i64,
    private: i64,
    altered: i64,
    /// The processes whose subscribers lost the event, all of them.
    unknown_to: Vec<usize>,
}

impl Change {
    fn apply(&self, totals: &mut Totals) {
        let corrected = |number: u64, by: i64| number.saturating_add_signed(by);
        totals.delivered = corrected(totals.delivered, self.delivered);
        totals.lost = corrected(totals.lost, self.lost);
        totals.expected = corrected(totals.expected, self.delivered + self.lost);
        totals.not_checked = corrected(totals.not_checked, self.not_checked);
        totals.private = corrected(totals.private, self.private);
        totals.altered = corrected(totals.altered, self.altered);
    }
}

/// The correction by an event: for all or for a few is decided by the whole crowd.
fn change(reports: &[Report], latest: &[f64], event: &Joined<'_>) -> Change {
    let is_public = event.records.iter().flatten().any(|it| it.public);
    let is_marked = is_public && matches!(event.key, Key::Marked(..));
    let crowd: u64 = reports.iter().map(|it| u64::from(held(it, event.at))).sum();
    let receipts = event.records.iter().flatten();
    let receipts: u64 = receipts.map(|it| u64::from(it.received)).sum();
    if !is_marked && 2 * receipts < crowd {
        return retracted(event);
    }
    let mut change = Change {
        altered: altered(event),
        ..Change::default()
    };
    for (process, (report, record)) in reports.iter().zip(&event.records).enumerate() {
        match record {
            Some(record) if record.public => {}
            Some(record) => {
                let missing = held(report, event.at).saturating_sub(record.received);
                change.delivered += i64::from(record.received);
                change.private -= i64::from(record.received);
                change.lost += i64::from(missing);
            }
            None => {
                let crowd = i64::from(held(report, event.at));
                let until = event.at + GRACE;
                let is_owed = is_marked || until <= report.began + report.held_until;
                match is_there(report, until) || event.at < latest[process] {
                    true if is_owed && crowd > 0 => {
                        change.lost += crowd;
                        change.unknown_to.push(process);
                    }
                    true => {}
                    false => change.not_checked += crowd * i64::from(is_marked),
                }
            }
        }
    }
    change
}

/// An event that half of the crowd of a process had, and far fewer of the whole crowd, is for a few.
fn retracted(event: &Joined<'_>) -> Change {
    let mut change = Change::default();
    for record in event.records.iter().flatten().filter(|it| it.public) {
        change.delivered -= i64::from(record.received);
        change.private += i64::from(record.received);
        change.lost -= i64::from(record.missing);
        change.altered -= odd(&record.contents);
    }
    change
}

/// The receipts that differ from most of the whole, beyond those that differ from most of their own process.
fn altered(event: &Joined<'_>) -> i64 {
    let mut whole: BTreeMap<String, u32> = BTreeMap::new();
    let mut own = 0;
    for record in event.records.iter().flatten() {
        own += if record.public {
            odd(&record.contents)
        } else {
            0
        };
        for (content, number) in &record.contents {
            *whole.entry(content.clone()).or_default() += number;
        }
    }
    odd(&whole) - own
}

/// The receipts that differ from most; 0 if no content has most receipts.
fn odd(contents: &BTreeMap<String, u32>) -> i64 {
    let all: i64 = contents.values().map(|number| i64::from(*number)).sum();
    let most = i64::from(contents.values().copied().max().unwrap_or_default());
    if 2 * most > all { all - most } else { 0 }
}

/// Says which events a process has lost as a whole.
fn tell(reports: &[Report], process: usize, events: &[&Joined<'_>], whole: &mut Report) {
    let Some(first) = events.first() else { return };
    let report = &reports[process];
    let before: u32 = reports[..process]
        .iter()
        .map(|it| it.asked.subscribers)
        .sum();
    whole.notes.push(format!(
        "{} came to no subscriber of the process {} and to those of others, the first {}",
        many(events.len() as u64, "event"),
        report.asked.process,
        match &first.key {
            Key::Marked(marker, ..) => format!("with the marker {marker}"),
            Key::Id(id) => format!("with the id {}", printable(id)),
        }
    ));
    for event in events {
        for subscriber in 0..held(report, event.at) {
            if !whole.which.has_room(Kind::Lost) {
                return;
            }
            whole.which.keep(
                Kind::Lost,
                instance(event, before + subscriber, whole.began),
            );
        }
    }
}

fn instance(event: &Joined<'_>, subscriber: u32, began: f64) -> Instance {
    let record = event.records.iter().flatten().next();
    Instance {
        event: Some(EventName {
            marker: record.and_then(|it| it.marker.clone()),
            id: record.and_then(|it| it.id.clone()),
            broadcast: None,
        }),
        subscriber: Some(SubscriberName {
            number: subscriber,
            address: None,
        }),
        at: event.at - began,
        ..Instance::default()
    }
}

#[cfg(test)]
mod tests;
