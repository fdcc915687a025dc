//! The growth of the crowd from stage to stage, on the reactor. Without stages the crowd comes at once.

use super::{Crowd, course::Phase, phases::STAGE};
use crate::{load::report::StageFigures, reactor::Io};

impl Crowd {
    /// The number of subscribers that are to be there by now.
    pub(super) fn wanted(&self) -> u32 {
        match self.course.stages.last() {
            Some(stage) => stage.subscribers,
            None => self.members.len() as u32,
        }
    }

    /// Whether subscribers are to connect that have not.
    pub(super) fn is_growing(&self) -> bool {
        let is_held = self
            .course
            .stages
            .last()
            .is_none_or(|it| it.held_from > 0.0);
        self.course.phase == Phase::Ramp || (self.course.phase == Phase::Hold && !is_held)
    }

    /// Begins the next stage, if there is another. Returns whether there is.
    pub(super) fn begin_stage(&mut self) -> bool {
        let Some(plan) = self.plan.options.stages.get(self.course.stages.len()) else {
            return false;
        };
        let now = self.now();
        self.course.ramp_from = (now, self.course.started);
        self.course.stages.push(StageFigures {
            subscribers: plan.subscribers,
            at: now.as_secs_f64(),
            ..StageFigures::default()
        });
        true
    }

    /// The crowd of a stage is there, as far as it comes.
    pub(super) fn hold_stage(&mut self, io: &mut Io<Self>) {
        let now = self.now();
        let number = self.course.stages.len().saturating_sub(1);
        let plan = self.plan.options.stages.get(number).copied();
        if let (Some(plan), Some(stage)) = (plan, self.course.stages.last_mut()) {
            stage.held_from = now.as_secs_f64();
            log::info!("{} of {} are there", self.course.held, plan.subscribers);
            io.alarm(STAGE, plan.hold);
        }
        self.sample(io);
    }

    /// The time of a stage is over.
    pub(super) fn stage_is_over(&mut self, io: &mut Io<Self>) {
        if self.course.phase != Phase::Hold {
            return;
        }
        self.end_stage();
        match self.begin_stage() {
            true => self.ramp(io),
            false => self.settle(io, self.patience()),
        }
    }

    /// Notes how a stage stands at its end. A subscriber that churn has dropped counts as held until it fails to come back.
    pub(super) fn end_stage(&mut self) {
        let churned = self.members.iter().filter(|member| member.churned).count();
        let held = self.course.held + churned as u32;
        let now = self.now().as_secs_f64();
        if let Some(stage) = self.course.stages.last_mut()
            && stage.held_until == 0.0
        {
            stage.held_until = now;
            stage.held = held;
            if stage.held_from == 0.0 {
                stage.held_from = now;
            }
        }
    }
}
