//! What a connection sent, cut into requests: the bytes wait here until they make a whole one.

use super::{
    LAST_CHUNK, Method, Problem, Request, Wire,
    body::{BodyReader, Extent},
    chunk,
    fields::{LINE_END, Lines, is_token_char},
    request::Head,
};

/// Empty lines that are forgiven before a request: some clients end a body with one too many (RFC 9112, section 2.2).
const MAX_EMPTY_LINES: u8 = 8;

/// Reads the requests of one connection, one after the other.
///
/// [`push`](Self::push) what arrives, then [`step`](Self::step); once it is ready, answer the
/// [`request`](Self::request), go to the [`next`](Self::next) and step again. At most the limits of one request are
/// held besides what was pushed behind it: stop pushing while [`len`](Self::len) is more than that.
///
/// ```
/// use picture_frame::http::{Input, Step};
///
/// let mut input = Input::new();
/// input.push(b"GET /one HTTP/1.1\r\nHo"); // a partial read
/// assert_eq!(input.step(), Step::More);
///
/// input.push(b"st: h\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\n\r\n"); // the rest, and a pipelined one
/// assert_eq!(input.step(), Step::Ready);
/// assert_eq!(input.request().path, "/one");
///
/// input.next();
/// assert_eq!(input.step(), Step::Ready);
/// assert_eq!(input.request().path, "/two");
///
/// input.next();
/// input.push(b"GET /three HTTP/1.1\r\n\r\n"); // no Host
/// assert!(matches!(input.step(), Step::Bad(problem) if problem.status == 400));
/// ```
#[derive(Debug)]
pub struct Input {
    bytes: Vec<u8>,
    /// Where the current request begins in `bytes`.
    start: usize,
    lines: Lines,
    stage: Progress,
}

#[derive(Debug)]
enum Progress {
    /// Before the empty line, with so many empty lines skipped.
    Head(u8),
    /// After it; the content is there once the body is whole.
    Body(Head, BodyReader, Option<Extent>),
    /// Malformed: the head, if that was not, and is held; else whether it seemed to be a `HEAD`.
    Refused(Result<Head, bool>),
}

/// How far the bytes went.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Not to the end of a request.
    More,
    /// To a body that the client holds back until it is sent [`super::CONTINUE`]. Comes once; then step again.
    Continue,
    /// To a whole request.
    Ready,
    /// To something malformed: answer with the problem and close. Nothing more is read.
    Bad(Problem),
}

impl Default for Input {
    fn default() -> Self {
        Self::new()
    }
}

