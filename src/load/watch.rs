//! Looks once a second at how things stand, notes it for the report, and tells it while the run goes on.

use super::{
    crowd::Crowd,
    phases::{Phase, SECOND},
    report::{Bytes, Sample},
};
use crate::reactor::Io;
use std::time::Duration;

/// Looks at memory after the last connection was closed: the first may have begun before.
const LOOKS: u32 = 2;
/// Seconds between two lines that tell how it goes.
const TELL: usize = 5;

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
        self.sample(io);
        if self.course.samples.len().is_multiple_of(TELL) {
            self.tell();
        }
        io.alarm(SECOND, Duration::from_secs(1));
    }

    fn tell(&self) {
        let totals = &self.books.totals;
        log::info!(
            "{} of {} held, {} published, {} deliveries, {} errors",
            self.course.held,
            self.plan.options.subscribers,
            totals.published,
            totals.deliveries,
            self.course.failures
        );
    }

    pub(super) fn sample(&mut self, io: &mut Io<Self>) {
        let connections = io.connections() as u32;
        self.course.connections = self.course.connections.max(connections);
        self.course.samples.push(Sample {
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
