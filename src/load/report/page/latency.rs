//! The latency of each broadcast: to the first subscriber, the median, the 99th of 100 and the last.

use super::{
    chart::{Chart, Series, Shape, Tip},
    curves::{TIPS, chart},
    scale::Scale,
    thin::buckets,
};
use crate::load::report::{
    Broadcast, Report,
    units::{count, short, time},
};

/// The height in pixels: more than that of the other charts, since this one has most to read.
const HEIGHT: f64 = 260.0;

/// A figure of a broadcast that is drawn.
type Figure = fn(&Broadcast) -> f64;

/// The chart; nothing if no broadcast reached a subscriber.
pub(super) fn latency<'a>(report: &Report, across: &'a Scale) -> Option<Chart<'a>> {
    let all = &report.broadcasts;
    let reached: Vec<&Broadcast> = all.iter().filter(|it| it.live > 0).collect();
    let latest = reached.last()?;
    let (least, most) = extent(&reached);
    let up = Scale::times(least, most);
    let mut chart = chart(report, across, up, "latency", "Latency of each broadcast");
    let logarithmic = ["", " The axis is logarithmic."][usize::from(chart.up.is_logarithmic)];
    chart.note = format!(
        "From when a publish was due to the first, the median, the 99th of 100 and the last subscriber; the figures \
         are those of the last broadcast.{logarithmic}"
    );
    chart.height = HEIGHT;
    chart.series = series(all, latest);
    chart.ranges = buckets(&reached, 2 * TIPS).map(range).collect();
    chart.tips = tips(all, report.asked.every);
    Some(chart)
}

fn series(all: &[Broadcast], latest: &Broadcast) -> Vec<Series> {
    let figures: [(&'static str, &'static str, Figure); 4] = [
        ("last", "plum", |it| it.last),
        ("99 %", "amber", |it| it.p99),
        ("median", "blue", |it| it.median),
        ("first", "grey", |it| it.first),
    ];
    let series = figures.map(|(name, class, of)| {
        let point = |it: &Broadcast| (it.at, if it.live > 0 { of(it) } else { f64::NAN });
        Series {
            name,
            figure: time(of(latest)),
            class,
            shape: Shape::Line,
            points: all.iter().map(point).collect(),
        }
    });
    series.into()
}

/// The least and the greatest latency.
fn extent(all: &[&Broadcast]) -> (f64, f64) {
    let least = all.iter().map(|it| it.first).fold(f64::INFINITY, f64::min);
    (least, all.iter().map(|it| it.last).fold(0.0, f64::max))
}

fn range(bucket: &[&Broadcast]) -> (f64, f64, f64) {
    let (least, most) = extent(bucket);
    (bucket[0].at, least, most)
}

fn tips(all: &[Broadcast], every: f64) -> Vec<Tip> {
    let numbered: Vec<(usize, &Broadcast)> = all.iter().enumerate().collect();
    let tip = |bucket: &[(usize, &Broadcast)]| {
        let (first, last) = (bucket[0].1, bucket[bucket.len() - 1].1);
        // A tip that stands for many broadcasts tells the slowest.
        let slowest = bucket
            .iter()
            .max_by(|(_, a), (_, b)| a.last.total_cmp(&b.last));
        Tip {
            from: first.at - every / 2.0,
            until: last.at + every / 2.0,
            text: slowest
                .map(|(number, it)| told(it, *number))
                .unwrap_or_default(),
        }
    };
    buckets(&numbered, TIPS).map(tip).collect()
}

fn told(it: &Broadcast, number: usize) -> String {
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
