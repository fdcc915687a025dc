//! The course of a run: the crowd comes, is held, gets the rest of what it is owed, and leaves.

use super::{
    Crowd,
    fetcher::{self, Fetcher},
    member::{Manner, Member, Stage},
};
use crate::load::report::{Bytes, Storm, samples::Samples};
use crate::reactor::Io;
use std::time::Duration;

/// The alarms, beside those of the subscribers, which are below.
const RAMP: u32 = u32::MAX - 1;
pub(super) const SECOND: u32 = u32::MAX - 2;
const PHASE: u32 = u32::MAX - 3;
const CHURN: u32 = u32::MAX - 4;
const STORM: u32 = u32::MAX - 5;
const CHECK: u32 = u32::MAX - 6;
pub(super) const GLANCE: u32 = u32::MAX - 7;

/// Between two looks at how many connections are to be made: two ticks of the loop.
const STEP: Duration = Duration::from_millis(20);
/// Between two looks whether everyone has everything: a look is at all of them.
const LOOK: Duration = Duration::from_millis(50);
/// How long memory is waited for after the last connection was closed.
const LEAVING: Duration = Duration::from_secs(5);
/// How often one that is to drop is looked for.
const PICKS: u32 = 16;

/// How far the run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// They are connecting.
    Ramp,
    /// They are there, and what is published is for all of them.
    Hold,
    /// Nothing more is published; what was is still to arrive.
    Settle,
    /// All was counted and closed, and memory is looked at once more.
    Leave,
}

/// Where the run stands.
pub(super) struct Course {
    pub(super) phase: Phase,
    pub(super) interrupted: bool,
    /// Subscribers that behave and hold a stream, now, at most, and at the end.
    pub(super) held: u32,
    pub(super) top: u32,
    pub(super) held_at_end: u32,
    pub(super) reconnects: u64,
    pub(super) lost: u64,
    pub(super) unseen: u64,
    pub(super) held_from: Duration,
    pub(super) held_until: Duration,
    pub(super) ramp: Duration,
    pub(super) storm: Option<Storm>,
    /// Memory before, and the most since; and then after.
    pub(super) before: Bytes,
    pub(super) most: Bytes,
    pub(super) after: Option<Bytes>,
    pub(super) latest: Bytes,
    pub(super) connections: u32,
    pub(super) samples: Samples,
    /// Looks at how things stand, one a second.
    pub(super) seconds: u64,
    /// Subscribers that were told to connect, and that have got as far as they could.
    started: u32,
    tried: u32,
    churned: u64,
    pub(super) failures: u64,
    stormed: u32,
    pub(super) looks: u32,
}

