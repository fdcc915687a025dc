//! The time of day, from a clock that may be set forward or back.

use crate::{journal::unix_millis, timer_wheel::Tick};
use std::time::SystemTime;

/// A clock that holds the value of the `Date` field (RFC 9110, section 6.6.1) and writes it anew each second.
#[derive(Default)]
pub struct DateClock {
    /// The tick in which the clock was last read.
    tick: Tick,
    second: u64,
    date: String,
}

impl DateClock {
    /// The date in this `tick` of the loop. Reads the clock by `now`, once for all answers of a tick.
    pub fn date(&mut self, tick: Tick, now: impl FnOnce() -> SystemTime) -> &str {
        if self.tick != tick || self.date.is_empty() {
            self.tick = tick;
            self.read(now());
        }
        &self.date
    }

    fn read(&mut self, now: SystemTime) {
        let second = unix_millis(now) / 1000;
        if self.second != second || self.date.is_empty() {
            self.second = second;
            self.date = httpdate::fmt_http_date(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn the_date_changes_with_the_second_and_follows_a_clock_that_is_set_back() {
        let (mut clock, mut tick) = (DateClock::default(), Tick::default());
        for (millis, date) in [
            (784_111_777_999, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (784_111_778_000, "Sun, 06 Nov 1994 08:49:38 GMT"),
            (784_111_778_999, "Sun, 06 Nov 1994 08:49:38 GMT"),
            (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            let now = UNIX_EPOCH + Duration::from_millis(millis);
            tick = tick.after(Tick::LENGTH);
            assert_eq!(clock.date(tick, || now), date);
            assert_eq!(
                clock.date(tick, || panic!("the clock was read in this tick")),
                date
            );
            assert_eq!(unix_millis(now), millis);
        }
        assert_eq!(unix_millis(UNIX_EPOCH - Duration::from_secs(1)), 0);
    }

    #[test]
    fn the_first_date_is_written_even_at_the_epoch() {
        assert_eq!(
            DateClock::default().date(Tick::default(), || UNIX_EPOCH),
            "Thu, 01 Jan 1970 00:00:00 GMT"
        );
    }
}
