//! One ring of encoded events, and cursors that read it. Knows nothing of sockets, and keeps nothing per reader.
//!
//! An event is encoded once, when it is published. A [`Cursor`] is a place in the ring, down to the byte; to be live,
//! to catch up, to be slow and to be too slow are all where it stands. The ring forgets its oldest event when it is
//! full, and a reader that still wanted it learns so by [`Missed`]: backpressure that costs the writer nothing.
//!
//! An application subscribes and publishes by its `server::Context`; this is what happens beneath.
//!
//! ```
//! use picture_frame::{channel::{Channel, Framing, Missed, Pumped}, event::Id};
//! use std::io::IoSlice;
//!
//! let mut channel = Channel::new(2, Id::at(0)); // holds two events
//! channel.publish(1000, "", "one");
//! let mut reader = channel.latest(Framing::Plain);
//!
//! // A socket that has room for 10 bytes: the cursor stands amid the event.
//! let mut got = Vec::new();
//! let took = channel.pump(&mut reader, |slices| {
//!     got.extend_from_slice(&slices[0][..10]);
//!     10
//! });
//! assert_eq!((took, got.as_slice()), (Ok(Pumped::Some(true)), &b"id: 1000-0"[..]));
//!
//! // It has room again: the rest, and what was published meanwhile, by one vectored write.
//! channel.publish(1001, "", "two");
//! let all = |slices: &[IoSlice<'_>]| slices.iter().map(|slice| slice.len()).sum();
//! let took = channel.pump(&mut reader, |slices| {
//!     got.extend(slices.iter().flat_map(|slice| slice.iter()));
//!     all(slices)
//! });
//! assert_eq!(took, Ok(Pumped::All(true)));
//! assert_eq!(got, b"id: 1000-0\ndata: one\n\nid: 1001-0\ndata: two\n\n");
//!
//! // It falls behind by more than the ring holds.
//! for number in 2..5 {
//!     channel.publish(1000 + number, "", "more");
//! }
//! assert_eq!(channel.pump(&mut reader, all), Err(Missed));
//!
//! // It comes back with the last id it saw, and is told that it missed something.
//! let (mut reader, missed) = channel.after(Id::at(1001), Framing::Plain);
//! assert_eq!(missed, Some(Missed));
//! assert!(channel.has_more(&reader));
//! # assert_eq!(channel.pump(&mut reader, all), Ok(Pumped::All(true)));
//! ```

use crate::event::{self, Id};
use ring::Ring;
use std::io::IoSlice;

pub(crate) use ring::Frame;

mod ring;

/// A reader's place: which event it takes next, and how much of it it has had. 16 bytes, and all that an idle
/// subscriber keeps. Made by [`Channel::latest`] and [`Channel::after`], moved by [`Channel::pump`].
///
/// ```
/// use picture_frame::channel::Cursor;
///
/// assert_eq!(size_of::<Cursor>(), 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    next: u64,
    sent: u32,
    framing: Framing,
    /// Whether the last [`Channel::pump`] was refused a byte.
    blocked: bool,
    channel: u16,
}

const _: () = assert!(size_of::<Cursor>() == 16);

/// How a stream's bytes are delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each event is a chunk (RFC 9112, section 7.1).
    Chunked,
    /// The stream ends with the connection, as HTTP/1.0 has it.
    Plain,
}

impl Cursor {
    /// Whether there is something the reader did not take when it was last offered.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// How many events the reader has had since it was at `before`.
    #[must_use]
    pub(crate) fn since(&self, before: &Self) -> u64 {
        self.next.saturating_sub(before.next)
    }

    /// The number of the channel that the cursor is in.
    #[must_use]
    pub(crate) fn channel(&self) -> u16 {
        self.channel
    }

    /// How the reader's stream is delimited.
    #[must_use]
    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }
}

/// Events that a reader should have had are no longer held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed;

/// What a reader may get next, and how far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumped {
    /// It has had everything; whether it took a byte just now.
    All(bool),
    /// It was refused a byte; whether it took one before that.
    Some(bool),
}

