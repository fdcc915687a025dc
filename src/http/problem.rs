//! The form of every error answer: problem details in JSON (RFC 9457).

use super::{
    Response,
    response::{FieldLines, reason},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{borrow::Cow, fmt};

/// An error answer, sent as `application/problem+json`.
///
/// ```
/// use picture_frame::http::{Problem, Response};
///
/// let problem = Problem::new(429, "The quota is spent.").header("Retry-After", "60");
/// assert_eq!(problem.to_string(), "429 Too Many Requests: The quota is spent.");
/// assert_eq!(Response::from(problem).status, 429);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The status code, 4xx or 5xx.
    pub status: u16,
    /// The fault, in a sentence for the client.
    pub detail: Cow<'static, str>,
    fields: FieldLines,
}

impl Problem {
    /// A problem with a status and a sentence.
    pub fn new(status: u16, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            detail: detail.into(),
            fields: FieldLines::default(),
        }
    }

    /// Adds a header to the answer, such as `Retry-After` or `Allow`.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.fields.add(name, value.as_ref());
        self
    }

    /// The problem of a malformed request: 400.
    pub(super) fn malformed(detail: &'static str) -> Self {
        Self::new(400, detail)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}",
            self.status,
            reason(self.status),
            self.detail
        )
    }
}

impl std::error::Error for Problem {}

/// Writes the members in the order of RFC 9457.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(4))?;
        members.serialize_entry("type", "about:blank")?;
        members.serialize_entry("title", reason(self.status))?;
        members.serialize_entry("status", &self.status)?;
        members.serialize_entry("detail", &self.detail)?;
        members.end()
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let body = serde_json::to_vec(&problem).expect("strings and a number have a JSON form");
        Response::new(problem.status)
            .header("Content-Type", "application/problem+json")
            .extend(problem.fields)
            .body(body)
    }
}
