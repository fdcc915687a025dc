//! The encoded events of a channel, laid end to end in a few blocks of memory.

use super::frame::{CHUNK_END, chunk};
use crate::event::Id;
use std::{collections::VecDeque, ops::Range};

/// Bytes of events in one block, at most. An event that is larger has a block of its own.
const BLOCK: usize = 32 * 1024;

/// The latest events, oldest first, each one encoded as a chunk (RFC 9112, section 7.1).
///
/// The chunks lie end to end, so that a reader far behind gets all that it lacks in a few slices. The memory of dropped
/// events is reused or given back block by block: at most [`BLOCK`] bytes of them are kept.
#[derive(Default)]
pub(super) struct Ring {
    events: VecDeque<Event>,
    blocks: VecDeque<Block>,
    /// The offset of the oldest event. Offsets count the bytes of all events that the ring ever held.
    begin: u64,
}

/// An event's place in the blocks. It begins where the event before it ends.
struct Event {
    id: Id,
    end: u64,
    /// The length of the chunk's first line, which tells its size.
    size_line: usize,
}

struct Block {
    begin: u64,
    bytes: Vec<u8>,
}

impl Block {
    /// Empties the block, which gives back the memory of a large event. Its first byte will be the one at the offset
    /// `begin`.
    fn clear(&mut self, begin: u64) {
        self.begin = begin;
        self.bytes.clear();
        self.bytes.shrink_to(BLOCK);
    }
}

impl Ring {
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn id(&self, index: usize) -> Id {
        self.events[index].id
    }

    /// The index of the first event whose id is greater than `id`.
    pub(super) fn behind(&self, id: Id) -> usize {
        self.events.partition_point(|event| event.id <= id)
    }

    /// Appends an event.
    pub(super) fn push(&mut self, id: Id, text: &[u8]) {
        let begin = self.range(self.len()).start;
        let fits =
            |block: &Block| block.bytes.is_empty() || block.bytes.len() + text.len() <= BLOCK;
        if !self.blocks.back().is_some_and(fits) {
            let bytes = Vec::new();
            self.blocks.push_back(Block { begin, bytes });
        }
        let block = self.blocks.back_mut().expect("there is a block");
        let size_line = chunk(&mut block.bytes, text);
        let end = block.begin + block.bytes.len() as u64;
        self.events.push_back(Event { id, end, size_line });
    }

    /// Drops the oldest event. Returns its id.
    pub(super) fn pop(&mut self) -> Option<Id> {
        let oldest = self.events.pop_front()?;
        self.begin = oldest.end;
        let is_last = self.blocks.len() == 1;
        let block = self.blocks.front_mut().expect("an event lies in a block");
        let is_used = block.begin + block.bytes.len() as u64 > self.begin;
        match (is_used, is_last) {
            (true, _) => {}
            (false, true) => block.clear(self.begin),
            (false, false) => drop(self.blocks.pop_front()),
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
        &chunk[self.events[index].size_line..chunk.len() - CHUNK_END.len()]
    }

    /// The chunks of all events from `index` on, end to end: a slice for each block.
    pub(super) fn chunks(&self, index: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        let begin = self.range(index).start;
        let blocks = self.blocks.range(self.block(begin)..);
        blocks.map(move |block| &block.bytes[begin.saturating_sub(block.begin) as usize..])
    }

    /// The data of the chunks of all events from `index` on: a slice for each event.
    pub(super) fn texts(&self, index: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        (index..self.len()).map(|index| self.text(index))
    }

    /// The offsets of an event; behind the newest event, an empty range.
    fn range(&self, index: usize) -> Range<u64> {
        let end_of = |index: usize| self.events.get(index).map(|event| event.end);
        let start = match index.checked_sub(1) {
            Some(before) => end_of(before).unwrap_or(self.begin),
            None => self.begin,
        };
        start..end_of(index).unwrap_or(start)
    }

    /// The bytes of a block from the offset `begin` on.
    fn from(&self, begin: u64) -> &[u8] {
        let block = &self.blocks[self.block(begin)];
        &block.bytes[(begin - block.begin) as usize..]
    }

    /// The index of the block that holds the byte at `offset`.
    fn block(&self, offset: u64) -> usize {
        let after = self.blocks.partition_point(|block| block.begin <= offset);
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
        let mut ring = ring([10, 3 * BLOCK, 10]);
        assert_eq!(ring.blocks.len(), 3);
        assert_eq!(ring.text(1).len(), 3 * BLOCK);
        for _ in 0..2 {
            ring.pop();
        }
        assert_eq!(ring.blocks.len(), 1);
        assert_eq!(ring.text(0).len(), 10);
    }

    #[test]
    fn a_ring_of_one_event_keeps_no_more_than_a_block_however_many_it_has_held() {
        let mut ring = Ring::default();
        for number in 0..10_000 {
            assert_eq!(ring.pop().is_some(), number > 0);
            ring.push(Id::at(number), &[b'x'; 500]);
        }
        assert_eq!((ring.len(), ring.blocks.len()), (1, 1));
        assert!(ring.blocks[0].bytes.capacity() <= 2 * 500 + 32);
    }

    #[test]
    fn a_ring_of_one_event_gives_back_the_memory_of_a_large_event_when_it_drops_that() {
        let mut ring = Ring::default();
        for (number, length) in [10, 3 * BLOCK, 10].into_iter().enumerate() {
            ring.pop();
            ring.push(Id::at(number as u64), &vec![b'x'; length]);
            assert_eq!((ring.blocks.len(), ring.text(0).len()), (1, length));
        }
        assert!(ring.blocks[0].bytes.capacity() <= BLOCK);
    }

    #[test]
    fn every_event_is_found_where_the_one_before_it_ends() {
        let lengths = [
            1,
            15,
            16,
            BLOCK - 40,
            255,
            256,
            BLOCK,
            4095,
            4096,
            3 * BLOCK,
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
        assert_eq!((ring.pop(), ring.blocks.len()), (None, 1));
    }
}
