//! The order of events across processes: that of the process that published, or else of the greatest crowd. Pure.

use super::Key;
use crate::load::report::{EventRecord, Report};
use std::collections::HashMap;

/// The receipts of events that stand in another order at all subscribers of a process. Within each process its own ledger
/// has judged the order.
pub(super) fn misordered(reports: &[Report], keys: &[Vec<(Key<'_>, &EventRecord)>]) -> u64 {
    let rank = |report: &Report| (report.totals.published > 0, report.connections.top);
    let Some(reference) = (0..reports.len()).max_by_key(|at| rank(&reports[*at])) else {
        return 0;
    };
    let places: HashMap<&Key<'_>, usize> = keys[reference]
        .iter()
        .filter(|(_, record)| record.public)
        .enumerate()
        .map(|(place, (key, _))| (key, place))
        .collect();
    let others = keys.iter().enumerate().filter(|(at, _)| *at != reference);
    others
        .map(|(_, keys)| {
            let common: Vec<(usize, u32)> = keys
                .iter()
                .filter(|(_, record)| record.public)
                .filter_map(|(key, record)| Some((*places.get(key)?, record.received)))
                .collect();
            out_of_order(&common)
        })
        .sum()
}

/// The receipts of the events that must be taken out so that the others stand in order.
fn out_of_order(events: &[(usize, u32)]) -> u64 {
    // Of the runs in order that have some length, the one that ends first can go on furthest (patience sorting).
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(events.len());
    for (at, (place, _)) in events.iter().enumerate() {
        let length = ends.partition_point(|end| events[*end].0 < *place);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut in_order = vec![false; events.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        in_order[at] = true;
        next = before[at];
    }
    let out = events.iter().zip(in_order).filter(|(_, is_in)| !is_in);
    out.map(|((_, received), _)| u64::from(*received)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_events_that_stand_in_the_way_are_out_of_order() {
        for (places, out) in [
            (&[][..], 0),
            (&[0, 1, 2], 0),
            (&[1, 0], 1),
            (&[0, 2, 1, 3], 1),
            (&[3, 0, 1, 2], 1),
            (&[2, 1, 0], 2),
            (&[5, 0, 1, 9, 2, 3], 2),
        ] {
            let events: Vec<(usize, u32)> = places.iter().map(|place| (*place, 1)).collect();
            assert_eq!(out_of_order(&events), out, "{places:?}");
        }
    }
}
