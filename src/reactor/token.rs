//! How a connection is named, so that what is said of it late is not taken to be of another.

use std::{fmt, num::NonZeroU32};

/// Names a connection. The generation tells it from an earlier one in the same slot, so that what comes late (an
/// event, a deadline, a job's result) never meets a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    pub(super) index: u32,
    pub(super) generation: NonZeroU32,
}

/// By its number: the first connection of all is 1.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.generation.fmt(f)
    }
}

impl From<Token> for mio::Token {
    fn from(at: Token) -> Self {
        Self((at.generation.get() as usize) << 32 | at.index as usize)
    }
}

impl Token {
    /// A token for tests of what is kept by token.
    #[cfg(test)]
    pub(crate) fn numbered(number: u32) -> Self {
        Self {
            index: number,
            generation: NonZeroU32::new(number).expect("numbers begin with one"),
        }
    }

    pub(super) fn from_mio(token: mio::Token) -> Option<Self> {
        let generation = NonZeroU32::new((token.0 >> 32) as u32)?;
        Some(Self {
            index: token.0 as u32,
            generation,
        })
    }
}
