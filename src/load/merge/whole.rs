//! The report that is put together. Moments count from the beginning of the first process. Pure.

use super::{broadcasts, seconds, sums};
use crate::load::report::{
    Asked, Connections, MemoryGrowth, MemoryUse, Report, Storm, Which, which::Kind,
};
use std::collections::BTreeSet;
use strum::IntoEnumIterator;

/// The report of the whole.
pub(super) fn merge(reports: &[Report]) -> Report {
    let began = least(reports, |report| report.began);
    let broadcasts = broadcasts::joined(reports, began);
    let mut totals = sums::counts(reports, |report| Some(&report.totals)).unwrap_or_default();
    totals.unseen = broadcasts::unseen(&broadcasts);
    let histograms = sums::histograms(reports);
    let whole = Report {
        asked: asked(reports),
        began,
        took: greatest(reports, |report| report.began + report.took) - began,
        held_from: least(reports, |report| report.began + report.held_from) - began,
        held_until: greatest(reports, |report| report.began + report.held_until) - began,
        interrupted: reports.iter().any(|report| report.interrupted),
        connections: connections(reports, began),
        totals,
        which: which(reports, began),
        notes: notes(reports),
        only_markers: reports.iter().any(|report| report.only_markers),
        latency: sums::times(reports, "latency", |report| Some(report.latency)),
        histograms,
        broadcasts,
        fetches: sums::fetches(reports),
        storm: storm(reports, began),
        memory: memory(reports),
        samples: seconds::samples(reports, began),
        errors: sums::errors(reports),
        required: Vec::new(),
    };
    whole.with_whole_times()
}

fn least(reports: &[Report], of: fn(&Report) -> f64) -> f64 {
    reports.iter().map(of).fold(f64::INFINITY, f64::min)
}

fn greatest(reports: &[Report], of: fn(&Report) -> f64) -> f64 {
    reports.iter().map(of).fold(0.0, f64::max)
}

/// The options: those of the process that publishes, with the crowds added.
fn asked(reports: &[Report]) -> Asked {
    let publisher = reports.iter().find(|report| report.asked.publish.is_some());
    let first = publisher.unwrap_or(&reports[0]);
    let sum = |of: fn(&Asked) -> u32| {
        let numbers = reports.iter().map(|report| of(&report.asked));
        numbers.fold(0, u32::saturating_add)
    };
    let urls: BTreeSet<&str> = reports.iter().map(|report| &*report.asked.url).collect();
    Asked {
        url: urls.into_iter().collect::<Vec<_>>().join(" "),
        process: String::new(),
        subscribers: sum(|asked| asked.subscribers),
        stalled: sum(|asked| asked.stalled),
        slow: sum(|asked| asked.slow),
        half_open: sum(|asked| asked.half_open),
        ramp: sum(|asked| asked.ramp),
        churn: sum(|asked| asked.churn),
        storm: reports.iter().any(|report| report.asked.storm),
        fetch_picture: reports.iter().any(|report| report.asked.fetch_picture),
        ..first.asked.clone()
    }
}

/// The faults of all processes. Subscribers count through the processes, in the order of the reports.
fn which(reports: &[Report], began: f64) -> Which {
    let mut which = Which::default();
    for kind in Kind::iter() {
        let mut subscribers = 0;
        for report in reports {
            for instance in report.which.of(kind) {
                let mut instance = instance.clone();
                instance.at += report.began - began;
                instance.subscriber.number += subscribers;
                which.keep(kind, instance);
            }
            subscribers += report.asked.subscribers;
        }
    }
    which
}

/// The sentences of all processes, each once.
fn notes(reports: &[Report]) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for note in reports.iter().flat_map(|report| &report.notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    notes
}

fn connections(reports: &[Report], began: f64) -> Connections {
    let ended = |report: &Report| report.began + report.connections.ramp - began;
    let all = || reports.iter().map(|report| &report.connections);
    Connections {
        ramp: reports.iter().map(ended).fold(0.0, f64::max),
        opened: all().map(|it| it.opened).sum(),
        reconnects: all().map(|it| it.reconnects).sum(),
        top: all().map(|it| it.top).sum(),
        held: all().map(|it| it.held).sum(),
        connect: sums::times(reports, "connect", |report| {
            Some(report.connections.connect)
        }),
        answer: sums::times(reports, "answer", |report| Some(report.connections.answer)),
    }
}

/// The storms as one: from the first drop until the last subscriber was back.
fn storm(reports: &[Report], began: f64) -> Option<Storm> {
    let storms = reports
        .iter()
        .filter_map(|report| Some((report.began - began, report.storm.as_ref()?)));
    storms
        .map(|(offset, storm)| Storm {
            at: storm.at + offset,
            ..storm.clone()
        })
        .reduce(|one, other| {
            let at = one.at.min(other.at);
            Storm {
                at,
                dropped: one.dropped + other.dropped,
                back: (one.at + one.back).max(other.at + other.back) - at,
                failures: one.failures + other.failures,
                slowest_publish: one.slowest_publish.max(other.slowest_publish),
            }
        })
}

/// The memory: of the server and the kernel what any process saw, since they saw the same; of the processes the sum.
fn memory(reports: &[Report]) -> Option<MemoryGrowth> {
    let all: Vec<&MemoryGrowth> = reports.iter().filter_map(|it| it.memory.as_ref()).collect();
    let at = |of: fn(&MemoryGrowth) -> &MemoryUse, of_two: fn(u64, u64) -> u64| {
        let known = |field: fn(&MemoryUse) -> Option<u64>, of_two: fn(u64, u64) -> u64| {
            all.iter().filter_map(|it| field(of(it))).reduce(of_two)
        };
        MemoryUse {
            resident: known(|it| it.resident, of_two),
            kernel: known(|it| it.kernel, of_two),
            own: known(|it| it.own, |one, other| one + other),
        }
    };
    let connections = reports.iter().map(most_connections).sum::<u32>().max(1);
    let (before, top) = (at(|it| &it.before, u64::min), at(|it| &it.top, u64::max));
    let each = |of: fn(&MemoryUse) -> Option<u64>| {
        let grown = of(&top)?.saturating_sub(of(&before)?);
        Some(grown as f64 / f64::from(connections))
    };
    all.first().map(|_| MemoryGrowth {
        before,
        top,
        after: at(|it| &it.after, u64::min),
        per_subscriber: each(|it| it.resident),
        kernel_per_subscriber: each(|it| it.kernel),
        own_per_subscriber: each(|it| it.own),
    })
}

fn most_connections(report: &Report) -> u32 {
    let samples = report.samples.iter().map(|sample| sample.connections);
    samples
        .max()
        .unwrap_or_default()
        .max(report.connections.top)
}
