//! The clients that had a look-up within the last minute, in a fixed amount of memory for any number of clients. Time
//! is an argument.

use super::{
    household::Household,
    rate::nanos,
    sketch::{CarriedSketch, Sketch},
};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// For each household, the end of the minute since its last look-up.
pub(crate) struct Recent {
    until: Sketch,
    began: Instant,
}

impl Recent {
    #[must_use]
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            until: Sketch::new(),
            began: now,
        }
    }

    /// The minutes that are not over, as another process gets them.
    pub(super) fn carry(&self, now: Instant) -> CarriedSketch {
        self.until.carry(nanos(self.began, now))
    }

    /// Goes on with the minutes of another process.
    pub(super) fn continue_from(&mut self, carried: &CarriedSketch, now: Instant) {
        self.until = Sketch::carried(carried, nanos(self.began, now));
    }

    /// Notes that a look-up of this client's keyword begins at `now`.
    pub(super) fn looked_up(&mut self, client: Household, now: Instant) {
        let until = nanos(self.began, now + MINUTE);
        self.until.raise(&client.own, until);
    }

    /// The rest of the minute since the client's last look-up. None if that minute is over.
    pub(super) fn rest(&self, client: Household, now: Instant) -> Option<Duration> {
        let until = self.until.time(&client.own);
        let left = until.saturating_sub(nanos(self.began, now));
        (left > 0).then(|| Duration::from_nanos(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Household {
        Household::of(text.parse().unwrap())
    }

    #[test]
    fn a_look_up_counts_for_a_minute_and_for_its_household_alone() {
        let start = Instant::now();
        let (one, same) = (client("2001:db8:1:2::1"), client("2001:db8:1:2::9"));
        let (neighbour, other) = (client("2001:db8:1:3::1"), client("192.0.2.1"));
        let mut recent = Recent::new(start);
        assert_eq!(recent.rest(one, start), None);
        recent.looked_up(one, start);
        let later = start + MINUTE / 2;
        recent.looked_up(one, later);
        assert_eq!(recent.rest(same, later + MINUTE / 3), Some(MINUTE * 2 / 3));
        assert_eq!(recent.rest(neighbour, later), None);
        assert_eq!(recent.rest(other, later), None);
        assert_eq!(recent.rest(one, later + MINUTE), None);
    }
}
