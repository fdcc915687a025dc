//! A channel: a ring of encoded events, and cursors that read the ring. The ring knows no sockets and keeps nothing for a
//! reader.
//!
//! An event is encoded once, when it is published. A [`Cursor`] is a reader's place in the ring, down to the byte. A
//! live reader, a slow reader and a reader that catches up differ only in their cursors. A full ring drops its oldest event,
//! and a reader that lacks that event gets [`Missed`]: the publisher never waits for a reader, and stores nothing for it.
//!
//! An application subscribes and publishes by its `server::Context`, which uses the functions of this module.
//!
//! ```
//! use picture_frame::{channel::{Channel, Framing, Missed, Pumped}, event::Id};
//! use std::io::IoSlice;
//!
//! let mut channel = Channel::new(2, Id::at(0)); // holds two events
//! channel.push(Id::at(1000), "", "one")?;
//! let mut reader = channel.latest(Framing::Plain);
//!
//! // A socket that has room for 10 bytes: the cursor stands within the event.
//! let mut got = Vec::new();
//! let took = channel.pump(&mut reader, |slices| {
//!     got.extend_from_slice(&slices[0][..10]);
//!     10
//! });
//! assert_eq!((took, got.as_slice()), (Ok(Pumped::Some(true)), &b"id: 1000-0"[..]));
//!
//! // The socket has room again: one vectored write hands over the rest and the newer event.
//! channel.push(Id::at(1001), "", "two")?;
//! let all = |slices: &[IoSlice<'_>]| slices.iter().map(|slice| slice.len()).sum();
//! let took = channel.pump(&mut reader, |slices| {
//!     got.extend(slices.iter().flat_map(|slice| slice.iter()));
//!     all(slices)
//! });
//! assert_eq!(took, Ok(Pumped::All(true)));
//! assert_eq!(got, b"id: 1000-0\ndata: one\n\nid: 1001-0\ndata: two\n\n");
//!
//! // The reader falls behind by more events than the ring holds.
//! for number in 2..5 {
//!     channel.push(Id::at(1000 + number), "", "more")?;
//! }
//! assert_eq!(channel.pump(&mut reader, all), Err(Missed));
//!
//! // The reader comes back with the last id it saw, and learns that it has missed events.
//! let (mut reader, missed) = channel.after(Id::at(1001), Framing::Plain);
//! assert_eq!(missed, Some(Missed));
//! assert!(channel.has_more(&reader));
//! # assert_eq!(channel.pump(&mut reader, all), Ok(Pumped::All(true)));
//! # Ok::<(), picture_frame::channel::NotNewer>(())
//! ```

use crate::event::{self, Id};
use gaps::Gaps;
use gather::{FEW, gather};
use ring::Ring;
use std::{error::Error, fmt, io::IoSlice, ops::Range};

pub use cursor::Cursor;
pub(crate) use frame::Frame;
pub use frame::Framing;

#[cfg(feature = "frame")]
mod carried;
mod cursor;
mod frame;
mod gaps;
mod gather;
mod ring;
#[cfg(feature = "frame")]
mod shown;

/// The reader has missed events: the ring has dropped an event that the reader lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed;

/// The error of an event whose id is not greater than the id of the channel's newest event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotNewer;

impl fmt::Display for NotNewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id of the event is not greater than the id of the channel's newest event")
    }
}

impl Error for NotNewer {}

/// The outcome of [`Channel::pump`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumped {
    /// The reader has had every event. True if it took a byte in this call.
    All(bool),
    /// The reader lacks bytes that `write` did not take. True if it took a byte in this call.
    Some(bool),
}

