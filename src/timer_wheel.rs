//! A timer wheel: a circle of buckets, a bucket per tick, and a hand that goes round. Time is an argument.
//!
//! The wheel is *lazy*. An entry may come up early, never late, and cannot be taken out. Its owner keeps the real deadline.
//! When an entry comes up early, or twice, the owner sets the entry anew or ignores it. Moving a deadline later is then a plain
//! store, and forgetting a deadline is free: a broadcast that moves a hundred thousand heartbeats does not touch the wheel.

use std::time::Duration;

/// Further off than any deadline: the deadline of a socket that waits for nothing.
pub const NEVER: Duration = Duration::MAX;

/// A time, in steps of [`Tick::LENGTH`] since the loop began. The count wraps after 497 days. Ticks therefore compare by
/// their distance (as in RFC 1982), which is right for any two ticks less than 248 days apart.
///
/// ```
/// use picture_frame::timer_wheel::Tick;
/// use std::time::Duration;
///
/// let now = Tick::at(Duration::from_millis(1234));
/// let deadline = now.after(Duration::from_secs(1));
/// assert!(!deadline.is_due(now));
/// assert!(deadline.is_due(Tick::at(Duration::from_millis(2240)))); // never early, at most a tick late
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick(u32);

impl Tick {
    /// The length of a tick: short enough for a time-out, and so long that many deadlines share a wake-up.
    pub const LENGTH: Duration = Duration::from_millis(10);

    /// The tick that `elapsed` falls in, counted from the loop's start.
    #[must_use]
    pub fn at(elapsed: Duration) -> Self {
        Self((elapsed.as_nanos() / Self::LENGTH.as_nanos()) as u32)
    }

    /// The beginning of the tick that `elapsed` falls in.
    #[must_use]
    pub fn begin(elapsed: Duration) -> Duration {
        elapsed - Duration::from_nanos((elapsed.as_nanos() % Self::LENGTH.as_nanos()) as u64)
    }

    /// The first tick by whose beginning a `wait` is over that began within this tick, however late. At most 124 days on.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        self.plus(ticks(wait) + 1)
    }

    /// The tick that is `wait` later, rounded up: for timers that repeat, and must not drift.
    #[must_use]
    pub fn later(self, wait: Duration) -> Self {
        self.plus(ticks(wait))
    }

    /// True if `now` is this tick or a later tick.
    #[must_use]
    pub fn is_due(self, now: Self) -> bool {
        now.0.wrapping_sub(self.0) < 1 << 31
    }

    /// The number of ticks from `now` until this tick; 0 if this tick is due.
    #[must_use]
    pub fn until(self, now: Self) -> u32 {
        if self.is_due(now) {
            0
        } else {
            self.0.wrapping_sub(now.0)
        }
    }

    /// The time from this tick to `now`; 0 if this tick is still to come.
    #[must_use]
    pub fn elapsed(self, now: Self) -> Duration {
        Self::LENGTH * now.until(self)
    }

    /// The number of ticks from `now` to this tick, negative for a tick that is past.
    #[must_use]
    pub(crate) fn distance(self, now: Self) -> i32 {
        self.0.wrapping_sub(now.0).cast_signed()
    }

    /// The tick at a distance from this tick, which may be negative.
    #[must_use]
    pub(crate) fn at_distance(self, ticks: i32) -> Self {
        self.plus(ticks.cast_unsigned())
    }

    /// The time from the loop's start to this tick.
    #[cfg(feature = "frame")]
    pub(crate) fn since_start(self) -> Duration {
        Self::LENGTH * self.0
    }

    fn plus(self, ticks: u32) -> Self {
        Self(self.0.wrapping_add(ticks))
    }
}

fn ticks(wait: Duration) -> u32 {
    wait.as_nanos()
        .div_ceil(Tick::LENGTH.as_nanos())
        .min(1 << 30) as u32
}

/// The ticks that an entry can be ahead: 20 s, which is longer than the default heartbeat, so that most deadlines are set
/// once.
const BUCKETS: u32 = 2048;
const WORD: u32 = u64::BITS;
const WORDS: u32 = BUCKETS / WORD;
const _: () = assert!(WORDS == u32::BITS);

/// The time that the wheel covers.
#[cfg(feature = "frame")]
pub(crate) const SPAN: Duration = Duration::from_millis(10 * BUCKETS as u64);

