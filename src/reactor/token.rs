//! Tokens: the names of connections, of which each names one connection for ever.

use std::{fmt, num::NonZeroU32};

/// The name of a connection. The generation tells the connection from earlier connections in the same slot, so that a late
/// event, deadline or result of a job never reaches another connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    pub(super) index: u32,
    pub(super) generation: NonZeroU32,
}

/// Shows the connection's number. The first connection of all has the number 1.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.generation.fmt(f)
    }
}

/// The bits of a poller's token for the slot. The other bits hold the generation: all of it where a word has 64 bits, and
/// its lowest 12 bits where a word has 32.
const INDEX_BITS: u32 = if usize::BITS < 64 { 20 } else { 32 };
/// The most listeners of a loop.
const LISTENERS: usize = 64;
/// The slots that a poller's token can name. The tokens of the mailbox, the signals and the listeners are the highest.
pub(super) const SLOTS: usize = (1 << INDEX_BITS) - 2 - LISTENERS;

/// The poller's token of the mailbox.
pub(super) const MAILBOX: mio::Token = mio::Token(usize::MAX);
/// The poller's token of the signals.
pub(super) const SIGNALS: mio::Token = mio::Token(usize::MAX - 1);
/// The poller's token of the first listener. The tokens of the other listeners lie below it.
const LISTENER: usize = usize::MAX - 2;

/// The poller's token of the listener of this number. None if there are too many listeners.
pub(super) fn listener_token(number: usize) -> Option<mio::Token> {
    (number < LISTENERS).then(|| mio::Token(LISTENER - number))
}

/// The number of the listener that a poller's token names.
pub(super) fn listener_number(token: mio::Token) -> Option<usize> {
    LISTENER
        .checked_sub(token.0)
        .filter(|number| *number < LISTENERS)
}

impl From<Token> for mio::Token {
    fn from(at: Token) -> Self {
        Self((at.generation.get() as usize) << INDEX_BITS | at.index as usize)
    }
}

impl Token {
    /// The connection's number.
    pub(crate) fn number(self) -> NonZeroU32 {
        self.generation
    }

    /// A token for tests of maps whose keys are tokens.
    #[cfg(test)]
    pub(crate) fn numbered(number: u32) -> Self {
        Self {
            index: number,
            generation: NonZeroU32::new(number).expect("numbers begin with one"),
        }
    }

    /// The slot that a poller's token names.
    pub(super) fn slot_of(token: mio::Token) -> usize {
        token.0 & ((1 << INDEX_BITS) - 1)
    }
}
