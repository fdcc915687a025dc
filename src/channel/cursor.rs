//! A reader's place in a channel.

use super::Framing;

/// A reader's place in a channel: the event that it takes next, and how many bytes of that event it has had.
///
/// A cursor is 16 bytes, and an idle subscriber keeps nothing else. [`Channel::latest`](super::Channel::latest) and [`Channel::after`](super::Channel::after) make a
/// cursor; [`Channel::pump`](super::Channel::pump) moves it.
///
/// ```
/// use picture_frame::channel::Cursor;
///
/// assert_eq!(size_of::<Cursor>(), 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) next: u64,
    pub(super) sent: u32,
    pub(super) framing: Framing,
    /// True if the last [`Channel::pump`](super::Channel::pump) left bytes over.
    pub(super) blocked: bool,
    pub(super) channel: u16,
}

const _: () = assert!(size_of::<Cursor>() <= 16);

impl Cursor {
    /// True if the reader did not take all that [`Channel::pump`](super::Channel::pump) last offered it.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// The number of events that the reader has had since its cursor was `before`.
    #[must_use]
    pub(crate) fn since(&self, before: &Self) -> u64 {
        self.next.saturating_sub(before.next)
    }

    /// The number of events of its channel that the reader has passed.
    #[must_use]
    pub(crate) fn passed(&self) -> u64 {
        self.next
    }

    /// The number of the cursor's channel.
    #[must_use]
    pub(crate) fn channel(&self) -> u16 {
        self.channel
    }

    /// The framing of the reader's stream.
    #[must_use]
    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }
}
