//! The charts of a report, in their order.

use super::{
    chart::Chart,
    crowds::{self, latency_over_crowd},
    curves::{events, held, memory, rates, turnover},
    distribution,
    latency::latency,
    processor::processor,
    scale::Scale,
};
use crate::load::report::Report;

/// All charts that have something to draw.
pub(super) fn charts(report: &Report) -> String {
    let last = report.samples.last().map_or(0.0, |sample| sample.at);
    let across = Scale::moments(last.max(report.held_until));
    let rates = rates(&report.samples);
    let crowds = crowds::across(report);
    let times = distribution::times(report);
    let all = [
        latency(report, &across),
        times
            .as_ref()
            .map(|times| distribution::distribution(report, times)),
        latency_over_crowd(report, &crowds),
        Some(held(report, &across)),
        Some(turnover(report, &across, &rates)),
        Some(events(report, &across, &rates)),
        memory(report, &across),
        processor(report, &across),
    ];
    all.into_iter().flatten().map(Chart::render).collect()
}
