//! The input of a connection, cut into requests: bytes wait here until they make a whole request.

use super::{
    LAST_CHUNK, Method, Problem, Request, Wire,
    body::{BodyFraming, ReadBody},
    chunk,
    fields::{LINE_END, Lines, is_token_char},
    request::RequestHead,
};

/// Bound on empty lines before a request: some clients end a body with an empty line too many (RFC 9112, section 2.2).
const MAX_EMPTY_LINES: u8 = 8;

/// Reads the requests of one connection, in order.
///
/// [`push`](Self::push) the bytes that arrived, then [`step`](Self::step). Once a request is ready, answer the
/// [`request`](Self::request), go to the [`next`](Self::next) and step again. The input holds at most one request
/// within its limits, and the bytes that were pushed behind it: stop pushing while [`len`](Self::len) is more than
/// that.
///
/// ```
/// use picture_frame::http::{Input, Step};
///
/// let mut input = Input::new();
/// input.push(b"GET /one HTTP/1.1\r\nHo"); // a partial read
/// assert_eq!(input.step(), Step::More);
///
/// input.push(b"st: h\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\n\r\n"); // the rest, and a pipelined request
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
    /// Index of the current request's first byte in `bytes`.
    start: usize,
    lines: Lines,
    stage: InputStage,
}

#[derive(Debug)]
enum InputStage {
    /// Before the end of the head, with this many empty lines skipped.
    Head(u8),
    /// Behind the head. The content is there once the body is whole.
    Body(RequestHead, BodyFraming, Option<ReadBody>),
    /// Behind a refusal, with the head if that is well-formed; else true if the method seems to be `HEAD`.
    Refused(Result<RequestHead, bool>),
}

/// The result of a step.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The bytes end within a request.
    More,
    /// The client holds its body back until it is sent [`super::CONTINUE`]. Comes once per request; then step again.
    Continue,
    /// A whole request is ready.
    Ready,
    /// The request is malformed: answer with the problem and close. No further byte is read.
    Bad(Problem),
}

impl Default for Input {
    fn default() -> Self {
        Self::new()
    }
}

