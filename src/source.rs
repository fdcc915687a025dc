//! Where pictures come from: one blocking question, asked on a pool thread. Knows nothing of HTTP or sockets.

pub mod flickr;
pub(crate) mod gallery;

use std::{
    fmt,
    time::{Duration, Instant},
};

/// Answers a keyword with pictures. Called on a pool thread, so it may block.
pub trait Source: Send + Sync {
    /// The pictures for `keyword`, in no particular order; none is an answer too.
    ///
    /// # Errors
    ///
    /// When the source could not be asked, or not understood, before `deadline`.
    fn find(&self, keyword: &str, deadline: Instant) -> Result<Vec<Picture>, SourceError>;

    /// Whether some of the questions that an hour allows, but less than a third, were left after the last one: then
    /// clients that have had an answer lately are to let others go first. Called on the loop, so it must not block.
    fn is_scarce(&self) -> bool {
        false
    }
}

/// A picture and what is known of it. Texts are plain text from strangers, cut after 300 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Where the browser loads it from: absolute, or a path on this server.
    pub url: String,
    /// What its maker calls it.
    pub title: Option<String>,
    /// Who made it.
    pub owner: Option<String>,
    /// The web page it is shown on, for the credit.
    pub page: Option<String>,
    /// The name of its licence, as "CC BY 2.0".
    pub license: Option<String>,
    /// The licence's text.
    pub license_url: Option<String>,
}

/// Texts from a source are cut after so many characters, so that one event stays small.
pub(crate) const MAX_TEXT: usize = 300;

/// Why a source brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// The quota is spent; ask again after this long.
    Quota(Duration),
    /// It cannot be reached, or answered with an error.
    Refused(String),
    /// It answered with something that is no list of pictures.
    Unreadable(String),
    /// It did not answer in time.
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
