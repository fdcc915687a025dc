//! The stages of a run: crowds of growing size, each held for a time, and the knee among them. Pure.

mod knee;

pub(super) use knee::sentence as knee;

use super::{
    report::{Broadcast, Report, Sample, StageFigures, histogram},
    values,
};
use std::time::Duration;

/// A stage that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StagePlan {
    /// The size of the crowd.
    pub(super) subscribers: u32,
    /// The time to hold the crowd.
    pub(super) hold: Duration,
}

impl StagePlan {
    /// Reads a stage, as `5000:30s`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (subscribers, hold) = text
            .split_once(':')
            .ok_or("a stage is a number of subscribers and a time, as 5000:30s")?;
        Ok(Self {
            subscribers: values::count(subscribers.trim())?,
            hold: values::some_time(hold.trim())?,
        })
    }
}

/// Checks that the crowd grows from stage to stage.
pub(super) fn check(stages: &[StagePlan]) -> Result<(), String> {
    let grows = |pair: &[StagePlan]| pair[0].subscribers < pair[1].subscribers;
    match stages.windows(2).all(grows) {
        true => Ok(()),
        false => Err("--stages: each stage needs more subscribers than the one before".to_owned()),
    }
}

/// Fills in the figures of the stages from the broadcasts and the samples, and says where the knee is.
pub(super) fn measure(report: &mut Report) {
    let mut stages = std::mem::take(&mut report.stages);
    for stage in &mut stages {
        measure_stage(stage, &report.broadcasts, &report.samples);
    }
    report.notes.extend(knee(&stages));
    report.stages = stages;
}

fn measure_stage(stage: &mut StageFigures, broadcasts: &[Broadcast], samples: &[Sample]) {
    let span = stage.held_from..stage.held_until;
    let within: Vec<&Broadcast> = broadcasts
        .iter()
        .filter(|it| span.contains(&it.at))
        .collect();
    let reached = || within.iter().filter(|it| it.live > 0);
    let first = reached().map(|it| it.first).fold(f64::INFINITY, f64::min);
    let last = reached().map(|it| it.last).fold(0.0, f64::max);
    let times = histogram::added(reached().map(|it| &*it.times));
    stage.latency = times.map_or_else(Default::default, |times| {
        histogram::quantiles(&times, first.min(last), last)
    });
    let received: u64 = within
        .iter()
        .map(|it| u64::from(it.live) + u64::from(it.resumed))
        .sum();
    let seconds = stage.held_until - stage.held_from;
    stage.broadcasts = within.len() as u64;
    stage.deliveries_per_second = match seconds > 0.0 {
        true => received as f64 / seconds,
        false => 0.0,
    };
    let errors = |moment: f64| {
        let until = samples.partition_point(|sample| sample.at <= moment);
        samples[..until].last().map_or(0, |sample| sample.errors)
    };
    stage.errors = errors(stage.held_until).saturating_sub(errors(stage.at));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::judge::latencies::Latencies;

    fn stage(subscribers: u32, from: f64) -> StageFigures {
        StageFigures {
            subscribers,
            at: from,
            held_from: from + 1.0,
            held_until: from + 3.0,
            held: subscribers,
            ..StageFigures::default()
        }
    }

    #[test]
    fn a_stage_is_a_crowd_and_a_time() {
        let stage = StagePlan::parse("5000:30s").unwrap();
        assert_eq!((stage.subscribers, stage.hold.as_secs()), (5000, 30));
        for text in ["", "5000", ":30s", "0:30s", "5:0", "5:30d", "a:1s"] {
            assert!(StagePlan::parse(text).is_err(), "{text}");
        }
        let stages = |texts: &[&str]| -> Vec<StagePlan> {
            texts
                .iter()
                .map(|it| StagePlan::parse(it).unwrap())
                .collect()
        };
        assert!(check(&stages(&["1:1s", "2:1s", "20:1s"])).is_ok());
        assert!(check(&stages(&["2:1s", "2:1s"])).is_err());
    }

    #[test]
    fn a_stage_has_the_figures_of_the_time_in_which_its_crowd_was_held() {
        let broadcast = |at: f64, millis: u64| {
            let mut times = Latencies::new(2);
            times.record(Duration::from_millis(millis));
            let late = millis as f64 / 1000.0;
            Broadcast {
                at,
                live: 10,
                first: late,
                last: late,
                times: times.plain(),
                ..Broadcast::default()
            }
        };
        let sample = |at: f64, errors| Sample {
            at,
            errors,
            ..Sample::default()
        };
        let mut report = Report {
            stages: vec![stage(10, 0.0), stage(20, 3.0)],
            broadcasts: vec![
                broadcast(0.5, 900),
                broadcast(1.5, 10),
                broadcast(2.5, 20),
                broadcast(3.5, 900),
                broadcast(4.5, 15),
            ],
            samples: vec![sample(1.0, 1), sample(2.0, 3), sample(5.0, 10)],
            ..Report::default()
        };
        measure(&mut report);
        let [one, other] = &report.stages[..] else {
            panic!()
        };
        assert_eq!((one.broadcasts, one.latency.count, one.errors), (2, 2, 3));
        assert_eq!((one.latency.min, one.latency.max), (0.010, 0.020));
        assert_eq!(one.deliveries_per_second, 10.0);
        assert_eq!(
            (other.broadcasts, other.latency.max, other.errors),
            (1, 0.015, 7)
        );
        assert_eq!(report.notes.len(), 1);
    }
}
