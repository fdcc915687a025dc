//! Gaps of a channel: places in the ring where events may be missing.

use super::{Channel, Cursor, Framing};
use crate::event::Id;
use std::collections::VecDeque;

/// The gaps of a channel. Each gap has a mark in the ring: an event `missed` without an id.
#[derive(Default)]
pub(super) struct Gaps {
    /// True if the channel may have gaps. An id within the ring's range that is none of its events is then unknown.
    pub(super) are_told: bool,
    /// The numbers of the marks, which grow.
    marks: VecDeque<u64>,
}

impl Gaps {
    /// True if the event of this number is a mark.
    pub(super) fn has(&self, number: u64) -> bool {
        self.marks.binary_search(&number).is_ok()
    }

    /// The number of marks that lie directly before the number `end`.
    pub(super) fn newest(&self, end: u64) -> usize {
        let before = self.marks.partition_point(|mark| *mark < end);
        let ends = (0..end).rev();
        let marks = self.marks.range(..before).rev();
        marks
            .zip(ends)
            .take_while(|(mark, at)| **mark == *at)
            .count()
    }

    /// The numbers of the marks, as another process gets them.
    #[cfg(feature = "frame")]
    pub(super) fn carry(&self) -> Option<Vec<u64>> {
        (!self.marks.is_empty()).then(|| self.marks.iter().copied().collect())
    }

    /// Takes over the marks of another process.
    #[cfg(feature = "frame")]
    pub(super) fn continue_from(&mut self, marks: Option<&[u64]>) {
        self.marks = marks.unwrap_or_default().iter().copied().collect();
    }

    /// The channel's floor when the ring drops the event of this number, whose id is `id` and whose successor is `next`.
    /// A reader that has had the event before a gap may have missed others.
    pub(super) fn dropped(&mut self, number: u64, id: Id, next: Id) -> Id {
        if self.marks.front() == Some(&number) {
            self.marks.pop_front();
            return next;
        }
        id
    }
}

impl Channel {
    /// The channel with gaps that are told: a reader that resumes behind an event which this channel never had is told
    /// that it may have missed events.
    #[must_use]
    pub(crate) fn with_gaps(mut self) -> Self {
        self.gaps.are_told = true;
        self
    }

    /// Tells every reader that events behind the newest event may be missing.
    pub(crate) fn tell_gap(&mut self) {
        let data = format!("{{\"after\":\"{}\"}}", self.last);
        self.tell("missed", &data);
        let number = self.first + self.ring.len() as u64 - 1;
        self.gaps.marks.push_back(number);
    }

    /// A cursor behind every event.
    #[must_use]
    pub(crate) fn end(&self, framing: Framing) -> Cursor {
        self.cursor(self.ring.len(), framing)
    }

    /// True if the ring holds an event that the reader lacks, beside marks of gaps.
    #[must_use]
    pub(crate) fn has_event(&self, at: &Cursor) -> bool {
        let end = self.first + self.ring.len() as u64;
        self.behind(at) > self.gaps.newest(end) as u64
    }

    /// The cursor, moved before the mark of a gap if the mark lies directly before it.
    #[must_use]
    pub(crate) fn before_gap(&self, at: Cursor) -> Cursor {
        let marks = self.gaps.newest(at.next) as u64;
        Cursor {
            next: at.next - marks,
            ..at
        }
    }

