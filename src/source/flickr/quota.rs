//! The quota of questions: a bound on any 60 minutes, and a bound on a burst. Time is an argument.

use minicbor::{Decode, Encode};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

const HOUR: Duration = Duration::from_secs(3600);
/// Time within which questions share one entry, so that an hour needs at most 3,600 entries (144 KiB) with any quota.
/// The earlier questions of an entry then count up to this much longer.
const GRAIN: Duration = Duration::from_secs(1);

/// A sliding window: a question counts for an hour, and no 60 minutes have more than `per_hour` questions.
///
/// A token bucket in front spreads the questions. It fills evenly with `per_hour` tokens an hour, and holds a tenth of
/// them, but at least 60, or all of a smaller quota. The bucket keeps the first minutes from using up the hour. The
/// window is needed as well, because a full bucket and an hour's filling together exceed the quota.
pub(super) struct Quota {
    per_hour: u32,
    tokens: f64,
    filled: Instant,
    asked: VecDeque<Batch>,
    /// The questions in `asked`.
    used: u32,
}

/// The questions of the last hour as another process gets them. Times are ages in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(super) struct CarriedQuota {
    /// The tokens in the bucket.
    #[n(0)]
    tokens: f64,
    /// The time at which the bucket was filled last.
    #[n(1)]
    filled: u64,
    /// The questions that share an entry: the first one's time, the last one's, and their number.
    #[n(2)]
    asked: Vec<(u64, u64, u32)>,
}

/// Questions that were asked within one [`GRAIN`].
struct Batch {
    first: Instant,
    last: Instant,
    count: u32,
}

impl Quota {
    /// Creates a full bucket and an empty window. With `per_hour` 0 there is no limit.
    pub(super) fn new(per_hour: u32, now: Instant) -> Self {
        Self {
            per_hour,
            tokens: f64::from(most(per_hour)),
            filled: now,
            asked: VecDeque::new(),
            used: 0,
        }
    }

    /// Counts a question at `now`. The error is the time until a question may be asked.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        if self.per_hour == 0 {
            return Ok(());
        }
        self.fill(now);
        self.forget(now);
        match self.wait_of_bucket().max(self.wait_of_window(now)) {
            Duration::ZERO => {
                self.tokens -= 1.0;
                self.remember(now);
                Ok(())
            }
            wait => Err(wait),
        }
    }

    /// The questions of the last hour, as another process gets them.
    pub(super) fn carry(&self, now: Instant) -> CarriedQuota {
        let age = |at: Instant| now.saturating_duration_since(at).as_nanos() as u64;
        let batch = |asked: &Batch| (age(asked.first), age(asked.last), asked.count);
        CarriedQuota {
            tokens: self.tokens,
            filled: age(self.filled),
            asked: self.asked.iter().map(batch).collect(),
        }
    }

    /// Counts the questions of another process.
    pub(super) fn continue_from(&mut self, carried: &CarriedQuota, now: Instant) {
        let at = |age: u64| now.checked_sub(Duration::from_nanos(age)).unwrap_or(now);
        self.tokens = self.tokens.min(carried.tokens);
        self.filled = at(carried.filled);
        for &(first, last, count) in &carried.asked {
            let (first, last) = (at(first), at(last));
            self.used += count;
            self.asked.push_back(Batch { first, last, count });
        }
    }

    /// True if less than a third of the hour's questions was left when [`take`](Self::take) was last called, but some.
    pub(super) fn is_scarce(&self) -> bool {
        let left = self.per_hour.saturating_sub(self.used);
        left > 0 && u64::from(left) * 3 < u64::from(self.per_hour)
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled);
        let fresh = passed.as_secs_f64() / self.a_token().as_secs_f64();
        self.tokens = (self.tokens + fresh).min(f64::from(most(self.per_hour)));
        self.filled = self.filled.max(now);
    }

    fn a_token(&self) -> Duration {
        HOUR / self.per_hour
    }

    fn wait_of_bucket(&self) -> Duration {
        self.a_token().mul_f64((1.0 - self.tokens).max(0.0))
    }

    fn wait_of_window(&self, now: Instant) -> Duration {
        match self.asked.front() {
            Some(oldest) if self.used >= self.per_hour => {
                (oldest.last + HOUR).saturating_duration_since(now)
            }
            _ => Duration::ZERO,
        }
    }

    /// Forgets the questions of an hour ago or earlier.
    fn forget(&mut self, now: Instant) {
        while let Some(oldest) = self.asked.front()
            && now.saturating_duration_since(oldest.last) >= HOUR
        {
            self.used -= oldest.count;
            self.asked.pop_front();
        }
    }

    fn remember(&mut self, now: Instant) {
        self.used += 1;
        match self.asked.back_mut() {
            Some(asked) if now.saturating_duration_since(asked.first) < GRAIN => {
                asked.last = asked.last.max(now);
                asked.count += 1;
            }
            _ => self.asked.push_back(Batch {
                first: now,
                last: now,
                count: 1,
            }),
        }
    }
}

