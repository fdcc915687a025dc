//! The head of a request: its line, and the fields that frame the body and decide whether the connection stays open.

use super::{
    Method, Problem,
    body::BodyFraming,
    fields::{self, Lines},
    target::{RequestTarget, is_authority},
};
use std::{borrow::Cow, ops::Range};

/// A whole request, borrowed from the [`super::Input`] that read it. An action keeps what it needs later by `to_owned`.
///
/// ```
/// use picture_frame::http::{Input, Method, Step};
///
/// let mut input = Input::new();
/// input.push(b"POST /caf%C3%A9?sugar=2 HTTP/1.1\r\nHost: example.org\r\nContent-Length: 5\r\n\r\nhello");
/// assert_eq!(input.step(), Step::Ready);
///
/// let request = input.request();
/// assert_eq!((request.method, &*request.path), (Method::Post, "/caf\u{e9}"));
/// assert_eq!(request.query, Some("sugar=2"));
/// assert_eq!(request.header("HOST"), Some(&b"example.org"[..]));
/// assert_eq!(request.body, b"hello");
/// ```
///
/// A crate such as form_urlencoded reads a query or a form, and serde_json a JSON body.
#[derive(Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The path, percent-decoded once, without dot segments. It begins with `/`, and its segments may be empty. `*` for
    /// a target in asterisk form, empty for a target in authority form.
    pub path: Cow<'a, str>,
    /// The query behind the `?`, as sent: still percent-encoded, its escapes valid.
    pub query: Option<&'a str>,
    /// The minor version, 0 or 1. A higher version counts as 1.
    pub minor: u8,
    /// True if the client keeps the connection open after the answer.
    pub keep_alive: bool,
    /// The body without its framing, at most [`MAX_BODY`](super::MAX_BODY) bytes; empty if there is none.
    pub body: &'a [u8],
    authority: Option<&'a str>,
    head: &'a [u8],
    lines: &'a Lines,
}

impl<'a> Request<'a> {
    /// The value of the first field called `name` in any case, without the white space around it. A value is bytes,
    /// since a client may send any (RFC 9110, section 5.5).
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers(name).next()
    }

    /// The values of all fields called `name` in any case, in order.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.lines.values(self.head, name)
    }

    /// The names and values of the query, decoded as a form's are: the first 64 pairs; the rest is not looked at.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        form_urlencoded::parse(self.query.unwrap_or_default().as_bytes()).take(MAX_PAIRS)
    }

    /// Host and port that the request is for, from the target or else from `Host`. None on 1.0 only.
    pub fn host(&self) -> Option<&'a str> {
        self.authority.or_else(|| {
            let host = self.header("host")?;
            Some(str::from_utf8(host).expect("the host was checked and is ASCII"))
        })
    }
}

/// Bound on the decoded pairs of a query. A request line has room for thousands, but no client sends so many.
const MAX_PAIRS: usize = 64;

/// The parsed parts of a head. Its bytes stay in the input.
#[derive(Clone, Debug)]
pub(super) struct RequestHead {
    pub(super) method: Method,
    pub(super) minor: u8,
    pub(super) keep_alive: bool,
    /// True if the client waits for "100 Continue".
    pub(super) expects: bool,
    /// The head's length in bytes: the body begins there.
    pub(super) length: usize,
    target: Range<usize>,
    /// The path, if it differs from the target's.
    decoded: Option<String>,
}

impl RequestHead {
    /// Parses a head, which ends with its empty line. Returns the framing of its body as well.
    pub(super) fn parse(bytes: &[u8], lines: &Lines) -> Result<(Self, BodyFraming), Problem> {
        let line = RequestLine::parse(&bytes[lines.line(0)])?;
        let mut said = Said::default();
        lines.check(bytes, |name, value| said.field(name, value))?;
        said.check_host(line.minor)?;
        let body = said.framing(line.minor);
        let body = body.and_then(|body| said.met(body));
        let head = Self {
            method: line.method,
            minor: line.minor,
            keep_alive: said.keep_alive(line.minor),
            expects: said.expects && line.minor > 0,
            length: bytes.len(),
            target: line.target,
            decoded: line.decoded,
        };
        Ok((head, body.unwrap_or_else(BodyFraming::Refused)))
    }

    /// The request of this head, with the head's bytes and lines.
    pub(super) fn request<'a>(
        &'a self,
        bytes: &'a [u8],
        lines: &'a Lines,
        body: &'a [u8],
    ) -> Request<'a> {
        let target = str::from_utf8(&bytes[self.target.clone()])
            .ok()
            .and_then(|text| RequestTarget::again(self.method, text, self.decoded.as_deref()))
            .expect("the target was parsed with the head");
        Request {
            method: self.method,
            path: target.path,
            query: target.query,
            minor: self.minor,
            keep_alive: self.keep_alive,
            body,
            authority: target.authority,
            head: bytes,
            lines,
        }
    }
}

