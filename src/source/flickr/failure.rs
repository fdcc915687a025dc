//! The failures of one question to Flickr, told apart by their consequences.

use crate::source::SourceError;
use std::time::Duration;

/// The reasons why a question brought no pictures.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum QuestionFailure {
    /// The key is not accepted, and stays so until the operator changes it.
    Key(String),
    /// There were too many questions: none may follow for this long.
    Busy(Duration),
    /// Flickr is not available: no question may follow for this long.
    Away(Duration),
    /// A second question may succeed.
    Transient(String),
    /// A second question would fail as well.
    Refused(String),
    /// The answer cannot be understood.
    Unreadable(String),
    /// The answer did not come in time.
    Timeout,
}

impl From<QuestionFailure> for SourceError {
    fn from(failure: QuestionFailure) -> Self {
        match failure {
            QuestionFailure::Key(why)
            | QuestionFailure::Transient(why)
            | QuestionFailure::Refused(why) => Self::Refused(why),
            QuestionFailure::Busy(wait) => Self::Quota(wait),
            QuestionFailure::Away(wait) => Self::Refused(away(wait)),
            QuestionFailure::Unreadable(why) => Self::Unreadable(why),
            QuestionFailure::Timeout => Self::Timeout,
        }
    }
}

/// The text for a source that is not available for `wait`.
pub(super) fn away(wait: Duration) -> String {
    format!(
        "HTTP 503, not available for another {} s",
        wait.as_secs_f32().ceil()
    )
}
