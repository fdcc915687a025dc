//! The phases of a run on the reactor: the crowd comes, is held, gets the rest of what it is owed, and leaves.

use super::{
    Crowd,
    course::Phase,
    drop_all,
    fetch::Fetcher,
    fetcher,
    member::{Manner, Member, Stage},
};
use crate::{
    load::{report::which::Kind, upgrades},
    reactor::Io,
};
use std::time::Duration;

/// The alarms of the run, above those of the subscribers and fetchers.
const RAMP: u32 = u32::MAX - 1;
pub(super) const SECOND: u32 = u32::MAX - 2;
const PHASE: u32 = u32::MAX - 3;
const CHURN: u32 = u32::MAX - 4;
const STORM: u32 = u32::MAX - 5;
const CHECK: u32 = u32::MAX - 6;
const READY: u32 = u32::MAX - 8;
pub(super) const STAGE: u32 = u32::MAX - 9;
pub(super) const GLANCE: u32 = u32::MAX - 7;

/// The time between two looks at how many connections are to be made: two ticks of the loop.
const STEP: Duration = Duration::from_millis(20);
/// The time between two looks whether every subscriber has every event: a look is at all of them.
const LOOK: Duration = Duration::from_millis(50);
/// The longest wait for the memory after the last connection was closed.
const LEAVING: Duration = Duration::from_secs(5);
/// The time in which no connection and no answer may have come before the crowd is held without the answers that miss.
const QUIET: Duration = Duration::from_secs(1);
/// Draws of churn for a subscriber that holds a stream.
const DRAWS: u32 = 16;

impl Crowd {
    /// Begins the run.
    pub(super) fn begin(&mut self, io: &mut Io<Self>) {
        self.begin_stage();
        self.ramp(io);
        self.second(io);
        self.glance(io);
    }

    /// An alarm of the run fires.
    pub(super) fn fires(&mut self, io: &mut Io<Self>, id: u32) {
        match id {
            RAMP => self.ramp(io),
            SECOND => self.second(io),
            CHURN => self.churn(io),
            STORM => self.storm(io),
            CHECK => self.check(io),
            READY => self.look_for_heads(io),
            STAGE => self.stage_is_over(io),
            GLANCE => self.glance(io),
            PHASE => match self.course.phase {
                Phase::Hold => self.settle(io, self.patience()),
                Phase::Settle => self.leave(io),
                Phase::Ramp | Phase::Leave => io.stop(),
            },
            _ => {}
        }
    }

    /// Connects as many subscribers as are due by now.
    pub(super) fn ramp(&mut self, io: &mut Io<Self>) {
        if !self.is_growing() {
            return;
        }
        let (all, rate) = (self.wanted(), f64::from(self.plan.options.ramp));
        let (from, before) = self.course.ramp_from;
        let due = (self.now() + STEP - from).as_secs_f64() * rate + f64::from(before);
        while self.course.started < all && f64::from(self.course.started) < due {
            let number = self.course.started;
            self.course.started += 1;
            self.connect(io, number);
        }
        match self.course.started < all {
            true => io.alarm(RAMP, STEP),
            false => self.look_for_heads(io),
        }
    }

    /// Holds the crowd although some answers miss, if all subscribers have asked and nothing more comes: there are servers
    /// that answer with the first event.
    fn look_for_heads(&mut self, io: &mut Io<Self>) {
        if self.course.phase != Phase::Ramp {
            return;
        }
        let asked = self
            .members
            .iter()
            .filter(|it| it.stage == Stage::Asked && !it.tried);
        let progress = (asked.count(), self.course.tried);
        let all_asked = progress.0 + progress.1 as usize == self.wanted() as usize;
        if all_asked && self.course.progress == progress {
            return self.hold(io);
        }
        self.course.progress = progress;
        io.alarm(READY, QUIET);
    }

    /// Goes on with what the last turn made possible.
    pub(super) fn go_on(&mut self, io: &mut Io<Self>) {
        self.count(io);
        self.books.broadcasts.crowd = self.course.held;
        if self.limit.is_some() {
            self.end_at_limit(io);
        }
        if self.is_growing() && self.course.tried >= self.wanted() {
            match self.course.phase {
                Phase::Ramp => self.hold(io),
                _ => self.hold_stage(io),
            }
        }
    }

    fn hold(&mut self, io: &mut Io<Self>) {
        self.course.phase = Phase::Hold;
        self.course.held_from = self.now();
        self.look();
        let (held, asked) = (self.course.held, self.plan.options.subscribers);
        if self.course.stages.is_empty() {
            log::info!("{held} of {asked} are there");
        }
        self.books.is_held = true;
        self.sample(io);
        let is_asking = |member: &Member| member.stage == Stage::Asked;
        if held == 0 && asked > 0 && !self.members.iter().any(is_asking) {
            return self.settle(io, Duration::ZERO);
        }
        let options = &self.plan.options;
        match self.course.stages.is_empty() {
            true => io.alarm(PHASE, options.hold),
            false => self.hold_stage(io),
        }
        let options = &self.plan.options;
        if options.storm {
            io.alarm(STORM, options.hold / 2);
        }
        if options.churn > 0 {
            io.alarm(CHURN, STEP);
        }
        let process = self.server.clone();
        self.upgrades = process
            .zip(options.upgrade_every)
            .map(|(process, every)| upgrades::begin(every, process));
        self.begin_to_publish(io);
    }

