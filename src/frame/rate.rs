//! Rates, per client and of all clients together. Time is an argument.
//!
//! Each client has a bucket of tokens. Of a bucket only the time is stored at which it will be full again (the generic
//! cell rate algorithm), so a full bucket needs no memory. The times of all clients are in a [`Sketch`]. A client whose
//! cells are all shared with clients that have spent their tokens waits with them; no client ever gets more tokens than
//! are due.

use super::{
    household::Household,
    sketch::{CarriedSketch, Sketch},
};
use ipnet::IpNet;
use std::time::{Duration, Instant};

/// A second, in nanoseconds.
const A_SECOND: u64 = 1_000_000_000;
const A_MINUTE: u64 = 60 * A_SECOND;

/// The speed at which a bucket fills, and its depth.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// Nanoseconds between two tokens; 0 = no limit.
    a_token: u64,
    /// Nanoseconds that an empty bucket takes to fill.
    depth: u64,
}

impl Pace {
    /// The publishes of one client: `per_minute`, a quarter of them at once (at least 1); 0 = no limit.
    #[must_use]
    pub(crate) fn publishes(per_minute: u32) -> Self {
        Self::new(A_MINUTE, per_minute, (per_minute / 4).max(1))
    }

    /// The publishes of all clients together: `per_second`, twice as many at once; 0 = no limit.
    #[must_use]
    pub(crate) fn broadcasts(per_second: u32) -> Self {
        Self::new(A_SECOND, per_second, per_second.saturating_mul(2))
    }

    /// The pictures that one client may have drawn: 20 at once, and then 2 per second.
    #[must_use]
    pub(crate) fn drawings() -> Self {
        Self::new(A_SECOND, 2, 20)
    }

    fn new(period: u64, count: u32, burst: u32) -> Self {
        let a_token = period.checked_div(count.into()).unwrap_or(0);
        Self {
            a_token,
            depth: a_token * u64::from(burst),
        }
    }

    /// The time at which a bucket is full again that was to be full at `full` and loses `token` (in nanoseconds) at
    /// `now`. If it holds less than `token`, the error is the time until it holds that much.
    fn after(self, full: u64, token: u64, now: u64) -> Result<u64, Duration> {
        if self.a_token == 0 {
            return Ok(full);
        }
        let full = full.max(now) + token;
        match full.saturating_sub(now + self.depth) {
            0 => Ok(full),
            missing => Err(Duration::from_nanos(missing)),
        }
    }
}

/// A bucket for each household, and a bucket for each /48 with four times the tokens.
pub(crate) struct Rate {
    pace: Pace,
    full: Sketch,
    began: Instant,
}

impl Rate {
    /// Creates full buckets.
    #[must_use]
    pub(crate) fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            full: Sketch::new(),
            began: now,
        }
    }

    /// Takes a token from the client's buckets at `now`. The error is the time until they have one.
    pub(super) fn take(&mut self, client: Household, now: Instant) -> Result<(), Duration> {
        self.check(client, now)?;
        for (network, share) in client.shares() {
            let full = self.after(network, share, now)?;
            self.full.raise(&network, full);
        }
        Ok(())
    }

    /// Checks that the client's buckets have a token at `now`, and takes none. The error is the time until they have
    /// one.
    pub(super) fn check(&self, client: Household, now: Instant) -> Result<(), Duration> {
        let mut shares = client.shares();
        shares.try_for_each(|(network, share)| self.after(network, share, now).map(drop))
    }

    /// The times to come, as another process gets them.
    pub(super) fn carry(&self, now: Instant) -> CarriedSketch {
        self.full.carry(nanos(self.began, now))
    }

    /// Goes on with the times of another process.
    pub(super) fn continue_from(&mut self, carried: &CarriedSketch, now: Instant) {
        self.full = Sketch::carried(carried, nanos(self.began, now));
    }

    fn after(&self, network: IpNet, share: u64, now: Instant) -> Result<u64, Duration> {
        let (full, token) = (self.full.time(&network), self.pace.a_token / share);
        self.pace.after(full, token, nanos(self.began, now))
    }
}

