//! The broadcasts of a run: when each was due, and how long it took to its subscribers. Moments count from the run's
//! beginning.

use super::{
    arriving::Arriving,
    latencies::Latencies,
    marker::{Marker, Markers},
    overheard::{Heard, Overheard},
};
use crate::load::report::{Broadcast, Quantiles, units::time};
use std::{collections::HashMap, time::Duration};

/// Digits of the times of all broadcasts together.
const DIGITS: u8 = 3;
/// The time by which clocks of different machines may differ unnoticed: a clock in an event may have milliseconds.
const CLOCKS: Duration = Duration::from_millis(2);

/// The most broadcasts of other processes: the report keeps some hundred bytes of each.
const MOST_OTHERS: usize = 1_000_000;

/// All broadcasts of a run. A broadcast of this process has its number in its marker.
pub(crate) struct Broadcasts {
    markers: Markers,
    /// The run's beginning, since 1970.
    began: Duration,
    /// The subscribers that hold a stream: the audience of a broadcast of another process.
    pub(crate) crowd: u32,
    arriving: Arriving,
    /// The broadcasts without a marker, if they are to be measured.
    pub(crate) overheard: Option<Overheard>,
    /// The numbers of the broadcasts of other processes, by the process and its own number.
    others: HashMap<(u64, u32), u32>,
    /// The marker that was found last, and the broadcast's number: most subscribers get the same event in a row.
    latest: (Vec<u8>, u32),
    latency: Latencies,
    /// The times of broadcasts that this program sent late.
    latency_sent_late: Latencies,
    /// The most by which an event of another process arrived before it was due: so far apart are the clocks.
    ahead: Duration,
}

