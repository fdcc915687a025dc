//! The latency of each stage over the size of its crowd.

use super::{
    chart::{Chart, Series, Shape},
    scale::Scale,
};
use crate::load::report::{Quantiles, Report, StageFigures, units::time};

/// The height in pixels.
const HEIGHT: f64 = 200.0;

/// The axis for the sizes of the crowds.
pub(super) fn across(report: &Report) -> Scale {
    let most = report.stages.iter().map(|stage| stage.subscribers).max();
    Scale::counts(most.unwrap_or_default().into())
}

/// The chart; nothing if fewer than two stages have latencies.
pub(super) fn latency_over_crowd<'a>(report: &Report, across: &'a Scale) -> Option<Chart<'a>> {
    let stages: Vec<&StageFigures> = report
        .stages
        .iter()
        .filter(|stage| stage.latency.count > 0)
        .collect();
    if stages.len() < 2 {
        return None;
    }
    let least = stages.iter().map(|it| it.latency.median);
    let most = stages.iter().map(|it| it.latency.p99).fold(0.0, f64::max);
    Some(Chart {
        id: "stages",
        title: "Latency over the size of the crowd",
        note: "From when a publish was due to the median and the 99th of 100 deliveries, for each stage; the figures \
               are those of the last stage."
            .to_owned(),
        height: HEIGHT,
        across,
        up: Scale::times(least.fold(f64::INFINITY, f64::min), most),
        series: vec![
            series("99 %", "amber", &stages, |it| it.p99),
            series("median", "blue", &stages, |it| it.median),
        ],
        ranges: Vec::new(),
        phases: Vec::new(),
        marks: Vec::new(),
        tips: Vec::new(),
    })
}

fn series(
    name: &'static str,
    class: &'static str,
    stages: &[&StageFigures],
    of: fn(&Quantiles) -> f64,
) -> Series {
    let point = |it: &&StageFigures| (f64::from(it.subscribers), of(&it.latency));
    Series {
        name,
        figure: stages
            .last()
            .map_or(String::new(), |it| time(of(&it.latency))),
        class,
        shape: Shape::Line,
        points: stages.iter().map(point).collect(),
    }
}