/// A timer wheel. Each entry comes up at its tick, or earlier.
///
/// ```
/// use picture_frame::timer_wheel::{Tick, TimerWheel};
/// use std::time::Duration;
///
/// let start = Tick::default();
/// let mut wheel = TimerWheel::new(start);
/// let soon = wheel.set(start.after(Duration::from_millis(50)), "soon");
/// wheel.set(start.after(Duration::from_secs(5)), "later");
///
/// assert_eq!(wheel.next(), Some(soon)); // so long may the loop sleep
/// assert_eq!(wheel.pop(start), None);
/// assert_eq!(wheel.pop(soon), Some((soon, "soon")));
/// assert_eq!(wheel.pop(soon), None);
/// ```
#[derive(Debug)]
pub struct TimerWheel<T> {
    buckets: Vec<Vec<T>>,
    /// A bit per bucket, set while the bucket has entries.
    occupied: [u64; WORDS as usize],
    /// A bit per word of `occupied`, set while the word is not zero, so that [`TimerWheel::next`] reads two words.
    words: u32,
    /// The tick before which every entry has come up.
    hand: Tick,
}

impl<T> TimerWheel<T> {
    /// An empty wheel whose hand stands at `now`.
    #[must_use]
    pub fn new(now: Tick) -> Self {
        let buckets = std::iter::repeat_with(Vec::new)
            .take(BUCKETS as usize)
            .collect();
        Self {
            buckets,
            occupied: [0; WORDS as usize],
            words: 0,
            hand: now,
        }
    }

    /// Has `entry` come up at `at`, or earlier if `at` lies beyond the wheel's 20 s; the owner then sets the entry again. A
    /// tick that is past counts as the hand's tick. Returns the tick at which the entry comes up.
    pub fn set(&mut self, at: Tick, entry: T) -> Tick {
        let at = self.hand.plus(at.until(self.hand).min(BUCKETS - 1));
        let bucket = at.0 % BUCKETS;
        self.buckets[bucket as usize].push(entry);
        self.occupied[(bucket / WORD) as usize] |= 1 << (bucket % WORD);
        self.words |= 1 << (bucket / WORD);
        at
    }

    /// The buckets that have entries, in the order in which they come up, each with its tick.
    #[cfg(feature = "frame")]
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (Tick, &[T])> {
        let ticks = (0..BUCKETS).map(|ahead| self.hand.plus(ahead));
        let buckets = ticks.map(|tick| (tick, &*self.buckets[(tick.0 % BUCKETS) as usize]));
        buckets.filter(|(_, entries)| !entries.is_empty())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.buckets.iter().map(Vec::len).sum()
    }

    /// The tick at which the next entry comes up.
    #[must_use]
    pub fn next(&self) -> Option<Tick> {
        let start = self.hand.0 % BUCKETS;
        let word = start / WORD;
        let ahead = self.occupied[word as usize] & (u64::MAX << (start % WORD));
        let bucket = if ahead != 0 {
            word * WORD + ahead.trailing_zeros()
        } else if self.words != 0 {
            // The hand's own word comes last: its bits behind the hand are a whole turn ahead.
            let later = self.words.rotate_right(word + 1).trailing_zeros();
            let word = (word + 1 + later) % WORDS;
            word * WORD + self.occupied[word as usize].trailing_zeros()
        } else {
            return None;
        };
        Some(self.hand.plus(bucket.wrapping_sub(start) % BUCKETS))
    }

