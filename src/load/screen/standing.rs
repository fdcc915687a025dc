//! The standing of a run while it goes on, in words. Knows no terminal.

use crate::load::{
    crowd::course::Phase,
    report::units::{count, duration, many, rate, time},
};

/// The standing of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) phase: Phase,
    /// The seconds since the run's beginning, and since the crowd is held.
    pub(crate) at: f64,
    pub(crate) held_for: f64,
    /// The time to hold the crowd, in seconds.
    pub(crate) hold: f64,
    pub(crate) held: u32,
    pub(crate) asked: u32,
    pub(crate) published: u64,
    /// Events per second in the last second.
    pub(crate) rate: f64,
    /// The seconds until 99 of 100 subscribers and the last had the latest broadcast.
    pub(crate) latest: Option<(f64, f64)>,
    pub(crate) errors: u64,
}

impl Standing {
    /// The phase in a word.
    pub(crate) fn phase(&self) -> &'static str {
        match self.phase {
            Phase::Ramp => "connecting",
            Phase::Hold => "holding",
            Phase::Settle => "settling",
            Phase::Leave => "leaving",
        }
    }

    /// The part of the phase that is done, of 1000.
    pub(crate) fn part(&self) -> u64 {
        let part = match self.phase {
            Phase::Ramp => f64::from(self.held) / f64::from(self.asked.max(1)),
            Phase::Hold => self.held_for / self.hold,
            Phase::Settle | Phase::Leave => 1.0,
        };
        (part.clamp(0.0, 1.0) * 1000.0) as u64
    }

    /// How far the phase is, and how long it may still take.
    pub(crate) fn course(&self) -> String {
        match self.phase {
            Phase::Ramp => {
                let each = f64::from(self.held) / self.at.max(0.001);
                let left = f64::from(self.asked.saturating_sub(self.held)) / each;
                let left = match left.is_finite() {
                    true => format!(", {} left", duration(left.ceil())),
                    false => String::new(),
                };
                format!("{}, {} a second{left}", self.crowd(), rate(each))
            }
            Phase::Hold => {
                let (held, all) = (self.held_for.floor(), self.hold);
                format!("{} of {}", duration(held), duration(all))
            }
            Phase::Settle => "nothing more is published; events may still arrive".to_owned(),
            Phase::Leave => "looking at memory once more".to_owned(),
        }
    }

    /// Further figures.
    pub(crate) fn figures(&self) -> String {
        let mut all = Vec::new();
        if matches!(self.phase, Phase::Hold | Phase::Settle) {
            all.push(format!("{} held", self.crowd()));
            all.push(format!("{} published", count(self.published)));
            all.push(format!("{} events a second", rate(self.rate)));
        }
        if let Some((p99, last)) = self.latest {
            let (p99, last) = (time(p99), time(last));
            all.push(format!("latest broadcast 99 % {p99}, last {last}"));
        }
        all.push(match self.errors {
            0 => "no errors".to_owned(),
            errors => many(errors, "error"),
        });
        all.join(" · ")
    }

    fn crowd(&self) -> String {
        let (held, asked) = (count(self.held.into()), count(self.asked.into()));
        format!("{held} of {asked}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDING: Standing = Standing {
        phase: Phase::Ramp,
        at: 3.1,
        held_for: 0.0,
        hold: 60.0,
        held: 6200,
        asked: 10_000,
        published: 0,
        rate: 0.0,
        latest: None,
        errors: 0,
    };

    #[test]
    fn a_crowd_that_connects_is_shown_with_its_rate_and_the_time_left() {
        let it = STANDING;
        assert_eq!((it.phase(), it.part()), ("connecting", 620));
        assert_eq!(it.course(), "6,200 of 10,000, 2,000 a second, 2 s left");
        assert_eq!(it.figures(), "no errors");
        let none = Standing {
            held: 0,
            at: 0.0,
            ..it
        };
        assert_eq!(none.course(), "0 of 10,000, 0 a second");
    }

    #[test]
    fn a_crowd_that_is_held_is_shown_with_the_events_that_it_gets() {
        let it = Standing {
            phase: Phase::Hold,
            held_for: 24.2,
            held: 10_000,
            published: 24,
            rate: 9998.3,
            latest: Some((0.0121, 0.0134)),
            errors: 1,
            ..STANDING
        };
        assert_eq!((it.course().as_str(), it.part()), ("24 s of 60 s", 403));
        assert_eq!(
            it.figures(),
            "10,000 of 10,000 held · 24 published · 9,998 events a second · \
             latest broadcast 99 % 12.1 ms, last 13.4 ms · 1 error"
        );
    }
}
