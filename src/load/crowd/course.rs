//! The course of a run: its phases, and the figures that it has so far. Knows no socket.

use super::{
    measures::Measures,
    member::{Manner, Member},
};
use crate::load::{
    judge::ledger::Judgement,
    probe::Look,
    report::{StageFigures, Storm, samples::Samples},
};
use std::time::Duration;

/// The phases of a run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// The subscribers are connecting.
    Ramp,
    /// The subscribers hold their streams, and each event is for all of them.
    Hold,
    /// No more is published; events may still arrive.
    Settle,
    /// Everything was counted and closed, and the probe looks at the memory once more.
    Leave,
}

/// The course of a run.
pub(super) struct Course {
    pub(super) phase: Phase,
    pub(super) interrupted: bool,
    /// Subscribers that behave and hold a stream: at present, at most, and at the end.
    pub(super) held: u32,
    pub(super) top: u32,
    pub(super) held_at_end: u32,
    pub(super) reconnects: u64,
    /// The ledger's judgement, once the run is over.
    pub(super) judgement: Judgement,
    pub(super) held_from: Duration,
    pub(super) held_until: Duration,
    /// When all connections were closed.
    pub(super) left: Duration,
    pub(super) ramp: Duration,
    pub(super) storm: Option<Storm>,
    /// The looks of the probe.
    pub(super) measures: Measures,
    pub(super) samples: Samples,
    /// The stages that were begun, if the crowd is to grow in stages.
    pub(super) stages: Vec<StageFigures>,
    /// Seconds since the run's beginning, as the alarm counts them.
    pub(super) seconds: u64,
    /// When the crowd began to grow, and the subscribers that were told to connect before.
    pub(super) ramp_from: (Duration, u32),
    /// Subscribers that were told to connect.
    pub(super) started: u32,
    /// Subscribers that had connected, and those that had tried at all, when the run last looked whether all are there.
    pub(super) progress: (usize, u32),
    /// Subscribers that have held a stream, or failed to, at least once.
    pub(super) tried: u32,
    /// Subscribers that churn has dropped.
    pub(super) churned: u64,
    pub(super) failures: u64,
    /// Subscribers that the storm has dropped and that are not back.
    pub(super) stormed: u32,
}

impl Course {
    pub(super) fn new(before: Look) -> Self {
        Self {
            phase: Phase::Ramp,
            interrupted: false,
            held: 0,
            top: 0,
            held_at_end: 0,
            reconnects: 0,
            judgement: Judgement::default(),
            held_from: Duration::ZERO,
            held_until: Duration::ZERO,
            left: Duration::ZERO,
            ramp: Duration::ZERO,
            storm: None,
            measures: Measures::new(before),
            samples: Samples::default(),
            stages: Vec::new(),
            seconds: 0,
            ramp_from: (Duration::ZERO, 0),
            started: 0,
            progress: (0, 0),
            tried: 0,
            churned: 0,
            failures: 0,
            stormed: 0,
        }
    }

    /// A subscriber has its stream.
    pub(super) fn holds(&mut self, member: &mut Member, now: Duration) {
        self.tried(member);
        if member.manner != Manner::Good {
            return;
        }
        if self.phase == Phase::Ramp {
            self.ramp = now;
        }
        self.held += 1;
        self.top = self.top.max(self.held);
        self.is_back(member, now, true);
    }

    /// A subscriber has got a stream or failed to, for the first time or again.
    pub(super) fn tried(&mut self, member: &mut Member) {
        member.churned = false;
        self.tried += u32::from(!std::mem::replace(&mut member.tried, true));
    }

    /// A connection failed.
    pub(super) fn fails(&mut self) {
        self.failures += 1;
    }

    /// A subscriber's stream is over.
    pub(super) fn leaves(&mut self, member: &Member) {
        self.held -= u32::from(member.manner == Manner::Good);
    }

    /// Begins a storm that drops so many subscribers.
    pub(super) fn storm(&mut self, dropped: u32, now: Duration) {
        self.stormed = dropped;
        self.storm = Some(Storm {
            at: now.as_secs_f64(),
            dropped,
            failures: self.failures,
            ..Storm::default()
        });
    }

    /// A subscriber is back, or will not come back: the storm is over when this holds for each that it dropped.
    pub(super) fn is_back(&mut self, member: &mut Member, now: Duration, holds: bool) {
        if !std::mem::take(&mut member.stormed) {
            return;
        }
        self.stormed -= 1;
        let Some(storm) = &mut self.storm else {
            return;
        };
        storm.returned += u32::from(holds);
        if self.stormed == 0 {
            storm.back = now.as_secs_f64() - storm.at;
            storm.failures = self.failures - storm.failures;
            log::info!("after the storm all were back in {:.1} s", storm.back);
        }
    }
}
