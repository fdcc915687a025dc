//! A report as JSON, for programs: the fields of [`Report`], and figures that follow from them. Times are in seconds,
//! sizes in bytes, moments in seconds from the run's beginning.

use super::{Report, Verdict};
use serde::Serialize;

/// The version of the format: it grows when a field goes or changes its meaning, not when a field is added.
const FORMAT: u32 = 2;

#[derive(Serialize)]
struct Everything<'a> {
    format: u32,
    /// The program and its version.
    program: &'static str,
    verdict: Verdict,
    /// Whether the verdict is that the server passed.
    passed: bool,
    /// The faults of the server, in words.
    faults: Vec<String>,
    /// Streams opened per second until all were there.
    connections_per_second: f64,
    /// Events delivered per second from the first delivery to the last, over all subscribers.
    deliveries_per_second: f64,
    #[serde(flatten)]
    report: &'a Report,
}

/// The report as JSON, ended by a line end.
pub(crate) fn render(report: &Report) -> Vec<u8> {
    let verdict = report.verdict();
    let everything = Everything {
        format: FORMAT,
        program: concat!("picture-frame ", env!("CARGO_PKG_VERSION")),
        verdict,
        passed: verdict == Verdict::Passed,
        faults: report.faults(),
        connections_per_second: report.connect_rate(),
        deliveries_per_second: report.rate(),
        report,
    };
    let mut text = serde_json::to_vec_pretty(&everything).expect("its keys are strings");
    text.push(b'\n');
    text
}
