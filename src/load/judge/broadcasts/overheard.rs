//! Broadcasts that others publish, without a marker of the run: an event says when it was published, in its id or in its
//! data. Pure.

use super::Broadcasts;
use crate::load::judge::latencies::Latencies;
use crate::load::report::Broadcast;
use regex_lite::Regex;
use std::{
    collections::{BTreeMap, HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    time::Duration,
};

/// The most broadcasts: the report keeps some hundred bytes of each.
const MOST: usize = 100_000;
/// Broadcasts that fewer than half of their audience have, of which the times are kept until half have it.
const MOST_DOUBTFUL: usize = 32;
/// A moment in whole milliseconds may be up to this much too early.
const MILLISECOND: Duration = Duration::from_millis(1);
/// The digits of milliseconds since 1970, from 2001 to 2286.
const DIGITS: usize = 13;
/// The most by which the moment in an event and this machine's clock can differ: beyond, the number is no moment.
const DAY: Duration = Duration::from_secs(86_400);

/// The broadcasts of others.
pub(crate) struct Overheard {
    /// The expression whose first group is the moment, in the data; without an expression, the id begins with it.
    pattern: Option<Regex>,
    broadcasts: Broadcasts,
    /// The numbers of the broadcasts, by a hash of id and data.
    known: HashMap<u64, u32>,
    /// The hash of the event that was overheard last, and its number if it has one: most subscribers get the same event in
    /// a row.
    latest: Option<(u64, Option<u32>)>,
    /// The times of broadcasts that fewer than half of their audience have: an event for a single subscriber is none.
    doubtful: BTreeMap<u32, Vec<Duration>>,
}

/// An event as a subscriber got it.
pub(crate) struct Heard<'a> {
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) data: &'a [u8],
    /// The moment of arrival, and that since which the stream is open.
    pub(crate) at: Duration,
    pub(crate) since: Duration,
}

impl Overheard {
    pub(crate) fn new(pattern: Option<Regex>) -> Self {
        Self {
            pattern,
            broadcasts: Broadcasts::new(""),
            known: HashMap::new(),
            latest: None,
            doubtful: BTreeMap::new(),
        }
    }

    /// Measures an event on its way to one of `crowd` subscribers. The run began at `began` since 1970. Returns by how much
    /// the event came before it was published, as clocks that differ have it.
    pub(super) fn hear(
        &mut self,
        heard: &Heard<'_>,
        began: Duration,
        crowd: u32,
        latency: &mut Latencies,
    ) -> Duration {
        let number = self.number(heard, began, crowd);
        let since = heard.since.saturating_sub(MILLISECOND);
        let number = number.filter(|number| self.broadcasts.is_due_after(*number, since));
        let found = number.and_then(|number| Some((number, self.broadcasts.get(number)?.at)));
        let Some((number, sent)) = found else {
            return Duration::ZERO;
        };
        let sent = Duration::from_secs_f64(sent);
        let late = heard.at.saturating_sub(sent);
        self.broadcasts.arrived(number, heard.at, true);
        self.doubtful.entry(number).or_default().push(late);
        if self.broadcasts.get(number).is_some_and(is_public) {
            for late in self.doubtful.remove(&number).unwrap_or_default() {
                latency.record(late);
            }
        }
        if self.doubtful.len() > MOST_DOUBTFUL {
            self.doubtful.pop_first();
        }
        sent.saturating_sub(heard.at)
    }

    /// The number of a broadcast, which is added if it is new and its event says when it was published.
    fn number(&mut self, heard: &Heard<'_>, began: Duration, crowd: u32) -> Option<u32> {
        let mut hasher = DefaultHasher::new();
        (heard.id, heard.data).hash(&mut hasher);
        let hash = hasher.finish();
        if let Some((latest, number)) = self.latest
            && latest == hash
        {
            return number;
        }
        let known = self.known.get(&hash).copied();
        let number = known.or_else(|| self.add(hash, heard, began, crowd));
        self.latest = Some((hash, number));
        number
    }

    fn add(&mut self, hash: u64, heard: &Heard<'_>, began: Duration, crowd: u32) -> Option<u32> {
        let sent = self.sent(heard)?;
        if sent.abs_diff(began + heard.at) > DAY || self.known.len() >= MOST {
            return None;
        }
        let number = self.broadcasts.begin(sent.saturating_sub(began), crowd);
        self.known.insert(hash, number);
        Some(number)
    }

