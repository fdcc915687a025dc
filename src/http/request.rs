//! A request's head, over httparse (RFC 9112, sections 2 to 6).

use super::{
    MAX_BODY, MAX_FIELDS, Problem, refuse,
    target::{Target, is_authority},
};
use std::borrow::Cow;

/// A request method, as far as it matters here (RFC 9110, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// HEAD
    Head,
    /// POST
    Post,
    /// OPTIONS
    Options,
    /// CONNECT, whose target has no path.
    Connect,
    /// Registered with IANA, and served nowhere here.
    Other,
    /// A method that nobody knows.
    Unknown,
}

/// The rest of IANA's registry of methods.
const REGISTERED: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "DELETE",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PATCH",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

impl Method {
    /// Methods are told apart by case (RFC 9110, section 9.1).
    fn parse(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "OPTIONS" => Self::Options,
            "CONNECT" => Self::Connect,
            _ if REGISTERED.contains(&name) => Self::Other,
            _ => Self::Unknown,
        }
    }
}

/// A request, borrowed from the bytes it came in.
#[derive(Debug)]
pub struct Request<'a> {
    /// What is to be done.
    pub method: Method,
    /// To what: decoded once, dot segments resolved. It begins with a slash, but for `OPTIONS *` and CONNECT.
    pub path: Cow<'a, str>,
    /// What follows the question mark, as it came.
    pub query: Option<&'a str>,
    /// The minor version that the client speaks, 0 or 1.
    pub minor: u8,
    /// Whether the connection is to stay open (RFC 9112, section 9.3).
    pub keep_alive: bool,
    /// The whole body, decoded.
    pub body: &'a [u8],
    pub(super) authority: Option<&'a str>,
    pub(super) fields: Fields<'a>,
}

/// Where the body ends (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
}

/// A head that was read: the request without its body, and how that will come.
pub(super) struct Head<'a> {
    pub(super) request: Request<'a>,
    pub(super) framing: Framing,
    /// The client waits to be told to send the body (RFC 9110, section 10.1.1).
    pub(super) expects: bool,
}

#[derive(Debug)]
pub(super) struct Fields<'a> {
    held: [httparse::Header<'a>; MAX_FIELDS],
    count: usize,
}

impl<'a> Fields<'a> {
    fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |field: &&httparse::Header<'a>| field.name.eq_ignore_ascii_case(name);
        self.held[..self.count]
            .iter()
            .filter(named)
            .map(|field| field.value)
    }

    /// The elements of a list field, all its lines joined (RFC 9110, section 5.6.1).
    fn list(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let elements = self.all(name).flat_map(|line| line.split(|b| *b == b','));
        elements
            .map(<[u8]>::trim_ascii)
            .filter(|element| !element.is_empty())
    }
}

impl<'a> Request<'a> {
    /// The value of the field `name`, the first if it came several times.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.all(name).next()
    }

    /// The values of the field `name`, line by line.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.all(name)
    }

    /// The host, and the port if one is named, that the request is for.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        self.authority
            .or_else(|| std::str::from_utf8(self.header("host")?).ok())
    }

    /// Whether the answer is to go without its body.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.method == Method::Head
    }

    /// Reads a whole head, from its first byte to the empty line that ends it, but for how the body will come.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Problem> {
        check_version(bytes)?;
        let mut fields = Fields {
            held: [httparse::EMPTY_HEADER; MAX_FIELDS],
            count: 0,
        };
        let mut head = httparse::Request::new(&mut fields.held);
        head.parse(bytes).map_err(explain)?;
        let (Some(method), Some(target), Some(minor)) = (head.method, head.path, head.version)
        else {
            return refuse(400, "the request is not whole");
        };
        fields.count = head.headers.len();
        let method = Method::parse(method);
        let target = Target::parse(target, method)?;
        check_host(&fields, minor)?;
        let keep_alive = keep_alive(&fields, minor);
        Ok(Self {
            method,
            path: target.path,
            query: target.query,
            minor,
            keep_alive,
            body: &[],
            authority: target.authority,
            fields,
        })
    }
}

impl<'a> Head<'a> {
    /// Reads a whole head.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Problem> {
        let request = Request::parse(bytes)?;
        Ok(Self {
            framing: framing(&request.fields, request.minor)?,
            expects: expects(&request.fields, request.minor)?,
            request,
        })
    }
}

