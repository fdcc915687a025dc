//! The encoded events of a channel, laid end to end in a few segments of memory.

use super::frame::{CHUNK_END, chunk};
use crate::event::Id;
use std::{collections::VecDeque, ops::Range};

/// The most bytes of events in a segment. A larger event has a segment of its own.
const SEGMENT: usize = 32 * 1024;

/// The latest events, oldest first, each encoded as a chunk (RFC 9112, section 7.1).
///
/// The chunks lie end to end, so that a reader far behind gets all that it lacks in a few slices. The memory of dropped
/// events is reused or given back by whole segments: the ring keeps at most [`SEGMENT`] bytes of dropped events.
#[derive(Default)]
pub(super) struct Ring {
    extents: VecDeque<Extent>,
    segments: VecDeque<Segment>,
    /// The offset of the oldest event. Offsets count the bytes of all events that the ring ever held.
    begin: u64,
}

/// The extent of an event in the segments. An event begins at the end of the event before.
struct Extent {
    id: Id,
    end: u64,
    /// The length of the chunk's first line, which states the chunk's size.
    size_line: usize,
}

/// Memory for the chunks of some events.
struct Segment {
    /// The offset of the segment's first byte.
    begin: u64,
    bytes: Vec<u8>,
}

impl Segment {
    /// Empties the segment, whose first byte is then the byte at the offset `begin`. The memory of a large event is given
    /// back.
    fn clear(&mut self, begin: u64) {
        self.begin = begin;
        self.bytes.clear();
        self.bytes.shrink_to(SEGMENT);
    }
}

impl Ring {
    pub(super) fn len(&self) -> usize {
        self.extents.len()
    }

    pub(super) fn id(&self, index: usize) -> Id {
        self.extents[index].id
    }

    /// The index of the first event whose id is greater than `id`.
    pub(super) fn behind(&self, id: Id) -> usize {
        self.extents.partition_point(|extent| extent.id <= id)
    }

    /// Appends an event.
    pub(super) fn push(&mut self, id: Id, text: &[u8]) {
        let segment = self.room_for(text.len());
        let size_line = chunk(&mut segment.bytes, text);
        let end = segment.begin + segment.bytes.len() as u64;
        self.extents.push_back(Extent { id, end, size_line });
    }

    /// Appends an event that is encoded already, as [`Ring::encoded`] returns it.
    pub(super) fn push_encoded(&mut self, id: Id, chunk: &[u8], size_line: usize) {
        let segment = self.room_for(chunk.len());
        segment.bytes.extend_from_slice(chunk);
        let end = segment.begin + segment.bytes.len() as u64;
        self.extents.push_back(Extent { id, end, size_line });
    }

    /// An event as it is encoded: its id, its chunk, and the length of the chunk's first line.
    pub(super) fn encoded(&self, index: usize) -> (Id, &[u8], usize) {
        let extent = &self.extents[index];
        (extent.id, self.chunk(index), extent.size_line)
    }

    /// The newest segment, if it has room for an event of so many bytes; else a new one.
    fn room_for(&mut self, length: usize) -> &mut Segment {
        let begin = self.range(self.len()).start;
        let fits =
            |segment: &Segment| segment.bytes.is_empty() || segment.bytes.len() + length <= SEGMENT;
        if !self.segments.back().is_some_and(fits) {
            let bytes = Vec::new();
            self.segments.push_back(Segment { begin, bytes });
        }
        self.segments.back_mut().expect("there is a segment")
    }

    /// Drops the oldest event. Returns its id.
    pub(super) fn pop(&mut self) -> Option<Id> {
        let oldest = self.extents.pop_front()?;
        self.begin = oldest.end;
        let is_last = self.segments.len() == 1;
        let segment = self
            .segments
            .front_mut()
            .expect("an event lies in a segment");
        let is_used = segment.begin + segment.bytes.len() as u64 > self.begin;
        match (is_used, is_last) {
            (true, _) => {}
            (false, true) => segment.clear(self.begin),
            (false, false) => drop(self.segments.pop_front()),
        }
        Some(oldest.id)
    }

    /// The chunk of an event.
    pub(super) fn chunk(&self, index: usize) -> &[u8] {
        let Range { start, end } = self.range(index);
        &self.from(start)[..(end - start) as usize]
    }

