//! A channel's ring as a view shows it. Events are numbered from 0, in the order in which the channel published them;
//! events of the time before have negative numbers.

use super::{Channel, Cursor, place};

impl Channel {
    /// The most events that the ring holds.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The number of the oldest event that the ring holds.
    pub(crate) fn oldest(&self) -> i64 {
        place(self.first)
    }

    /// The lengths of the events that the ring holds, in bytes, oldest first.
    pub(crate) fn lengths(&self) -> impl ExactSizeIterator<Item = usize> {
        self.ring.texts(0).map(<[u8]>::len)
    }
}

impl Cursor {
    /// The number of the event that the reader takes next.
    pub(crate) fn place(&self) -> i64 {
        place(self.next)
    }

    /// The bytes of that event that the reader has had.
    pub(crate) fn sent(&self) -> u32 {
        self.sent
    }
}
