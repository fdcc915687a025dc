//! The distribution of all deliveries: how many took how long.

use super::{
    chart::{Chart, Series, Shape, Tip},
    scale::Scale,
};
use crate::load::report::{
    Report, histogram,
    units::{count, time},
};

/// The height in pixels.
const HEIGHT: f64 = 200.0;
/// The bars, as many as are wide enough to be seen.
const BARS: usize = 60;
/// The least ratio of the greatest time to the least, so that a bar is wider than what the histogram tells apart.
const WIDE: f64 = 1.5;

/// The times of the deliveries that fall into a bar.
#[derive(Debug, PartialEq)]
struct Bar {
    from: f64,
    until: f64,
    number: u64,
}

/// The bars, each as wide as the others on a logarithmic axis; none without deliveries.
fn bars(report: &Report) -> Vec<Bar> {
    let text = report.histograms.get("latency").map_or("", |text| text);
    let Some(times) = histogram::read(text).filter(|times| !times.is_empty()) else {
        return Vec::new();
    };
    let least = (times.min_nz().max(1)) as f64;
    let most = (times.max() as f64 * 1.001).max(least * WIDE);
    let edge = |at: usize| least * (most / least).powf(at as f64 / BARS as f64);
    let mut bars: Vec<Bar> = (0..BARS)
        .map(|at| Bar {
            from: edge(at) / 1e6,
            until: edge(at + 1) / 1e6,
            number: 0,
        })
        .collect();
    for value in times.iter_recorded() {
        let part = (value.value_iterated_to() as f64 / least).ln() / (most / least).ln();
        let at = (part.max(0.0) * BARS as f64) as usize;
        bars[at.min(BARS - 1)].number += value.count_at_value();
    }
    bars
}

/// The axis for the times of the deliveries, if there are any.
pub(super) fn times(report: &Report) -> Option<Scale> {
    let bars = bars(report);
    let (first, last) = (bars.first()?, bars.last()?);
    Some(Scale::logarithmic(first.from, last.until))
}

/// The chart.
pub(super) fn distribution<'a>(report: &Report, across: &'a Scale) -> Chart<'a> {
    let bars = bars(report);
    let most = bars.iter().map(|bar| bar.number).max().unwrap_or_default();
    let all: u64 = bars.iter().map(|bar| bar.number).sum();
    let points = bars.iter().flat_map(|bar| {
        let number = bar.number as f64;
        [
            (bar.from, 0.0),
            (bar.from, number),
            (bar.until, number),
            (bar.until, 0.0),
        ]
    });
    Chart {
        id: "distribution",
        title: "Latency of all deliveries",
        note: "How many deliveries took how long, from when a publish was due to the arrival. The axis of times is logarithmic."
            .to_owned(),
        height: HEIGHT,
        across,
        up: Scale::counts(most as f64),
        series: vec![Series {
            name: "deliveries",
            figure: count(all),
            class: "blue",
            shape: Shape::Area,
            points: points.collect(),
        }],
        ranges: Vec::new(),
        phases: Vec::new(),
        marks: marks(report),
        tips: tips(&bars, all),
    }
}

/// The quantiles that are marked.
fn marks(report: &Report) -> Vec<(f64, &'static str)> {
    let latency = report.latency;
    vec![(latency.median, "half"), (latency.p99, "99 %")]
}

fn tips(bars: &[Bar], all: u64) -> Vec<Tip> {
    let mut until_now = 0;
    let tip = |bar: &Bar| {
        until_now += bar.number;
        let part = until_now as f64 * 100.0 / all.max(1) as f64;
        Tip {
            from: bar.from,
            until: bar.until,
            text: format!(
                "{} to {}\n{} deliveries\n{part:.2} % took no longer",
                time(bar.from),
                time(bar.until),
                count(bar.number)
            ),
        }
    };
    bars.iter().map(tip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(seconds: &[f64]) -> Report {
        let text = histogram::compressed(&histogram::of(seconds.iter().copied()));
        let mut report = Report::default();
        report.histograms.insert("latency".to_owned(), text);
        report
    }

    #[test]
    fn each_delivery_is_in_a_bar_and_the_bars_stand_in_a_row() {
        let times = [0.000_1, 0.001, 0.001, 0.02, 0.5, 30.0];
        let bars = bars(&report(&times));
        assert_eq!(bars.iter().map(|bar| bar.number).sum::<u64>(), 6);
        assert!(bars.windows(2).all(|two| two[0].until == two[1].from));
        assert_eq!((bars[0].number, bars[BARS - 1].number), (1, 1));
        let of = |at: f64| bars.iter().find(|bar| bar.until > at).unwrap().number;
        assert_eq!((of(0.001), of(0.02), of(0.1)), (2, 1, 0));
    }

    #[test]
    fn deliveries_that_took_the_same_time_have_a_chart_and_none_have_none() {
        let same = report(&[0.004; 9]);
        let across = times(&same).unwrap();
        let svg = distribution(&same, &across).render();
        assert!(
            svg.contains("9 deliveries") && !svg.contains("NaN"),
            "{svg}"
        );
        assert!(times(&Report::default()).is_none());
        assert!(times(&report(&[])).is_none());
    }
}