    /// Moves the hand towards `now` up to the next entry, and takes the entry out, with its tick. The caller calls this until
    /// it returns nothing. A call too early or too often does no harm.
    pub fn pop(&mut self, now: Tick) -> Option<(Tick, T)> {
        let Some(at) = self.next().filter(|at| at.is_due(now)) else {
            if self.hand.is_due(now) {
                self.hand = now;
            }
            return None;
        };
        self.hand = at;
        let bucket = &mut self.buckets[(at.0 % BUCKETS) as usize];
        let entry = bucket.pop().expect("an occupied bucket holds an entry");
        if bucket.is_empty() {
            // After a broadcast many deadlines fall into one bucket, which would keep its memory for good.
            *bucket = Vec::new();
            let word = at.0 % BUCKETS / WORD;
            self.occupied[word as usize] &= !(1 << (at.0 % WORD));
            if self.occupied[word as usize] == 0 {
                self.words &= !(1 << word);
            }
        }
        Some((at, entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pop_all(wheel: &mut TimerWheel<u32>, now: Tick) -> Vec<u32> {
        let mut out: Vec<_> = std::iter::from_fn(|| wheel.pop(now))
            .map(|(_, entry)| entry)
            .collect();
        out.sort_unstable();
        out
    }

    #[test]
    fn an_entry_comes_up_at_its_tick_and_not_before() {
        let mut wheel = TimerWheel::new(Tick(0));
        assert_eq!(wheel.set(Tick(5), 1), Tick(5));
        assert_eq!(wheel.next(), Some(Tick(5)));
        assert_eq!(wheel.pop(Tick(4)), None);
        assert_eq!(wheel.pop(Tick(7)), Some((Tick(5), 1)));
        assert_eq!(wheel.next(), None);
    }

    #[test]
    fn an_entry_beyond_the_wheel_comes_up_early_and_an_entry_of_the_past_at_once() {
        let mut wheel = TimerWheel::new(Tick(100));
        assert_eq!(
            wheel.set(Tick(1_000_000), 1),
            Tick(100 + BUCKETS - 1),
            "the wheel goes round in {BUCKETS} ticks: a tick further off has the bucket of a nearer tick, so that its entry \
             must come up early, and be set again"
        );
        assert_eq!(wheel.set(Tick(7), 2), Tick(100));
        assert_eq!(wheel.pop(Tick(100)), Some((Tick(100), 2)));
    }

    #[test]
    fn an_emptied_bucket_gives_its_memory_back() {
        let mut wheel = TimerWheel::new(Tick(0));
        for entry in 0..1000 {
            wheel.set(Tick(5), entry);
        }
        assert_eq!(pop_all(&mut wheel, Tick(5)).len(), 1000);
        let kept: usize = wheel.buckets.iter().map(Vec::capacity).sum();
        assert_eq!(
            kept, 0,
            "entries for which an emptied bucket keeps room: a crowd's deadlines fall into one bucket after the other, and \
             the wheel would keep the room of each"
        );
    }

    #[test]
    fn ticks_wrap() {
        let late = Tick(u32::MAX - 2);
        let mut wheel = TimerWheel::new(late);
        let at = wheel.set(late.after(Duration::from_millis(50)), 1);
        assert_eq!(at, Tick(3));
        assert!(!at.is_due(late) && at.is_due(Tick(4)));
        assert_eq!(wheel.pop(Tick(2)), None);
        assert_eq!(wheel.pop(Tick(3)), Some((at, 1)));
    }

    #[test]
    fn a_wait_is_never_cut_short() {
        let began = Duration::from_micros(19_999);
        let due = Tick::at(began).after(Duration::from_millis(10));
        assert!(
            !due.is_due(Tick::at(began + Duration::from_millis(10))),
            "a wait of 10 ms that began at 19.999 ms is over at {due:?}, which begins a microsecond later: the tick in \
             which a wait begins does not count"
        );
        assert!(due.is_due(Tick::at(began + Duration::from_millis(21))));
    }

    proptest! {
        #[test]
        fn the_wheel_agrees_with_a_sorted_list(
            start: u32,
            steps in prop::collection::vec((0u32..40, prop::collection::vec(0u32..3000, 0..6)), 1..60),
        ) {
            let mut now = Tick(start);
            let mut wheel = TimerWheel::new(now);
            let mut model: Vec<(Tick, u32)> = Vec::new();
            let mut name = 0;
            for (step, waits) in steps {
                for wait in waits {
                    let asked = now.plus(wait);
                    let set = wheel.set(asked, name);
                    prop_assert!(set.is_due(asked), "never late");
                    model.push((set, name));
                    name += 1;
                }
                let next = model.iter().map(|(at, _)| at.until(now)).min();
                prop_assert_eq!(wheel.next().map(|at| at.until(now)), next);
                now = now.plus(step * step);
                let mut due: Vec<u32> = model.iter().filter(|(at, _)| at.is_due(now)).map(|(_, name)| *name).collect();
                due.sort_unstable();
                model.retain(|(at, _)| !at.is_due(now));
                prop_assert_eq!(pop_all(&mut wheel, now), due);
            }
        }
    }
}
