//! A report as JSON, for programs: the fields of [`Report`], and figures that follow from them. Times are in seconds,
//! sizes in bytes, moments in seconds from the run's beginning.

use super::{Quantiles, Report};
use serde::Serialize;

/// The version of the format: it grows when a field goes or changes its meaning, not when a field is added.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Everything<'a> {
    format: u32,
    /// The program and its version.
    program: &'static str,
    /// Whether every subscriber was held and got every event, as the exit status says.
    passed: bool,
    /// The faults of the server, in words.
    faults: Vec<String>,
    /// Streams opened per second until all were there.
    connections_per_second: f64,
    /// Events delivered per second while the crowd was held, over all subscribers.
    deliveries_per_second: f64,
    /// The times from when a publish was due to the publisher's answer.
    publish: Quantiles,
    /// The times from the first subscriber to the last, of each broadcast.
    spread: Quantiles,
    #[serde(flatten)]
    report: &'a Report,
}

/// The report as JSON, ended by a line end.
pub(crate) fn render(report: &Report) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(&everything(report)).expect("its keys are strings");
    text.push(b'\n');
    text
}

/// The report as a value, to look up its figures.
pub(crate) fn value(report: &Report) -> serde_json::Value {
    serde_json::to_value(everything(report)).expect("its keys are strings")
}

fn everything(report: &Report) -> Everything<'_> {
    let faults = report.faults();
    Everything {
        format: FORMAT,
        program: concat!("picture-frame ", env!("CARGO_PKG_VERSION")),
        passed: faults.is_empty(),
        faults,
        connections_per_second: report.connect_rate(),
        deliveries_per_second: report.rate(),
        publish: Quantiles::of(report.answered()),
        spread: Quantiles::of(report.spreads()),
        report,
    }
}