/// httparse knows 1.0 and 1.1 only, and says of all else that it is wrong, not why.
fn check_version(bytes: &[u8]) -> Result<(), Problem> {
    let line = bytes.split(|b| *b == b'\r').next().unwrap_or_default();
    let version = line.rsplit(|b| *b == b' ').next().unwrap_or_default();
    match version {
        b"HTTP/1.1" | b"HTTP/1.0" => Ok(()),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            refuse(505, "this server speaks HTTP/1.1 and HTTP/1.0")
        }
        _ => refuse(
            400,
            "a request line is a method, a target and HTTP/1.1 or HTTP/1.0, with one space between",
        ),
    }
}

fn explain(error: httparse::Error) -> Problem {
    use httparse::Error;
    match error {
        Error::TooManyHeaders => Problem::new(431, "a request has at most 64 header fields"),
        Error::HeaderName => Problem::new(
            400,
            "a field name is a token, followed by a colon without a space",
        ),
        Error::HeaderValue => Problem::new(400, "a field value holds a control character"),
        Error::Token | Error::Version => Problem::new(400, "the request line is not valid"),
        Error::NewLine | Error::Status => Problem::new(400, "a line end is not valid"),
    }
}

/// RFC 9112, section 3.2: a request says, once, which host it is for. In 1.0 it need not.
fn check_host(fields: &Fields<'_>, minor: u8) -> Result<(), Problem> {
    let mut hosts = fields.all("host");
    match (hosts.next(), hosts.next()) {
        (None, _) if minor == 0 => Ok(()),
        (None, _) => refuse(400, "an HTTP/1.1 request names its Host"),
        (Some(_), Some(_)) => refuse(400, "a request names its Host once"),
        (Some(host), None) if std::str::from_utf8(host).is_ok_and(is_authority) => Ok(()),
        (Some(_), None) => refuse(400, "the Host is not valid"),
    }
}

/// RFC 9112, section 6: whatever could be read in two ways is refused.
fn framing(fields: &Fields<'_>, minor: u8) -> Result<Framing, Problem> {
    let mut lengths = fields.all("content-length");
    let coded = fields.all("transfer-encoding").next().is_some();
    match (lengths.next(), lengths.next()) {
        (None, _) if coded => coding(fields, minor),
        (None, _) => Ok(Framing::Length(0)),
        (Some(_), _) if coded => refuse(
            400,
            "a request has a Content-Length or a Transfer-Encoding, not both",
        ),
        (Some(_), Some(_)) => refuse(400, "a request has one Content-Length"),
        (Some(length), None) => self::length(length),
    }
}

fn length(digits: &[u8]) -> Result<Framing, Problem> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return refuse(400, "a Content-Length is a decimal number");
    }
    // A number that does not fit is larger than any limit.
    let length = std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse().ok());
    match length {
        Some(length) if length <= MAX_BODY => Ok(Framing::Length(length)),
        _ => refuse(413, "a request's body is at most 8 KiB"),
    }
}

fn coding(fields: &Fields<'_>, minor: u8) -> Result<Framing, Problem> {
    if minor == 0 {
        return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
    }
    let is_chunked = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let count = fields.list("transfer-encoding").count();
    let chunked = fields.list("transfer-encoding").filter(is_chunked).count();
    match (count, chunked) {
        (1, 1) => Ok(Framing::Chunked),
        (0, _) => refuse(400, "a Transfer-Encoding names a coding"),
        _ if count == chunked => refuse(400, "chunked is applied once"),
        _ => refuse(501, "the only transfer coding here is chunked"),
    }
}

/// RFC 9110, section 10.1.1. Of a 1.0 client the field is ignored.
fn expects(fields: &Fields<'_>, minor: u8) -> Result<bool, Problem> {
    let mut expectations = fields.list("expect");
    let expects = expectations.any(|e| e.eq_ignore_ascii_case(b"100-continue"));
    let other = fields
        .list("expect")
        .any(|e| !e.eq_ignore_ascii_case(b"100-continue"));
    if other && minor > 0 {
        return refuse(417, "the only expectation met here is 100-continue");
    }
    Ok(expects && minor > 0)
}

fn keep_alive(fields: &Fields<'_>, minor: u8) -> bool {
    let says = |option: &[u8]| {
        fields
            .list("connection")
            .any(|o| o.eq_ignore_ascii_case(option))
    };
    !says(b"close") && (minor > 0 || says(b"keep-alive"))
}
