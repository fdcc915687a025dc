//! The broadcasts of a run: when each was due, and how long it took to its subscribers. Moments count from the run's
//! beginning.

pub(crate) mod overheard;

use super::{latencies::Latencies, markers::Markers};
use crate::load::report::{Broadcast, units::time};
use overheard::{Heard, Overheard};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// Broadcasts that are arriving, of which each arrival is measured; of an older broadcast only the last arrival is.
const OPEN: usize = 32;
/// Digits of the times of one broadcast, which take 13 KB.
const DIGITS: u8 = 2;
/// Bytes of the distributions of single broadcasts that are kept as text: some hundred bytes each, or a few thousand where
/// the crowd is great.
const MOST_TEXT: usize = 64 << 20;
/// Broadcasts of other processes that are known: a stranger that knows the run's name must not take all memory.
const MOST_OTHERS: usize = 100_000;
/// Digits of the times of all broadcasts together.
const DIGITS_OF_ALL: u8 = 3;
/// The time by which the clocks of two machines may differ unnoticed: a moment in an event may have milliseconds.
const CLOCKS: Duration = Duration::from_millis(2);

/// All broadcasts, by their numbers. The marker of a broadcast of this process has its number.
pub(crate) struct Broadcasts {
    markers: Markers,
    all: Vec<Broadcast>,
    /// The numbers of the broadcasts of other processes of the run, by their markers.
    others: HashMap<String, u32>,
    /// The times of the last few broadcasts that have begun to arrive and not arrived at all subscribers, by number.
    open: BTreeMap<u32, Latencies>,
    latency: Latencies,
    /// The room that is left for distributions as text, in bytes.
    room: usize,
    /// The times of broadcasts that this program sent late.
    latency_sent_late: Latencies,
    /// The number of the latest broadcast that has arrived at its whole audience, if any.
    whole: Option<u32>,
    /// The broadcasts without a marker, if they are to be measured.
    pub(crate) overheard: Option<Box<Overheard>>,
    /// The subscribers that hold a stream: the audience of such a broadcast.
    pub(crate) crowd: u32,
    /// The most by which an event of another process arrived before it was due: so far apart are the clocks.
    ahead: Duration,
}

impl Broadcasts {
    /// No broadcasts yet, which are to have these markers.
    pub(crate) fn new(markers: impl Into<Markers>) -> Self {
        Self {
            markers: markers.into(),
            others: HashMap::new(),
            all: Vec::new(),
            open: BTreeMap::new(),
            latency: Latencies::new(DIGITS_OF_ALL),
            room: MOST_TEXT,
            latency_sent_late: Latencies::new(DIGITS_OF_ALL),
            whole: None,
            overheard: None,
            crowd: 0,
            ahead: Duration::ZERO,
        }
    }

    /// Adds a broadcast that is due at `at`, for `audience` subscribers. Returns its number.
    pub(crate) fn begin(&mut self, at: Duration, audience: u32) -> u32 {
        self.all.push(Broadcast {
            at: at.as_secs_f64(),
            audience,
            ..Broadcast::default()
        });
        self.all.len() as u32 - 1
    }

    pub(super) fn get(&self, number: u32) -> Option<&Broadcast> {
        self.all.get(number as usize)
    }

    /// The keyword that carries the number of a broadcast.
    pub(crate) fn keyword(&self, number: u32) -> String {
        match self.all.get(number as usize) {
            Some(other) if !other.marker.is_empty() => other.marker.clone(),
            it => {
                let at = it.map_or(0.0, |it| it.at);
                self.markers.write(number, Duration::from_secs_f64(at))
            }
        }
    }

