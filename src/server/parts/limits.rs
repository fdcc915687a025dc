//! What is said when there is no more: to those who are refused, when to come back; to the log, one line when a limit
//! is hit and one when that is over, however many are refused meanwhile.

use crate::server::{Refused, Server, hub::Hub};
use crate::{reactor::Io, timer_wheel::Tick};
use std::time::Duration;

/// A limit that nobody has met for so long is no longer hit. What strangers do is told of at this pace at most.
const QUIET: Duration = Duration::from_secs(5);
/// The alarm that looks for limits that are over.
pub(crate) const LOOK: u32 = 8;

/// The limits that are being hit.
#[derive(Default)]
pub(crate) struct Limits(Vec<Hit>);

struct Hit {
    limit: &'static str,
    last: Tick,
    refused: u64,
}

impl Limits {
    /// Someone was refused. Whether the log should be told.
    fn hit(&mut self, limit: &'static str, now: Tick) -> bool {
        if let Some(hit) = self.0.iter_mut().find(|hit| hit.limit == limit) {
            (hit.last, hit.refused) = (now, hit.refused + 1);
            return false;
        }
        self.0.push(Hit {
            limit,
            last: now,
            refused: 1,
        });
        true
    }

    /// The limits that are over, and how often each was met.
    fn over(&mut self, now: Tick) -> impl Iterator<Item = (&'static str, u64)> {
        let over = self
            .0
            .extract_if(.., move |hit| hit.last.elapsed(now) >= QUIET);
        over.map(|hit| (hit.limit, hit.refused))
    }
}

impl<A: 'static> Hub<A> {
    /// Counts one who is refused, and says so if nobody was lately.
    pub(crate) fn refused(&mut self, io: &mut Io<Server<A>>, why: Refused) {
        self.metrics.refused(why);
        if let Some(name) = name(why) {
            self.is_hit(io, name);
        }
    }

    /// Notes that a limit was met, and logs it if it was not met lately.
    pub(crate) fn is_hit(&mut self, io: &mut Io<Server<A>>, name: &'static str) {
        if self.limits.hit(name, io.now()) {
            log::warn!("{name} is reached: those beyond it are refused");
            io.alarm(LOOK, QUIET);
        }
    }

    /// Says which limits are hit no more.
    pub(crate) fn look_at_limits(&mut self, io: &mut Io<Server<A>>) {
        for (name, refused) in self.limits.over(io.now()) {
            log::info!("{name} is over: {refused} were refused");
        }
        if !self.limits.0.is_empty() {
            io.alarm(LOOK, QUIET);
        }
    }
}

/// What the log calls a limit; whoever asks wrongly meets none.
fn name(why: Refused) -> Option<&'static str> {
    match why {
        Refused::Connections => Some("the limit of connections"),
        Refused::Subscribers => Some("the limit of subscribers"),
        Refused::Rate => Some("the limit of requests per client"),
        Refused::Broadcasts => Some("the limit of publishes of all clients together"),
        Refused::Queue => Some("the limit of jobs that wait"),
        Refused::CrossSite | Refused::Malformed => None,
    }
}

/// Longer than this nobody need be kept waiting for the sake of the others, in seconds.
const LONGEST_SPREAD: u64 = 15;

/// A `Retry-After` for who has to wait this long (RFC 9110, section 10.2.3): in whole seconds, never too early, and up
/// to a quarter as long again, so that those who were refused together do not come back together.
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
    fn a_limit_is_told_of_when_it_is_hit_and_when_nobody_has_met_it_for_a_while() {
        let mut limits = Limits::default();
        let start = Tick::default();
        assert!(limits.hit("rate", start));
        assert!(!limits.hit("rate", start.after(QUIET / 2)));
        assert!(limits.hit("queue", start.after(QUIET / 2)));
        assert_eq!(limits.over(start.after(QUIET)).count(), 0);
        assert!(!limits.hit("rate", start.after(QUIET)));
        let over: Vec<_> = limits.over(start.after(QUIET * 3 / 2)).collect();
        assert_eq!(over, [("queue", 1)]);
        let over: Vec<_> = limits.over(start.after(QUIET * 2)).collect();
        assert_eq!(over, [("rate", 3)]);
        assert!(limits.hit("rate", start.after(QUIET * 2)));
    }

    #[test]
    fn a_wait_is_never_too_short_and_not_the_same_for_all() {
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
