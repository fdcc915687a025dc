//! The books of a run: counts over all subscribers, taken as events arrive. Pure.

use super::{
    broadcasts::{Broadcasts, overheard::Heard},
    latencies::Latencies,
    ledger::{Arrival, Ledger, Seen},
    markers::Markers,
    pictures::Pictures,
    reader::Reader,
};
use crate::load::{
    report::{Totals, Traffic, which::Kind},
    wire::sse::{Block, Pending},
};
use std::{collections::BTreeMap, rc::Rc, time::Duration};

/// Digits of times, for some thousand connections.
const DIGITS: u8 = 3;
/// The kernel sends the first packet of a connection again after whole seconds: 1, 3 and 7, or each of the first few
/// (ip-sysctl, `tcp_syn_linear_timeouts`). A busy machine is some milliseconds late.
const SLOWEST: u64 = 7;
const LATE_BY: u32 = 200;
/// Kinds of errors that are told apart: a server that makes up new kinds must not take all memory.
const MOST_KINDS: usize = 100;

/// The books of a run.
pub(crate) struct Books {
    pub(crate) ledger: Ledger,
    reader: Reader,
    /// The crowd is held: events are published.
    pub(crate) is_held: bool,
    /// The name of the event by which the server says that it could not bring every event.
    pub(crate) gap_event: Option<Vec<u8>>,
    pub(crate) broadcasts: Broadcasts,
    /// The pictures, if they are fetched.
    pub(crate) pictures: Option<Pictures>,
    pub(crate) totals: Totals,
    pub(crate) errors: BTreeMap<String, u64>,
    pub(crate) connects: Latencies,
    pub(crate) answers: Latencies,
    /// The bytes received by subscribers that behave.
    pub(crate) traffic: Traffic,
    /// Connects that took about a whole number of seconds, by that number.
    pub(crate) after_seconds: BTreeMap<u64, u64>,
    /// The times from the arrival of input to its reading.
    pub(crate) read_late: Latencies,
    /// The moments of the first delivery and of the last.
    pub(crate) span: Option<(Duration, Duration)>,
    /// The number of streams that were opened.
    pub(crate) opened: u64,
    /// The id that was seen last: most subscribers have the same.
    id: Rc<[u8]>,
    /// A scratch buffer, shared by all decoders.
    pub(crate) spare: Pending,
}

impl Books {
    /// Empty books of a run whose broadcasts have these markers, of so many subscribers, of which each waits no longer than `timeout`.
    pub(crate) fn new(markers: impl Into<Markers>, subscribers: u32, timeout: Duration) -> Self {
        Self {
            ledger: Ledger::new(subscribers, timeout),
            reader: Reader::default(),
            gap_event: None,
            is_held: false,
            broadcasts: Broadcasts::new(markers),
            pictures: None,
            totals: Totals::default(),
            errors: BTreeMap::new(),
            connects: Latencies::new(DIGITS),
            answers: Latencies::new(DIGITS),
            traffic: Traffic::default(),
            after_seconds: BTreeMap::new(),
            read_late: Latencies::new(DIGITS),
            span: None,
            opened: 0,
            id: Rc::default(),
            spare: Pending::default(),
        }
    }

    /// Counts an error of this kind.
    pub(crate) fn error(&mut self, kind: impl Into<String>) {
        self.errors(kind, 1);
    }

    /// Counts so many errors of this kind.
    pub(crate) fn errors(&mut self, kind: impl Into<String>, times: u64) {
        let kind = kind.into();
        let known = self.errors.len() < MOST_KINDS || self.errors.contains_key(&kind);
        *self
            .errors
            .entry(if known { kind } else { "others".to_owned() })
            .or_default() += times;
    }

    /// A publish was not answered with success.
    pub(crate) fn unpublished(&mut self, number: u32) {
        self.totals.unpublished += 1;
        let (kind, broadcasts) = (Kind::Unpublished, &self.broadcasts);
        self.ledger.finds_publish(kind, broadcasts, number);
    }

    /// A copy of an id to keep, shared by the subscribers that have the same.
    pub(crate) fn id(&mut self, id: &[u8]) -> Rc<[u8]> {
        if *self.id != *id {
            self.id = id.into();
        }
        Rc::clone(&self.id)
    }

