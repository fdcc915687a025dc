//! A connection that subscribes to a channel: from its stream's head, by events and heartbeats, to the last chunk.

use super::{Connection, Disconnected, Incoming, Next, Then, Waits};
use crate::{
    channel::{Channel, Cursor, Frame, Framing, Missed, Pumped},
    http::{Bytes, LAST_CHUNK},
    timer_wheel::Tick,
};
use std::io::IoSlice;

/// What is held of a stream that ends while its subscriber is behind: it comes back for the rest.
pub(super) const MAX_LAST_WORDS: usize = 32 * 1024;

impl Connection {
    /// Its place in the channel, if it is a subscriber or about to be one.
    pub fn cursor(&self) -> Option<&Cursor> {
        match self {
            Self::Subscribed(cursor) => Some(cursor),
            Self::Writing(output) => match &output.then {
                Then::Subscribe(cursor) => Some(cursor),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it is, or is about to be, a subscriber.
    pub fn is_subscriber(&self) -> bool {
        self.cursor().is_some()
    }

    /// The number of the channel that it reads, by a stream or a poll.
    pub fn channel(&self) -> Option<u16> {
        match self {
            Self::Polling(poll) => Some(poll.cursor.channel()),
            _ => self.cursor().map(Cursor::channel),
        }
    }

    /// Answers with a stream: its beginning, and where in the channel it goes on. Whether there is a subscriber now:
    /// one that half-closed before has left already, and will not say so again.
    pub fn subscribe(
        &mut self,
        incoming: &Incoming,
        bytes: Vec<u8>,
        cursor: Cursor,
        now: Tick,
    ) -> bool {
        let then = match incoming.ended {
            true => Then::Close { ended: true },
            false => Then::Subscribe(cursor),
        };
        *self = Self::writing(bytes, Bytes::default(), then, now);
        !incoming.ended
    }

    /// Sends a heartbeat. What the socket does not take of it goes before the next event.
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
        let then = Then::Subscribe(cursor);
        *self = Self::writing(rest.to_vec(), Bytes::default(), then, now);
        Next::Wait(Waits::ForRoom(now))
    }

    /// Ends a subscriber's stream: what it has not had, then the last chunk. Whether it was one.
    pub fn conclude(&mut self, channel: &Channel, now: Tick) -> bool {
        let Some(mut cursor) = self.cursor().copied() else {
            return false;
        };
        let mut bytes = match std::mem::take(self) {
            Self::Writing(output) => output.into_rest(),
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
        // A stream that is not whole is not told that it ended well.
        if matches!(all, Ok(Pumped::All(_))) && cursor.framing() == Framing::Chunked {
            bytes.extend_from_slice(LAST_CHUNK);
        }
        let then = Then::Close { ended: false };
        *self = Self::writing(bytes, Bytes::default(), then, now);
        true
    }
}

/// Hands a subscriber what it has not had. Its deadline moves only if it took something, or began to refuse.
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
