//! The requests of one connection, one after the other, from its bytes however they are cut.

use super::{
    MAX_HEADERS, MAX_REQUEST_LINE, Problem, Request,
    body::Chunked,
    refuse,
    request::{Framing, Head},
};

/// The interim answer to a client that waits to be told to send its body.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Empty lines that may precede a request (RFC 9112, section 2.2, asks to ignore at least one).
const MAX_EMPTY_LINES: usize = 4;

/// Reads requests. To be asked by [`Input::step`] after each [`Input::push`].
#[derive(Debug, Default)]
pub struct Input {
    bytes: Vec<u8>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Looking for the empty line that ends the head. Where the next look begins, so that a head that comes byte by
    /// byte costs no more than one that comes whole; where the line begins that it is in; and how many were empty.
    Head {
        looked: usize,
        line: usize,
        lines: usize,
    },
    Length {
        head: usize,
        whole: usize,
    },
    Chunked {
        head: usize,
        body: Chunked,
    },
    /// A request is whole: its head, its body, and where the next one begins.
    Ready {
        head: usize,
        body: (usize, usize),
        next: usize,
    },
    /// What came is no request, and where another would begin cannot be known. Its head is kept, if there was one.
    Refused {
        head: usize,
    },
}

impl Stage {
    /// How long the head is, 0 before it has come.
    fn head(&self) -> usize {
        match self {
            Self::Head { .. } => 0,
            Self::Length { head, .. }
            | Self::Chunked { head, .. }
            | Self::Ready { head, .. }
            | Self::Refused { head } => *head,
        }
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::Head {
            looked: 0,
            line: 0,
            lines: 0,
        }
    }
}

/// What has come so far amounts to.
#[derive(Debug)]
pub enum Step {
    /// Not enough: that is no error.
    More,
    /// A head whose client waits for [`CONTINUE`] before it sends the body. Said once.
    Continue,
    /// A request, for [`Input::request`] to read.
    Ready,
    /// No request. The connection is to be closed after this answer; nothing more is read.
    Bad(Problem),
}

impl Input {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they come.
    pub fn push(&mut self, bytes: &[u8]) {
        if !matches!(self.stage, Stage::Refused { .. }) {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// How many bytes are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing of a next request has come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Reads on as far as the bytes go.
    pub fn step(&mut self) -> Step {
        self.advance().unwrap_or_else(|problem| {
            let head = self.stage.head();
            self.bytes.truncate(head);
            self.stage = Stage::Refused { head };
            Step::Bad(problem)
        })
    }

    fn advance(&mut self) -> Result<Step, Problem> {
        if let Stage::Head { .. } = self.stage {
            let Some(end) = self.find_head()? else {
                return Ok(Step::More);
            };
            if self.begin_body(end)? {
                return Ok(Step::Continue);
            }
        }
        self.stage = match &mut self.stage {
            Stage::Length { head, whole } if self.bytes.len() >= *whole => Stage::Ready {
                head: *head,
                body: (*head, *whole),
                next: *whole,
            },
            Stage::Chunked { head, body } => match body.step(&mut self.bytes)? {
                Some(next) => Stage::Ready {
                    head: *head,
                    body: body.data(),
                    next,
                },
                None => return Ok(Step::More),
            },
            Stage::Ready { .. } => return Ok(Step::Ready),
            _ => return Ok(Step::More),
        };
        Ok(Step::Ready)
    }

    /// Looks for the end of the head, line by line, from where the last look ended.
    fn find_head(&mut self) -> Result<Option<usize>, Problem> {
        let Stage::Head {
            mut looked,
            mut line,
            mut lines,
        } = self.stage
        else {
            return Ok(None);
        };
        while let Some(at) = self.bytes[looked..].iter().position(|b| *b == b'\n') {
            let end = looked + at;
            if end == line || self.bytes[end - 1] != b'\r' {
                return refuse(400, "a line of a request's head ends with CR LF");
            }
            let empty = end == line + 1;
            (looked, line) = (end + 1, end + 1);
            if empty && line > 2 * (lines + 1) {
                check_limits(&self.bytes[2 * lines..line], true)?;
                self.bytes.drain(..2 * lines);
                return Ok(Some(line - 2 * lines));
            }
            lines += usize::from(empty);
            if lines > MAX_EMPTY_LINES {
                return refuse(400, "a request begins with a request line");
            }
        }
        check_limits(&self.bytes[2 * lines..], false)?;
        self.stage = Stage::Head {
            looked: self.bytes.len(),
            line,
            lines,
        };
        Ok(None)
    }

    /// Reads the head that ends at `end`. Whether the client is to be told to go on.
    fn begin_body(&mut self, end: usize) -> Result<bool, Problem> {
        self.stage = Stage::Refused { head: end };
        let head = Head::parse(&self.bytes[..end])?;
        let (stage, whole) = match head.framing {
            Framing::Length(length) => {
                let whole = end + length;
                (
                    Stage::Length { head: end, whole },
                    self.bytes.len() >= whole,
                )
            }
            Framing::Chunked => {
                let empty = self.bytes.len() == end;
                (
                    Stage::Chunked {
                        head: end,
                        body: Chunked::new(end),
                    },
                    !empty,
                )
            }
        };
        let waits = head.expects && !whole;
        self.stage = stage;
        Ok(waits)
    }

    /// The request that is whole.
    ///
    /// # Panics
    ///
    /// Unless the last [`Input::step`] was [`Step::Ready`].
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        let Stage::Ready {
            head,
            body: (start, end),
            ..
        } = self.stage
        else {
            panic!("asked for a request that is not whole");
        };
        let head = Head::parse(&self.bytes[..head]).expect("the head was read before");
        Request {
            body: &self.bytes[start..end],
            ..head.request
        }
    }

    /// The request whose head has come, without its body: for the answer to one that does not come whole. Nothing if
    /// there is no head, or none that can be read.
    #[must_use]
    pub fn head(&self) -> Option<Request<'_>> {
        match self.stage.head() {
            0 => None,
            end => Request::parse(&self.bytes[..end]).ok(),
        }
    }

    /// Forgets the request that was answered; what was sent behind it is the next one's beginning.
    pub fn next(&mut self) {
        if let Stage::Ready { next, .. } = self.stage {
            self.bytes.drain(..next);
            self.stage = Stage::default();
        }
    }
}

/// Checks a head, or the part of it that has come, against the limits.
fn check_limits(head: &[u8], whole: bool) -> Result<(), Problem> {
    let line = head
        .iter()
        .take(MAX_REQUEST_LINE + 1)
        .position(|b| *b == b'\r');
    let Some(line) = line else {
        return match head.len() > MAX_REQUEST_LINE {
            true => refuse(414, "a request line is at most 8 KiB"),
            false => Ok(()),
        };
    };
    let end = if whole { 2 } else { 0 };
    if head.len().saturating_sub(line + 2 + end) > MAX_HEADERS {
        return refuse(431, "a request's header fields are at most 16 KiB in all");
    }
    Ok(())
}
