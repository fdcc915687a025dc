//! The curves of a report: how long broadcasts took, who was connected, what was delivered, and what memory it took.

use super::{
    chart::{Chart, Series, Shape, Tip},
    scale::Scale,
    thin::{Point, buckets},
};
use crate::load::{
    report::{Broadcast, Report, Sample},
    units::{bytes, count, many, rate, short, time},
};

/// Heights in pixels: of what there is much to read in, and of the others.
const TALL: f64 = 260.0;
const LOW: f64 = 150.0;
/// Stretches of time that tell their figures when pointed at.
const TIPS: usize = 160;
/// Over less than that a rate is noise.
const SECOND: f64 = 0.9;

/// All charts that there is something to draw for.
pub(super) fn charts(report: &Report) -> String {
    let last = report.samples.last().map_or(0.0, |sample| sample.at);
    let across = Scale::moments(last.max(report.held_until));
    let rates = rates(&report.samples);
    let all = [
        latency(report, &across),
        Some(held(report, &across)),
        Some(turnover(report, &across, &rates)),
        Some(events(report, &across, &rates)),
        memory(report, &across),
    ];
    all.into_iter().flatten().map(Chart::render).collect()
}

/// A chart with what all have in common.
fn chart<'a>(
    report: &Report,
    across: &'a Scale,
    up: Scale,
    id: &'static str,
    title: &'static str,
) -> Chart<'a> {
    let (from, until) = (report.held_from, report.held_until.max(report.held_from));
    let storm = report
        .storm
        .iter()
        .flat_map(|storm| [(storm.at, "storm"), (storm.at + storm.back, "all back")]);
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

/// A broadcast's figure that is drawn.
type Figure = fn(&Broadcast) -> f64;

fn latency<'a>(report: &Report, across: &'a Scale) -> Option<Chart<'a>> {
    let all = &report.broadcasts;
    let reached: Vec<&Broadcast> = all.iter().filter(|broadcast| broadcast.live > 0).collect();
    let least = reached
        .iter()
        .map(|it| it.first)
        .fold(f64::INFINITY, f64::min);
    let most = reached.iter().map(|it| it.last).fold(0.0, f64::max);
    let latest = reached.last()?;
    let mut chart = chart(
        report,
        across,
        Scale::times(least, most),
        "latency",
        "Latency of each broadcast",
    );
    let logarithmic = if chart.up.is_logarithmic {
        " The axis is logarithmic."
    } else {
        ""
    };
    chart.note = format!(
        "From when a publish was due to the first, the median, the 99th of 100 and the last subscriber; the figures \
         are those of the last broadcast.{logarithmic}"
    );
    chart.height = TALL;
    let figures: [(&'static str, &'static str, Figure); 4] = [
        ("last", "plum", |it| it.last),
        ("99 %", "amber", |it| it.p99),
        ("median", "blue", |it| it.median),
        ("first", "grey", |it| it.first),
    ];
    let points = |of: Figure| {
        let point = |it: &Broadcast| (it.at, if it.live > 0 { of(it) } else { f64::NAN });
        all.iter().map(point).collect()
    };
    chart.series = figures
        .map(|(name, class, of)| series(name, time(of(latest)), class, Shape::Line, points(of)))
        .into();
    chart.ranges = buckets(&reached, 2 * TIPS)
        .map(|bucket| {
            let low = bucket
                .iter()
                .map(|it| it.first)
                .fold(f64::INFINITY, f64::min);
            (
                bucket[0].at,
                low,
                bucket.iter().map(|it| it.last).fold(0.0, f64::max),
            )
        })
        .collect();
    chart.tips = broadcast_tips(all, report.asked.every);
    Some(chart)
}

fn broadcast_tips(all: &[Broadcast], every: f64) -> Vec<Tip> {
    let length = all.len().div_ceil(TIPS).max(1);
    let tip = |(at, bucket): (usize, &[Broadcast])| {
        // Of many the slowest is told.
        let slowest = bucket
            .iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.last.total_cmp(&b.last));
        let (within, it) = slowest.expect("no part is empty");
        let number = at * length + within + 1;
        Tip {
            from: bucket[0].at - every / 2.0,
            until: bucket[bucket.len() - 1].at + every / 2.0,
            text: broadcast_tip(it, number),
        }
    };
    buckets(all, TIPS).enumerate().map(tip).collect()
}

fn broadcast_tip(it: &Broadcast, number: usize) -> String {
    format!(
        "Broadcast {number} at {} s\nlast {}\n99 % {}\nmedian {}\nfirst {}\n{} of {} at once, {} by resuming",
        short(it.at, 1),
        time(it.last),
        time(it.p99),
        time(it.median),
        time(it.first),
        count(it.live.into()),
        count(it.audience.into()),
        count(it.resumed.into()),
    )
}