impl Input {
    /// Creates an empty input.
    pub fn new() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            lines: Lines::of_head(),
            stage: InputStage::Head(0),
        }
    }

    /// Adds bytes that arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if matches!(self.stage, InputStage::Refused(_)) {
            return;
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// True if no byte is held, not even the beginning of a request.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if no byte of a request is held, except perhaps the first half of an empty line.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.stage, InputStage::Head(_))
            && matches!(self.bytes[self.start..], [] | [b'\r'])
    }

    /// The number of bytes held: the current request and all bytes behind it.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// True if bytes were pipelined behind the current request.
    pub(crate) fn has_more(&self) -> bool {
        match &self.stage {
            InputStage::Body(head, _, Some(content)) => self.len() > head.length + content.used,
            _ => false,
        }
    }

    /// Bytes on the heap that the input holds.
    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity()
    }

    /// Reads on as far as the bytes go. A second call without new bytes is harmless.
    pub fn step(&mut self) -> Step {
        self.advance().unwrap_or_else(|problem| {
            self.refuse();
            Step::Bad(problem)
        })
    }

    /// Drops all bytes except a well-formed head.
    fn refuse(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, InputStage::Head(0)) {
            InputStage::Body(head, ..) => {
                self.bytes.truncate(self.start + head.length);
                InputStage::Refused(Ok(head))
            }
            _ => {
                let is_head = self.is_head();
                self.bytes = Vec::new();
                self.start = 0;
                InputStage::Refused(Err(is_head))
            }
        };
    }

    fn advance(&mut self) -> Result<Step, Problem> {
        if let Some((head, body)) = self.head()? {
            self.stage = InputStage::Body(head, body, None);
        }
        let InputStage::Body(head, body, content) = &mut self.stage else {
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

    fn head(&mut self) -> Result<Option<(RequestHead, BodyFraming)>, Problem> {
        if !self.has_begun()? {
            return Ok(None);
        }
        let bytes = &self.bytes[self.start..];
        let Some(end) = self.lines.find(bytes)? else {
            return Ok(None);
        };
        RequestHead::parse(&bytes[..end], &self.lines).map(Some)
    }

    /// Skips empty lines, and refuses bytes that cannot begin a request, such as the handshake of TLS, whose first line
    /// may never end.
    fn has_begun(&mut self) -> Result<bool, Problem> {
        let InputStage::Head(skipped) = &mut self.stage else {
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
        let InputStage::Body(head, _, Some(content)) = &self.stage else {
            panic!("a request is asked for only when it is ready");
        };
        let (bytes, rest) = self.bytes[self.start..].split_at(head.length);
        head.request(bytes, &self.lines, &rest[..content.length])
    }

    /// The current request without its body, if its head is well-formed. It serves the answer to a request that is not
    /// whole.
    pub fn beginning(&self) -> Option<Request<'_>> {
        match &self.stage {
            InputStage::Body(head, ..) | InputStage::Refused(Ok(head)) => {
                let bytes = &self.bytes[self.start..][..head.length];
                Some(head.request(bytes, &self.lines, &[]))
            }
            InputStage::Head(_) | InputStage::Refused(Err(_)) => None,
        }
    }

    /// The framing of the answer to the current request. If the request is not whole, or was refused, the answer ends
    /// the connection.
    pub fn wire<'a>(&self, date: &'a str) -> Wire<'a> {
        match &self.stage {
            InputStage::Body(head, _, Some(_)) => Wire {
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

    /// The current request and the bytes behind it, in a form that another input reads as the same requests. A request
    /// that waits long for its answer is kept in this form.
    ///
    /// # Panics
    ///
    /// Unless the last [`step`](Self::step) was [`Step::Ready`].
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        let body = self.request().body.to_vec();
        let InputStage::Body(head, framing, Some(content)) = self.stage else {
            return self.bytes;
        };
        if let BodyFraming::Chunked(_) = framing {
            let begin = self.start + head.length;
            let mut encoded = Vec::new();
            chunk(&mut encoded, &body);
            encoded.extend_from_slice(LAST_CHUNK);
            self.bytes.splice(begin..begin + content.used, encoded);
        }
        self.bytes.drain(..self.start);
        self.bytes
    }

    /// The bytes held, in a form that another input reads as the same requests, and true if the client was told to go on
    /// with a body. `None` while a request is ready or refused.
    pub(crate) fn carry(&self) -> Option<(Vec<u8>, bool)> {
        let bytes = &self.bytes[self.start..];
        match &self.stage {
            InputStage::Head(_) => Some((bytes.to_vec(), false)),
            InputStage::Body(head, body, None) => {
                let (head_bytes, rest) = bytes.split_at(head.length);
                let bytes = [head_bytes, &*body.encoded_again(rest)].concat();
                Some((bytes, !head.expects))
            }
            InputStage::Body(..) | InputStage::Refused(_) => None,
        }
    }

    /// The input that holds the bytes of another input. If the client was told to go on, it is not told again.
    pub(crate) fn carried(bytes: &[u8], is_continued: bool) -> Self {
        let mut input = Self::new();
        input.push(bytes);
        if is_continued {
            let step = input.step();
            debug_assert!(!matches!(step, Step::Bad(_)), "the head was read before");
        }
        input
    }

    fn is_head(&self) -> bool {
        match self.stage {
            InputStage::Refused(Err(is_head)) => is_head,
            _ => self.bytes[self.start..].starts_with(b"HEAD "),
        }
    }

    /// Drops the current request, and keeps the bytes behind it. Does nothing if no request is ready.
    pub fn next(&mut self) {
        let InputStage::Body(head, _, Some(content)) = &self.stage else {
            return;
        };
        self.start += head.length + content.used;
        self.lines = Lines::of_head();
        self.stage = InputStage::Head(0);
        if self.is_empty() {
            self.bytes.clear();
            self.start = 0;
        }
    }
}
