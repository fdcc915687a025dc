//! Responses and their bytes. Every error has one form, built here (RFC 9457).

use serde_json::json;
use std::borrow::Cow;

/// Ends a chunked stream (RFC 9112, section 7.1).
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// A response: a status, fields, and a body or the beginning of a stream.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    fields: Vec<(&'static str, Cow<'static, str>)>,
    body: Cow<'static, [u8]>,
    streams: bool,
}

/// How a response is to be put on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Wire<'a> {
    /// The minor version of the request.
    pub minor: u8,
    /// Whether the request was HEAD, and the answer goes without its body.
    pub head: bool,
    /// Whether another request may follow.
    pub keep_alive: bool,
    /// The time of day (RFC 9110, section 5.6.7).
    pub date: &'a str,
}

impl Response {
    /// A response without a body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            fields: Vec::new(),
            body: Cow::Borrowed(&[]),
            streams: false,
        }
    }

    /// A whole body of the given media type.
    #[must_use]
    pub fn with_body(
        status: u16,
        media: impl Into<Cow<'static, str>>,
        body: impl Into<Cow<'static, [u8]>>,
    ) -> Self {
        let mut response = Self::new(status).header("Content-Type", media);
        response.body = body.into();
        response
    }

    /// The beginning of a stream, which is not empty.
    #[must_use]
    pub fn streaming(media: &'static str, beginning: String) -> Self {
        let mut response = Self::with_body(200, media, beginning.into_bytes());
        response.streams = true;
        response
    }

    /// Adds a field. Its value must not come from outside unchecked: it holds no line end.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.set_header(name, value);
        self
    }

    /// Adds a field to a finished response.
    pub fn set_header(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        let value = value.into();
        debug_assert!(
            !value.contains(['\r', '\n']),
            "{name} must not hold a line end"
        );
        self.fields.push((name, value));
    }

    /// Whether another response can follow this one on the same connection, given the minor version of the request: on
    /// HTTP/1.0 a stream ends with the connection, and HEAD is told what GET would be.
    #[must_use]
    pub fn can_be_followed(&self, minor: u8) -> bool {
        !self.streams || minor > 0
    }

    /// Appends the response's bytes to `out`.
    pub fn encode(&self, out: &mut Vec<u8>, wire: &Wire<'_>) {
        let status = format!(
            "HTTP/1.1 {} {}\r\nDate: {}\r\n",
            self.status,
            reason(self.status),
            wire.date
        );
        out.extend_from_slice(status.as_bytes());
        for (name, value) in &self.fields {
            for part in [name, ": ", value, "\r\n"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        let close = !wire.keep_alive || !self.can_be_followed(wire.minor);
        out.extend_from_slice(match (close, wire.minor) {
            (true, _) => b"Connection: close\r\n",
            (false, 0) => b"Connection: keep-alive\r\n",
            (false, _) => b"",
        });
        self.encode_body(out, wire);
    }

    fn encode_body(&self, out: &mut Vec<u8>, wire: &Wire<'_>) {
        let chunked = self.streams && wire.minor > 0;
        if chunked {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        } else if !self.streams && self.may_have_body() {
            out.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        if wire.head {
            return;
        }
        if chunked {
            out.extend_from_slice(format!("{:x}\r\n", self.body.len()).as_bytes());
        }
        out.extend_from_slice(&self.body);
        if chunked {
            out.extend_from_slice(b"\r\n");
        }
    }

    /// RFC 9110, section 8.6: some answers have no length, not even zero.
    fn may_have_body(&self) -> bool {
        !matches!(self.status, 100..=199 | 204 | 304)
    }
}

/// A refusal, told as RFC 9457 has it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The status code.
    pub status: u16,
    detail: Cow<'static, str>,
    fields: Vec<(&'static str, Cow<'static, str>)>,
}

impl Problem {
    /// A refusal with a sentence, without a full stop, that says what is wrong.
    #[must_use]
    pub fn new(status: u16, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            detail: detail.into(),
            fields: Vec::new(),
        }
    }

    /// Adds a field, as [`Response::header`] does.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let body = json!({
            "type": "about:blank",
            "title": reason(problem.status),
            "status": problem.status,
            "detail": problem.detail,
        });
        let body = body.to_string().into_bytes();
        let mut response = Self::with_body(problem.status, "application/problem+json", body);
        response.fields.extend(problem.fields);
        response
    }
}

/// The phrase that goes with a status (RFC 9110, section 15).
#[must_use]
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}
