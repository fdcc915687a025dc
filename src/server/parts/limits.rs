//! Limits that clients meet. The answer to a client that is refused says when to come back. The log has a line when a
//! limit is reached and a line when it is over, however many clients are refused meanwhile.

use super::{
    alarm::{Alarm, LOOK},
    counters::Refused,
};
use crate::{http::Problem, timer_wheel::Tick};
use std::{borrow::Cow, time::Duration};

/// The time without refusals after which a limit is over. It bounds the number of lines that strangers can cause.
const QUIET: Duration = Duration::from_secs(5);

/// The limits that are being met.
#[derive(Default)]
pub struct Limits(Vec<Met>);

/// A limit that is being met, the time when it last was, and the number of refusals.
struct Met {
    limit: &'static str,
    last: Tick,
    refused: u64,
}

impl Limits {
    /// Notes that a client met a limit. If no client met the limit lately, logs the limit and returns the alarm to be
    /// set for a [look](Limits::look).
    pub fn meet(&mut self, limit: &'static str, now: Tick) -> Option<Alarm> {
        if let Some(met) = self.0.iter_mut().find(|met| met.limit == limit) {
            (met.last, met.refused) = (now, met.refused + 1);
            return None;
        }
        self.0.push(Met {
            limit,
            last: now,
            refused: 1,
        });
        log::warn!("{limit} is reached: the server refuses more");
        next_look(now)
    }

    /// Logs the limits that are over. Returns the alarm to be set for the next look, while other limits are being met.
    pub fn look(&mut self, now: Tick) -> Option<Alarm> {
        for (limit, refused) in self.over(now) {
            log::info!("{limit} is over: {refused} refusals");
        }
        if self.0.is_empty() {
            None
        } else {
            next_look(now)
        }
    }

    /// Takes out the limits that are over, each with its number of refusals.
    fn over(&mut self, now: Tick) -> impl Iterator<Item = (&'static str, u64)> {
        let is_over = move |met: &mut Met| met.last.elapsed(now) >= QUIET;
        let over = self.0.extract_if(.., is_over);
        over.map(|met| (met.limit, met.refused))
    }
}

fn next_look(now: Tick) -> Option<Alarm> {
    Some(Alarm {
        id: LOOK,
        at: now.after(QUIET),
    })
}

/// The name of the limit behind a refusal, as the log has it. `None` for a malformed or cross-site request: it meets no
/// limit.
pub fn limit(why: Refused) -> Option<&'static str> {
    match why {
        Refused::Connections => Some("the limit of connections"),
        Refused::Subscribers => Some("the limit of subscribers"),
        Refused::Rate => Some("the limit of requests per client"),
        Refused::Broadcasts => Some("the limit of publishes of all clients together"),
        Refused::Queue => Some("the limit of jobs that wait"),
        Refused::CrossSite | Refused::Malformed => None,
    }
}

/// Makes a 503 with a `Retry-After` of 1 to 5 s at random: the service cannot answer at the moment, but soon (RFC 9110,
/// section 15.6.4).
#[must_use]
pub(crate) fn busy(detail: impl Into<Cow<'static, str>>) -> Problem {
    // The delay is random, so that clients that were refused together do not come back together.
    Problem::new(503, detail).header("Retry-After", fastrand::u32(1..=5).to_string())
}

/// The most seconds that are added to a client's wait, so that clients do not come back together.
const LONGEST_SPREAD: u64 = 15;

/// Makes a `Retry-After` for a client that has to wait this long (RFC 9110, section 10.2.3): whole seconds, at least as
/// long, and at random up to a quarter longer, so that clients that were refused together do not come back together.
#[must_use]
pub(crate) fn retry_after(wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let seconds = seconds.max(1);
    let spread = seconds.div_ceil(4).min(LONGEST_SPREAD);
    (seconds + fastrand::u64(..=spread)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_logged_when_it_is_met_and_when_no_client_has_met_it_for_a_while() {
        let mut limits = Limits::default();
        let start = Tick::default();
        let look = |after: Duration| {
            let at = start.after(after).after(QUIET);
            Some(Alarm { id: LOOK, at })
        };
        let half = QUIET / 2;
        for (limit, after, alarm) in [
            ("rate", Duration::ZERO, look(Duration::ZERO)),
            ("rate", half, None),
            ("queue", half, look(half)),
            ("rate", QUIET, None),
        ] {
            assert_eq!(limits.meet(limit, start.after(after)), alarm, "{limit}");
        }
        for (after, alarm, left) in [
            (QUIET, look(QUIET), 2),
            (QUIET * 3 / 2, look(QUIET * 3 / 2), 1),
            (QUIET * 2, None, 0),
        ] {
            assert_eq!(limits.look(start.after(after)), alarm);
            assert_eq!(limits.0.len(), left);
        }
        assert!(limits.meet("rate", start.after(QUIET * 2)).is_some());
    }

    #[test]
    fn the_log_tells_how_often_a_limit_was_met() {
        let mut limits = Limits::default();
        let start = Tick::default();
        for limit in ["rate", "queue", "rate", "rate"] {
            limits.meet(limit, start);
        }
        let over: Vec<_> = limits.over(start.after(QUIET)).collect();
        assert_eq!(over, [("rate", 3), ("queue", 1)]);
    }

    #[test]
    fn a_wait_is_never_too_short_and_not_the_same_for_all_clients() {
        for (wait, shortest, longest) in [
            (0, 1, 2),
            (1, 1, 2),
            (1000, 1, 2),
            (1001, 2, 3),
            (60_000, 60, 75),
            (3_600_000, 3600, 3615),
        ] {
            let told = || retry_after(Duration::from_millis(wait)).parse().unwrap();
            let told: Vec<u64> = (0..1000).map(|_| told()).collect();
            assert_eq!(told.iter().min(), Some(&shortest), "{wait} ms");
            assert_eq!(told.iter().max(), Some(&longest), "{wait} ms");
        }
    }
}