    /// A connection was made, in so much time.
    pub(crate) fn connected(&mut self, time: Duration) {
        self.connects.record(time);
        let parts = time.subsec_millis();
        if (1..=SLOWEST).contains(&time.as_secs()) && parts < LATE_BY {
            *self.after_seconds.entry(time.as_secs()).or_default() += 1;
        }
    }

    /// A subscriber's stream was opened, whose connection was begun at `since`. With `is_withheld` the head may have been
    /// held back until the first event.
    pub(crate) fn opened(
        &mut self,
        subscriber: u32,
        now: Duration,
        since: Duration,
        is_withheld: bool,
    ) {
        self.opened += 1;
        self.answers.record(now.saturating_sub(since));
        self.ledger
            .opens(&self.broadcasts, subscriber, now, is_withheld);
    }

    /// An event arrived at a subscriber, whose stream was opened at `opened`.
    pub(crate) fn event(
        &mut self,
        subscriber: u32,
        block: &Block<'_>,
        data: &[u8],
        now: Duration,
        opened: Duration,
    ) {
        self.totals.events += 1;
        if self.gap_event.as_deref() == Some(block.name) {
            self.totals.missed += 1;
            self.error("the server says that it could not bring every event after a reconnect");
            self.ledger.finds(Kind::Missed, subscriber, now);
            return self.ledger.skip(subscriber, now);
        }
        let facts = self.reader.read(block, data, &mut self.broadcasts);
        if block.name == b"hello" && facts.marker.is_none() {
            // A greeting's id says where to resume from. It is that of an event which was seen before.
            return;
        }
        let arrival = Arrival {
            subscriber,
            now,
            opened,
            id: block.id.filter(|id| !id.is_empty()),
            data,
            facts,
        };
        let seen = self.ledger.see(&self.broadcasts, &arrival);
        if seen != Seen::Again && facts.marker.is_none() {
            self.broadcasts.overhear(&Heard {
                id: block.id,
                data,
                at: now,
                since: opened,
            });
        }
        if seen != Seen::Again {
            self.picture(data, facts.marker.is_some());
        }
        if seen == Seen::Expected || seen == Seen::Further {
            self.span.get_or_insert((now, now)).1 = now;
        }
        if let (Seen::Expected, Some(number)) = (seen, facts.marker) {
            self.arrived(number, now, opened);
        }
    }

    /// Takes the picture that an event names. An event that others publish counts only if every subscriber is to get it.
    fn picture(&mut self, data: &[u8], ours: bool) {
        if !ours && self.ledger.is_closed() {
            return;
        }
        if let Some(pictures) = &mut self.pictures
            && !pictures.told(data)
        {
            self.error("fetching: an event names a picture by a text that is no URL");
        }
    }

    fn arrived(&mut self, number: u32, now: Duration, opened: Duration) {
        let live = self.broadcasts.is_due_after(number, opened);
        self.totals.resumed += u64::from(!live);
        self.broadcasts.arrived(number, now, live);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connect_of_about_a_whole_number_of_seconds_is_told_apart() {
        let mut books = Books::new("x", 2, Duration::MAX);
        for millis in [0, 150, 990, 1000, 1030, 1199, 1200, 1900, 3040, 7001, 8001] {
            books.connected(Duration::from_millis(millis));
        }
        assert_eq!(books.after_seconds, [(1, 3), (3, 1), (7, 1)].into());
        assert_eq!(books.connects.quantiles().count, 11);
    }

    #[test]
    fn a_greeting_is_no_event_to_be_counted_whatever_its_id() {
        let mut books = Books::new("x", 2, Duration::MAX);
        let second = Duration::from_secs(1);
        for subscriber in 0..2 {
            books.opened(subscriber, Duration::ZERO, Duration::ZERO, false);
        }
        let mut event = |id: &str, name: &str| {
            let (id, name) = (Some(id.as_bytes()), name.as_bytes());
            let data = Some(&b"{}"[..]);
            for subscriber in 0..2 {
                let block = Block { id, name, data };
                books.event(subscriber, &block, b"{}", 2 * second, Duration::ZERO);
            }
        };
        event("1", "hello");
        event("3", "picture");
        event("3", "hello");
        let judgement = books.ledger.finish(&books.broadcasts, |_| true);
        assert_eq!(
            (judgement.totals.delivered, judgement.totals.doubled),
            (2, 0)
        );
        assert_eq!((judgement.totals.lost, judgement.totals.private), (0, 0));
    }
}