fn held<'a>(report: &Report, across: &'a Scale) -> Chart<'a> {
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
        samples
            .iter()
            .map(|sample| (sample.at, f64::from(of(sample))))
            .collect()
    };
    let held = count(report.connections.held.into());
    chart.series.push(series(
        "held",
        held,
        "blue",
        Shape::Area,
        of(|sample| sample.held),
    ));
    if others {
        let last = samples.last().map_or(0, |sample| sample.connections);
        let points = of(|sample| sample.connections);
        chart.note += " With those that misbehave, all connections.";
        chart.series.push(series(
            "all",
            count(last.into()),
            "grey",
            Shape::Line,
            points,
        ));
    }
    chart.tips = tips(samples, |sample| {
        format!(
            "{} held\n{} in all\n{} opened so far\n{} dropped so far",
            count(sample.held.into()),
            many(sample.connections.into(), "connection"),
            count(sample.opened),
            count(sample.dropped)
        )
    });
    chart
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

/// What happened between two samples, per second.
struct Rates {
    from: f64,
    until: f64,
    opened: f64,
    /// Streams that ended, whoever ended them, and those that the server did.
    ended: f64,
    dropped: f64,
    events: f64,
}

fn rates(samples: &[Sample]) -> Vec<Rates> {
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

/// A rate holds from sample to sample.
fn steps(rates: &[Rates], of: impl Fn(&Rates) -> f64) -> Vec<Point> {
    let step = |rate: &Rates| [(rate.from, of(rate)), (rate.until, of(rate))];
    rates.iter().flat_map(step).collect()
}

fn most(rates: &[Rates], of: impl Fn(&Rates) -> f64) -> f64 {
    rates.iter().map(of).fold(0.0, f64::max)
}

/// What was turned over, downwards where that is less than nothing.
type Turned = fn(&Rates) -> f64;

fn turnover<'a>(report: &Report, across: &'a Scale, rates: &[Rates]) -> Chart<'a> {
    let up = Scale::both_ways(-most(rates, |it| it.ended), most(rates, |it| it.opened));
    let mut chart = chart(report, across, up, "turnover", "Streams opened and ended");
    let (opened, dropped) = (report.connections.opened, report.totals.dropped);
    let by_whom = if dropped > 0 {
        "some by the server"
    } else {
        "none by the server"
    };
    chart.note = format!("Per second: opened upwards, ended downwards; {by_whom}.");
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

fn events<'a>(report: &Report, across: &'a Scale, rates: &[Rates]) -> Chart<'a> {
    let up = Scale::counts(most(rates, |it| it.events));
    let mut chart = chart(report, across, up, "events", "Events received");
    chart.note = "Per second, over all subscribers: everything that has data, heartbeats with data included.".to_owned();
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

fn memory<'a>(report: &Report, across: &'a Scale) -> Option<Chart<'a>> {
    let memory = report.memory.as_ref()?;
    let classes = ["blue", "amber", "grey"];
    let mut all = Vec::new();
    for ((name, of, _), class) in memory.rows().into_iter().zip(classes) {
        let Some(before) = of(&memory.before) else {
            continue;
        };
        let grown =
            |sample: &Sample| of(&sample.memory).map_or(f64::NAN, |now| now as f64 - before as f64);
        let points: Vec<Point> = report.samples.iter().map(|it| (it.at, grown(it))).collect();
        let most = points
            .iter()
            .map(|(_, value)| *value)
            .fold(f64::NAN, f64::max);
        if !most.is_nan() {
            all.push(series(
                name,
                format!("+{}", bytes(most.max(0.0))),
                class,
                Shape::Line,
                points,
            ));
        }
    }
    let values = || {
        all.iter()
            .flat_map(|series| series.points.iter().map(|(_, value)| *value))
    };
    let up = Scale::sizes(values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let mut chart = chart(report, across, up, "memory", "Memory grown");
    chart.note = "More than before the first connection; at the right the most. The kernel's is of the whole machine: on \
                  one machine both ends of each connection, and whatever else runs."
        .to_owned();
    chart.height = TALL - (TALL - LOW) / 2.0;
    chart.tips = tips(&report.samples, |sample| {
        let rows = memory.rows().into_iter().filter_map(|(name, of, _)| {
            Some(format!("{name} {}", bytes(of(&sample.memory)? as f64)))
        });
        rows.collect::<Vec<_>>().join("\n")
    });
    chart.series = all;
    (!chart.series.is_empty()).then_some(chart)
}