    /// Begins the channel anew behind the event `after`. The next `count` events that are pushed are of the time before:
    /// a reader that waits gets only the newest of them. Does nothing if the channel has an event.
    pub(crate) fn begin(&mut self, after: Id, count: usize) {
        if self.ring.len() == 0 && after >= self.last {
            (self.last, self.floor) = (after, after);
            self.first -= count.saturating_sub(1) as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Missed;

    fn channel(capacity: usize) -> Channel {
        Channel::new(capacity, Id::default()).with_gaps()
    }

    fn push(channel: &mut Channel, millis: u64) {
        channel.push(Id::at(millis), "", "x").unwrap();
    }

    fn push_all(channel: &mut Channel, millis: &[u64]) {
        millis.iter().for_each(|millis| push(channel, *millis));
    }

    /// The text that a reader gets, and whether it is told at once that it has missed events.
    fn resumed(channel: &Channel, millis: u64) -> (String, bool) {
        let (cursor, missed) = channel.after(Id::at(millis), Framing::Plain);
        let (events, _) = channel.rest(&cursor, usize::MAX);
        (events.collect(), missed == Some(Missed))
    }

    const MARK: &str = "event: missed\ndata: {\"after\":\"2-0\"}\n\n";

    fn event(millis: u64) -> String {
        format!("id: {millis}-0\ndata: x\n\n")
    }

    #[test]
    fn a_reader_before_a_gap_is_told_and_a_reader_behind_it_is_not() {
        let mut channel = channel(9);
        push_all(&mut channel, &[1, 2]);
        let live = channel.latest(Framing::Plain);
        channel.tell_gap();
        push(&mut channel, 5);
        let behind = MARK.to_owned() + &event(5);
        assert_eq!(resumed(&channel, 1), (event(2) + &behind, false));
        assert_eq!(resumed(&channel, 2), (behind.clone(), false));
        assert_eq!(resumed(&channel, 5), (String::new(), false));
        let all = event(1) + &event(2) + &behind;
        assert_eq!(resumed(&channel, 3), (all, true), "an event of the gap");
        let events: String = channel.rest(&live, usize::MAX).0.collect();
        assert_eq!(events, event(2) + &behind);
    }

    #[test]
    fn a_gap_is_remembered_when_the_ring_has_dropped_its_mark() {
        let mut channel = channel(2);
        push_all(&mut channel, &[1, 2]);
        channel.tell_gap();
        push_all(&mut channel, &[5, 6]);
        for millis in [2, 3] {
            assert_eq!(resumed(&channel, millis), (event(5) + &event(6), true));
        }
        assert_eq!(resumed(&channel, 5), (event(6), false));
        push(&mut channel, 7);
        assert_eq!(resumed(&channel, 5), (event(6) + &event(7), false));
    }

    #[test]
    fn a_new_reader_gets_the_latest_event_and_not_a_mark_alone() {
        let mut channel = channel(9);
        push_all(&mut channel, &[1, 2]);
        channel.tell_gap();
        let latest = channel.latest(Framing::Plain);
        let events: String = channel.rest(&latest, usize::MAX).0.collect();
        assert_eq!(events, event(2) + MARK);
    }

    #[test]
    fn a_mark_alone_is_no_event_and_is_told_with_the_next_event() {
        let mut channel = channel(9);
        push(&mut channel, 2);
        channel.tell_gap();
        let (resumed, _) = channel.after(Id::at(2), Framing::Plain);
        assert!(channel.has_more(&resumed) && !channel.has_event(&resumed));
        let end = channel.end(Framing::Plain);
        push(&mut channel, 5);
        assert!(channel.has_event(&resumed) && channel.has_event(&end));
        assert_eq!(channel.before_gap(end), resumed);
        assert_eq!(channel.before_gap(resumed), resumed);
    }

    #[test]
    fn a_reader_that_waits_for_the_beginning_gets_its_newest_event() {
        let mut channel = channel(9);
        let waits = channel.latest(Framing::Plain);
        channel.begin(Id::at(1), 3);
        push_all(&mut channel, &[2, 3, 4]);
        let events: String = channel.rest(&waits, usize::MAX).0.collect();
        assert_eq!((events, resumed(&channel, 0).1), (event(4), true));
        assert_eq!(
            resumed(&channel, 1),
            (event(2) + &event(3) + &event(4), false)
        );
        channel.begin(Id::at(9), 3);
        assert_eq!(channel.last(), Id::at(4));
    }
}