    /// Drops as many subscribers as are due by now, drawn at random, to come back.
    fn churn(&mut self, io: &mut Io<Self>) {
        if self.course.phase != Phase::Hold {
            return;
        }
        let held = (self.now() - self.course.held_from).as_secs_f64();
        let due = (held * f64::from(self.plan.options.churn) / 60.0) as u64;
        while self.course.churned < due {
            self.course.churned += 1;
            let draws = (0..DRAWS).map(|_| fastrand::u32(..self.plan.options.subscribers));
            let held = |number: &u32| self.members[*number as usize].is_held();
            if let Some(number) = draws.into_iter().find(held) {
                self.reconnect(io, number);
                self.members[number as usize].churned = true;
            }
        }
        io.alarm(CHURN, STEP);
    }

    /// Drops all subscribers at once, to come back.
    fn storm(&mut self, io: &mut Io<Self>) {
        let held = (0..self.plan.options.subscribers)
            .filter(|number| self.members[*number as usize].is_held());
        let held: Vec<u32> = held.collect();
        self.course.storm(held.len() as u32, self.now());
        log::info!("all {} drop", held.len());
        for number in held {
            self.members[number as usize].stormed = true;
            self.reconnect(io, number);
        }
    }

    /// The longest wait for the events and pictures that are still to arrive.
    pub(super) fn patience(&self) -> Duration {
        let wait = match self.fetchers.is_empty() {
            true => Duration::ZERO,
            false => fetcher::WAIT,
        };
        self.plan.options.timeout + wait
    }

    pub(super) fn settle(&mut self, io: &mut Io<Self>, patience: Duration) {
        self.end_stage();
        if let Some(publisher) = &mut self.publisher
            && !self.course.stages.is_empty()
        {
            // The clock does not know how long crowds take to grow, and goes on.
            publisher.stop();
        }
        self.course.held_until = self.now();
        self.upgrades = None;
        self.look();
        self.course.phase = Phase::Settle;
        self.books.ledger.close();
        io.alarm(PHASE, patience);
        self.check(io);
    }

    /// Ends the wait for the rest as soon as every subscriber has every event, and the probe has looked.
    fn check(&mut self, io: &mut Io<Self>) {
        if self.course.phase != Phase::Settle {
            return;
        }
        let published = self
            .publisher
            .as_ref()
            .is_none_or(|publisher| publisher.is_done());
        let interrupted = self.course.interrupted;
        let settled = |(number, member): (u32, &Member)| {
            (interrupted && member.stage != Stage::Holding)
                || member.is_settled(number, &self.books)
        };
        let fetched = self.fetchers.iter().all(Fetcher::is_idle);
        let complete = published && fetched && self.has_looked();
        if complete && (0..).zip(&self.members).all(settled) && self.all_seen() {
            return self.leave(io);
        }
        io.alarm(CHECK, LOOK);
    }

    /// Whether each publish that was answered has reached a subscriber, if one holds its stream.
    fn all_seen(&self) -> bool {
        let holds = |number: u32| self.members[number as usize].is_held();
        let mut unseen = self.books.ledger.unseen(&self.books.broadcasts, holds);
        unseen.next().is_none()
    }

    /// Finds the subscribers that behave and are without a stream at the end.
    fn find_unheld(&mut self) {
        for (number, member) in (0..).zip(&self.members) {
            let is_there = member.is_held() || member.awaits_event(&self.books);
            if member.manner == Manner::Good && !is_there {
                let since = Duration::from_micros(member.since);
                self.books.ledger.finds(Kind::Unheld, number, since);
            }
        }
    }

    fn leave(&mut self, io: &mut Io<Self>) {
        self.stop_publishing();
        self.stop_fetching();
        self.sample(io);
        let awaits = |member: &&Member| member.awaits_event(&self.books);
        let waiting = self.members.iter().filter(awaits).count() as u32;
        self.course.held_at_end = self.course.held + waiting;
        self.find_unheld();
        let ledger = std::mem::take(&mut self.books.ledger);
        let holds = |number: u32| self.members[number as usize].is_held();
        self.course.judgement = ledger.finish(&self.books.broadcasts, holds);
        self.course.phase = Phase::Leave;
        drop_all(io);
        self.course.left = self.now();
        self.course.held = 0;
        // Looks afterwards are of interest only where the server tells something.
        let before = self.course.measures.before;
        let tells = before.memory.resident.is_some() || before.let_go.is_some();
        let patience = if tells { LEAVING } else { Duration::ZERO };
        io.alarm(PHASE, patience);
    }

    /// A signal has come: nothing more is begun, and events that are on their way may arrive.
    pub(super) fn interrupt(&mut self, io: &mut Io<Self>) {
        match self.course.phase {
            Phase::Ramp | Phase::Hold => {
                log::info!(
                    "interrupted: the rest may still arrive; once more ends it without a report"
                );
                self.break_off(io);
            }
            Phase::Settle => {
                self.course.interrupted = true;
                self.leave(io);
            }
            Phase::Leave => io.stop(),
        }
    }

    /// Ends the run early: nothing more is begun, and events that are on their way may arrive.
    pub(super) fn break_off(&mut self, io: &mut Io<Self>) {
        self.course.interrupted = true;
        if let Some(publisher) = &mut self.publisher {
            publisher.stop();
        }
        if self.course.phase == Phase::Ramp {
            self.course.held_from = self.now();
        }
        self.settle(io, self.patience());
    }
}
