//! The figures that each broadcast of a run has: a broadcast is a round. Pure.

use crate::load::report::{Broadcast, Report};

/// The values of a figure, one of each round, in seconds.
type Rounds = fn(&Report) -> Vec<f64>;

/// The figures of which every broadcast has a value.
pub(super) const ROUNDS: [(&str, Rounds); 6] = [
    ("delivery to the first", |report| {
        reached(report, |it| it.first)
    }),
    ("delivery median", |report| reached(report, |it| it.median)),
    ("delivery p99", |report| reached(report, |it| it.p99)),
    ("delivery to the last", |report| {
        reached(report, |it| it.last)
    }),
    ("spread", |report| reached(report, Broadcast::spread)),
    ("publish", |report| report.answered().collect()),
];

fn reached(report: &Report, of: fn(&Broadcast) -> f64) -> Vec<f64> {
    let reached = report.broadcasts.iter().filter(|it| it.live > 0);
    reached.map(of).collect()
}
