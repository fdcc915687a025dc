//! Looks once a second at how things stand, notes it for the report, and tells it while the run goes on.

use super::{
    Crowd,
    phases::{GLANCE, Phase, SECOND},
};
use crate::load::{
    report::{Bytes, Sample},
    screen::standing::Standing,
};
use crate::reactor::Io;
use std::time::Duration;

/// Looks at memory after the last connection was closed: the first may have begun before.
const LOOKS: u32 = 2;
/// Seconds between two lines that tell how it goes.
const TELL: u64 = 5;
/// Between two pictures of it on a terminal: often enough to look alive.
const BETWEEN: Duration = Duration::from_millis(200);
/// Over less than so many seconds a rate is noise.
const LATELY: f64 = 0.9;

impl Crowd {
    /// Memory was looked at.
    pub(super) fn weighed(&mut self, io: &mut Io<Self>, bytes: Bytes) {
        let course = &mut self.course;
        course.latest = bytes;
        if course.phase == Phase::Leave {
            course.looks += 1;
            if course.looks >= LOOKS {
                course.after = Some(bytes);
                io.stop();
            }
            return;
        }
        let most = &mut course.most;
        most.resident = most.resident.max(bytes.resident);
        most.kernel = most.kernel.max(bytes.kernel);
        most.own = most.own.max(bytes.own);
    }

    pub(super) fn second(&mut self, io: &mut Io<Self>) {
        if self.course.phase == Phase::Leave {
            return;
        }
        if self.course.samples.is_due(self.course.seconds) {
            self.sample(io);
        }
        self.course.seconds += 1;
        if self.display.is_none() && self.course.seconds.is_multiple_of(TELL) {
            self.tell();
        }
        io.alarm(SECOND, Duration::from_secs(1));
    }

    /// Has a terminal show how it goes, if there is one.
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

    pub(super) fn sample(&mut self, io: &mut Io<Self>) {
        let connections = io.connections() as u32;
        self.course.connections = self.course.connections.max(connections);
        self.course.samples.keep(Sample {
            at: self.now().as_secs_f64(),
            held: self.course.held,
            connections,
            opened: self.books.opened,
            dropped: self.books.totals.dropped,
            events: self.books.totals.events,
            bytes: self.books.totals.bytes,
            errors: self.books.errors.values().sum(),
            memory: self.course.latest,
        });
    }
}