/// The first line of a request (RFC 9112, section 3).
struct RequestLine {
    method: Method,
    target: Range<usize>,
    decoded: Option<String>,
    minor: u8,
}

impl RequestLine {
    fn parse(line: &[u8]) -> Result<Self, Problem> {
        let mut parts = line.split(|&byte| byte == b' ');
        let (Some(name), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Problem::malformed(
                "The request line is not a method, a target and a version with one space between them.",
            ));
        };
        let minor = minor(version)?;
        let method = Method::read(name)?;
        let Ok(text) = str::from_utf8(target) else {
            return Err(Problem::malformed("The request target is not ASCII."));
        };
        let decoded = match RequestTarget::parse(method, text)?.path {
            Cow::Owned(path) => Some(path),
            Cow::Borrowed(_) => None,
        };
        let start = name.len() + 1;
        Ok(Self {
            method,
            target: start..start + target.len(),
            decoded,
            minor,
        })
    }
}

/// The minor version to speak: a server that knows no later version treats 1.2 as 1.1 (RFC 9110, section 2.5).
fn minor(version: &[u8]) -> Result<u8, Problem> {
    match version {
        b"HTTP/1.1" => Ok(1),
        b"HTTP/1.0" => Ok(0),
        [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            major @ b'0'..=b'9',
            b'.',
            b'0'..=b'9',
        ] => match major {
            b'1' => Ok(1),
            _ => Err(Problem::new(
                505,
                "This server speaks HTTP/1.1 and HTTP/1.0.",
            )),
        },
        _ => Err(Problem::malformed(
            "The request line ends with no HTTP version.",
        )),
    }
}

/// The fields that concern the message itself.
#[derive(Default)]
struct Said<'a> {
    host: Option<&'a [u8]>,
    length: Option<&'a [u8]>,
    encoded: bool,
    chunked: bool,
    unknown_coding: bool,
    close: bool,
    keep: bool,
    expects: bool,
    /// True if the client expects something that cannot be met.
    unmet: bool,
}

impl<'a> Said<'a> {
    fn field(&mut self, name: &str, value: &'a [u8]) -> Result<(), Problem> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("host") {
            once(&mut self.host, value, "There is more than one Host.")
        } else if is("content-length") {
            once(
                &mut self.length,
                value,
                "There is more than one Content-Length.",
            )
        } else if is("transfer-encoding") {
            self.coding(value)
        } else if is("expect") {
            self.expect(value);
            Ok(())
        } else {
            if is("connection") {
                self.connection(value);
            }
            Ok(())
        }
    }

    fn coding(&mut self, value: &[u8]) -> Result<(), Problem> {
        self.encoded = true;
        for coding in fields::list(value) {
            if self.chunked {
                return Err(Problem::malformed("A transfer coding follows chunked."));
            }
            self.chunked = coding.eq_ignore_ascii_case(b"chunked");
            self.unknown_coding |= !self.chunked;
        }
        Ok(())
    }

    fn expect(&mut self, value: &[u8]) {
        for expectation in fields::list(value) {
            let is_known = expectation.eq_ignore_ascii_case(b"100-continue");
            self.expects |= is_known;
            self.unmet |= !is_known;
        }
    }

    fn connection(&mut self, value: &[u8]) {
        for option in fields::list(value) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    fn keep_alive(&self, minor: u8) -> bool {
        !self.close && (minor > 0 || self.keep)
    }

    fn check_host(&self, minor: u8) -> Result<(), Problem> {
        match self.host.map(str::from_utf8) {
            None if minor == 0 => Ok(()),
            None => Err(Problem::malformed("There is no Host.")),
            Some(Ok(host)) if is_authority(host) => Ok(()),
            Some(_) => Err(Problem::malformed(
                "Host is not a host with or without a port.",
            )),
        }
    }

    /// The framing of a well-formed request, unless it has an expectation that cannot be met (RFC 9110, section
    /// 10.1.1).
    fn met(&self, body: BodyFraming) -> Result<BodyFraming, Problem> {
        if self.unmet {
            return Err(Problem::new(
                417,
                "The only expectation met here is 100-continue.",
            ));
        }
        Ok(body)
    }

    /// The framing by the fields (RFC 9112, section 6.3).
    fn framing(&self, minor: u8) -> Result<BodyFraming, Problem> {
        match self.length {
            _ if !self.encoded => BodyFraming::of_length(self.length),
            Some(_) => Err(Problem::malformed(
                "There are both Content-Length and Transfer-Encoding.",
            )),
            None if minor == 0 => Err(Problem::malformed("HTTP/1.0 knows no Transfer-Encoding.")),
            None if self.unknown_coding => Err(Problem::new(
                501,
                "The only transfer coding known here is chunked.",
            )),
            None if self.chunked => Ok(BodyFraming::chunked()),
            None => Err(Problem::malformed("Transfer-Encoding is empty.")),
        }
    }
}

fn once<'a>(
    place: &mut Option<&'a [u8]>,
    value: &'a [u8],
    repeated: &'static str,
) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Problem::malformed(repeated)),
    }
}