impl Input {
    /// An input that nothing has arrived at.
    pub fn new() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            lines: Lines::of_head(),
            stage: Progress::Head(0),
        }
    }

    /// Adds what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if matches!(self.stage, Progress::Refused(_)) {
            return;
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether nothing is held, not even the beginning of a request.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nothing of a request is held, but perhaps the first half of an empty line.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.stage, Progress::Head(_)) && matches!(self.bytes[self.start..], [] | [b'\r'])
    }

    /// How many bytes are held: the current request and what was pipelined behind it.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// True if something was pipelined behind the current request.
    pub(crate) fn has_more(&self) -> bool {
        match &self.stage {
            Progress::Body(head, _, Some(content)) => self.len() > head.length + content.used,
            _ => false,
        }
    }

    /// The bytes on the heap that are held for the connection's requests.
    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity()
    }

    /// Moves on as far as the bytes go. Asking again without new bytes is harmless.
    pub fn step(&mut self) -> Step {
        self.advance().unwrap_or_else(|problem| {
            self.refuse();
            Step::Bad(problem)
        })
    }

    /// Lets go of everything but a head that can be read.
    fn refuse(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Progress::Head(0)) {
            Progress::Body(head, ..) => {
                self.bytes.truncate(self.start + head.length);
                Progress::Refused(Ok(head))
            }
            _ => {
                let is_head = self.is_head();
                self.bytes = Vec::new();
                self.start = 0;
                Progress::Refused(Err(is_head))
            }
        };
    }

    fn advance(&mut self) -> Result<Step, Problem> {
        if let Some((head, body)) = self.head()? {
            self.stage = Progress::Body(head, body, None);
        }
        let Progress::Body(head, body, content) = &mut self.stage else {
            return Ok(Step::More);
        };
        if content.is_none() {
            *content = body.read(&mut self.bytes, self.start + head.length)?;
        }
        Ok(match content {
            Some(_) => Step::Ready,
            None if std::mem::take(&mut head.expects) => Step::Continue,
            None => Step::More,
        })
    }

    fn head(&mut self) -> Result<Option<(Head, BodyReader)>, Problem> {
        if !self.has_begun()? {
            return Ok(None);
        }
        let bytes = &self.bytes[self.start..];
        let Some(end) = self.lines.find(bytes)? else {
            return Ok(None);
        };
        Head::parse(&bytes[..end], &self.lines).map(Some)
    }

    /// Skips empty lines, and refuses what cannot begin a request, such as the handshake of TLS: its line may never
    /// end.
    fn has_begun(&mut self) -> Result<bool, Problem> {
        let Progress::Head(skipped) = &mut self.stage else {
            return Ok(false);
        };
        while self.bytes[self.start..].starts_with(LINE_END) {
            *skipped += 1;
            if *skipped > MAX_EMPTY_LINES {
                return Err(Problem::malformed(
                    "There are too many empty lines before a request.",
                ));
            }
            self.start += LINE_END.len();
        }
        match &self.bytes[self.start..] {
            [] | [b'\r'] => Ok(false),
            [first, ..] if is_token_char(*first) => Ok(true),
            [..] => Err(Problem::malformed("This is no HTTP request.")),
        }
    }

    /// The current request.
    ///
    /// # Panics
    ///
    /// Unless the last [`step`](Self::step) was [`Step::Ready`].
    pub fn request(&self) -> Request<'_> {
        let Progress::Body(head, _, Some(content)) = &self.stage else {
            panic!("a request is asked for only when it is ready");
        };
        let (bytes, rest) = self.bytes[self.start..].split_at(head.length);
        head.request(bytes, &self.lines, &rest[..content.length])
    }

    /// The current request without its body, if its head can be read: for the answer to one that does not come whole.
    pub fn beginning(&self) -> Option<Request<'_>> {
        match &self.stage {
            Progress::Body(head, ..) | Progress::Refused(Ok(head)) => {
                let bytes = &self.bytes[self.start..][..head.length];
                Some(head.request(bytes, &self.lines, &[]))
            }
            Progress::Head(_) | Progress::Refused(Err(_)) => None,
        }
    }

    /// What the answer to the current request depends on; if that is not whole or was refused, of an answer that ends
    /// the connection.
    pub fn wire<'a>(&self, date: &'a str) -> Wire<'a> {
        match &self.stage {
            Progress::Body(head, _, Some(_)) => Wire {
                minor: head.minor,
                head: head.method == Method::Head,
                keep_alive: head.keep_alive,
                date,
            },
            _ => Wire {
                minor: 1,
                head: self.is_head(),
                keep_alive: false,
                date,
            },
        }
    }

    /// The current request, and what was pipelined behind it, as bytes that another input reads the same from: all that
    /// has to be kept of one that is long in being answered.
    ///
    /// # Panics
    ///
    /// Unless the last [`step`](Self::step) was [`Step::Ready`].
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        let body = self.request().body.to_vec();
        let Progress::Body(head, framing, Some(content)) = self.stage else {
            return self.bytes;
        };
        if let BodyReader::Chunked(_) = framing {
            let begin = self.start + head.length;
            let mut encoded = Vec::new();
            chunk(&mut encoded, &body);
            encoded.extend_from_slice(LAST_CHUNK);
            self.bytes.splice(begin..begin + content.used, encoded);
        }
        self.bytes.drain(..self.start);
        self.bytes
    }

    fn is_head(&self) -> bool {
        match self.stage {
            Progress::Refused(Err(is_head)) => is_head,
            _ => self.bytes[self.start..].starts_with(b"HEAD "),
        }
    }

    /// Forgets the request that was ready and keeps what was pipelined behind it. Without one it does nothing.
    pub fn next(&mut self) {
        let Progress::Body(head, _, Some(content)) = &self.stage else {
            return;
        };
        self.start += head.length + content.used;
        self.lines = Lines::of_head();
        self.stage = Progress::Head(0);
        if self.is_empty() {
            self.bytes.clear();
            self.start = 0;
        }
    }
}
