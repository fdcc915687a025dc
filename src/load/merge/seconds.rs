//! The standing of all processes at the same moments. Pure.

use super::resources;
use crate::load::report::{MemoryUse, Report, Sample, samples::Samples};

/// The longest run, in seconds: some three years. A moment beyond it is that of a damaged file.
const LONGEST: f64 = 1e8;

/// A sample of each second, of a long run fewer. Moments count from `began`.
pub(super) fn samples(reports: &[Report], began: f64) -> Vec<Sample> {
    let ends = reports.iter().filter_map(|report| {
        let last = report.samples.last()?;
        Some(report.began - began + last.at)
    });
    let end = ends.fold(0.0, f64::max).min(LONGEST).ceil() as u64;
    let mut samples = Samples::default();
    for second in (0..=end).filter(|_| end > 0) {
        if samples.is_due(second) {
            samples.keep(at(reports, began, second as f64));
        }
    }
    samples.into_vec()
}

/// The standing of all processes at a moment: the sum of the latest sample of each.
fn at(reports: &[Report], began: f64, moment: f64) -> Sample {
    let standing = reports
        .iter()
        .filter_map(|report| latest(report, moment - (report.began - began)));
    let sum = standing.fold(Sample::default(), |sum, it| Sample {
        at: 0.0,
        held: sum.held + it.held,
        connections: sum.connections + it.connections,
        opened: sum.opened + it.opened,
        dropped: sum.dropped + it.dropped,
        events: sum.events + it.events,
        bytes: sum.bytes + it.bytes,
        errors: sum.errors + it.errors,
        memory: MemoryUse {
            resident: sum.memory.resident.max(it.memory.resident),
            kernel: sum.memory.kernel.max(it.memory.kernel),
            own: match (sum.memory.own, it.memory.own) {
                (Some(one), Some(other)) => Some(one + other),
                (one, other) => one.or(other),
            },
        },
        cpu: resources::cpu_use(sum.cpu, it.cpu),
    });
    Sample { at: moment, ..sum }
}

/// The latest sample of a process at a moment. A process that has ended has its counts and no connections.
fn latest(report: &Report, moment: f64) -> Option<Sample> {
    let after = report.samples.partition_point(|sample| sample.at <= moment);
    let sample = report.samples.get(after.checked_sub(1)?)?;
    let mut sample = sample.clone();
    if moment > report.took {
        (sample.held, sample.connections) = (0, 0);
    }
    Some(sample)
}
