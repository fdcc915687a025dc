//! The books of a run: counts over all subscribers, taken as events arrive. Pure.

use super::{
    broadcasts::Broadcasts,
    latencies::Latencies,
    ledger::{Ledger, Position, Seen},
    overheard::Heard,
    pictures::Pictures,
};
use crate::load::{report::Totals, wire::sse::Pending};
use std::{collections::BTreeMap, rc::Rc, time::Duration};

/// Digits of times, for some thousand connections.
const DIGITS: u8 = 3;
/// Kinds of errors that are told apart: a server that makes up new kinds must not take all memory.
const MOST_KINDS: usize = 100;

/// The books of a run.
pub(crate) struct Books {
    pub(crate) ledger: Ledger,
    pub(crate) broadcasts: Broadcasts,
    /// The pictures, if they are fetched.
    pub(crate) pictures: Option<Pictures>,
    pub(crate) totals: Totals,
    pub(crate) errors: BTreeMap<String, u64>,
    pub(crate) connects: Latencies,
    pub(crate) answers: Latencies,
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
    /// Empty books of a run with this name.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            ledger: Ledger::default(),
            broadcasts: Broadcasts::new(name),
            pictures: None,
            totals: Totals::default(),
            errors: BTreeMap::new(),
            connects: Latencies::new(DIGITS),
            answers: Latencies::new(DIGITS),
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

    /// A copy of an id to keep, shared by the subscribers that have the same.
    pub(crate) fn id(&mut self, id: &[u8]) -> Rc<[u8]> {
        if *self.id != *id {
            self.id = id.into();
        }
        Rc::clone(&self.id)
    }

    /// A stream was opened, whose connection was begun at `since`.
    pub(crate) fn opened(&mut self, now: Duration, since: u64) {
        self.opened += 1;
        self.answers
            .record(now.saturating_sub(Duration::from_micros(since)));
    }

    /// An event arrived at the subscriber at `position`, whose stream began at `since`.
    pub(crate) fn event(
        &mut self,
        position: &mut Position,
        id: Option<&[u8]>,
        name: &[u8],
        data: &[u8],
        now: Duration,
        since: u64,
    ) {
        self.totals.events += 1;
        if name == b"missed" {
            self.totals.missed += 1;
            self.error("event missed: the server could not bring all after a reconnect");
            return position.skip();
        }
        let number = self.broadcasts.find(data);
        if name == b"hello" && number.is_none() {
            // A greeting's id says where to resume from. It is that of an event which was seen before.
            return;
        }
        let seen = self.see(position, id, number);
        if seen != Seen::Again {
            self.overhear(number, id, data, now, since);
            self.picture(data, number.is_some());
        }
        match seen {
            Seen::Expected => {}
            Seen::Late => self.totals.misordered += 1,
            Seen::Again => {
                self.totals.doubled += 1;
                return;
            }
            Seen::Uncounted => return,
        }
        self.totals.delivered += 1;
        self.span.get_or_insert((now, now)).1 = now;
        if let Some(number) = number {
            self.arrived(number, now, since);
        }
    }

    /// Enters an event into the ledger, by its id or else by its marker.
    fn see(&mut self, position: &mut Position, id: Option<&[u8]>, number: Option<u32>) -> Seen {
        match (id, number) {
            (Some(id), _) => self.ledger.see(position, id, number.is_some()),
            (None, Some(number)) => {
                // No id looks like this key, since no id has a line end.
                self.ledger
                    .see(position, format!("\n{number}").as_bytes(), true)
            }
            (None, None) => Seen::Uncounted,
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

    /// Measures an event that others published.
    fn overhear(
        &mut self,
        number: Option<u32>,
        id: Option<&[u8]>,
        data: &[u8],
        at: Duration,
        since: u64,
    ) {
        if number.is_none() {
            self.broadcasts.overhear(&Heard {
                id,
                data,
                at,
                since: Duration::from_micros(since),
            });
        }
    }

    fn arrived(&mut self, number: u32, now: Duration, since: u64) {
        let live = self
            .broadcasts
            .is_due_after(number, Duration::from_micros(since));
        self.totals.resumed += u64::from(!live);
        self.broadcasts.arrived(number, now, live);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_no_event_to_be_counted_whatever_its_id() {
        let (mut books, mut position) = (Books::new("x"), Position::default());
        let mut event = |id: &str, name: &str| {
            let (id, name) = (Some(id.as_bytes()), name.as_bytes());
            books.event(&mut position, id, name, b"{}", Duration::ZERO, 0);
            (books.totals.delivered, books.totals.doubled)
        };
        assert_eq!(event("1", "hello"), (0, 0));
        assert_eq!(event("2", "picture"), (0, 0), "the latest picture");
        assert_eq!(event("3", "picture"), (1, 0));
        assert_eq!(event("3", "hello"), (1, 0));
        assert_eq!(event("3", "picture"), (1, 1));
    }
}