/// One bucket for all clients together.
pub(crate) struct Bucket {
    pace: Pace,
    full: u64,
    began: Instant,
}

impl Bucket {
    /// Creates a full bucket.
    #[must_use]
    pub(crate) fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            full: 0,
            began: now,
        }
    }

    /// The time until the bucket is full, in nanoseconds.
    pub(super) fn carry(&self, now: Instant) -> u64 {
        self.full.saturating_sub(nanos(self.began, now))
    }

    /// Goes on with the bucket of another process.
    pub(super) fn continue_from(&mut self, until_full: u64, now: Instant) {
        self.full = nanos(self.began, now).saturating_add(until_full);
    }

    /// Takes a token at `now`. The error is the time until there is one.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let now = nanos(self.began, now);
        self.full = self.pace.after(self.full, self.pace.a_token, now)?;
        Ok(())
    }
}

/// Nanoseconds from `began` to `now`; 0 if `now` is earlier.
pub(super) fn nanos(began: Instant, now: Instant) -> u64 {
    now.saturating_duration_since(began).as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use std::{
        collections::HashMap,
        net::{IpAddr, Ipv4Addr},
    };

    const SECOND: Duration = Duration::from_secs(1);

    fn client(text: &str) -> Household {
        Household::of(text.parse().unwrap())
    }

    fn number(n: u32) -> Household {
        Household::of(IpAddr::V4(Ipv4Addr::from_bits(n)))
    }

    fn publishes(per_minute: u32, now: Instant) -> Rate {
        Rate::new(Pace::publishes(per_minute), now)
    }

    /// The number of takes, of up to 1000 at the same time, that succeed.
    fn at_once(mut take: impl FnMut() -> Result<(), Duration>) -> usize {
        (0..1000).take_while(|_| take().is_ok()).count()
    }

    #[test]
    fn a_quarter_may_come_at_once_and_then_evenly() {
        let (start, a) = (Instant::now(), number(1));
        for (per_minute, burst) in [(20, 5), (1, 1), (4, 1), (7, 1), (8, 2), (400, 100)] {
            let mut rate = publishes(per_minute, start);
            assert_eq!(at_once(|| rate.take(a, start)), burst, "{per_minute}");
            let wait = rate.take(a, start).unwrap_err();
            assert_eq!(wait, Duration::from_nanos(A_MINUTE / u64::from(per_minute)));
            assert!(
                rate.take(a, start + wait - Duration::from_nanos(1))
                    .is_err()
            );
            assert_eq!(at_once(|| rate.take(a, start + wait)), 1);
            let later = start + wait + 120 * SECOND;
            let saved = at_once(|| rate.take(a, later));
            assert_eq!(saved, burst, "no more are saved");
        }
    }

    #[test]
    fn a_client_does_not_spend_the_tokens_of_another_client() {
        let start = Instant::now();
        let mut rate = publishes(20, start);
        assert_eq!(at_once(|| rate.take(number(1), start)), 5);
        assert_eq!(at_once(|| rate.take(number(2), start)), 5);
    }

    #[test]
    fn a_look_takes_nothing() {
        let (start, a) = (Instant::now(), number(1));
        let mut rate = publishes(4, start);
        assert_eq!(at_once(|| rate.check(a, start)), 1000);
        assert_eq!(at_once(|| rate.take(a, start)), 1);
        assert_eq!(rate.check(a, start), Err(15 * SECOND));
    }

    #[test]
    fn the_households_of_a_site_have_four_times_a_clients_rate_together() {
        let start = Instant::now();
        let mut rate = publishes(20, start);
        let home = |n: u16| client(&format!("2001:db8:7:{n:x}::1"));
        let taken = |rate: &mut Rate, now| {
            let homes = 0..100;
            homes.map(|n| at_once(|| rate.take(home(n), now))).sum()
        };
        let sum: usize = taken(&mut rate, start);
        assert_eq!(sum, 4 * 5);
        let wait = rate.take(home(200), start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(750));
        let sum: usize = taken(&mut rate, start + 3 * SECOND);
        assert_eq!(sum, 4);
        let elsewhere = client("2001:db8:8::1");
        assert_eq!(at_once(|| rate.take(elsewhere, start)), 5);
    }

    #[test]
    fn a_refusal_by_the_site_costs_the_household_nothing() {
        let start = Instant::now();
        let mut rate = publishes(20, start);
        let home = |n: u16| client(&format!("2001:db8:7:{n:x}::1"));
        for n in 0..4 {
            assert_eq!(at_once(|| rate.take(home(n), start)), 5);
        }
        assert_eq!(at_once(|| rate.take(home(9), start)), 0);
        let later = start + 15 * SECOND;
        assert_eq!(at_once(|| rate.take(home(9), later)), 5);
    }

    #[test]
    fn zero_is_no_limit() {
        let (start, a) = (Instant::now(), number(1));
        let mut rate = publishes(0, start);
        assert_eq!(at_once(|| rate.take(a, start)), 1000);
        let mut bucket = Bucket::new(Pace::broadcasts(0), start);
        assert_eq!(at_once(|| bucket.take(start)), 1000);
    }

    #[test]
    fn all_together_have_two_seconds_worth_at_once_and_then_come_evenly() {
        let start = Instant::now();
        for per_second in [1, 5, 100] {
            let mut bucket = Bucket::new(Pace::broadcasts(per_second), start);
            assert_eq!(at_once(|| bucket.take(start)), 2 * per_second as usize);
            let wait = bucket.take(start).unwrap_err();
            assert_eq!(wait, SECOND / per_second);
            assert_eq!(at_once(|| bucket.take(start + wait)), 1);
            let rested = start + 60 * SECOND;
            assert_eq!(at_once(|| bucket.take(rested)), 2 * per_second as usize);
        }
    }

    #[test]
    fn twenty_pictures_may_be_drawn_at_once_and_then_two_a_second() {
        let (start, a) = (Instant::now(), number(1));
        let mut rate = Rate::new(Pace::drawings(), start);
        assert_eq!(at_once(|| rate.take(a, start)), 20);
        assert_eq!(at_once(|| rate.take(a, start + SECOND)), 2);
    }

    #[test]
    fn many_addresses_do_not_wash_out_a_debt_and_a_debt_is_over_soon() {
        let (start, a) = (Instant::now(), client("::1"));
        let mut rate = publishes(20, start);
        assert_eq!(at_once(|| rate.take(a, start)), 5);
        for stranger in 0..200_000 {
            let _ = rate.take(number(stranger), start);
        }
        assert!(rate.take(a, start).is_err());
        let rested = start + 15 * SECOND;
        assert_eq!(at_once(|| rate.take(a, rested)), 5);
    }

    #[test]
    fn a_clock_that_was_read_earlier_does_no_harm() {
        let (start, a) = (Instant::now(), number(1));
        let mut rate = publishes(1, start + SECOND);
        assert_eq!(rate.take(a, start + 2 * SECOND), Ok(()));
        assert!(rate.take(a, start).is_err());
    }

    proptest! {
        #[test]
        fn a_rate_agrees_with_a_bucket_for_each_client(
            per_minute in 1u32..200,
            asked in vec((0u32..6, 0u64..20_000), 0..300),
        ) {
            let start = Instant::now();
            let mut rate = publishes(per_minute, start);
            let most = f64::from((per_minute / 4).max(1));
            let mut buckets: HashMap<u32, (f64, Duration)> = HashMap::new();
            let mut passed = Duration::ZERO;
            for (client, wait) in asked {
                passed += Duration::from_millis(wait);
                let (tokens, filled) = buckets.entry(client).or_insert((most, passed));
                let fresh = (passed - *filled).as_secs_f64() * f64::from(per_minute) / 60.0;
                (*tokens, *filled) = ((*tokens + fresh).min(most), passed);
                // A bucket of whole and one of fractional tokens may differ by rounding.
                let taken = rate.take(number(client), start + passed).is_ok();
                prop_assert!(taken == (*tokens >= 1.0) || (*tokens - 1.0).abs() < 1e-6);
                *tokens -= f64::from(u8::from(taken));
            }
        }
    }
}
