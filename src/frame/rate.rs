//! How often one client may publish. Holds the same little memory whoever comes, however many they are. Time is an
//! argument.
//!
//! Each client has a bucket of tokens, of which only the time is kept at which it will be full again (the generic cell
//! rate algorithm). A bucket that is full needs no memory, and one that is not is full again within a minute.
//!
//! There is no table of clients that could grow, be searched, or be washed out by someone with many addresses: the
//! times stand in a fixed grid (a count-min sketch). A client has one cell in each row, chosen by a hash that nobody
//! outside can compute, and its time is the earliest of them. Who shares all the cells with others who have spent
//! theirs waits with them; nobody ever gets more than is due.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    time::{Duration, Instant},
};

const MINUTE: u64 = 60_000_000_000;
/// With 4 rows of 8192 cells a stranger is refused for what others did with a probability of 0.03 while 4,000 clients
/// have spent all their tokens within a quarter of a minute. 256 KiB, of which the system gives what is touched.
const ROWS: u32 = 4;
const COLUMN_BITS: u32 = 13;

/// Tokens come evenly, so many per minute, and a quarter of them may be spent at once, or one.
pub(crate) struct Rate {
    /// Nanoseconds between two tokens; 0 for no limit.
    a_token: u64,
    /// What a bucket takes to fill.
    depth: u64,
    /// When the buckets will be full, in nanoseconds since `began`.
    full: Vec<u64>,
    keys: RandomState,
    began: Instant,
}

impl Rate {
    /// Full buckets. With `per_minute` 0 nothing is counted.
    #[must_use]
    pub(crate) fn new(per_minute: u32, now: Instant) -> Self {
        let a_token = MINUTE.checked_div(per_minute.into()).unwrap_or(0);
        let cells = if per_minute == 0 {
            0
        } else {
            (ROWS as usize) << COLUMN_BITS
        };
        Self {
            a_token,
            depth: a_token * u64::from((per_minute / 4).max(1)),
            full: vec![0; cells],
            keys: RandomState::new(),
            began: now,
        }
    }

    /// Takes one of the client's tokens at `now`, or says how long to wait until it has one.
    pub(super) fn take(&mut self, client: impl Hash, now: Instant) -> Result<(), Duration> {
        if self.full.is_empty() {
            return Ok(());
        }
        let now = now.saturating_duration_since(self.began).as_nanos() as u64;
        let cells = cells(self.keys.hash_one(client));
        let earliest = cells.clone().map(|cell| self.full[cell]).min();
        let full = earliest.unwrap_or(0).max(now) + self.a_token;
        if full > now + self.depth {
            return Err(Duration::from_nanos(full - now - self.depth));
        }
        for cell in cells {
            self.full[cell] = self.full[cell].max(full);
        }
        Ok(())
    }
}

/// The cell in each row, each by bits of its own.
fn cells(hash: u64) -> impl Iterator<Item = usize> + Clone {
    let column = move |row| (hash >> (row * COLUMN_BITS)) as usize & ((1 << COLUMN_BITS) - 1);
    (0..ROWS).map(move |row| (row as usize) << COLUMN_BITS | column(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use std::collections::HashMap;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many of those who come at once get through.
    fn at_once(rate: &mut Rate, client: &str, now: Instant) -> usize {
        (0..1000)
            .take_while(|_| rate.take(client, now).is_ok())
            .count()
    }

    #[test]
    fn a_quarter_may_come_at_once_and_then_evenly() {
        let start = Instant::now();
        for (per_minute, burst) in [(20, 5), (1, 1), (4, 1), (7, 1), (8, 2), (400, 100)] {
            let mut rate = Rate::new(per_minute, start);
            assert_eq!(at_once(&mut rate, "a", start), burst, "{per_minute}");
            let wait = rate.take("a", start).unwrap_err();
            assert_eq!(wait, Duration::from_nanos(MINUTE / u64::from(per_minute)));
            assert!(
                rate.take("a", start + wait - Duration::from_nanos(1))
                    .is_err()
            );
            assert_eq!(at_once(&mut rate, "a", start + wait), 1);
            let later = start + wait + 120 * SECOND;
            assert_eq!(at_once(&mut rate, "a", later), burst, "no more are saved");
        }
    }

    #[test]
    fn one_client_does_not_spend_anothers() {
        let start = Instant::now();
        let mut rate = Rate::new(20, start);
        assert_eq!(at_once(&mut rate, "a", start), 5);
        assert_eq!(at_once(&mut rate, "b", start), 5);
    }

    #[test]
    fn zero_is_no_limit() {
        let start = Instant::now();
        assert_eq!(at_once(&mut Rate::new(0, start), "a", start), 1000);
    }

    #[test]
    fn many_addresses_neither_take_memory_nor_wash_out_a_debt() {
        let start = Instant::now();
        let mut rate = Rate::new(20, start);
        assert_eq!(at_once(&mut rate, "a", start), 5);
        for stranger in 0..200_000 {
            let _ = rate.take(stranger, start);
        }
        assert!(rate.take("a", start).is_err());
        assert_eq!(rate.full.len(), 4 * 8192);
        let rested = start + 15 * SECOND;
        assert_eq!(at_once(&mut rate, "a", rested), 5, "it is over soon");
    }

    #[test]
    fn few_strangers_are_refused_for_what_many_others_did() {
        let start = Instant::now();
        let mut rate = Rate::new(20, start);
        for stranger in 0..4_000 {
            while rate.take(stranger, start).is_ok() {}
        }
        let fresh = 1_000_000..1_010_000;
        let refused = fresh.filter(|at| rate.take(at, start).is_err()).count();
        assert!(refused < 600, "{refused} of 10,000");
    }

    #[test]
    fn a_clock_that_was_read_earlier_does_no_harm() {
        let start = Instant::now();
        let mut rate = Rate::new(1, start + SECOND);
        assert_eq!(rate.take("a", start + 2 * SECOND), Ok(()));
        assert!(rate.take("a", start).is_err());
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_bucket_for_each_client(
            per_minute in 1u32..200,
            asked in vec((0u8..6, 0u64..20_000), 0..300),
        ) {
            let start = Instant::now();
            let mut rate = Rate::new(per_minute, start);
            let most = f64::from((per_minute / 4).max(1));
            let mut buckets: HashMap<u8, (f64, Duration)> = HashMap::new();
            let mut passed = Duration::ZERO;
            for (client, wait) in asked {
                passed += Duration::from_millis(wait);
                let (tokens, filled) = buckets.entry(client).or_insert((most, passed));
                let fresh = (passed - *filled).as_secs_f64() * f64::from(per_minute) / 60.0;
                (*tokens, *filled) = ((*tokens + fresh).min(most), passed);
                // Where the two differ by rounding alone, either may be right.
                let taken = rate.take(client, start + passed).is_ok();
                prop_assert!(taken == (*tokens >= 1.0) || (*tokens - 1.0).abs() < 1e-6);
                *tokens -= f64::from(u8::from(taken));
            }
        }
    }
}
