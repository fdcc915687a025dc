//! The report that is put together. Moments count from the beginning of the first process. Pure.

use super::{broadcasts, events, resources, seconds, sums};
use crate::load::report::{
    Asked, Broadcast, Connections, Report, StageFigures, Storm, Which, which::Kind,
};
use crate::load::stages;
use std::collections::{BTreeMap, BTreeSet};
use strum::IntoEnumIterator;

/// The report of the whole.
pub(super) fn merge(reports: &[Report]) -> Report {
    let began = least(reports, |report| report.began);
    let broadcasts = broadcasts::joined(reports, began);
    let mut totals = sums::counts(reports, |report| Some(&report.totals)).unwrap_or_default();
    totals.unseen = broadcasts::unseen(&broadcasts).count() as u64;
    let histograms = sums::histograms(reports);
    let (arrived_from, arrived_until) = arrived(reports, began);
    let held_from = least(reports, |report| report.began + report.held_from) - began;
    let samples = seconds::samples(reports, began);
    let mut whole = Report {
        asked: asked(reports),
        began,
        took: greatest(reports, |report| report.began + report.took) - began,
        held_from,
        held_until: greatest(reports, |report| report.began + report.held_until) - began,
        arrived_from,
        arrived_until,
        interrupted: reports.iter().any(|report| report.interrupted),
        limit: reports.iter().find_map(|report| report.limit.clone()),
        connections: connections(reports, began),
        totals,
        which: which(reports, began, &broadcasts),
        notes: notes(reports),
        only_markers: reports.iter().any(|report| report.only_markers),
        latency: sums::times(reports, "latency", |report| Some(report.latency)),
        latency_sent_late: sums::times(reports, "latency_sent_late", |report| {
            Some(report.latency_sent_late)
        }),
        histograms,
        stages: joined_stages(reports, began),
        broadcasts,
        fetches: sums::fetches(reports),
        storm: storm(reports, began),
        memory: resources::memory(reports, &samples, held_from),
        cpu: resources::cpu(reports),
        network: resources::network(reports),
        read_late: sums::times(reports, "read_late", |report| Some(report.read_late)),
        traffic: sums::counts(reports, |report| Some(&report.traffic)).unwrap_or_default(),
        machine: resources::machine(reports),
        samples,
        errors: sums::errors(reports),
        ..Report::default()
    };
    events::compare(reports, &mut whole);
    whole.notes.extend(whole.pace());
    whole.with_whole_times()
}

fn least(reports: &[Report], of: fn(&Report) -> f64) -> f64 {
    reports.iter().map(of).fold(f64::INFINITY, f64::min)
}

fn greatest(reports: &[Report], of: fn(&Report) -> f64) -> f64 {
    reports.iter().map(of).fold(0.0, f64::max)
}

/// When the first event arrived at any process, and the last; both 0 if none did.
fn arrived(reports: &[Report], began: f64) -> (f64, f64) {
    let arrived = reports.iter().filter(|report| report.arrived_until > 0.0);
    let spans = arrived.map(|report| {
        let offset = report.began - began;
        (report.arrived_from + offset, report.arrived_until + offset)
    });
    let span = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    span.unwrap_or_default()
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

/// The faults of all processes. Subscribers count through the processes, in the order of the reports. A publish that reached
/// no subscriber of a process may have reached those of others.
fn which(reports: &[Report], began: f64, broadcasts: &[Broadcast]) -> Which {
    let mut which = Which::default();
    for instance in broadcasts::unseen(broadcasts) {
        which.keep(Kind::Unseen, instance);
    }
    for kind in Kind::iter().filter(|kind| *kind != Kind::Unseen) {
        let mut subscribers = 0;
        for report in reports {
            for instance in report.which.of(kind) {
                let mut instance = instance.clone();
                instance.at += report.began - began;
                if let Some(subscriber) = &mut instance.subscriber {
                    subscriber.number += subscribers;
                }
                which.keep(kind, instance);
            }
            subscribers += report.asked.subscribers;
        }
    }
    which
}

/// The sentences of all processes, each once; pace and knee are those of the whole.
fn notes(reports: &[Report]) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for report in reports {
        let mut own = report.pace();
        own.extend(stages::knee(&report.stages));
        let others = report.notes.iter().filter(|note| !own.contains(note));
        for note in others {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
    }
    notes
}

/// The stages of all processes, if they have the same number of stages: the figures follow from the broadcasts.
fn joined_stages(reports: &[Report], began: f64) -> Vec<StageFigures> {
    let many = reports[0].stages.len();
    if reports.iter().any(|report| report.stages.len() != many) {
        return Vec::new();
    }
    let join = |at: usize| {
        let parts = reports.iter().map(|report| {
            let (stage, offset) = (&report.stages[at], report.began - began);
            StageFigures {
                at: stage.at + offset,
                held_from: stage.held_from + offset,
                held_until: stage.held_until + offset,
                ..stage.clone()
            }
        });
        let joined = parts.reduce(|one, other| StageFigures {
            subscribers: one.subscribers + other.subscribers,
            at: one.at.min(other.at),
            held_from: one.held_from.max(other.held_from),
            held_until: one.held_until.min(other.held_until),
            held: one.held + other.held,
            ..one
        });
        joined.unwrap_or_default()
    };
    (0..many).map(join).collect()
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
        after_seconds: all().flat_map(|it| it.after_seconds.clone()).fold(
            BTreeMap::new(),
            |mut sum, (seconds, number)| {
                *sum.entry(seconds).or_default() += number;
                sum
            },
        ),
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
            let all_back = one.back > 0.0 && other.back > 0.0;
            let back = (one.at + one.back).max(other.at + other.back) - at;
            Storm {
                at,
                dropped: one.dropped + other.dropped,
                returned: one.returned + other.returned,
                back: if all_back { back } else { 0.0 },
                failures: one.failures + other.failures,
                slowest_publish: one.slowest_publish.max(other.slowest_publish),
            }
        })
}
