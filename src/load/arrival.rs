//! The moment at which input arrived, by the kernel's stamp: the time that input waits in this machine until this program
//! reads it is no part of the server's latency.

use crate::reactor::{Receive, system};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The difference of the two clocks that is no sign of a clock that was set.
const SLACK: Duration = Duration::from_millis(1);

/// The arrivals of a run. The kernel's stamps are of the clock that can be set; the moments of a run are not.
#[derive(Debug)]
pub(super) struct Arrivals {
    /// The stamp of the latest read, in nanoseconds since 1970; 0 without a stamp.
    stamp: Arc<AtomicU64>,
    /// The run's beginning, in the time since 1970.
    began: Duration,
}

impl Arrivals {
    /// The arrivals of a run that began at this moment.
    pub(super) fn new(began: Instant) -> Self {
        let mut arrivals = Self {
            stamp: Arc::default(),
            began: Duration::ZERO,
        };
        arrivals.set(began);
        arrivals
    }

    /// Takes the time: the clock may have been set since.
    pub(super) fn set(&mut self, began: Instant) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        self.began = now.unwrap_or_default().saturating_sub(began.elapsed());
    }

    /// The function that reads and keeps the stamp.
    pub(super) fn receive(&self) -> Receive {
        let (stamp, mut room) = (Arc::clone(&self.stamp), system::stamp_room());
        Box::new(move |stream, buffer| {
            let (read, arrived) = system::read_stamped(stream, buffer, &mut room)?;
            let nanos = arrived.map_or(0, |arrived| arrived.as_nanos() as u64);
            stamp.store(nanos, Relaxed);
            Ok(read)
        })
    }

    /// The moment at which the input that was read last arrived, between `since` and `now`. None without a stamp, and if
    /// the clock was set meanwhile.
    pub(super) fn latest(&self, since: Duration, now: Duration) -> Option<Duration> {
        let stamp = Duration::from_nanos(self.stamp.load(Relaxed));
        let moment = stamp.checked_sub(self.began)?;
        (since <= moment + SLACK && moment <= now + SLACK).then(|| moment.clamp(since, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_stamp_counts_from_the_runs_beginning_unless_the_clock_was_set() {
        let arrivals = Arrivals {
            stamp: Arc::default(),
            began: millis(50_000),
        };
        let at = |stamp: u64| {
            arrivals.stamp.store(stamp * 1_000_000, Relaxed);
            arrivals.latest(millis(300), millis(900))
        };
        for (stamp, moment) in [
            (0, None),
            (49_000, None),
            (50_100, None),
            (50_299, Some(300)),
            (50_300, Some(300)),
            (50_456, Some(456)),
            (50_901, Some(900)),
            (50_950, None),
            (90_000, None),
        ] {
            assert_eq!(at(stamp), moment.map(millis), "{stamp}");
        }
    }
}
