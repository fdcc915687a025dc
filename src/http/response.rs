//! Responses: a status, fields and a body in, bytes out.

use serde::Serialize;
use std::{borrow::Cow, io::Write, ops::Deref, sync::Arc};

/// An answer, whole or the head of a stream. [`Response::encode`] writes `Date`, the length and `Connection`.
///
/// ```
/// use picture_frame::http::{Response, Wire};
///
/// let response = Response::text(200, "hello\n").header("Cache-Control", "no-store");
/// let wire = Wire { minor: 1, head: false, keep_alive: true, date: "Sat, 21 Nov 2026 10:00:00 GMT" };
/// let (head, body) = response.encode(&wire);
/// assert_eq!(
///     String::from_utf8_lossy(&head),
///     "HTTP/1.1 200 OK\r\n\
///      Date: Sat, 21 Nov 2026 10:00:00 GMT\r\n\
///      Content-Length: 6\r\n\
///      Content-Type: text/plain; charset=utf-8\r\n\
///      Cache-Control: no-store\r\n\
///      \r\n"
/// );
/// assert_eq!(&*body, b"hello\n");
/// ```
///
/// In an action, `.into()` turns a response into a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    fields: FieldLines,
    content: Payload,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Payload {
    Whole(Bytes),
    Stream,
    /// No body, in an answer to `HEAD`: the body would have to be made for its length to be known.
    Unmade,
    /// No body but its length, in an answer to `HEAD`.
    Unread(usize),
}

/// The bytes of a response's body. Shared bytes cost each connection a pointer and an offset, and are never copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// Bytes of the binary.
    Static(&'static [u8]),
    /// Bytes of one response.
    Owned(Vec<u8>),
    /// Bytes that many responses send.
    Shared(Arc<[u8]>),
}

impl Bytes {
    /// Bytes on the heap that belong to this body alone: 0 for shared bytes.
    pub(crate) fn held(&self) -> usize {
        match self {
            Self::Static(_) | Self::Shared(_) => 0,
            Self::Owned(bytes) => bytes.capacity(),
        }
    }

    /// The bytes that other responses may send as well, if they are on the heap.
    pub(crate) fn shared(&self) -> Option<&Arc<[u8]>> {
        match self {
            Self::Shared(bytes) => Some(bytes),
            Self::Static(_) | Self::Owned(_) => None,
        }
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self::Static(b"")
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl From<&'static [u8]> for Bytes {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Static(bytes)
    }
}

impl<const N: usize> From<&'static [u8; N]> for Bytes {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self::Static(bytes)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Owned(bytes)
    }
}

impl From<Arc<[u8]>> for Bytes {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self::Shared(bytes)
    }
}

impl From<Cow<'static, [u8]>> for Bytes {
    fn from(bytes: Cow<'static, [u8]>) -> Self {
        match bytes {
            Cow::Borrowed(bytes) => Self::Static(bytes),
            Cow::Owned(bytes) => Self::Owned(bytes),
        }
    }
}

/// The properties of a connection on which the head of a response depends. [`super::Input::wire`] has them for its
/// request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire<'a> {
    /// The client's minor version, 0 or 1. The status line says 1.1 in either case (RFC 9110, section 2.5).
    pub minor: u8,
    /// True for an answer to `HEAD`: no body is written.
    pub head: bool,
    /// True if the connection stays open after this response.
    pub keep_alive: bool,
    /// The present time as an IMF-fixdate (RFC 9110, section 5.6.7).
    pub date: &'a str,
}

impl Response {
    /// An empty response with any status code: three digits, not 1xx. Headers and body are added by
    /// [`header`](Self::header) and [`body`](Self::body).
    pub fn new(status: u16) -> Self {
        Self {
            status,
            fields: FieldLines::default(),
            content: Payload::Whole(Bytes::default()),
        }
    }

    /// Plain text, UTF-8.
    pub fn text(status: u16, text: impl Into<Cow<'static, str>>) -> Self {
        let body = match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Self::new(status)
            .header("Content-Type", "text/plain; charset=utf-8")
            .body(body)
    }

    /// A page: 200, UTF-8. For a page made at run time, [`body`](Self::body) takes a `Vec<u8>`.
    pub fn html(page: &'static str) -> Self {
        Self::new(200)
            .header("Content-Type", "text/html; charset=utf-8")
            .body(page.as_bytes())
    }

    /// The head of a stream of Server-Sent Events (WHATWG HTML, section 9.2), with fields that keep proxies from
    /// holding it back. It is for streams that an action writes itself: the subscribers of a channel get this head
    /// without it.
    pub fn events() -> Self {
        Self::new(200)
            .header("Content-Type", "text/event-stream")
            .header("Cache-Control", "no-cache, no-store, no-transform")
            .header("X-Accel-Buffering", "no")
    }

