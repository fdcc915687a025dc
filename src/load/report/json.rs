//! Everything that was measured, for programs. Times are in seconds, sizes in bytes, moments in seconds from the run's
//! beginning; the fields are those of [`Report`], and what follows from them.

use super::Report;
use serde::Serialize;

/// Grows when a field goes or changes its meaning; a new one may come without.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Everything<'a> {
    /// The version of what the fields mean.
    format: u32,
    /// The program and its version.
    program: &'static str,
    /// Whether all were held and got everything, as the exit status says it.
    passed: bool,
    /// What was lost, doubled or dropped, in words.
    faults: Vec<String>,
    /// Connections opened per second until all were there.
    connections_per_second: f64,
    /// Events delivered per second while the crowd was held, over all subscribers.
    deliveries_per_second: f64,
    #[serde(flatten)]
    report: &'a Report,
}

/// The report as JSON, ended by a line end.
pub(crate) fn render(report: &Report) -> Vec<u8> {
    let faults = report.faults();
    let everything = Everything {
        format: FORMAT,
        program: concat!("picture-frame ", env!("CARGO_PKG_VERSION")),
        passed: faults.is_empty(),
        faults,
        connections_per_second: report.connect_rate(),
        deliveries_per_second: report.rate(),
        report,
    };
    let mut text = serde_json::to_vec_pretty(&everything).expect("its keys are strings");
    text.push(b'\n');
    text
}
