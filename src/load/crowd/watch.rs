//! The watch over a run: once a second it notes for the report how the run stands, and tells it while the run goes on.

use super::{
    Crowd,
    course::Phase,
    phases::{GLANCE, SECOND},
};
use crate::{
    load::{probe::Look, report::Sample, screen::standing::Standing},
    reactor::Io,
};
use std::{sync::atomic::Ordering::Relaxed, time::Duration};

/// The time in which a server notices that all connections were closed, before a look at its memory.
const NOTICE: Duration = Duration::from_millis(500);
/// Seconds between two log lines about the run's standing.
const TELL: u64 = 5;
/// The time between two drawings on a terminal: often enough to look alive.
const BETWEEN: Duration = Duration::from_millis(200);
/// A rate over fewer seconds is noise.
const LATELY: f64 = 0.9;

impl Crowd {
    /// The probe has looked.
    pub(super) fn looked(&mut self, io: &mut Io<Self>, look: Look) {
        let is_growing = self.is_growing();
        let held_from = self.began + self.course.held_from;
        let measures = &mut self.course.measures;
        match self.course.phase {
            Phase::Hold | Phase::Settle if look.at >= held_from => measures.held(look, is_growing),
            Phase::Ramp | Phase::Hold | Phase::Settle => measures.coming(look),
            Phase::Leave => {
                measures.latest = look;
                if look.at >= self.began + self.course.left + NOTICE {
                    measures.after = Some(look.memory);
                    io.stop();
                }
            }
        }
    }

    /// Asks the probe for a look. A probe that could not be started is not missed.
    pub(super) fn look(&mut self) {
        self.probe.take_if(|probe| probe.send(()).is_err());
    }

    /// Whether the probe has looked since the end of the hold, so that the processor time is that of the whole hold.
    pub(super) fn has_looked(&self) -> bool {
        let held_until = self.began + self.course.held_until;
        self.probe.is_none() || self.course.measures.latest.at >= held_until
    }

    /// Writes down the counts that the probe sets its looks against.
    pub(super) fn count(&self, io: &Io<Self>) {
        self.tally
            .connections
            .store(io.connections() as u64, Relaxed);
        self.tally.opened.store(self.books.opened, Relaxed);
        self.tally.events.store(self.books.totals.events, Relaxed);
    }

    /// A second has passed.
    pub(super) fn second(&mut self, io: &mut Io<Self>) {
        if self.course.phase == Phase::Leave {
            return;
        }
        self.arrivals.set(self.began);
        if self.course.samples.is_due(self.course.seconds) {
            self.sample(io);
        }
        self.course.seconds += 1;
        if self.display.is_none() && self.course.seconds.is_multiple_of(TELL) {
            self.tell();
        }
        io.alarm(SECOND, Duration::from_secs(1));
    }

    /// Has the terminal show how the run stands, if there is a terminal.
    pub(super) fn glance(&mut self, io: &mut Io<Self>) {
        if let Some(display) = &self.display {
            display.show(self.standing());
            io.alarm(GLANCE, BETWEEN);
        }
    }

    fn tell(&self) {
        let it = self.standing();
        log::info!("{}: {} · {}", it.phase(), it.course(), it.figures());
    }

    fn standing(&self) -> Standing {
        let (course, options) = (&self.course, &self.plan.options);
        let (now, totals) = (self.now(), &self.books.totals);
        let at = now.as_secs_f64();
        let before = course.samples.before(at, LATELY);
        let (since, events) = before.map_or((0.0, 0), |sample| (sample.at, sample.events));
        Standing {
            phase: course.phase,
            at,
            held_for: now.saturating_sub(course.held_from).as_secs_f64(),
            hold: options.hold.as_secs_f64(),
            held: course.held,
            asked: options.subscribers,
            published: totals.published,
            rate: (totals.events - events) as f64 / (at - since).max(LATELY),
            latest: self.books.broadcasts.latest(),
            errors: self.books.errors.values().sum(),
        }
    }

    /// Notes how the run stands.
    pub(super) fn sample(&mut self, io: &mut Io<Self>) {
        let connections = io.connections() as u32;
        self.course.samples.keep(Sample {
            at: self.now().as_secs_f64(),
            held: self.course.held,
            connections,
            opened: self.books.opened,
            dropped: self.books.totals.dropped,
            events: self.books.totals.events,
            bytes: self.books.totals.bytes,
            errors: self.books.errors.values().sum(),
            memory: self.course.measures.latest.memory,
            cpu: self.course.measures.latest.cpu,
        });
    }
}