    /// The number of the broadcast whose keyword `text` echoes. A broadcast of another process is known from then on.
    pub(crate) fn find(&mut self, text: &[u8]) -> Option<u32> {
        let marker = self.markers.read(text)?;
        if marker.is_own {
            return ((marker.number as usize) < self.all.len()).then_some(marker.number);
        }
        if let Some(number) = self.others.get(marker.text) {
            return Some(*number);
        }
        if self.others.len() == MOST_OTHERS {
            return None;
        }
        let number = self.begin(marker.due, 0);
        let broadcast = &mut self.all[number as usize];
        (broadcast.marker, broadcast.sent) = (marker.text.to_owned(), Some(0.0));
        broadcast.by_another = true;
        self.others.insert(marker.text.to_owned(), number);
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
        let due = Duration::from_secs_f64(broadcast.at);
        if broadcast.by_another {
            self.ahead = self.ahead.max(due.saturating_sub(at));
        }
        let late = at.saturating_sub(due);
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

    /// A subscriber received an event without a marker.
    pub(crate) fn overhear(&mut self, heard: &Heard<'_>) {
        if let Some(overheard) = &mut self.overheard {
            let began = self.markers.began();
            let ahead = overheard.hear(heard, began, self.crowd, &mut self.latency);
            self.ahead = self.ahead.max(ahead);
        }
    }

    /// Notes about what is not known of the broadcasts of others.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.ahead > CLOCKS {
            notes.push(format!(
                "the clocks of the publisher and of this machine differ: events arrived up to {} before they were published",
                time(self.ahead.as_secs_f64())
            ));
        }
        if self.overheard.is_some() && self.latency.quantiles().count == 0 {
            notes.push(
                "latency is not known: no event that came to half of the subscribers says when it was published".to_owned(),
            );
        }
        notes
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

    /// The publisher has an answer.
    pub(crate) fn answered(&mut self, number: u32, at: Duration) {
        if let Some(broadcast) = self.all.get_mut(number as usize) {
            broadcast.answered = Some(at.as_secs_f64() - broadcast.at);
        }
    }

    /// The moment at which a broadcast was sent, or was due if it was not sent.
    pub(crate) fn moment(&self, number: u32) -> Duration {
        let due = |it: &Broadcast| Duration::from_secs_f64(it.at);
        let due = self.all.get(number as usize).map_or(Duration::MAX, due);
        self.sent_at(number).unwrap_or(due)
    }

    /// The moment of the publisher's answer to a broadcast, if it came and was a success.
    pub(crate) fn answer(&self, number: u32) -> Option<Duration> {
        let broadcast = self.all.get(number as usize)?;
        Some(Duration::from_secs_f64(broadcast.at + broadcast.answered?))
    }

    /// The broadcasts that were sent at `moment` or later, the latest first. A broadcast of another process may be known
    /// only long after it was sent.
    pub(crate) fn sent_since(&self, moment: Duration) -> impl Iterator<Item = u32> {
        let numbers = (0..self.all.len() as u32).rev();
        let is_since = move |number: &u32| self.moment(*number) >= moment;
        let by_another = |number: &u32| self.get(*number).is_some_and(|it| it.by_another);
        numbers
            .take_while(move |number| by_another(number) || is_since(number))
            .filter(move |number| is_since(number) && self.sent_at(*number).is_some())
    }

    /// The number of broadcasts that were answered with success.
    pub(crate) fn published(&self) -> u64 {
        let answered = self.all.iter().filter(|it| it.answered.is_some());
        answered.count() as u64
    }

    /// The broadcasts that were answered with success and reached no subscriber.
    pub(crate) fn unseen(&self) -> impl Iterator<Item = u32> {
        let all = (0..).zip(&self.all);
        let unseen = all.filter(|(_, it)| it.answered.is_some() && !is_seen(it));
        unseen.map(|(number, _)| number)
    }

