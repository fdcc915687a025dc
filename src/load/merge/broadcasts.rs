//! The broadcasts of all processes, joined by their markers. Pure.

use super::events::held;
use crate::load::report::{
    Broadcast, Report, histogram,
    which::{EventName, Instance},
};
use std::collections::BTreeMap;

/// The broadcasts of the whole, in the order in which they were due. Moments count from `began`.
pub(super) fn joined(reports: &[Report], began: f64) -> Vec<Broadcast> {
    let mut parts: BTreeMap<&str, Vec<Option<Broadcast>>> = BTreeMap::new();
    for (process, report) in reports.iter().enumerate() {
        let offset = report.began - began;
        for broadcast in &report.broadcasts {
            let part = Broadcast {
                at: broadcast.at + offset,
                ..broadcast.clone()
            };
            let parts = parts
                .entry(&broadcast.marker)
                .or_insert_with(|| vec![None; reports.len()]);
            parts[process] = Some(part);
        }
    }
    let mut all: Vec<Broadcast> = parts
        .into_values()
        .filter_map(|parts| {
            let mut whole = join(&parts.iter().flatten().cloned().collect::<Vec<_>>())?;
            // A process that never saw the broadcast had its crowd all the same.
            let unknown = reports
                .iter()
                .zip(&parts)
                .filter(|(_, part)| part.is_none());
            let crowds = unknown.map(|(report, _)| held(report, began + whole.at));
            whole.audience += crowds.sum::<u32>();
            Some(whole)
        })
        .collect();
    all.sort_by(|one, other| one.at.total_cmp(&other.at));
    all
}

/// The broadcasts that were published with success and reached no subscriber of any process.
pub(super) fn unseen(all: &[Broadcast]) -> impl Iterator<Item = Instance> {
    let unseen = (0..)
        .zip(all)
        .filter(|(_, it)| it.answered.is_some() && it.audience > 0 && it.live + it.resumed == 0);
    unseen.map(|(number, it)| Instance {
        event: Some(EventName {
            marker: Some(it.marker.clone()),
            id: None,
            broadcast: Some(number),
        }),
        at: it.at + it.sent.unwrap_or_default(),
        ..Instance::default()
    })
}

/// A broadcast, of which each process has a part. The part of the process that published it says when it was due.
fn join(parts: &[Broadcast]) -> Option<Broadcast> {
    let published = parts.iter().find(|part| part.answered.is_some());
    let first = published.or(parts.first())?;
    let reached: Vec<&Broadcast> = parts.iter().filter(|part| part.live > 0).collect();
    let least = reached.iter().map(|part| part.first);
    let mut whole = Broadcast {
        audience: parts.iter().map(|part| part.audience).sum(),
        live: parts.iter().map(|part| part.live).sum(),
        resumed: parts.iter().map(|part| part.resumed).sum(),
        first: least.reduce(f64::min).unwrap_or_default(),
        last: reached.iter().map(|part| part.last).fold(0.0, f64::max),
        ..first.clone()
    };
    (whole.median, whole.p99, whole.times) = middle(&reached, whole.first, whole.last);
    Some(whole)
}

/// The median, the 99th of 100 and the whole distribution. Without the distribution of each part the greatest figures of
/// the parts stand for those of the whole, which are no greater.
fn middle(reached: &[&Broadcast], first: f64, last: f64) -> (f64, f64, String) {
    let texts = reached.iter().map(|part| &*part.times);
    match histogram::added(texts) {
        Some(sum) if reached.iter().all(|part| !part.times.is_empty()) => {
            let quantiles = histogram::quantiles(&sum, first, last);
            (quantiles.median, quantiles.p99, histogram::plain(&sum))
        }
        _ => {
            let most =
                |of: fn(&Broadcast) -> f64| reached.iter().map(|it| of(it)).fold(0.0, f64::max);
            (most(|it| it.median), most(|it| it.p99), String::new())
        }
    }
}