impl Broadcasts {
    /// No broadcasts yet. `name` tells the broadcasts of this run from those of others.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            markers: Markers::new(name),
            began: Duration::ZERO,
            crowd: 0,
            arriving: Arriving::default(),
            overheard: None,
            others: HashMap::new(),
            latest: (Vec::new(), 0),
            latency: Latencies::new(DIGITS),
            latency_sent_late: Latencies::new(DIGITS),
            ahead: Duration::ZERO,
        }
    }

    /// The run begins, at `began` since 1970.
    pub(crate) fn begins(&mut self, began: Duration) {
        self.began = began;
    }

    /// Adds a broadcast that is due at `at`, for `audience` subscribers. Returns its number.
    pub(crate) fn begin(&mut self, at: Duration, audience: u32) -> u32 {
        let number = self.arriving.all.len() as u32;
        self.arriving.add(Broadcast {
            at: at.as_secs_f64(),
            marker: self.markers.text(number, self.began + at),
            audience,
            ..Broadcast::default()
        })
    }

    /// The marker of a broadcast.
    pub(crate) fn marker(&self, number: u32) -> &str {
        let broadcast = self.arriving.get(number);
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
            None => {
                self.arriving.get(marker.number)?;
                marker.number
            }
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
        let number = self.arriving.add(Broadcast {
            at: marker.due.saturating_sub(self.began).as_secs_f64(),
            marker: String::from_utf8_lossy(text).into_owned(),
            by_another: true,
            sent: Some(0.0),
            audience: self.crowd,
            ..Broadcast::default()
        });
        self.others.insert(key, number);
        Some(number)
    }

    /// Whether a broadcast was due after `moment`.
    pub(crate) fn is_due_after(&self, number: u32, moment: Duration) -> bool {
        self.arriving.is_due_after(number, moment)
    }

    /// A subscriber received a broadcast at `at`: on a stream that was open when the broadcast was due if `live`, else by
    /// resuming.
    pub(crate) fn arrived(&mut self, number: u32, at: Duration, live: bool) {
        let Some(broadcast) = self.arriving.get_mut(number) else {
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
        match broadcast.sent_late {
            true => self.latency_sent_late.record(late),
            false => self.latency.record(late),
        }
        self.arriving.arrived(number, late);
    }

    /// A subscriber received an event without a marker.
    pub(crate) fn overhear(&mut self, heard: &Heard<'_>) {
        let (began, crowd) = (self.began, self.crowd);
        if let Some(overheard) = &mut self.overheard {
            let ahead = overheard.hear(heard, began, crowd, &mut self.latency);
            self.ahead = self.ahead.max(ahead);
        }
    }

    /// This program turned late to the broadcast.
    pub(crate) fn sent_late(&mut self, number: u32) {
        if let Some(broadcast) = self.arriving.get_mut(number) {
            broadcast.sent_late = true;
        }
    }

    /// Whether a subscriber has received the broadcast.
    pub(crate) fn is_seen(&self, number: u32) -> bool {
        self.arriving.get(number).is_some_and(is_seen)
    }

    /// The publisher has sent the broadcast at `at`.
    pub(crate) fn sent(&mut self, number: u32, at: Duration) {
        if let Some(broadcast) = self.arriving.get_mut(number) {
            broadcast.sent = Some((at.as_secs_f64() - broadcast.at).max(0.0));
        }
    }

    /// The moment when a broadcast was sent; nothing if it was not.
    pub(crate) fn sent_at(&self, number: u32) -> Option<Duration> {
        let broadcast = self.arriving.get(number)?;
        Some(Duration::from_secs_f64(broadcast.at + broadcast.sent?))
    }

    /// The publisher has an answer.
    pub(crate) fn answered(&mut self, number: u32, at: Duration) {
        if let Some(broadcast) = self.arriving.get_mut(number) {
            broadcast.answered = Some(at.as_secs_f64() - broadcast.at);
        }
    }

    /// The moment at which a broadcast was sent, or was due if it was not sent.
    pub(crate) fn moment(&self, number: u32) -> Duration {
        let due = |it: &Broadcast| Duration::from_secs_f64(it.at);
        let due = self.arriving.get(number).map_or(Duration::MAX, due);
        self.sent_at(number).unwrap_or(due)
    }

    /// The moment of the publisher's answer to a broadcast, if it came and was a success.
    pub(crate) fn answer(&self, number: u32) -> Option<Duration> {
        let broadcast = self.arriving.get(number)?;
        Some(Duration::from_secs_f64(broadcast.at + broadcast.answered?))
    }

    /// The broadcasts that were sent at `moment` or later, the latest first. A broadcast of another process may be known
    /// only long after it was sent.
    pub(crate) fn sent_since(&self, moment: Duration) -> impl Iterator<Item = u32> {
        let numbers = (0..self.arriving.all.len() as u32).rev();
        let is_since = move |number: &u32| self.moment(*number) >= moment;
        let by_another = |number: &u32| self.arriving.get(*number).is_some_and(|it| it.by_another);
        numbers
            .take_while(move |number| by_another(number) || is_since(number))
            .filter(move |number| is_since(number) && self.sent_at(*number).is_some())
    }

    /// The number of broadcasts that were answered with success, and of those that another process published.
    pub(crate) fn published(&self) -> u64 {
        let answered = self
            .arriving
            .all
            .iter()
            .filter(|it| it.by_another || it.answered.is_some());
        answered.count() as u64
    }

    /// The broadcasts that were answered with success and reached no subscriber.
    pub(crate) fn unseen(&self) -> impl Iterator<Item = u32> {
        let all = (0..).zip(&self.arriving.all);
        let unseen = all.filter(|(_, it)| it.answered.is_some() && !is_seen(it));
        unseen.map(|(number, _)| number)
    }

    /// The seconds until 99 of 100 subscribers and the last had the latest broadcast.
    pub(crate) fn latest(&self) -> Option<(f64, f64)> {
        let overheard = self.overheard.as_ref();
        let overheard = || overheard.and_then(Overheard::latest);
        self.arriving.latest().or_else(overheard)
    }

    /// The slowest answer to the broadcasts that were due from `from` to `to`.
    pub(crate) fn slowest_answer(&self, from: f64, to: f64) -> f64 {
        let within = self
            .arriving
            .all
            .iter()
            .filter(|broadcast| (from..=to).contains(&broadcast.at));
        within
            .filter_map(|broadcast| broadcast.answered)
            .fold(0.0, f64::max)
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

    /// All broadcasts, the times of those that were sent in time, and of those that were sent late.
    pub(crate) fn finish(self) -> (Vec<Broadcast>, Quantiles, Quantiles) {
        let times = [self.latency, self.latency_sent_late].map(|times| times.quantiles());
        let mut all = self.arriving.finish();
        all.extend(self.overheard.into_iter().flat_map(Overheard::finish));
        (all, times[0], times[1])
    }
}

fn is_seen(broadcast: &Broadcast) -> bool {
    broadcast.live + broadcast.resumed > 0
}

#[cfg(test)]
mod tests;
