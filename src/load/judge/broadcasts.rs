//! The broadcasts of a run: when each was due, and how long it took to its subscribers. Moments count from the run's
//! beginning.

use super::latencies::Latencies;
use crate::load::report::Broadcast;
use std::{collections::VecDeque, time::Duration};

/// Broadcasts of which each arrival is measured; of an older broadcast only the last arrival is.
const OPEN: usize = 32;
/// Digits of the times of one broadcast, which take 13 KB.
const DIGITS: u8 = 2;
/// Bytes of the distributions of single broadcasts that are kept as text: some hundred bytes each, or a few thousand where
/// the crowd is great.
const MOST_TEXT: usize = 64 << 20;
/// Digits of the times of all broadcasts together.
const DIGITS_OF_ALL: u8 = 3;

/// All broadcasts, by the number in their marker.
pub(crate) struct Broadcasts {
    prefix: Vec<u8>,
    all: Vec<Broadcast>,
    /// The times of the last few broadcasts.
    open: VecDeque<Latencies>,
    latency: Latencies,
    /// The room that is left for distributions as text, in bytes.
    room: usize,
}

impl Broadcasts {
    /// No broadcasts yet. `name`, of letters and digits, tells the broadcasts of this run from those of others.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            prefix: format!("load{name}n").into_bytes(),
            all: Vec::new(),
            open: VecDeque::new(),
            latency: Latencies::new(DIGITS_OF_ALL),
            room: MOST_TEXT,
        }
    }

    /// Adds a broadcast that is due at `at`, for `audience` subscribers. Returns its number.
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

    /// The keyword that carries the number of a broadcast.
    pub(crate) fn keyword(&self, number: u32) -> String {
        format!("{}{number}z", String::from_utf8_lossy(&self.prefix))
    }

    /// The number of the broadcast whose keyword `text` echoes.
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        let mut windows = text.windows(self.prefix.len());
        let at = windows.position(|window| window == self.prefix)? + self.prefix.len();
        let rest = &text[at..];
        let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let number = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        (rest[end] == b'z' && (number as usize) < self.all.len()).then_some(number)
    }

    /// Whether a broadcast was due after `moment`.
    pub(crate) fn is_due_after(&self, number: u32, moment: Duration) -> bool {
        let broadcast = self.all.get(number as usize);
        broadcast.is_some_and(|broadcast| broadcast.at >= moment.as_secs_f64())
    }

    /// A subscriber received a broadcast at `at`: on a stream that was open when the broadcast was due if `live`, else by
    /// resuming.
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

    /// The publisher has an answer.
    pub(crate) fn answered(&mut self, number: u32, at: Duration) {
        if let Some(broadcast) = self.all.get_mut(number as usize) {
            broadcast.answered = Some(at.as_secs_f64() - broadcast.at);
        }
    }

    /// The number of broadcasts that were published with success and reached no subscriber.
    pub(crate) fn unseen(&self) -> usize {
        let reached = |broadcast: &&Broadcast| broadcast.live + broadcast.resumed > 0;
        let answered = self
            .all
            .iter()
            .filter(|broadcast| broadcast.answered.is_some());
        answered.filter(|broadcast| !reached(broadcast)).count()
    }

    /// The seconds until 99 of 100 subscribers and the last had the latest broadcast that has arrived; if it is still on
    /// its way, those of the broadcast before.
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

    /// The slowest answer to the broadcasts that were due from `from` to `to`.
    pub(crate) fn slowest_answer(&self, from: f64, to: f64) -> f64 {
        let within = self
            .all
            .iter()
            .filter(|broadcast| (from..=to).contains(&broadcast.at));
        within
            .filter_map(|broadcast| broadcast.answered)
            .fold(0.0, f64::max)
    }

    /// All broadcasts, and the times of all of them together.
    pub(crate) fn finish(mut self) -> (Vec<Broadcast>, Latencies) {
        while !self.open.is_empty() {
            self.close();
        }
        for number in 0..self.all.len() {
            self.all[number].marker = self.keyword(number as u32);
        }
        (self.all, self.latency)
    }

    fn close(&mut self) {
        let at = self.all.len() - self.open.len();
        if let Some(open) = self.open.pop_front() {
            let quantiles = open.quantiles();
            let broadcast = &mut self.all[at];
            (broadcast.first, broadcast.median, broadcast.p99) =
                (quantiles.min, quantiles.median, quantiles.p99);
            if broadcast.live > 0 && self.room > 0 {
                broadcast.times = open.plain();
                self.room = self.room.saturating_sub(broadcast.times.len());
            }
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
    fn latency_counts_from_when_the_broadcast_was_due() {
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
        assert_eq!(latency.quantiles().count, 3);
    }

    #[test]
    fn a_broadcast_that_reached_no_subscriber_is_unseen() {
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
