//! The head of a request: its line, and the fields that decide how it is framed and how the connection goes on.

use super::{
    Method, Problem,
    body::BodyReader,
    fields::{self, Lines},
    target::{Target, is_authority},
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
/// A query or a form is taken apart by a crate such as form_urlencoded, a JSON body by serde_json.
#[derive(Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// Percent-decoded once, without dot segments; begins with `/`. Segments may be empty. `*` for a target in
    /// asterisk form, empty for one in authority form.
    pub path: Cow<'a, str>,
    /// What follows the `?`, as sent: still percent-encoded, its escapes valid.
    pub query: Option<&'a str>,
    /// The minor version, 0 or 1: a higher one is spoken to as 1.
    pub minor: u8,
    /// Whether the client wants to go on after the answer.
    pub keep_alive: bool,
    /// The body without its framing, at most [`MAX_BODY`](super::MAX_BODY) bytes; empty if there is none.
    pub body: &'a [u8],
    authority: Option<&'a str>,
    head: &'a [u8],
    lines: &'a Lines,
}

impl<'a> Request<'a> {
    /// The value of the first field called `name`, in any case, without the white space around it. Bytes, since a
    /// client may send any (RFC 9110, section 5.5).
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers(name).next()
    }

    /// The values of all fields called `name`, in any case, in order.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.lines.values(self.head, name)
    }

    /// The query's names and values, decoded as a form's are: the first 64 of them, and no more are looked at.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        form_urlencoded::parse(self.query.unwrap_or_default().as_bytes()).take(MAX_PAIRS)
    }

    /// Host and port that the request is for: of the target, or else of `Host`. `None` on 1.0 only.
    pub fn host(&self) -> Option<&'a str> {
        self.authority.or_else(|| {
            let host = self.header("host")?;
            Some(str::from_utf8(host).expect("the host was checked and is ASCII"))
        })
    }
}

/// The pairs of a query that are decoded at most. A request line has room for thousands, and no client sends so many.
const MAX_PAIRS: usize = 64;

/// What is kept of a head besides its bytes.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) method: Method,
    pub(super) minor: u8,
    pub(super) keep_alive: bool,
    /// The client waits for "100 Continue".
    pub(super) expects: bool,
    /// The head's length, which is where the body begins.
    pub(super) length: usize,
    target: Range<usize>,
    /// The path, if it differs from the target's.
    decoded: Option<String>,
}

impl Head {
    /// Reads a head that ends with its empty line, and how its body is framed, if that can be read.
    pub(super) fn parse(bytes: &[u8], lines: &Lines) -> Result<(Self, BodyReader), Problem> {
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
        Ok((head, body.unwrap_or_else(BodyReader::Refused)))
    }

    /// The request with this head, whose bytes and lines these are.
    pub(super) fn request<'a>(
        &'a self,
        bytes: &'a [u8],
        lines: &'a Lines,
        body: &'a [u8],
    ) -> Request<'a> {
        let target = str::from_utf8(&bytes[self.target.clone()])
            .ok()
            .and_then(|text| Target::again(self.method, text, self.decoded.as_deref()))
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
        let decoded = match Target::parse(method, text)?.path {
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

/// Which version to speak: 1.2 and later are 1.1 to a server that does not know them (RFC 9110, section 2.5).
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

/// What the fields say about the message itself.
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
    /// There is an expectation that cannot be met.
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

    /// The body of a request that is well-formed, if its expectations can be met (RFC 9110, section 10.1.1).
    fn met(&self, body: BodyReader) -> Result<BodyReader, Problem> {
        if self.unmet {
            return Err(Problem::new(
                417,
                "The only expectation met here is 100-continue.",
            ));
        }
        Ok(body)
    }

    /// How long the body is (RFC 9112, section 6.3).
    fn framing(&self, minor: u8) -> Result<BodyReader, Problem> {
        match self.length {
            _ if !self.encoded => BodyReader::of_length(self.length),
            Some(_) => Err(Problem::malformed(
                "There are both Content-Length and Transfer-Encoding.",
            )),
            None if minor == 0 => Err(Problem::malformed("HTTP/1.0 knows no Transfer-Encoding.")),
            None if self.unknown_coding => Err(Problem::new(
                501,
                "The only transfer coding known here is chunked.",
            )),
            None if self.chunked => Ok(BodyReader::chunked()),
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
