//! The number of subscribers of a process at a moment. Moments are in seconds since 1970. Pure.

use crate::load::report::{Report, Sample};

/// The subscribers that held a stream.
pub(in crate::load::merge) fn held(report: &Report, moment: f64) -> u32 {
    match is_there(report, moment) {
        true => before(report, moment).map_or(0, |sample| sample.held),
        false => 0,
    }
}

/// Whether the process had its crowd then: its last sample before it leaves is taken as it leaves.
pub(super) fn is_there(report: &Report, moment: f64) -> bool {
    let holding = report.samples.iter().rfind(|sample| sample.held > 0);
    holding.is_some_and(|last| moment <= report.began + last.at)
}

fn before(report: &Report, moment: f64) -> Option<&Sample> {
    let samples = &report.samples;
    let after = samples.partition_point(|sample| report.began + sample.at <= moment);
    samples.get(after.checked_sub(1)?)
}
