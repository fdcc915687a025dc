//! The broadcasts of a run: when each was due, and how long it took to its subscribers. Moments count from the run's
//! beginning.

use super::{
    latencies::Latencies,
    marker::{Marker, Markers},
};
use crate::load::report::{Broadcast, Quantiles};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// Broadcasts that are arriving, of which each arrival is measured; of an older broadcast only the last arrival is.
const OPEN: usize = 32;
/// Digits of the times of one broadcast, which take 13 KB.
const DIGITS: u8 = 2;
/// Digits of the times of all broadcasts together.
const DIGITS_OF_ALL: u8 = 3;

/// The most broadcasts of other processes: the report keeps some hundred bytes of each.
const MOST_OTHERS: usize = 1_000_000;

/// All broadcasts of a run. A broadcast of this process has its number in its marker.
pub(crate) struct Broadcasts {
    markers: Markers,
    /// The run's beginning, since 1970.
    began: Duration,
    /// The subscribers that hold a stream: the audience of a broadcast of another process.
    pub(crate) crowd: u32,
    all: Vec<Broadcast>,
    /// The numbers of the broadcasts of other processes, by the process and its own number.
    others: HashMap<(u64, u32), u32>,
    /// The marker that was found last, and the broadcast's number: most subscribers get the same event in a row.
    latest: (Vec<u8>, u32),
    /// The times of the last few broadcasts that have begun to arrive and not arrived at all subscribers, by number.
    open: BTreeMap<u32, Latencies>,
    latency: Latencies,
    /// The times of broadcasts that this program sent late.
    latency_sent_late: Latencies,
    /// The number of the latest broadcast that has arrived at its whole audience, if any.
    whole: Option<u32>,
}