/// A channel: its latest events in a ring, oldest first. The [module](self) has an example.
pub struct Channel {
    number: u16,
    ring: Ring,
    capacity: usize,
    /// The number of the oldest event in the ring; the first event of all is number [`FIRST`].
    first: u64,
    /// The id of the newest event ever published; before the first event, the id that the channel began with.
    last: Id,
    /// The id of the newest event dropped; before that, the id that the channel began with. A reader that has had this
    /// event has missed nothing.
    floor: Id,
    /// The ids of events that were published in an earlier run and that this channel never knew.
    lost: Range<Id>,
    gaps: Gaps,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("number", &self.number)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl Channel {
    /// A channel whose ring holds up to `capacity` events, at least one. The ids of its events are greater than `start`.
    #[must_use]
    pub fn new(capacity: usize, start: Id) -> Self {
        Self {
            number: 0,
            ring: Ring::default(),
            capacity: capacity.max(1),
            first: FIRST,
            last: start,
            floor: start,
            lost: start..start,
            gaps: Gaps::default(),
        }
    }

    /// The channel with a number. Its cursors carry the number, which tells them from the cursors of other channels.
    #[must_use]
    pub(crate) fn numbered(self, number: u16) -> Self {
        Self { number, ..self }
    }

    /// Appends an event, and drops the oldest event if the ring is full.
    ///
    /// # Errors
    ///
    /// [`NotNewer`] if the id does not grow. The channel is unchanged.
    pub fn push(&mut self, id: Id, name: &str, data: &str) -> Result<(), NotNewer> {
        if id <= self.last {
            return Err(NotNewer);
        }
        self.add(id, true, name, data);
        Ok(())
    }

    /// Notes that events with ids in this range may have been sent in an earlier run, and are lost. A reader that has
    /// had one of them may have missed others.
    pub(crate) fn lose(&mut self, ids: Range<Id>) {
        self.lost = ids;
    }

    /// Appends an event without an id. A reader that resumes gets the event only if it was published after the event
    /// that the reader names.
    pub fn tell(&mut self, name: &str, data: &str) {
        self.add(self.last, false, name, data);
    }

    fn add(&mut self, id: Id, has_id: bool, name: &str, data: &str) {
        if self.ring.len() == self.capacity
            && let Some(oldest) = self.ring.pop()
        {
            let next = if self.ring.len() > 0 {
                self.ring.id(0)
            } else {
                id
            };
            self.floor = self.gaps.dropped(self.first, oldest, next);
            self.first += 1;
        }
        let mut text = Vec::new();
        event::encode(&mut text, has_id.then_some(id), name, data);
        self.ring.push(id, &text);
        self.last = id;
    }

    /// The channel's number.
    #[must_use]
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// The number of events that were ever published.
    #[must_use]
    pub(crate) fn published(&self) -> u64 {
        self.first + self.ring.len() as u64
    }

    /// The id that a reader which has had every event resumes from.
    #[must_use]
    pub fn last(&self) -> Id {
        self.last
    }

    /// A cursor at the newest event; behind it if the ring is empty.
    #[must_use]
    pub fn latest(&self, framing: Framing) -> Cursor {
        self.newest(1, framing)
    }

    /// A cursor at the oldest of the newest `most` events that the ring holds.
    #[must_use]
    pub fn newest(&self, most: usize, framing: Framing) -> Cursor {
        let marks = self.gaps.newest(self.first + self.ring.len() as u64);
        let most = most.saturating_add(marks);
        self.cursor(self.ring.len().saturating_sub(most), framing)
    }

    /// A cursor behind the event `id`, with [`Missed`] if events after `id` may have been dropped: `id` is older than the
    /// newest event dropped, newer than every event, or the id of a lost event. The cursor then stands at the oldest
    /// event.
    #[must_use]
    pub fn after(&self, id: Id, framing: Framing) -> (Cursor, Option<Missed>) {
        let behind = self.ring.behind(id);
        let is_held = behind > 0 && self.ring.id(behind - 1) == id;
        let known = (self.floor..=self.last).contains(&id)
            && !self.lost.contains(&id)
            && (is_held || id == self.floor || !self.gaps.are_told);
        if !known {
            return (self.cursor(0, framing), Some(Missed));
        }
        let is_before_gap = behind > 0 && self.gaps.has(self.first + behind as u64 - 1);
        let behind = behind - usize::from(is_before_gap);
        (self.cursor(behind, framing), None)
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

    /// True if the ring holds an event that the reader lacks.
    #[must_use]
    pub fn has_more(&self, at: &Cursor) -> bool {
        self.behind(at) > 0
    }

    /// The number of events that the reader lacks. An event of which it has had a part counts.
    #[must_use]
    pub(crate) fn behind(&self, at: &Cursor) -> u64 {
        self.published().saturating_sub(at.next)
    }

    /// True if the reader's next event is in the ring or still to be published.
    #[must_use]
    pub(crate) fn can_serve(&self, at: &Cursor) -> bool {
        at.next >= self.first
    }

    /// The first events that the reader lacks, each as text, until they fill `most` bytes, but at least the next event. Also
    /// the id to resume from behind these events.
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

    /// Hands over all events that the reader lacks as the slices of one vectored write (writev(2)), and moves the cursor
    /// on by the number of bytes that `write` returns.
    ///
    /// A chunked stream gets a slice for each 32 KiB of events, and six such slices in a write. A plain stream gets a slice
    /// for each event, and 1,024 slices in a write. `write` is called again while it takes all bytes that it is given.
    ///
    /// # Errors
    ///
    /// [`Missed`] when the ring has dropped the reader's next event, or the rest of an event that the reader has begun.
    pub fn pump(
        &self,
        at: &mut Cursor,
        mut write: impl FnMut(&[IoSlice<'_>]) -> usize,
    ) -> Result<Pumped, Missed> {
        self.pump_behind([b"", b""], at, |slices| write(slices))
            .map(|(_, pumped)| pumped)
    }

    /// As [`Channel::pump`], with the bytes `before` ahead of the events in the same write. Returns how many of these bytes
    /// were taken. The cursor moves on only when all of them were taken.
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

    /// Moves a cursor on by `taken` bytes.
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

/// The number of a channel's first event. Smaller numbers are for events of the time before, which a channel may learn
/// of later.
const FIRST: u64 = 1 << 32;

/// The distance of an event's number from the number at which a channel begins. An earlier event has a negative distance.
pub(crate) fn place(number: u64) -> i64 {
    number.wrapping_sub(FIRST) as i64
}

#[cfg(test)]
mod tests;