/// The ring: the latest events, encoded, oldest first. See the [module](self) for an example.
pub struct Channel {
    number: u16,
    ring: Ring,
    capacity: usize,
    /// The number of the oldest event held, counted from the first ever published.
    first: u64,
    /// The id of the newest event ever published, or the one the channel began with.
    last: Id,
    /// The id of the newest event dropped, or the one the channel began with: a reader that has had this has missed
    /// nothing.
    floor: Id,
}

impl Channel {
    /// An empty ring for `capacity` events, at least one, whose ids are greater than `start`: the time in milliseconds
    /// since 1970, so that they are greater also than those of an earlier run.
    #[must_use]
    pub fn new(capacity: usize, start: Id) -> Self {
        Self {
            number: 0,
            ring: Ring::default(),
            capacity: capacity.max(1),
            first: 0,
            last: start,
            floor: start,
        }
    }

    /// The channel with a number, which its cursors carry: among several, it tells whose they are.
    #[must_use]
    pub(crate) fn numbered(self, number: u16) -> Self {
        Self { number, ..self }
    }

    /// Appends an event, dropping the oldest if the ring is full. `millis` is the time in milliseconds since 1970;
    /// the id grows also when that does not.
    pub fn publish(&mut self, millis: u64, name: &str, data: &str) -> Id {
        let id = self.last.next(millis);
        self.push(id, true, name, data);
        id
    }

    /// Appends an event without an id: a reader that resumes gets it only if it came after the event it names.
    pub fn tell(&mut self, name: &str, data: &str) {
        self.push(self.last, false, name, data);
    }

    fn push(&mut self, id: Id, has_id: bool, name: &str, data: &str) {
        if self.ring.len() == self.capacity
            && let Some(oldest) = self.ring.pop()
        {
            self.first += 1;
            self.floor = oldest;
        }
        let mut text = Vec::new();
        event::encode(&mut text, has_id.then_some(id), name, data);
        self.ring.push(id, &text);
        self.last = id;
    }

    /// The place to resume from for a reader that has had everything.
    #[must_use]
    pub fn last(&self) -> Id {
        self.last
    }

    /// A cursor at the newest event, if there is one.
    #[must_use]
    pub fn latest(&self, framing: Framing) -> Cursor {
        self.cursor(self.ring.len().saturating_sub(1), framing)
    }

    /// A cursor behind the event `id`, and whether events between the two may have been dropped: `id` is older than
    /// the newest one dropped, or was never given out by this channel.
    #[must_use]
    pub fn after(&self, id: Id, framing: Framing) -> (Cursor, Option<Missed>) {
        let known = (self.floor..=self.last).contains(&id);
        let behind = if known { self.ring.behind(id) } else { 0 };
        (self.cursor(behind, framing), (!known).then_some(Missed))
    }

    fn cursor(&self, index: usize, framing: Framing) -> Cursor {
        Cursor {
            next: self.first + index as u64,
            sent: 0,
            framing,
            blocked: false,
            channel: self.number,
        }
    }

    /// Whether the channel holds something the reader has not had.
    #[must_use]
    pub fn has_more(&self, at: &Cursor) -> bool {
        self.behind(at) > 0
    }

    /// The number of events that the reader has not had, an event of which it has had a part included.
    #[must_use]
    pub(crate) fn behind(&self, at: &Cursor) -> u64 {
        (self.first + self.ring.len() as u64).saturating_sub(at.next)
    }

    /// Whether the reader's next event is held, or still to come.
    #[must_use]
    pub(crate) fn can_serve(&self, at: &Cursor) -> bool {
        at.next >= self.first
    }

    /// The events that the reader has not had and that are held, each as text, and the place to resume from behind them:
    /// as many as it takes to fill `most` bytes, and at least one.
    pub(crate) fn rest(&self, at: &Cursor, most: usize) -> (impl Iterator<Item = &str>, Id) {
        let begin = (at.next.saturating_sub(self.first) as usize).min(self.ring.len());
        let mut room = most;
        let count = self
            .ring
            .texts(begin)
            .take_while(|text| {
                let fits = room > 0;
                room = room.saturating_sub(text.len());
                fits
            })
            .count();
        let last = match count {
            0 => self.last,
            _ => self.ring.id(begin + count - 1),
        };
        let text = |bytes| str::from_utf8(bytes).expect("events are made of text");
        (self.ring.texts(begin).take(count).map(text), last)
    }