impl Broadcasts {
    /// No broadcasts yet. `name` tells the broadcasts of this run from those of others.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            markers: Markers::new(name),
            began: Duration::ZERO,
            crowd: 0,
            all: Vec::new(),
            others: HashMap::new(),
            latest: (Vec::new(), 0),
            open: BTreeMap::new(),
            latency: Latencies::new(DIGITS_OF_ALL),
            latency_sent_late: Latencies::new(DIGITS_OF_ALL),
            whole: None,
        }
    }

    /// The run begins, at `began` since 1970.
    pub(crate) fn begins(&mut self, began: Duration) {
        self.began = began;
    }

    /// Adds a broadcast that is due at `at`, for `audience` subscribers. Returns its number.
    pub(crate) fn begin(&mut self, at: Duration, audience: u32) -> u32 {
        let number = self.all.len() as u32;
        self.all.push(Broadcast {
            at: at.as_secs_f64(),
            marker: self.markers.text(number, self.began + at),
            audience,
            ..Broadcast::default()
        });
        number
    }

    /// The marker of a broadcast.
    pub(crate) fn marker(&self, number: u32) -> &str {
        let broadcast = self.all.get(number as usize);
        broadcast.map_or("", |broadcast| &broadcast.marker)
    }

    /// The number of the broadcast whose marker `data` has. A broadcast of another process of this run is added.
    pub(crate) fn find(&mut self, data: &[u8]) -> Option<u32> {
        let found = self.markers.find(data)?;
        if *found == *self.latest.0 {
            return Some(self.latest.1);
        }
        let marker = self.markers.parse(found)?;
        let number = match marker.process {
            None => Some(marker.number).filter(|number| (*number as usize) < self.all.len())?,
            Some(process) => self.other(process, marker, found)?,
        };
        self.latest = (found.to_vec(), number);
        Some(number)
    }

    /// The number of a broadcast of another process. Such a broadcast counts as sent when it was due.
    fn other(&mut self, process: u64, marker: Marker, text: &[u8]) -> Option<u32> {
        let key = (process, marker.number);
        if let Some(number) = self.others.get(&key) {
            return Some(*number);
        }
        if self.others.len() >= MOST_OTHERS {
            return None;
        }
        let number = self.all.len() as u32;
        self.others.insert(key, number);
        self.all.push(Broadcast {
            at: marker.due.saturating_sub(self.began).as_secs_f64(),
            marker: String::from_utf8_lossy(text).into_owned(),
            by_another: true,
            sent: Some(0.0),
            audience: self.crowd,
            ..Broadcast::default()
        });
        Some(number)
    }

    /// Whether a broadcast was due after `moment`.
    pub(crate) fn is_due_after(&self, number: u32, moment: Duration) -> bool {
        let broadcast = self.all.get(number as usize);
        broadcast.is_some_and(|broadcast| broadcast.at >= moment.as_secs_f64())
    }

    /// A subscriber received a broadcast at `at`: on a stream that was open when the broadcast was due if `live`, else by
    /// resuming.
    pub(crate) fn arrived(&mut self, number: u32, at: Duration, live: bool) {
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
        match broadcast.sent_late {
            true => self.latency_sent_late.record(late),
            false => self.latency.record(late),
        }
        let (live, audience) = (broadcast.live, broadcast.audience);
        if live == 1 {
            self.open.insert(number, Latencies::new(DIGITS));
        }
        if let Some(open) = self.open.get_mut(&number) {
            open.record(late);
        }
        if live == audience {
            self.close(number);
            self.whole = self.whole.max(Some(number));
        }
        if self.open.len() > OPEN
            && let Some((oldest, _)) = self.open.first_key_value()
        {
            self.close(*oldest);
        }
    }

    /// This program turned late to the broadcast.
    pub(crate) fn sent_late(&mut self, number: u32) {
        if let Some(broadcast) = self.all.get_mut(number as usize) {
            broadcast.sent_late = true;
        }
    }

    /// Whether a subscriber has received the broadcast.
    pub(crate) fn is_seen(&self, number: u32) -> bool {
        self.all.get(number as usize).is_some_and(is_seen)
    }

    /// The publisher has sent the broadcast at `at`.
    pub(crate) fn sent(&mut self, number: u32, at: Duration) {
        if let Some(broadcast) = self.all.get_mut(number as usize) {
            broadcast.sent = Some((at.as_secs_f64() - broadcast.at).max(0.0));
        }
    }

    /// The moment when a broadcast was sent; nothing if it was not.
    pub(crate) fn sent_at(&self, number: u32) -> Option<Duration> {
        let broadcast = self.all.get(number as usize)?;
        Some(Duration::from_secs_f64(broadcast.at + broadcast.sent?))
    }

    /// Whether the answer to the broadcast `before` came before the broadcast `after` was sent. Two broadcasts of which
    /// neither precedes the other overlap, and a server may broadcast them in either order.
    pub(crate) fn precedes(&self, before: u32, after: u32) -> bool {
        let answered = |broadcast: &Broadcast| Some(broadcast.at + broadcast.answered?);
        let sent = |broadcast: &Broadcast| Some(broadcast.at + broadcast.sent?);
        let before = self.all.get(before as usize).and_then(answered);
        let after = self.all.get(after as usize).and_then(sent);
        before
            .zip(after)
            .is_some_and(|(before, after)| before < after)
    }

    /// The publisher has an answer.
    pub(crate) fn answered(&mut self, number: u32, at: Duration) {
        if let Some(broadcast) = self.all.get_mut(number as usize) {
            broadcast.answered = Some(at.as_secs_f64() - broadcast.at);
        }
    }

    /// The number of broadcasts that were published with success and reached no subscriber.
    pub(crate) fn unseen(&self) -> usize {
        let answered = self
            .all
            .iter()
            .filter(|broadcast| broadcast.answered.is_some());
        answered.filter(|broadcast| !is_seen(broadcast)).count()
    }

    /// The seconds until 99 of 100 subscribers and the last had the latest broadcast that has arrived at all; before the
    /// first such broadcast, those of the latest that is arriving.
    pub(crate) fn latest(&self) -> Option<(f64, f64)> {
        if let Some(whole) = self.whole {
            let broadcast = self.all.get(whole as usize)?;
            return Some((broadcast.p99, broadcast.last));
        }
        let (number, open) = self.open.last_key_value()?;
        Some((open.quantiles().p99, self.all.get(*number as usize)?.last))
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

    /// All broadcasts, the times of those that were sent in time, and of those that were sent late.
    pub(crate) fn finish(mut self) -> (Vec<Broadcast>, Quantiles, Quantiles) {
        while let Some((number, _)) = self.open.first_key_value() {
            self.close(*number);
        }
        let times = [self.latency, self.latency_sent_late].map(|times| times.quantiles());
        (self.all, times[0], times[1])
    }

    fn close(&mut self, number: u32) {
        let open = self.open.remove(&number);
        if let Some((open, broadcast)) = open.zip(self.all.get_mut(number as usize)) {
            let quantiles = open.quantiles();
            (broadcast.first, broadcast.median, broadcast.p99) =
                (quantiles.min, quantiles.median, quantiles.p99);
        }
    }
}

