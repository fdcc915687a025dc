//! The curves of a report, below those of latency: connections, streams, events and memory.

use super::{
    chart::{Chart, Series, Shape, Tip},
    scale::Scale,
    thin::{Point, buckets},
};
use crate::load::report::{
    MemoryGrowth, Report, Sample,
    units::{bytes, count, many, rate, short},
    views::Reading,
};

/// Heights in pixels.
const MIDDLE: f64 = 200.0;
const LOW: f64 = 150.0;
/// Stretches of time that show their figures when the pointer is on them.
pub(super) const TIPS: usize = 160;
/// A rate over fewer seconds is noise.
const SECOND: f64 = 0.9;

/// A chart with the parts that all charts have in common.
pub(super) fn chart<'a>(
    report: &Report,
    across: &'a Scale,
    up: Scale,
    id: &'static str,
    title: &'static str,
) -> Chart<'a> {
    let (from, until) = (report.held_from, report.held_until.max(report.held_from));
    let storm = report.storm.iter().flat_map(|storm| {
        let back = (storm.returned == storm.dropped).then_some((storm.at + storm.back, "all back"));
        [Some((storm.at, "storm")), back].into_iter().flatten()
    });
    Chart {
        id,
        title,
        note: String::new(),
        height: LOW,
        across,
        up,
        series: Vec::new(),
        ranges: Vec::new(),
        phases: vec![(0.0, from, "connecting"), (from, until, "holding")],
        marks: storm.collect(),
        tips: Vec::new(),
    }
}

fn series(
    name: &'static str,
    figure: String,
    class: &'static str,
    shape: Shape,
    points: Vec<Point>,
) -> Series {
    Series {
        name,
        figure,
        class,
        shape,
        points,
    }
}

pub(super) fn held<'a>(report: &Report, across: &'a Scale) -> Chart<'a> {
    let (asked, samples) = (report.asked.subscribers, &report.samples);
    let others = report.asked.stalled + report.asked.slow + report.asked.half_open > 0;
    let most = samples
        .iter()
        .map(|sample| sample.connections.max(sample.held))
        .max();
    let up = Scale::counts(f64::from(most.unwrap_or_default().max(asked)));
    let mut chart = chart(report, across, up, "connections", "Subscribers held");
    chart.note = format!(
        "Streams that are open, of {} asked for.",
        count(asked.into())
    );
    let of = |of: fn(&Sample) -> u32| {
        let point = |it: &Sample| (it.at, f64::from(of(it)));
        samples.iter().map(point).collect()
    };
    let (held, points) = (count(report.connections.held.into()), of(|it| it.held));
    let held = series("held", held, "blue", Shape::Area, points);
    chart.series.push(held);
    if others {
        let last = samples.last().map_or(0, |sample| sample.connections);
        let (last, points) = (count(last.into()), of(|it| it.connections));
        chart.note += " The grey curve is all connections, misbehaving subscribers included.";
        chart
            .series
            .push(series("all", last, "grey", Shape::Line, points));
    }
    chart.tips = tips(samples, connections_told);
    chart
}

fn connections_told(sample: &Sample) -> String {
    format!(
        "{} held\n{} in all\n{} opened so far\n{} dropped so far",
        count(sample.held.into()),
        many(sample.connections.into(), "connection"),
        count(sample.opened),
        count(sample.dropped)
    )
}

fn tips(samples: &[Sample], text: impl Fn(&Sample) -> String) -> Vec<Tip> {
    let mut from = 0.0;
    let tip = |bucket: &[Sample]| {
        let it = &bucket[bucket.len() - 1];
        let begun = std::mem::replace(&mut from, it.at);
        Tip {
            from: begun,
            until: it.at,
            text: format!("At {} s\n{}", short(it.at, 1), text(it)),
        }
    };
    buckets(samples, TIPS).map(tip).collect()
}

/// The rates between two samples, per second.
pub(super) struct Rates {
    from: f64,
    until: f64,
    opened: f64,
    /// Streams that ended.
    ended: f64,
    /// Streams that the server ended, or that broke.
    dropped: f64,
    events: f64,
}

pub(super) fn rates(samples: &[Sample]) -> Vec<Rates> {
    let mut before = Sample::default();
    let mut all = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        let seconds = sample.at - before.at;
        let is_last = at + 1 == samples.len() && all.is_empty();
        if seconds < SECOND && !(is_last && seconds > 0.0) {
            continue;
        }
        let grown =
            |of: fn(&Sample) -> u64| of(sample).saturating_sub(of(&before)) as f64 / seconds;
        all.push(Rates {
            from: before.at,
            until: sample.at,
            opened: grown(|it| it.opened),
            ended: grown(|it| it.opened.saturating_sub(it.held.into())),
            dropped: grown(|it| it.dropped),
            events: grown(|it| it.events),
        });
        before = sample.clone();
    }
    all
}

