//! How one question to Flickr can fail, told apart by what has to follow.

use crate::source::SourceError;
use std::time::Duration;

/// Why a question brought no pictures.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The key is not accepted: nothing will be until someone changes it.
    Key(String),
    /// Too many questions; the next one only after this long.
    Busy(Duration),
    /// Not available; the next question only after this long.
    Away(Duration),
    /// It may well go better a second time.
    Transient(String),
    /// It would end the same way again.
    Refused(String),
    /// The answer makes no sense.
    Unreadable(String),
    /// The time is over.
    Timeout,
}

impl From<Failure> for SourceError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Key(why) | Failure::Transient(why) | Failure::Refused(why) => {
                Self::Refused(why)
            }
            Failure::Busy(wait) => Self::Quota(wait),
            Failure::Away(wait) => Self::Refused(away(wait)),
            Failure::Unreadable(why) => Self::Unreadable(why),
            Failure::Timeout => Self::Timeout,
        }
    }
}

/// The text about a source that is not available for so long.
pub(super) fn away(wait: Duration) -> String {
    format!(
        "HTTP 503, not available for another {} s",
        wait.as_secs_f32().ceil()
    )
}