impl Course {
    pub(super) fn new(before: Bytes) -> Self {
        Self {
            phase: Phase::Ramp,
            interrupted: false,
            held: 0,
            top: 0,
            held_at_end: 0,
            reconnects: 0,
            lost: 0,
            unseen: 0,
            held_from: Duration::ZERO,
            held_until: Duration::ZERO,
            ramp: Duration::ZERO,
            storm: None,
            before,
            most: before,
            after: None,
            latest: before,
            connections: 0,
            samples: Samples::default(),
            seconds: 0,
            started: 0,
            tried: 0,
            churned: 0,
            failures: 0,
            stormed: 0,
            looks: 0,
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
        self.is_back(member, now);
    }

    /// A subscriber has got as far as it could, for the first time or again.
    pub(super) fn tried(&mut self, member: &mut Member) {
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

    /// A subscriber that the storm dropped is back, or will not come.
    pub(super) fn is_back(&mut self, member: &mut Member, now: Duration) {
        if !std::mem::take(&mut member.stormed) {
            return;
        }
        self.stormed -= 1;
        if self.stormed == 0
            && let Some(storm) = &mut self.storm
        {
            storm.back = now.as_secs_f64() - storm.at;
            storm.failures = self.failures - storm.failures;
            log::info!("after the storm all were back in {:.1} s", storm.back);
        }
    }
}

impl Crowd {
    /// The run begins.
    pub(super) fn begin(&mut self, io: &mut Io<Self>) {
        self.ramp(io);
        self.second(io);
        self.glance(io);
    }

    pub(super) fn rings(&mut self, io: &mut Io<Self>, id: u32) {
        match id {
            RAMP => self.ramp(io),
            SECOND => self.second(io),
            CHURN => self.churn(io),
            STORM => self.storm(io),
            CHECK => self.check(io),
            GLANCE => self.glance(io),
            PHASE => match self.course.phase {
                Phase::Hold => self.settle(io, self.patience()),
                Phase::Settle => self.leave(io),
                Phase::Ramp | Phase::Leave => io.stop(),
            },
            _ => {}
        }
    }

    /// Has those connect whose turn has come.
    fn ramp(&mut self, io: &mut Io<Self>) {
        if self.course.phase != Phase::Ramp {
            return;
        }
        let (all, rate) = (self.members.len() as u32, f64::from(self.plan.options.ramp));
        let due = (self.now() + STEP).as_secs_f64() * rate;
        while self.course.started < all && f64::from(self.course.started) < due {
            let number = self.course.started;
            self.course.started += 1;
            self.connect(io, number);
        }
        if self.course.started < all {
            io.alarm(RAMP, STEP);
        }
    }

    /// What is to be looked at after each turn.
    pub(super) fn go_on(&mut self, io: &mut Io<Self>) {
        self.publish(io);
        if self.course.phase == Phase::Ramp && self.course.tried as usize == self.members.len() {
            self.hold(io);
        }
    }

    fn hold(&mut self, io: &mut Io<Self>) {
        self.course.phase = Phase::Hold;
        self.course.held_from = self.now();
        log::info!(
            "{} of {} are there",
            self.course.held,
            self.plan.options.subscribers
        );
        self.books.ledger.begin();
        for member in self.members.iter_mut().filter(|member| member.is_held()) {
            member.anchor(&self.books);
        }
        self.sample(io);
        if self.course.held == 0 && self.plan.options.subscribers > 0 {
            return self.settle(io, Duration::ZERO);
        }
        let options = &self.plan.options;
        io.alarm(PHASE, options.hold);
        if options.storm {
            io.alarm(STORM, options.hold / 2);
        }
        if options.churn > 0 {
            io.alarm(CHURN, STEP);
        }
        self.begin_to_publish(io);
    }

    /// Has those drop and come back whose turn has come, drawn at random.
    fn churn(&mut self, io: &mut Io<Self>) {
        if self.course.phase != Phase::Hold {
            return;
        }
        let held = (self.now() - self.course.held_from).as_secs_f64();
        let due = (held * f64::from(self.plan.options.churn) / 60.0) as u64;
        while self.course.churned < due {
            self.course.churned += 1;
            let draws = (0..PICKS).map(|_| fastrand::u32(..self.plan.options.subscribers));
            let held = |number: &u32| self.members[*number as usize].is_held();
            if let Some(number) = draws.into_iter().find(held) {
                self.reconnect(io, number);
            }
        }
        io.alarm(CHURN, STEP);
    }

    fn storm(&mut self, io: &mut Io<Self>) {
        let held = (0..self.plan.options.subscribers)
            .filter(|number| self.members[*number as usize].is_held());
        let held: Vec<u32> = held.collect();
        self.course.storm = Some(Storm {
            at: self.now().as_secs_f64(),
            dropped: held.len() as u32,
            failures: self.course.failures,
            ..Storm::default()
        });
        self.course.stormed = held.len() as u32;
        log::info!("all {} drop", held.len());
        for number in held {
            self.members[number as usize].stormed = true;
            self.reconnect(io, number);
        }
    }

    /// How long what is still to arrive is waited for.
    fn patience(&self) -> Duration {
        let wait = match self.fetchers.is_empty() {
            true => Duration::ZERO,
            false => fetcher::WAIT,
        };
        self.plan.options.timeout + wait
    }

    fn settle(&mut self, io: &mut Io<Self>, patience: Duration) {
        self.course.held_until = self.now();
        self.course.phase = Phase::Settle;
        self.books.ledger.close();
        io.alarm(PHASE, patience);
        self.check(io);
    }

    /// Ends the wait for the rest as soon as everyone has everything.
    fn check(&mut self, io: &mut Io<Self>) {
        if self.course.phase != Phase::Settle {
            return;
        }
        let published = self
            .publisher
            .as_ref()
            .is_none_or(|publisher| publisher.is_done());
        let interrupted = self.course.interrupted;
        let content = |member: &Member| {
            (interrupted && member.stage != Stage::Holding) || member.is_content(&self.books)
        };
        let fetched = self.fetchers.iter().all(Fetcher::is_idle);
        if published && fetched && self.members.iter().all(content) {
            return self.leave(io);
        }
        io.alarm(CHECK, LOOK);
    }

    fn leave(&mut self, io: &mut Io<Self>) {
        self.stop_publishing();
        self.stop_fetching();
        self.sample(io);
        self.course.held_at_end = self.course.held;
        self.course.lost = self
            .members
            .iter()
            .map(|member| member.lost(&self.books))
            .sum();
        self.course.unseen = self.books.broadcasts.unseen() as u64;
        self.course.phase = Phase::Leave;
        for index in 0..io.top() {
            if let Some(at) = io.at(index) {
                io.with(at, |slot| slot.socket.close());
            }
        }
        self.course.held = 0;
        // Memory afterwards is of interest only where there was some before.
        let patience = self
            .course
            .before
            .resident
            .map_or(Duration::ZERO, |_| LEAVING);
        io.alarm(PHASE, patience);
    }

    /// A signal: no more is begun, and what is on its way may arrive.
    pub(super) fn interrupt(&mut self, io: &mut Io<Self>) {
        self.course.interrupted = true;
        if let Some(publisher) = &mut self.publisher {
            publisher.stop();
        }
        match self.course.phase {
            Phase::Ramp | Phase::Hold => {
                if self.course.phase == Phase::Ramp {
                    self.course.held_from = self.now();
                }
                log::info!(
                    "interrupted: the rest may still arrive; once more ends it without a report"
                );
                self.settle(io, self.patience());
            }
            Phase::Settle => self.leave(io),
            Phase::Leave => io.stop(),
        }
    }
}
