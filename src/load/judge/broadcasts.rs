//! What was published, when it was due, and how long it took to whom. Moments are since the run's beginning.

use crate::load::report::{Broadcast, Quantiles};
use hdrhistogram::Histogram;
use std::{collections::VecDeque, time::Duration};

/// Broadcasts whose arrivals are still measured one by one; of an older one only the last is.
const OPEN: usize = 32;
/// Two digits are enough for one broadcast (13 KB each), three for all together.
const DIGITS: u8 = 2;
const DIGITS_OF_ALL: u8 = 3;

/// All broadcasts, by the number in their marker.
pub(crate) struct Broadcasts {
    prefix: Vec<u8>,
    all: Vec<Broadcast>,
    /// The arrivals of the last few.
    open: VecDeque<Latencies>,
    latency: Latencies,
}

impl Broadcasts {
    /// `name` tells this run's broadcasts from others': letters and digits.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            prefix: format!("load{name}n").into_bytes(),
            all: Vec::new(),
            open: VecDeque::new(),
            latency: Latencies::new(DIGITS_OF_ALL),
        }
    }

    /// One more is due at `at`, for so many. Its number.
    pub(crate) fn begin(&mut self, at: Duration, audience: u32) -> u32 {
        if self.open.len() == OPEN {
            self.close();
        }
        self.open.push_back(Latencies::new(DIGITS));
        self.all.push(Broadcast {
            at: at.as_secs_f64(),
            audience,
            ..Broadcast::default()
        });
        self.all.len() as u32 - 1
    }

    /// The keyword that carries a number.
    pub(crate) fn keyword(&self, number: u32) -> String {
        format!("{}{number}z", String::from_utf8_lossy(&self.prefix))
    }

    /// The number in a text that echoes the keyword.
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        let mut places = text.windows(self.prefix.len());
        let at = places.position(|window| window == self.prefix)? + self.prefix.len();
        let rest = &text[at..];
        let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let number = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        (rest[end] == b'z' && (number as usize) < self.all.len()).then_some(number)
    }

    /// Whether it was due after `moment`.
    pub(crate) fn is_due_after(&self, number: u32, moment: Duration) -> bool {
        let broadcast = self.all.get(number as usize);
        broadcast.is_some_and(|broadcast| broadcast.at >= moment.as_secs_f64())
    }

    /// Someone received it at `at`: on a stream that there was when it was due, or by resuming.
    pub(crate) fn arrived(&mut self, number: u32, at: Duration, live: bool) {
        let first_open = self.all.len() - self.open.len();
        let Some(broadcast) = self.all.get_mut(number as usize) else {
            return;
        };
        if !live {
            broadcast.resumed += 1;
            return;
        }
        let late = at.saturating_sub(Duration::from_secs_f64(broadcast.at));
        broadcast.live += 1;
        broadcast.last = broadcast.last.max(late.as_secs_f64());
        self.latency.record(late);
        if let Some(open) = (number as usize).checked_sub(first_open) {
            self.open[open].record(late);
        }
    }

    /// The publisher has its answer.
    pub(crate) fn answered(&mut self, number: u32, at: Duration) {
        if let Some(broadcast) = self.all.get_mut(number as usize) {
            broadcast.answered = Some(at.as_secs_f64() - broadcast.at);
        }
    }

    /// Those that were published with success and reached nobody.
    pub(crate) fn unseen(&self) -> usize {
        let reached = |broadcast: &&Broadcast| broadcast.live + broadcast.resumed > 0;
        let answered = self
            .all
            .iter()
            .filter(|broadcast| broadcast.answered.is_some());
        answered.filter(|broadcast| !reached(broadcast)).count()
    }

    /// Until 99 of 100 and the last had the latest broadcast that anyone had, in seconds, as far as it is known: of the
    /// one before if it is still on its way.
    pub(crate) fn latest(&self) -> Option<(f64, f64)> {
        let open = self.all.iter().rev().zip(self.open.iter().rev());
        let mut latest = open.filter(|(broadcast, _)| broadcast.live > 0);
        let newest = latest.next()?;
        let (broadcast, open) = match newest.0.live < newest.0.audience {
            true => latest.next().unwrap_or(newest),
            false => newest,
        };
        Some((open.quantiles().p99, broadcast.last))
    }

    /// The slowest answer to those due from `from` to `to`.
    pub(crate) fn slowest_answer(&self, from: f64, to: f64) -> f64 {
        let within = self
            .all
            .iter()
            .filter(|broadcast| (from..=to).contains(&broadcast.at));
        within
            .filter_map(|broadcast| broadcast.answered)
            .fold(0.0, f64::max)
    }

    /// All there is to say.
    pub(crate) fn finish(mut self) -> (Vec<Broadcast>, Quantiles) {
        while !self.open.is_empty() {
            self.close();
        }
        (self.all, self.latency.quantiles())
    }

    fn close(&mut self) {
        let at = self.all.len() - self.open.len();
        if let Some(open) = self.open.pop_front() {
            let quantiles = open.quantiles();
            let broadcast = &mut self.all[at];
            (broadcast.first, broadcast.median, broadcast.p99) =
                (quantiles.min, quantiles.median, quantiles.p99);
        }
    }
}