    /// The data of an event's chunk.
    pub(super) fn text(&self, index: usize) -> &[u8] {
        let chunk = self.chunk(index);
        &chunk[self.extents[index].size_line..chunk.len() - CHUNK_END.len()]
    }

    /// The chunks of all events from `index` on, end to end: a slice for each segment.
    pub(super) fn chunks(&self, index: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        let begin = self.range(index).start;
        let segments = self.segments.range(self.segment(begin)..);
        segments.map(move |segment| &segment.bytes[begin.saturating_sub(segment.begin) as usize..])
    }

    /// The data of the chunks of all events from `index` on: a slice for each event.
    pub(super) fn texts(&self, index: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        (index..self.len()).map(|index| self.text(index))
    }

    /// The offsets of an event; behind the newest event, an empty range.
    fn range(&self, index: usize) -> Range<u64> {
        let end_of = |index: usize| self.extents.get(index).map(|event| event.end);
        let start = match index.checked_sub(1) {
            Some(before) => end_of(before).unwrap_or(self.begin),
            None => self.begin,
        };
        start..end_of(index).unwrap_or(start)
    }

    /// The bytes of a segment from the offset `begin` on.
    fn from(&self, begin: u64) -> &[u8] {
        let segment = &self.segments[self.segment(begin)];
        &segment.bytes[(begin - segment.begin) as usize..]
    }

    /// The index of the segment that holds the byte at `offset`.
    fn segment(&self, offset: u64) -> usize {
        let after = self
            .segments
            .partition_point(|segment| segment.begin <= offset);
        after.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(texts: impl IntoIterator<Item = usize>) -> Ring {
        let mut ring = Ring::default();
        for (number, length) in texts.into_iter().enumerate() {
            ring.push(Id::at(number as u64), "x".repeat(length).as_bytes());
        }
        ring
    }

    #[test]
    fn two_hundred_events_of_a_usual_size_are_two_slices() {
        let ring = ring(std::iter::repeat_n(180, 200));
        assert_eq!(ring.chunks(0).len(), 2);
        assert_eq!(ring.chunks(199).collect::<Vec<_>>(), [ring.chunk(199)]);
    }

    #[test]
    fn an_event_larger_than_a_block_has_one_of_its_own() {
        let mut ring = ring([10, 3 * SEGMENT, 10]);
        assert_eq!(ring.segments.len(), 3);
        assert_eq!(ring.text(1).len(), 3 * SEGMENT);
        for _ in 0..2 {
            ring.pop();
        }
        assert_eq!(ring.segments.len(), 1);
        assert_eq!(ring.text(0).len(), 10);
    }

    #[test]
    fn a_ring_of_one_event_keeps_no_more_than_a_block_however_many_it_has_held() {
        let mut ring = Ring::default();
        for number in 0..10_000 {
            assert_eq!(ring.pop().is_some(), number > 0);
            ring.push(Id::at(number), &[b'x'; 500]);
        }
        assert_eq!((ring.len(), ring.segments.len()), (1, 1));
        assert!(ring.segments[0].bytes.capacity() <= 2 * 500 + 32);
    }

    #[test]
    fn a_ring_of_one_event_gives_back_the_memory_of_a_large_event_when_it_drops_that() {
        let mut ring = Ring::default();
        for (number, length) in [10, 3 * SEGMENT, 10].into_iter().enumerate() {
            ring.pop();
            ring.push(Id::at(number as u64), &vec![b'x'; length]);
            assert_eq!((ring.segments.len(), ring.text(0).len()), (1, length));
        }
        assert!(ring.segments[0].bytes.capacity() <= SEGMENT);
    }

    #[test]
    fn every_event_is_found_where_the_one_before_it_ends() {
        let lengths = [
            1,
            15,
            16,
            SEGMENT - 40,
            255,
            256,
            SEGMENT,
            4095,
            4096,
            3 * SEGMENT,
        ];
        let mut ring = ring(lengths);
        for dropped in 0..lengths.len() {
            for index in 0..ring.len() {
                assert_eq!(ring.text(index).len(), lengths[dropped + index]);
                let all = ring.chunks(index).collect::<Vec<_>>().concat();
                let each = (index..ring.len()).map(|index| ring.chunk(index));
                assert!(all == each.collect::<Vec<_>>().concat());
            }
            assert_eq!(ring.pop(), Some(Id::at(dropped as u64)));
        }
        assert_eq!((ring.pop(), ring.segments.len()), (None, 1));
    }
}
