//! The loop's time, which is taken once per turn, and the suspensions of the process that it shows. Instants are
//! arguments.

use crate::timer_wheel::Tick;
use std::time::{Duration, Instant};

/// A wait or a turn that is longer than it should be by more than this was a suspension of the process.
const SUSPENSION: Duration = Duration::from_millis(250);

/// The time of the present turn.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    now: Tick,
    /// The beginning of the tick `now`.
    now_began: Instant,
    /// The end of the present turn's wait.
    woke: Instant,
    /// The end of the last turn.
    ended: Instant,
    resumed: Tick,
}

impl Clock {
    /// A clock whose first tick begins at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            began: now,
            now: Tick::default(),
            now_began: now,
            woke: now,
            ended: now,
            resumed: Tick::default(),
        }
    }

    /// The tick of the present turn.
    pub(super) fn now(&self) -> Tick {
        self.now
    }

    /// The tick at which the process last went on after a suspension; at first, the beginning.
    pub(super) fn resumed(&self) -> Tick {
        self.resumed
    }

    /// Begins a turn at `now`, after a wait that was to last no longer than `patience`. The whole of an interrupted wait
    /// may have been a suspension, because the signal that ends a suspension interrupts the wait (signal(7)). Returns true
    /// if there was a suspension.
    pub(super) fn wake(
        &mut self,
        now: Instant,
        patience: Option<Duration>,
        is_interrupted: bool,
    ) -> bool {
        let turn = self.ended.saturating_duration_since(self.woke);
        let slept = now.saturating_duration_since(self.ended);
        let lost = match patience {
            _ if is_interrupted => slept,
            Some(patience) => slept.saturating_sub(patience),
            None => Duration::ZERO,
        };
        let elapsed = now.saturating_duration_since(self.began);
        self.woke = now;
        self.now = Tick::at(elapsed);
        self.now_began = self.began + Tick::begin(elapsed);
        let was_suspended = turn.max(lost) > SUSPENSION;
        if was_suspended {
            self.resumed = self.now;
        }
        was_suspended
    }

    /// Leaves the time since the wait, up to `now`, out of the loop's time: no tick passes.
    #[cfg(feature = "frame")]
    pub(super) fn stand_still(&mut self, now: Instant) {
        let held = now.saturating_duration_since(self.woke);
        self.began += held;
        self.now_began += held;
        self.woke = now;
    }

    /// Ends the turn at `now`. Returns the time since its wait.
    pub(super) fn end_turn(&mut self, now: Instant) -> Duration {
        self.ended = now;
        now.saturating_duration_since(self.woke)
    }

    /// The time from `now` to the beginning of the tick `at`; zero for a tick that is past.
    pub(super) fn until(&self, at: Tick, now: Instant) -> Duration {
        let begins = self.now_began + Tick::LENGTH * at.until(self.now);
        begins.saturating_duration_since(now)
    }

    /// Has the next turn find `time` more passed.
    #[cfg(test)]
    pub(super) fn pass(&mut self, time: Duration) {
        self.began -= time;
        self.ended -= time;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_wait_or_a_turn_that_is_much_too_long_was_a_suspension() {
        let (long, short) = (SUSPENSION + MS, SUSPENSION);
        for (turn, slept, patience, is_interrupted, was_suspended) in [
            (MS, MS, None, false, false),
            (MS, 9 * long, None, false, false),
            (MS, long, None, true, true),
            (MS, long, Some(9 * long), true, true),
            (MS, short, None, true, false),
            (MS, long, Some(long), false, false),
            (MS, long + MS, Some(MS), false, true),
            (MS, short + MS, Some(MS), false, false),
            (long, MS, None, false, true),
            (short, MS, None, false, false),
        ] {
            let start = Instant::now();
            let mut clock = Clock::new(start);
            assert_eq!(clock.end_turn(start + turn), turn);
            clock.wake(start + turn + slept, patience, is_interrupted);
            assert_eq!(clock.now(), Tick::at(turn + slept));
            let resumed = match was_suspended {
                true => clock.now(),
                false => Tick::default(),
            };
            let case = (turn, slept, patience, is_interrupted);
            assert_eq!(clock.resumed(), resumed, "{case:?}");
        }
    }

    #[cfg(feature = "frame")]
    #[test]
    fn a_clock_that_stands_still_loses_that_time_and_takes_it_for_no_suspension() {
        let start = Instant::now();
        let mut clock = Clock::new(start);
        clock.wake(start + 25 * MS, None, false);
        let (now, hour) = (clock.now(), 3_600_000 * MS);
        clock.stand_still(start + 25 * MS + hour);
        assert_eq!(clock.now(), now);
        assert_eq!(
            clock.until(Tick::at(40 * MS), start + 25 * MS + hour),
            15 * MS
        );
        assert_eq!(
            clock.end_turn(start + 26 * MS + hour),
            MS,
            "the turn is no longer"
        );
        clock.wake(start + 36 * MS + hour, Some(10 * MS), false);
        assert_eq!(clock.now(), Tick::at(36 * MS));
        assert_eq!(clock.resumed(), Tick::default());
    }

    #[test]
    fn the_loop_may_sleep_until_the_tick_begins() {
        let start = Instant::now();
        let mut clock = Clock::new(start);
        let now = start + 25 * MS;
        clock.wake(now, None, false);
        for (at, wait) in [(1, 0), (2, 0), (3, 5), (4, 15), (103, 1005)] {
            let at = Tick::at(Tick::LENGTH * at);
            assert_eq!(clock.until(at, now), wait * MS, "{at:?}");
        }
        assert_eq!(clock.until(Tick::at(30 * MS), now + 9 * MS), Duration::ZERO);
    }
}
