//! How many questions an hour may still ask. Time is an argument.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

const HOUR: Duration = Duration::from_secs(3600);

/// At most so many questions in *any* 60 minutes, which is how Flickr counts. A token bucket would let a burst through on
/// top of the hour's share, or make the bursts small; here the whole hour's share may come at once, and the wait that is
/// told is exact. Costs 16 bytes for each question of the last hour.
pub(super) struct Quota {
    per_hour: usize,
    asked: VecDeque<Instant>,
}

impl Quota {
    /// With `per_hour` 0 nothing is counted.
    pub(super) fn new(per_hour: u32) -> Self {
        let per_hour = usize::try_from(per_hour).unwrap_or(usize::MAX);
        Self {
            per_hour,
            asked: VecDeque::new(),
        }
    }

    /// Counts a question asked at `now`, or says how long to wait until one may be.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        if self.per_hour == 0 {
            return Ok(());
        }
        while self
            .asked
            .front()
            .is_some_and(|&at| now.saturating_duration_since(at) >= HOUR)
        {
            self.asked.pop_front();
        }
        match self.asked.front() {
            Some(&first) if self.asked.len() >= self.per_hour => {
                Err(HOUR - now.saturating_duration_since(first))
            }
            _ => {
                self.asked.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_hours_share_may_come_at_once_and_the_wait_is_exact() {
        let (mut quota, start) = (Quota::new(2), Instant::now());
        assert_eq!(quota.take(start), Ok(()));
        assert_eq!(quota.take(start + MINUTE), Ok(()));
        assert_eq!(quota.take(start + 2 * MINUTE), Err(58 * MINUTE));
        assert_eq!(quota.take(start + HOUR), Ok(()));
        assert_eq!(quota.take(start + HOUR), Err(MINUTE));
    }

    #[test]
    fn no_hour_has_more_than_its_share() {
        let (mut quota, start) = (Quota::new(7), Instant::now());
        let seconds = (0..20_000)
            .step_by(13)
            .map(|second| start + Duration::from_secs(second));
        let taken: Vec<Instant> = seconds.filter(|&at| quota.take(at).is_ok()).collect();
        assert!(taken.len() >= 35, "{}", taken.len());
        assert!(taken.windows(8).all(|eight| eight[7] - eight[0] >= HOUR));
    }

    #[test]
    fn zero_is_no_limit() {
        let (mut quota, now) = (Quota::new(0), Instant::now());
        assert!((0..10_000).all(|_| quota.take(now).is_ok()));
        assert!(quota.asked.is_empty());
    }

    #[test]
    fn a_clock_read_earlier_by_another_thread_does_no_harm() {
        let (mut quota, start) = (Quota::new(1), Instant::now());
        assert_eq!(quota.take(start + MINUTE), Ok(()));
        assert_eq!(quota.take(start), Err(HOUR));
    }
}