    /// A value as JSON: anything that serde can serialize.
    ///
    /// ```
    /// let response = picture_frame::http::Response::json(200, &["a", "b"]);
    /// # assert_eq!(response.status, 200);
    /// ```
    ///
    /// # Panics
    ///
    /// If the value has no JSON form: a map with keys that are no strings, or a `Serialize` that fails.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("the value has a JSON form");
        Self::new(status)
            .header("Content-Type", "application/json")
            .body(body)
    }

    /// Adds a field; a field of the same name stays beside it. A control character in the value is written as a space,
    /// so that no text can end the line.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.fields.add(name, value.as_ref());
        self
    }

    /// Sets the body: a `Vec<u8>`, static bytes, or bytes in an `Arc`, which all responses that send them share. The
    /// body's type is a [`header`](Self::header), `Content-Type`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.content = Payload::Whole(body.into());
        self
    }

    /// Turns the response into the head of a stream: on 1.1 the caller goes on with [`chunk`] and
    /// [`super::LAST_CHUNK`], on 1.0 with plain bytes and a close.
    #[must_use]
    pub(crate) fn streaming(mut self) -> Self {
        self.content = Payload::Stream;
        self
    }

    /// Leaves the length out, in an answer to `HEAD` whose body is not made (RFC 9110, section 9.3.2).
    #[must_use]
    pub(crate) fn without_length(mut self) -> Self {
        self.content = Payload::Unmade;
        self
    }

    /// Sets the length of a body that is not read, in an answer to `HEAD`.
    #[must_use]
    pub(crate) fn with_length(mut self, length: usize) -> Self {
        self.content = Payload::Unread(length);
        self
    }

    /// True if a stream follows the head.
    pub(super) fn is_streaming(&self) -> bool {
        self.content == Payload::Stream
    }

    /// True if the connection can stay open after this response. A stream on 1.0 ends by the close.
    pub fn keep_alive(&self, wire: &Wire<'_>) -> bool {
        wire.keep_alive && !(self.is_streaming() && wire.minor == 0)
    }

    pub(super) fn extend(mut self, fields: FieldLines) -> Self {
        self.fields.0.extend_from_slice(&fields.0);
        self
    }

    /// The head as bytes, and the body that follows it. The body is empty for `HEAD`, for a stream, and for a status
    /// without a body.
    pub fn encode(self, wire: &Wire<'_>) -> (Vec<u8>, Bytes) {
        let mut head = Vec::with_capacity(OWN_FIELDS + self.fields.0.len());
        status_line(&mut head, self.status);
        field(&mut head, "Date", wire.date);
        self.framing(&mut head, wire);
        match (self.keep_alive(wire), wire.minor) {
            (false, _) => field(&mut head, "Connection", "close"),
            (true, 0) => field(&mut head, "Connection", "keep-alive"),
            (true, _) => {}
        }
        head.extend_from_slice(&self.fields.0);
        head.extend_from_slice(b"\r\n");
        let body = match self.content {
            Payload::Whole(body) if !wire.head && has_body(self.status) => body,
            _ => Bytes::default(),
        };
        (head, body)
    }

    fn framing(&self, out: &mut Vec<u8>, wire: &Wire<'_>) {
        match &self.content {
            _ if !has_body(self.status) => {}
            Payload::Stream if wire.minor == 0 => {}
            Payload::Stream => field(out, "Transfer-Encoding", "chunked"),
            Payload::Unmade if wire.head => {}
            Payload::Unread(length) if wire.head => content_length(out, *length),
            Payload::Unmade | Payload::Unread(_) => content_length(out, 0),
            Payload::Whole(body) => content_length(out, body.len()),
        }
    }
}

/// Appends `data` as one chunk (RFC 9112, section 7.1). Appends nothing for empty data, since an empty chunk ends a
/// body.
pub(crate) fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    write!(out, "{:x}\r\n", data.len()).expect("a Vec takes every byte");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// The reason phrase of a status code in the IANA registry.
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Unknown",
    }
}

/// The fields that the caller adds, as bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FieldLines(Vec<u8>);

/// The length of a line end, in bytes.
const LINE_END: usize = 2;
/// Initial capacity for the caller's fields, in bytes. Most answers fit, so that their fields are copied only into the
/// head.
const FIELDS: usize = 256;
/// Initial capacity for the status line and the fields that `encode` writes, in bytes.
const OWN_FIELDS: usize = 128;

impl Clone for FieldLines {
    /// Copies the fields, with capacity for further fields.
    fn clone(&self) -> Self {
        let mut fields = Vec::with_capacity(self.0.len() + FIELDS);
        fields.extend_from_slice(&self.0);
        Self(fields)
    }
}

impl FieldLines {
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if self.0.is_empty() {
            self.0.reserve(FIELDS);
        }
        let begin = self.0.len() + name.len();
        field(&mut self.0, name, value);
        let end = self.0.len() - LINE_END;
        for byte in &mut self.0[begin..end] {
            *byte = if byte.is_ascii_control() { b' ' } else { *byte };
        }
    }
}

/// True for a status with a body. 1xx, 204 and 304 end with their head and have no length (RFC 9110, section 6.4.1; RFC
/// 9112, section 6.3).
fn has_body(status: u16) -> bool {
    !matches!(status, 100..=199 | 204 | 304)
}

fn status_line(out: &mut Vec<u8>, status: u16) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(reason(status).as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    out.push(b' ');
    out.extend_from_slice(value.as_bytes());
    out.push(b'\r');
    out.push(b'\n');
}

fn content_length(out: &mut Vec<u8>, length: usize) {
    field(out, "Content-Length", itoa::Buffer::new().format(length));
}