/// A distribution of times, from a microsecond to an hour.
pub(crate) struct Latencies {
    micros: Histogram<u32>,
    least: Duration,
    most: Duration,
}

impl Latencies {
    pub(crate) fn new(digits: u8) -> Self {
        let hour = 3_600_000_000;
        Self {
            micros: Histogram::new_with_bounds(1, hour, digits).expect("the bounds are in order"),
            least: Duration::MAX,
            most: Duration::ZERO,
        }
    }

    pub(crate) fn record(&mut self, time: Duration) {
        self.micros.saturating_record(time.as_micros() as u64);
        self.least = self.least.min(time);
        self.most = self.most.max(time);
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        let (min, max) = (
            self.least.min(self.most).as_secs_f64(),
            self.most.as_secs_f64(),
        );
        // A bucket's end may lie beyond what was recorded.
        let at = |quantile| (self.micros.value_at_quantile(quantile) as f64 / 1e6).clamp(min, max);
        Quantiles {
            count: self.micros.len(),
            min,
            median: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_marker_is_found_wherever_it_is_echoed() {
        let mut broadcasts = Broadcasts::new("x7");
        for _ in 0..12 {
            broadcasts.begin(Duration::ZERO, 1);
        }
        let keyword = broadcasts.keyword(11);
        for text in [
            keyword.clone(),
            format!("{{\"keyword\":\"{keyword}\"}}"),
            format!("a+{keyword}+b"),
        ] {
            assert_eq!(broadcasts.find(text.as_bytes()), Some(11), "{text}");
        }
        for text in [
            "",
            "loadx7n",
            "loadx7nz",
            "loadx7n1",
            "loadx7n12z",
            "loady7n1z",
            "loadx7n99999999999z",
        ] {
            assert_eq!(broadcasts.find(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn latency_counts_from_when_it_was_due() {
        let mut broadcasts = Broadcasts::new("");
        let number = broadcasts.begin(millis(1000), 3);
        for at in [1010, 1030, 1020] {
            broadcasts.arrived(number, millis(at), true);
        }
        broadcasts.arrived(number, millis(9000), false);
        broadcasts.answered(number, millis(1005));
        assert_eq!(broadcasts.unseen(), 0);
        let (p99, last) = broadcasts.latest().unwrap();
        assert!((p99 - 0.030).abs() < 0.001 && (last - 0.030).abs() < 1e-9);
        for _ in 0..2 {
            broadcasts.begin(millis(1100), 3);
            assert_eq!(broadcasts.latest(), Some((p99, last)));
        }
        let (all, latency) = broadcasts.finish();
        let it = &all[0];
        assert_eq!((it.audience, it.live, it.resumed), (3, 3, 1));
        assert!((it.first - 0.010).abs() < 1e-9 && (it.last - 0.030).abs() < 1e-9);
        assert!((it.median - 0.020).abs() < 0.001 && (it.spread() - 0.020).abs() < 1e-9);
        assert_eq!(latency.count, 3);
    }

    #[test]
    fn what_reached_nobody_is_unseen() {
        let mut broadcasts = Broadcasts::new("");
        for number in 0..40 {
            broadcasts.begin(millis(number), 0);
            broadcasts.answered(number as u32, millis(number + 7));
        }
        broadcasts.arrived(1, millis(3), true);
        assert_eq!(broadcasts.unseen(), 39);
        assert!((broadcasts.slowest_answer(0.0, 1.0) - 0.007).abs() < 1e-9);
        assert_eq!(broadcasts.finish().0.len(), 40);
    }
}
