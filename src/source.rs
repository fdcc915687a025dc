//! Sources of pictures: one blocking question, asked on a pool thread. A source knows neither HTTP requests nor the
//! server's sockets.

pub mod flickr;
pub(crate) mod gallery;

use std::{
    fmt,
    time::{Duration, Instant},
};

/// A source answers a keyword with pictures. It is called on a pool thread, so it may block.
///
/// The program chooses its source in `src/serve.rs`, by the option `--source`. The library has no call that runs the
/// frame with another source: to add one, add it there and to `src/config.rs`.
pub trait Source: Send + Sync {
    /// The pictures for `keyword`, in any order. An empty list means that the source has none.
    ///
    /// # Errors
    ///
    /// [`SourceError`], when the source could not be asked, or not be understood, before `deadline`.
    fn find(&self, keyword: &str, deadline: Instant) -> Result<Vec<Picture>, SourceError>;

    /// True if less than a third of the questions that an hour allows was left after the last question, but some.
    /// Clients that had an answer lately then let other clients go first. Called on the loop, so it must not block.
    fn is_scarce(&self) -> bool {
        false
    }

    /// The questions that were asked lately, for the process of a new version to count on. By default none.
    fn carry(&self, now: Instant) -> Vec<u8> {
        let _ = now;
        Vec::new()
    }

    /// Counts the questions that an earlier process asked.
    fn continue_from(&self, carried: &[u8], now: Instant) {
        let _ = (carried, now);
    }
}

/// A picture with its credit. Texts are plain text from strangers, of at most 300 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The URL from which the browser loads it: absolute, or a path on this server.
    pub url: String,
    /// The title that its maker gave it.
    pub title: Option<String>,
    /// The name of its maker.
    pub owner: Option<String>,
    /// The web page that shows it, for the credit.
    pub page: Option<String>,
    /// The name of its licence, as "CC BY 2.0".
    pub license: Option<String>,
    /// The URL of the licence's text.
    pub license_url: Option<String>,
}

/// Bound on a text from a source, in characters, so that an event stays small.
pub(crate) const MAX_TEXT: usize = 300;

/// The reasons why a source brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// The quota is spent for this long.
    Quota(Duration),
    /// The source cannot be reached, or answered with an error. The text is for the log.
    Refused(String),
    /// The answer is no list of pictures. The text is for the log.
    Unreadable(String),
    /// The answer did not come in time.
    Timeout,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quota(wait) => write!(f, "the quota is spent for another {} s", wait.as_secs()),
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
            Self::Timeout => f.write_str("no answer in time"),
        }
    }
}