/// The points of a curve that keeps each rate from sample to sample.
fn steps(rates: &[Rates], of: impl Fn(&Rates) -> f64) -> Vec<Point> {
    let step = |rate: &Rates| [(rate.from, of(rate)), (rate.until, of(rate))];
    rates.iter().flat_map(step).collect()
}

fn most(rates: &[Rates], of: impl Fn(&Rates) -> f64) -> f64 {
    rates.iter().map(of).fold(0.0, f64::max)
}

/// A rate that is drawn upwards, or downwards if it is negative.
type Turned = fn(&Rates) -> f64;

pub(super) fn turnover<'a>(report: &Report, across: &'a Scale, rates: &[Rates]) -> Chart<'a> {
    let up = Scale::both_ways(-most(rates, |it| it.ended), most(rates, |it| it.opened));
    let mut chart = chart(report, across, up, "turnover", "Streams opened and ended");
    let (opened, dropped) = (report.connections.opened, report.totals.dropped);
    let enders = if dropped > 0 {
        "some by the server"
    } else {
        "none by the server"
    };
    chart.note = format!("Per second: opened upwards, ended downwards; {enders}.");
    let ended = opened.saturating_sub(report.connections.held.into());
    let figures: [(&'static str, u64, &'static str, Turned); 3] = [
        ("opened", opened, "green", |it| it.opened),
        ("ended", ended, "grey", |it| -it.ended),
        ("by the server", dropped, "red", |it| -it.dropped),
    ];
    let happened = figures.into_iter().filter(|(_, total, ..)| *total > 0);
    chart.series = happened
        .map(|(name, total, class, of)| {
            series(name, count(total), class, Shape::Area, steps(rates, of))
        })
        .collect();
    chart
}

pub(super) fn events<'a>(report: &Report, across: &'a Scale, rates: &[Rates]) -> Chart<'a> {
    let up = Scale::counts(most(rates, |it| it.events));
    let mut chart = chart(report, across, up, "events", "Events received");
    chart.note =
        "Per second, over all subscribers: all blocks with data, heartbeats with data included."
            .to_owned();
    let total = count(report.totals.events);
    chart.series.push(series(
        "in all",
        total,
        "blue",
        Shape::Area,
        steps(rates, |it| it.events),
    ));
    chart.tips = buckets(rates, TIPS)
        .map(|bucket| {
            let (first, last) = (&bucket[0], &bucket[bucket.len() - 1]);
            let most = most(bucket, |it| it.events);
            Tip {
                from: first.from,
                until: last.until,
                text: format!(
                    "At {} s\n{} events a second",
                    short(last.until, 1),
                    rate(most)
                ),
            }
        })
        .collect();
    chart
}

pub(super) fn memory<'a>(report: &Report, across: &'a Scale) -> Option<Chart<'a>> {
    let memory = report.memory.as_ref()?;
    let all = growth(memory, &report.samples);
    let values = || {
        all.iter()
            .flat_map(|series| series.points.iter().map(|(_, value)| *value))
    };
    let up = Scale::sizes(values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let mut chart = chart(report, across, up, "memory", "Memory grown");
    chart.note = "The growth since before the first connection; the figures are the most. The kernel's is of the whole machine: \
                  on one machine both ends of each connection, and all other programs."
        .to_owned();
    chart.height = MIDDLE;
    chart.tips = tips(&report.samples, |sample| {
        let size = |(name, of, _): (_, Reading, _)| {
            Some(format!("{name} {}", bytes(of(&sample.memory)? as f64)))
        };
        let sizes = memory.rows().into_iter().filter_map(size);
        sizes.collect::<Vec<_>>().join("\n")
    });
    chart.series = all;
    (!chart.series.is_empty()).then_some(chart)
}

/// The growth of each known memory since before the first connection.
fn growth(memory: &MemoryGrowth, samples: &[Sample]) -> Vec<Series> {
    let mut all = Vec::new();
    for ((name, of, _), class) in memory.rows().into_iter().zip(["blue", "amber", "grey"]) {
        let Some(before) = of(&memory.before) else {
            continue;
        };
        let grown = |it: &Sample| of(&it.memory).map_or(f64::NAN, |now| now as f64 - before as f64);
        let points: Vec<Point> = samples.iter().map(|it| (it.at, grown(it))).collect();
        let most = points
            .iter()
            .map(|(_, value)| *value)
            .fold(f64::NAN, f64::max);
        if !most.is_nan() {
            let figure = format!("+{}", bytes(most.max(0.0)));
            all.push(series(name, figure, class, Shape::Line, points));
        }
    }
    all
}
