//! The broadcasts of a run: when each was due, and how long it took to its subscribers. Moments count from the run's
//! beginning.

pub(crate) mod overheard;

use super::{latencies::Latencies, markers::Markers};
use crate::load::report::{
    Broadcast,
    units::time,
    which::{EventName, Instance},
};
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

    /// A fault about the publish of a broadcast.
    pub(super) fn instance(&self, number: u32) -> Instance {
        Instance {
            event: Some(EventName {
                marker: Some(self.keyword(number)),
                id: None,
                broadcast: Some(number),
            }),
            at: self.moment(number).as_secs_f64(),
            ..Instance::default()
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
mod tests;
