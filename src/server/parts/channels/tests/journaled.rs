//! Channels with a journal that answers later.

use super::*;
use crate::{
    journal::{Appended, Entry, Full},
    timer_wheel::Tick,
};

/// A journal that has kept some events, and answers as often as it may.
struct Slow {
    kept: Vec<Entry>,
    room: usize,
}

impl Journal for Slow {
    fn open(&mut self, _: usize) -> Result<Kept, Failure> {
        Ok(Kept {
            after: Id::at(10),
            events: std::mem::take(&mut self.kept),
            until: Id::at(30),
        })
    }

    fn start(&mut self, _: Reporter) {}

    fn append(&mut self, _: u64, _: &str, _: &str) -> Result<Appended, Full> {
        self.room = self.room.checked_sub(1).ok_or(Full)?;
        Ok(Appended::Later)
    }
}

fn entry(millis: u64) -> Entry {
    Entry {
        id: Id::at(millis),
        name: String::new(),
        data: millis.to_string(),
    }
}

fn slow(history: usize, room: usize) -> (Channels<u32>, ChannelKey) {
    let mut channels = channels(history);
    let kept = vec![entry(11), entry(12)];
    assert_eq!(channels.keep("news", Box::new(Slow { kept, room })), Ok(()));
    let keys = std::cell::Cell::default();
    channels.start_journals(|key| {
        keys.set(key);
        Box::new(|_| {})
    });
    (channels, keys.get())
}

/// Publishes an event, and has the call `then` wait for the journal. Returns the event's token, and the time at which
/// the wait is over if no other call waits.
fn append(channels: &mut Channels<u32>, then: u32) -> (u64, Option<Tick>) {
    let Published::WaitsForJournal(ticket) = channels.publish("news", event("x")) else {
        panic!("the journal answers later");
    };
    let over = channels.wait_for_journal(ticket, PURPOSE, then, Tick::default());
    (ticket.token, over)
}

fn last(channels: &Channels<u32>) -> Id {
    channels.named("news").unwrap().last()
}

#[test]
fn a_channel_begins_with_the_events_that_its_journal_has_kept() {
    let (channels, _) = slow(4, 0);
    let channel = channels.named("news").unwrap();
    let missed = |millis| channel.after(Id::at(millis), Framing::Plain).1;
    assert_eq!(last(&channels), Id::at(12));
    assert_eq!(
        [9, 10, 11, 12, 13].map(|id| missed(id).is_some()),
        [true, false, false, false, true]
    );
}

#[test]
fn an_event_is_in_the_ring_when_the_journal_reports_it_and_its_publisher_hears_after_that() {
    let (mut channels, key) = slow(4, 2);
    let (first, _) = append(&mut channels, 1);
    assert_eq!((last(&channels), channels.waiting()), (Id::at(12), 1));
    channels.reported(key, entry(20));
    assert_eq!(
        (last(&channels), channels.is_sweeping()),
        (Id::at(20), true)
    );
    let late = channels.appended(first, Id::at(20)).unwrap();
    assert_eq!(
        (late.then, late.outcome),
        (1, Outcome::Published(Id::at(20)))
    );
    assert!(
        channels.appended(first, Id::at(20)).is_none(),
        "it was answered"
    );
    let (second, _) = append(&mut channels, 2);
    let late = channels.failed(second).unwrap();
    assert_eq!((late.then, late.outcome), (2, Outcome::Failed));
    assert_eq!(
        (channels.publish("news", event("x")), channels.waiting()),
        (Published::Full, 0)
    );
}

#[test]
fn a_reported_event_and_its_call_wait_for_the_sweep() {
    let (mut channels, key) = slow(2, 2);
    let tokens = [append(&mut channels, 1).0, append(&mut channels, 2).0];
    channels.reported(key, entry(20));
    assert_eq!(
        channels
            .appended(tokens[0], Id::at(20))
            .map(|late| late.then),
        Some(1)
    );
    channels.reported(key, entry(21));
    assert!(channels.appended(tokens[1], Id::at(21)).is_none());
    assert_eq!(
        (last(&channels), channels.may_publish_next()),
        (Id::at(20), false)
    );
    sweep(&mut channels, 1);
    assert!(channels.may_publish_next() && channels.publish_next().is_none());
    assert_eq!(last(&channels), Id::at(21));
    let late = channels.publish_next().unwrap();
    assert_eq!(
        (late.then, late.outcome),
        (2, Outcome::Published(Id::at(21)))
    );
    assert!(!channels.may_publish_next());
}

#[test]
fn a_call_that_waits_too_long_fails_and_its_event_may_still_come() {
    let (mut channels, key) = slow(4, 2);
    let (first, over) = append(&mut channels, 1);
    let over = over.expect("no other call waits");
    assert_eq!(append(&mut channels, 2).1, None);
    assert!(channels.overdue(Tick::default()).is_none());
    let late =
        |channels: &mut Channels<u32>| channels.overdue(over).map(|late| (late.then, late.outcome));
    assert_eq!(late(&mut channels), Some((1, Outcome::Failed)));
    assert_eq!(channels.next_overdue(), Some(over));
    assert_eq!(late(&mut channels), Some((2, Outcome::Failed)));
    assert_eq!((late(&mut channels), channels.next_overdue()), (None, None));
    channels.reported(key, entry(20));
    assert!(channels.appended(first, Id::at(20)).is_none());
    assert_eq!(last(&channels), Id::at(20));
}

#[test]
fn an_event_whose_id_does_not_grow_is_not_published() {
    let (mut channels, key) = slow(4, 0);
    channels.reported(key, entry(12));
    assert_eq!(last(&channels), Id::at(12));
    let rest = channels.named("news").unwrap();
    assert!(!rest.has_more(&rest.after(Id::at(12), Framing::Plain).0));
}
