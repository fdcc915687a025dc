//! A subscriber: a connection that is sent a stream's head, a channel's events and heartbeats, and the last chunk.

use super::{After, Connection, Disconnected, Incoming, Next, Waits};
use crate::{
    channel::{Channel, Cursor, Frame, Framing, Missed, Pumped},
    http::{Bytes, LAST_CHUNK},
    timer_wheel::Tick,
};
use std::io::IoSlice;

/// The most bytes that are held of a stream that ends while its subscriber is behind. The subscriber comes back for the
/// rest.
pub(super) const MAX_LAST_WORDS: usize = 32 * 1024;

impl Connection {
    /// The place in the channel of a subscriber, or of a connection that becomes a subscriber when the stream's head is
    /// sent.
    pub fn cursor(&self) -> Option<&Cursor> {
        match self {
            Self::Subscribed(cursor) => Some(cursor),
            Self::Writing(outgoing) => match &outgoing.after {
                After::Subscribe(cursor) => Some(cursor),
                _ => None,
            },
            _ => None,
        }
    }

    /// True if the connection is a subscriber, or becomes a subscriber when the stream's head is sent.
    pub fn is_subscriber(&self) -> bool {
        self.cursor().is_some()
    }

    /// The number of the channel that the connection reads, by a stream or a poll.
    pub fn channel(&self) -> Option<u16> {
        match self {
            Self::Polling(poll) => Some(poll.cursor.channel()),
            _ => self.cursor().map(Cursor::channel),
        }
    }

    /// Answers with a stream: `bytes`, and then the events from `cursor` on. Returns false if the peer has half-closed
    /// before, and so has left: the end of a peer is reported only once.
    pub fn subscribe(
        &mut self,
        incoming: &Incoming,
        bytes: Vec<u8>,
        cursor: Cursor,
        now: Tick,
    ) -> bool {
        let after = match incoming.ended {
            true => After::Close { ended: true },
            false => After::Subscribe(cursor),
        };
        *self = Self::writing(bytes, Bytes::default(), after, now);
        !incoming.ended
    }

    /// Sends a heartbeat. The bytes that the socket does not take go before the next event.
    pub(super) fn beat(
        &mut self,
        cursor: Cursor,
        heartbeat: &Frame,
        now: Tick,
        write: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> Next {
        let bytes = heartbeat.bytes(cursor.framing());
        let rest = &bytes[write(&[IoSlice::new(bytes)])..];
        if rest.is_empty() {
            *self = Self::Subscribed(cursor);
            return Next::Wait(Waits::ForNews);
        }
        let after = After::Subscribe(cursor);
        *self = Self::writing(rest.to_vec(), Bytes::default(), after, now);
        Next::Wait(Waits::ForRoom(now))
    }

    /// Ends a subscriber's stream by the events that the subscriber has not had and the last chunk. Returns false if
    /// the connection is no subscriber.
    pub fn conclude(&mut self, channel: &Channel, now: Tick) -> bool {
        let Some(mut cursor) = self.cursor().copied() else {
            return false;
        };
        let mut bytes = match std::mem::take(self) {
            Self::Writing(outgoing) => outgoing.into_rest(),
            _ => Vec::new(),
        };
        let all = channel.pump(&mut cursor, |slices| {
            let before = bytes.len();
            for slice in slices {
                let room = MAX_LAST_WORDS.saturating_sub(bytes.len());
                bytes.extend_from_slice(&slice[..slice.len().min(room)]);
            }
            bytes.len() - before
        });
        // The last chunk would call a stream whole that is not.
        if matches!(all, Ok(Pumped::All(_))) && cursor.framing() == Framing::Chunked {
            bytes.extend_from_slice(LAST_CHUNK);
        }
        let after = After::Close { ended: false };
        *self = Self::writing(bytes, Bytes::default(), after, now);
        true
    }

    /// Offers a subscriber the events that it has not had. The deadline moves only if the socket takes bytes or begins
    /// to refuse them.
    pub(super) fn pump(
        cursor: &mut Cursor,
        channel: &Channel,
        fresh: bool,
        now: Tick,
        write: impl FnMut(&[IoSlice<'_>]) -> usize,
    ) -> Next {
        let was_blocked = cursor.is_blocked();
        match channel.pump(cursor, write) {
            Err(Missed) => Next::Close(Some(Disconnected::Slow)),
            Ok(Pumped::All(moved)) if moved || fresh => Next::Wait(Waits::ForNews),
            Ok(Pumped::Some(moved)) if moved || !was_blocked => Next::Wait(Waits::ForRoom(now)),
            Ok(_) => Next::Wait(Waits::Unchanged),
        }
    }
}