    /// The seconds until 99 of 100 subscribers and the last had the latest broadcast that has arrived at all; before the
    /// first such broadcast, those of the latest that is arriving.
    pub(crate) fn latest(&self) -> Option<(f64, f64)> {
        if let Some(whole) = self.whole {
            let broadcast = self.all.get(whole as usize)?;
            return Some((broadcast.p99, broadcast.last));
        }
        let Some((number, open)) = self.open.last_key_value() else {
            return self.overheard.as_ref()?.latest();
        };
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
    pub(crate) fn finish(mut self) -> (Vec<Broadcast>, Latencies, Latencies) {
        while let Some((number, _)) = self.open.first_key_value() {
            self.close(*number);
        }
        for number in 0..self.all.len() {
            self.all[number].marker = self.keyword(number as u32);
        }
        let overheard = self.overheard.take();
        self.all
            .extend(overheard.into_iter().flat_map(|it| it.finish()));
        (self.all, self.latency, self.latency_sent_late)
    }

    fn close(&mut self, number: u32) {
        let open = self.open.remove(&number);
        if let Some((open, broadcast)) = open.zip(self.all.get_mut(number as usize)) {
            let quantiles = open.quantiles();
            (broadcast.first, broadcast.median, broadcast.p99) =
                (quantiles.min, quantiles.median, quantiles.p99);
            if broadcast.live > 0 && self.room > 0 {
                broadcast.times = open.plain();
                self.room = self.room.saturating_sub(broadcast.times.len());
            }
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
    fn a_broadcast_is_found_by_its_marker_if_there_is_such_a_broadcast() {
        let mut broadcasts = Broadcasts::new("x7");
        let markers: Vec<String> = (0..12)
            .map(|at| {
                let number = broadcasts.begin(millis(at), 1);
                broadcasts.keyword(number)
            })
            .collect();
        assert_eq!(broadcasts.find(markers[11].as_bytes()), Some(11));
        let later = Markers::from("x7").write(12, millis(12));
        assert_eq!(broadcasts.find(later.as_bytes()), None);
        let other = Markers::from("y7").write(1, millis(1));
        assert_eq!(broadcasts.find(other.as_bytes()), None);
    }

    #[test]
    fn a_broadcast_of_another_process_is_known_once_its_marker_is_seen() {
        let mut broadcasts = Broadcasts::new(Markers::new("x", "a", millis(1000)));
        broadcasts.begin(millis(10), 1);
        let other = Markers::new("x", "b", millis(0)).write(7, millis(1200));
        for _ in 0..2 {
            assert_eq!(broadcasts.find(other.as_bytes()), Some(1));
        }
        broadcasts.arrived(1, millis(230), true);
        let (all, latency, _) = broadcasts.finish();
        assert_eq!((all.len(), &all[1].marker), (2, &other));
        assert_eq!((all[1].at, all[1].live), (0.2, 1));
        assert!((latency.quantiles().max - 0.030).abs() < 1e-9);
        let own = Markers::new("x", "a", millis(1000)).write(0, millis(10));
        assert_eq!(
            (&all[0].marker, all[0].by_another, all[1].by_another),
            (&own, false, true)
        );
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
        assert_eq!(broadcasts.unseen().count(), 0);
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
        assert_eq!(latency.quantiles().count, 5);
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
        assert_eq!((in_time.quantiles().count, late.quantiles().count), (1, 1));
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
    fn the_moment_of_a_broadcast_is_when_it_was_sent_or_else_due() {
        let mut broadcasts = Broadcasts::new("");
        for (due, sent) in [(0, Some(1)), (2, Some(3)), (4, None)] {
            let number = broadcasts.begin(millis(due), 1);
            if let Some(sent) = sent {
                broadcasts.sent(number, millis(sent));
            }
            assert_eq!(broadcasts.moment(number), millis(sent.unwrap_or(due)));
        }
        let since = |moment| broadcasts.sent_since(millis(moment)).collect::<Vec<_>>();
        assert_eq!(
            (since(0), since(2), since(4)),
            (vec![1, 0], vec![1], vec![])
        );
    }

    #[test]
    fn a_broadcast_that_reached_no_subscriber_is_unseen() {
        let mut broadcasts = Broadcasts::new("");
        for number in 0..40 {
            broadcasts.begin(millis(number), 0);
            broadcasts.answered(number as u32, millis(number + 7));
        }
        broadcasts.arrived(1, millis(3), true);
        assert_eq!(broadcasts.unseen().count(), 39);
        assert!((broadcasts.slowest_answer(0.0, 1.0) - 0.007).abs() < 1e-9);
        assert_eq!(broadcasts.finish().0.len(), 40);
    }
}