    /// The moment when an event was published, since 1970.
    fn sent(&self, heard: &Heard<'_>) -> Option<Duration> {
        let millis = match &self.pattern {
            Some(pattern) => {
                let data = std::str::from_utf8(heard.data).ok()?;
                pattern.captures(data)?.get(1)?.as_str().parse().ok()?
            }
            None => {
                let id = heard.id?;
                let digits = id.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let digits = id.get(..digits).filter(|digits| digits.len() == DIGITS)?;
                std::str::from_utf8(digits).ok()?.parse().ok()?
            }
        };
        Some(Duration::from_millis(millis))
    }

    /// The seconds until 99 of 100 subscribers and the last had the latest broadcast.
    pub(super) fn latest(&self) -> Option<(f64, f64)> {
        self.broadcasts.latest()
    }

    /// The broadcasts that at least half of their audience got, by the moment when they were published.
    pub(super) fn finish(self) -> Vec<Broadcast> {
        let (mut all, _, _) = self.broadcasts.finish();
        all.retain(is_public);
        for broadcast in &mut all {
            (broadcast.marker, broadcast.by_another) = (String::new(), true);
        }
        all.sort_by(|one, other| one.at.total_cmp(&other.at));
        all
    }
}

fn is_public(broadcast: &Broadcast) -> bool {
    broadcast.live > 0 && broadcast.live * 2 >= broadcast.audience
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: Duration = Duration::from_millis(1_764_369_000_000);

    /// Has `overheard` hear an event at so many milliseconds, on a stream that is open since 1 s.
    fn hear(overheard: &mut Overheard, latency: &mut Latencies, id: &str, data: &str, at: u64) {
        let heard = Heard {
            id: Some(id.as_bytes()),
            data: data.as_bytes(),
            at: Duration::from_millis(at),
            since: Duration::from_secs(1),
        };
        overheard.hear(&heard, BEGAN, 4, latency);
    }

    #[test]
    fn an_id_that_begins_with_milliseconds_says_when_an_event_was_published() {
        let (mut overheard, mut latency) = (Overheard::new(None), Latencies::new(3));
        let mut told = |id: &str, at| hear(&mut overheard, &mut latency, id, "a", at);
        for at in [2010, 2020, 2030, 2040] {
            told("1764369002000-0", at);
        }
        for id in ["1", "1764369002", "17643690020001", "9999999999999-1", ""] {
            told(id, 2010);
            told(id, 2010);
        }
        told("1764369000500-0", 2050);
        told("1764369000500-0", 2050);
        let all = overheard.finish();
        assert_eq!((all.len(), all[0].live, all[0].audience), (1, 4, 4));
        assert!(all[0].by_another && (all[0].at - 2.0).abs() < 1e-6);
        let times = latency.quantiles();
        assert_eq!(times.count, 4, "not of an event before the stream");
        assert!((times.min - 0.010).abs() < 1e-6 && (times.max - 0.040).abs() < 1e-6);
    }

    #[test]
    fn an_expression_finds_in_the_data_when_an_event_was_published() {
        let pattern = Regex::new("at\":([0-9]+)").unwrap();
        let (mut overheard, mut latency) = (Overheard::new(Some(pattern)), Latencies::new(3));
        let data = "{\"at\":1764369002000}";
        for at in [2010, 2020] {
            hear(&mut overheard, &mut latency, "x", data, at);
            hear(&mut overheard, &mut latency, "1764369002000", "none", at);
        }
        assert_eq!(latency.quantiles().count, 2);
        assert_eq!(overheard.finish().len(), 1);
    }

    #[test]
    fn an_event_for_a_single_subscriber_is_no_broadcast() {
        let (mut overheard, mut latency) = (Overheard::new(None), Latencies::new(3));
        for number in 0..1000 {
            let id = format!("1764369002000-{number}");
            hear(&mut overheard, &mut latency, &id, "a", 2010);
        }
        assert_eq!(latency.quantiles().count, 0);
        assert!(overheard.doubtful.len() <= MOST_DOUBTFUL);
        assert!(overheard.finish().is_empty());
    }
}