    /// Hands over all that the reader has not had, in order, as the slices of one vectored write (writev(2)), and moves
    /// the cursor on by as many bytes as `write` says that it took. With more than 1,024 slices there are several
    /// writes, until one takes less than it is given.
    ///
    /// # Errors
    ///
    /// [`Missed`] when the reader's next event, or the rest of the one it is amid, is no longer held.
    pub fn pump(
        &self,
        at: &mut Cursor,
        mut write: impl FnMut(&[IoSlice<'_>]) -> usize,
    ) -> Result<Pumped, Missed> {
        self.pump_behind([b"", b""], at, |slices| write(slices))
            .map(|(_, pumped)| pumped)
    }

    /// As [`Channel::pump`], with bytes that go before the events, in the same write. How many of these bytes were
    /// taken; the events move on only when all were.
    ///
    /// # Errors
    ///
    /// As [`Channel::pump`].
    pub(crate) fn pump_behind(
        &self,
        before: [&[u8]; 2],
        at: &mut Cursor,
        mut write: impl FnMut(&[IoSlice<'_>]) -> usize,
    ) -> Result<(usize, Pumped), Missed> {
        let (mut before, mut first, mut moved) = (before, 0, false);
        loop {
            let begin = at.next.checked_sub(self.first).ok_or(Missed)? as usize;
            let length = before.iter().map(|slice| slice.len()).sum::<usize>();
            if length == 0 && begin >= self.ring.len() {
                at.blocked = false;
                return Ok((first, Pumped::All(moved)));
            }
            let sent = at.sent as usize;
            let (taken, all) = match at.framing {
                Framing::Chunked => {
                    let chunks = self.ring.chunks(begin).take(FEW - before.len());
                    gather(before, chunks, sent, &mut write)
                }
                Framing::Plain => gather(before, self.ring.texts(begin), sent, &mut write),
            };
            let ahead = taken.min(length);
            first += ahead;
            moved |= taken > 0;
            self.advance(at, taken - ahead);
            if !all {
                at.blocked = true;
                return Ok((first, Pumped::Some(moved)));
            }
            before = [b"", b""];
        }
    }

    /// Moves a cursor on by `taken` bytes of what it was given.
    fn advance(&self, at: &mut Cursor, mut taken: usize) {
        while taken > 0 {
            let index = (at.next - self.first) as usize;
            let length = match at.framing {
                Framing::Chunked => self.ring.chunk(index).len(),
                Framing::Plain => self.ring.text(index).len(),
            };
            let rest = length - at.sent as usize;
            if taken < rest {
                at.sent += taken as u32;
                return;
            }
            taken -= rest;
            (at.next, at.sent) = (at.next + 1, 0);
        }
    }
}

/// Slices that one vectored write takes at most (writev(2), `IOV_MAX`).
const MAX_SLICES: usize = 1024;
/// Slices that lie on the stack: a head, a body and six blocks of the ring. A subscriber that is up to date needs one.
const FEW: usize = 8;

/// Writes `before`, and then the events without the first `skip` bytes of the first of them. How much was taken, and
/// whether that was everything it was given.
fn gather<'a>(
    before: [&'a [u8]; 2],
    events: impl ExactSizeIterator<Item = &'a [u8]>,
    skip: usize,
    mut write: impl FnMut(&[IoSlice<'_>]) -> usize,
) -> (usize, bool) {
    let room = (before.len() + events.len()).min(MAX_SLICES);
    let mut few = [IoSlice::new(b""); FEW];
    let mut many = Vec::new();
    let slices = if room <= FEW {
        &mut few[..]
    } else {
        many.resize(room, IoSlice::new(b""));
        &mut many[..]
    };
    let skips = std::iter::once(skip).chain(std::iter::repeat(0));
    let events = events.zip(skips).map(|(event, skip)| &event[skip..]);
    let parts = before.into_iter().filter(|slice| !slice.is_empty());
    let (mut count, mut length) = (0, 0);
    for (slice, part) in slices.iter_mut().zip(parts.chain(events)) {
        *slice = IoSlice::new(part);
        (count, length) = (count + 1, length + part.len());
    }
    let taken = write(&slices[..count]);
    (taken, taken == length)
}

#[cfg(test)]
mod tests;
