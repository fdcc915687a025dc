//! A token bucket: how many questions may still be asked. Time is an argument.

use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// Fills evenly with an hour's share of tokens per hour, and holds a tenth of it (but 60, or all of a smaller share):
/// so many questions may come at once, and no hour has more than eleven tenths. With the default of 3,000 that is
/// 3,300, within the 3,600 that Flickr allows a key.
pub(super) struct Quota {
    per_hour: u32,
    tokens: f64,
    filled: Instant,
}

impl Quota {
    /// A full bucket. With `per_hour` 0 nothing is counted.
    pub(super) fn new(per_hour: u32, now: Instant) -> Self {
        Self {
            per_hour,
            tokens: f64::from(most(per_hour)),
            filled: now,
        }
    }

    /// Takes a token at `now`, or says how long to wait until there is one.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        if self.per_hour == 0 {
            return Ok(());
        }
        let a_token = HOUR / self.per_hour;
        let fresh =
            now.saturating_duration_since(self.filled).as_secs_f64() / a_token.as_secs_f64();
        self.tokens = (self.tokens + fresh).min(f64::from(most(self.per_hour)));
        self.filled = self.filled.max(now);
        if self.tokens < 1.0 {
            return Err(a_token.mul_f64(1.0 - self.tokens));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

fn most(per_hour: u32) -> u32 {
    (per_hour / 10).max(per_hour.min(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_small_share_may_come_at_once_and_then_evenly() {
        let start = Instant::now();
        let mut quota = Quota::new(2, start);
        assert_eq!(quota.take(start), Ok(()));
        assert_eq!(quota.take(start), Ok(()));
        let wait = quota.take(start + 10 * MINUTE).unwrap_err();
        assert!(
            wait.abs_diff(20 * MINUTE) < Duration::from_millis(1),
            "{wait:?}"
        );
        assert_eq!(quota.take(start + 31 * MINUTE), Ok(()));
    }

    #[test]
    fn no_hour_has_more_than_eleven_tenths() {
        let start = Instant::now();
        let mut quota = Quota::new(3000, start);
        let seconds = (0..4 * 3600 * 2).map(|half| start + Duration::from_millis(500 * half));
        let taken: Vec<Instant> = seconds.filter(|&at| quota.take(at).is_ok()).collect();
        assert!(taken.len() >= 12_000, "{}", taken.len());
        assert!(taken.windows(3302).all(|many| many[3301] - many[0] >= HOUR));
    }

    #[test]
    fn zero_is_no_limit() {
        let start = Instant::now();
        let mut quota = Quota::new(0, start);
        assert!((0..10_000).all(|_| quota.take(start).is_ok()));
    }

    #[test]
    fn a_clock_read_earlier_by_another_thread_does_no_harm() {
        let start = Instant::now();
        let mut quota = Quota::new(1, start);
        assert_eq!(quota.take(start + MINUTE), Ok(()));
        assert!(quota.take(start).is_err());
    }
}