fn is_seen(broadcast: &Broadcast) -> bool {
    broadcast.live + broadcast.resumed > 0
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
        let marker = broadcasts.marker(11).to_owned();
        let text = format!("{{\"keyword\":\"a{marker}\"}}");
        let number = |text: &str| broadcasts.find(text.as_bytes());
        let texts = [&marker, &*text, &text, "", &marker[1..], &marker[..35]];
        let found = [Some(11), Some(11), Some(11), None, None, None];
        assert_eq!(texts.map(number), found);
        let mut fewer = Broadcasts::new("x7");
        assert_eq!(fewer.find(marker.as_bytes()), Some(0), "of another process");
    }

    #[test]
    fn a_broadcast_of_another_process_counts_from_when_it_was_due_there() {
        let [mut here, mut there] = ["a run", "a run"].map(Broadcasts::new);
        here.begins(Duration::from_secs(1_000_000_000));
        there.begins(Duration::from_secs(1_000_000_007));
        here.crowd = 5;
        assert_eq!(here.begin(millis(100), 5), 0);
        for due in [20, 30] {
            there.begin(millis(due), 9);
        }
        let found = [1, 0, 1].map(|number| here.find(there.marker(number).as_bytes()));
        assert_eq!(found, [1, 2, 1].map(Some));
        assert_eq!(here.sent_at(2), Some(millis(7020)));
        here.arrived(2, millis(7025), true);
        let (all, latency, _) = here.finish();
        assert_eq!((all[2].audience, all[2].by_another), (5, true));
        assert!(!all[0].by_another && (latency.max - 0.005).abs() < 1e-6);
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
            let number = broadcasts.begin(millis(1100), 3);
            broadcasts.arrived(number, millis(1200), true);
            assert_eq!(broadcasts.latest(), Some((p99, last)), "the whole of it");
        }
        let (all, latency, _) = broadcasts.finish();
        let it = &all[0];
        assert_eq!((it.audience, it.live, it.resumed), (3, 3, 1));
        assert!((it.first - 0.010).abs() < 1e-9 && (it.last - 0.030).abs() < 1e-9);
        assert!((it.median - 0.020).abs() < 0.001 && (it.spread() - 0.020).abs() < 1e-9);
        assert_eq!(latency.count, 5);
    }

    #[test]
    fn a_broadcast_that_this_program_sent_late_is_measured_apart() {
        let mut broadcasts = Broadcasts::new("");
        for number in 0..2 {
            assert_eq!(broadcasts.begin(millis(1000), 1), number);
            broadcasts.sent_late(1);
            broadcasts.arrived(number, millis(1010), true);
        }
        let (all, in_time, late) = broadcasts.finish();
        assert_eq!((in_time.count, late.count), (1, 1));
        assert!(!all[0].sent_late && all[1].sent_late);
    }

    #[test]
    fn each_arrival_is_measured_however_many_broadcasts_are_on_their_way() {
        let mut broadcasts = Broadcasts::new("");
        for number in 0..1000 {
            broadcasts.begin(millis(number), 2);
        }
        for number in 0..1000 {
            for _ in 0..2 {
                broadcasts.arrived(number, millis(2000), true);
            }
        }
        let (all, _, _) = broadcasts.finish();
        assert!(all.iter().all(|broadcast| broadcast.median > 0.9));
    }

    #[test]
    fn two_broadcasts_overlap_unless_one_was_answered_before_the_other_was_sent() {
        let mut broadcasts = Broadcasts::new("");
        for (due, sent, answered) in [(0, 1, Some(5)), (2, 3, None), (4, 6, Some(7)), (4, 5, None)]
        {
            let number = broadcasts.begin(millis(due), 1);
            assert_eq!(broadcasts.sent_at(number), None);
            broadcasts.sent(number, millis(sent));
            assert_eq!(broadcasts.sent_at(number), Some(millis(sent)));
            if let Some(answered) = answered {
                broadcasts.answered(number, millis(answered));
            }
        }
        let pairs = (0..5).flat_map(|before| (0..5).map(move |after| (before, after)));
        let found = pairs.filter(|(before, after)| broadcasts.precedes(*before, *after));
        assert_eq!(found.collect::<Vec<_>>(), [(0, 2)]);
    }

    #[test]
    fn a_broadcast_that_reached_no_subscriber_is_unseen() {
        let mut broadcasts = Broadcasts::new("");
        for number in 0..40 {
            broadcasts.begin(millis(number), 0);
            broadcasts.answered(number as u32, millis(number + 7));
        }
        broadcasts.arrived(1, millis(3), true);
        assert!(broadcasts.is_seen(1) && !broadcasts.is_seen(2));
        assert_eq!(broadcasts.unseen(), 39);
        assert!((broadcasts.slowest_answer(0.0, 1.0) - 0.007).abs() < 1e-9);
        assert_eq!(broadcasts.finish().0.len(), 40);
    }
}