/// The questions that may be asked at once.
fn most(per_hour: u32) -> u32 {
    (per_hour / 10).max(per_hour.min(60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);
    const NANOSECOND: Duration = Duration::from_nanos(1);

    /// The times at which questions pass if a question is tried each time `every` has passed.
    fn taken(per_hour: u32, every: Duration, hours: u32) -> Vec<Instant> {
        let start = Instant::now();
        let mut quota = Quota::new(per_hour, start);
        let tries = (hours * HOUR).as_nanos() / every.as_nanos();
        let tries = (0..tries as u32).map(|n| start + every * n);
        tries.filter(|&at| quota.take(at).is_ok()).collect()
    }

    fn no_hour_has_more(taken: &[Instant], most: u32) -> bool {
        taken
            .windows(most as usize + 1)
            .all(|many| many[most as usize] - many[0] >= HOUR)
    }

    #[test]
    fn a_quota_that_is_carried_over_is_not_fresh() {
        let start = Instant::now();
        for per_hour in [7, 100, 3000] {
            let (mut stayed, mut old) = (Quota::new(per_hour, start), Quota::new(per_hour, start));
            let every = |n| start + SECOND * n;
            for at in (0..2000).map(every) {
                assert_eq!(stayed.take(at).is_ok(), old.take(at).is_ok());
            }
            let mut new = Quota::new(per_hour, every(2000));
            new.continue_from(&old.carry(every(2000)), every(2000));
            for at in (2000..6000).map(every) {
                assert_eq!(stayed.take(at).is_ok(), new.take(at).is_ok(), "{per_hour}");
            }
        }
    }

    #[test]
    fn no_hour_has_more_than_the_quota_and_every_hour_has_all_of_it() {
        for per_hour in [1, 7, 60, 61, 100, 600, 3000, 3600] {
            let taken = taken(per_hour, SECOND / 4, 4);
            assert!(no_hour_has_more(&taken, per_hour), "{per_hour}");
            // An entry of the window counts up to a second longer than each of its questions.
            let least = 4 * per_hour - per_hour / 100;
            assert!(taken.len() as u32 >= least, "{per_hour}: {}", taken.len());
        }
    }

    #[test]
    fn a_tenth_of_a_large_quota_may_come_at_once_and_it_rests_a_tenth_of_the_hour_at_most() {
        for (per_hour, at_once) in [(1, 1), (60, 60), (599, 60), (3000, 300)] {
            let start = Instant::now();
            let mut quota = Quota::new(per_hour, start);
            let taken = (0..).take_while(|_| quota.take(start).is_ok());
            assert_eq!(taken.count(), at_once, "{per_hour}");
        }
        let taken = taken(3000, SECOND / 4, 3);
        let longest = taken.windows(2).map(|two| two[1] - two[0]).max().unwrap();
        assert!(longest <= 6 * MINUTE + SECOND, "{longest:?}");
    }

    #[test]
    fn a_question_counts_for_exactly_an_hour() {
        let start = Instant::now();
        let mut quota = Quota::new(2, start);
        assert_eq!(quota.take(start), Ok(()));
        assert_eq!(quota.take(start + 10 * MINUTE), Ok(()));
        assert_eq!(quota.take(start + 40 * MINUTE), Err(20 * MINUTE));
        assert_eq!(quota.take(start + HOUR - NANOSECOND), Err(NANOSECOND));
        assert_eq!(quota.take(start + HOUR), Ok(()));
        assert_eq!(quota.take(start + HOUR), Err(10 * MINUTE));
    }

    #[test]
    fn less_than_a_third_is_scarce_and_nothing_is_spent() {
        let start = Instant::now();
        let mut quota = Quota::new(9, start);
        for used in 1..=9 {
            assert_eq!(quota.take(start), Ok(()));
            assert_eq!(quota.is_scarce(), (7..9).contains(&used), "{used}");
        }
        assert!(quota.take(start + HOUR).is_ok() && !quota.is_scarce());
    }

    #[test]
    fn zero_is_no_limit_and_never_scarce() {
        let start = Instant::now();
        let mut quota = Quota::new(0, start);
        assert!((0..10_000).all(|_| quota.take(start).is_ok()));
        assert!(!quota.is_scarce());
    }

    #[test]
    fn the_memory_of_an_hour_is_bounded_whatever_is_allowed() {
        let start = Instant::now();
        let mut quota = Quota::new(u32::MAX, start);
        for tenth in 0..2 * 36_000 {
            assert_eq!(quota.take(start + SECOND / 10 * tenth), Ok(()));
        }
        assert!(quota.asked.len() <= 3600, "{}", quota.asked.len());
    }

    #[test]
    fn a_clock_read_earlier_by_another_thread_does_no_harm() {
        let start = Instant::now();
        let mut quota = Quota::new(1, start);
        assert_eq!(quota.take(start + MINUTE), Ok(()));
        assert!(quota.take(start).is_err());
    }

    proptest! {
        #[test]
        fn no_hour_has_more_than_the_quota_however_they_come(
            per_hour in 1u32..200,
            waits in vec(0u64..120_000, 0..1000),
        ) {
            let mut now = Instant::now();
            let mut quota = Quota::new(per_hour, now);
            let mut taken = Vec::new();
            for wait in waits {
                now += Duration::from_millis(wait);
                match quota.take(now) {
                    Ok(()) => taken.push(now),
                    Err(wait) => prop_assert!(!wait.is_zero() && wait <= HOUR),
                }
            }
            prop_assert!(no_hour_has_more(&taken, per_hour));
        }
    }
}
