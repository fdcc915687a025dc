//! The body of a request: told by its length, or chunked and decoded in place (RFC 9112, sections 6 and 7).

use super::{
    MAX_BODY, Problem,
    fields::{self, LINE_END, Lines},
};

/// The longest chunk-size line, extensions included, in bytes without its line end: a size takes 4 digits here, and
/// nobody is known to send extensions.
const MAX_SIZE_LINE: usize = 256;

/// How a body is framed, and how far it has been read.
#[derive(Debug)]
pub(super) enum Body {
    /// Cannot be read, and why: said when it is, since by then the head is known.
    Refused(Problem),
    Length(usize),
    Chunked(Box<Chunked>),
}

/// A body that is all there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    /// Its length, decoded.
    pub(super) length: usize,
    /// The bytes it takes in the input, framing included.
    pub(super) used: usize,
}

impl Body {
    /// A body with this `Content-Length`, none if there is no such field.
    pub(super) fn of_length(value: Option<&[u8]>) -> Result<Self, Problem> {
        let Some(digits) = value else {
            return Ok(Self::Length(0));
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Problem::malformed("Content-Length is not all digits."));
        }
        digits
            .iter()
            .try_fold(0, |length, digit| {
                up_to_max(length * 10 + usize::from(digit - b'0'))
            })
            .map(Self::Length)
    }

    pub(super) fn chunked() -> Self {
        Self::Chunked(Box::new(Chunked {
            next: Next::Size,
            read: 0,
            length: 0,
        }))
    }

    /// Reads on in the body that begins at `from`; `None` if there is more to come. What was decoded then follows
    /// `from` directly, and what has not been read follows that.
    pub(super) fn read(
        &mut self,
        bytes: &mut Vec<u8>,
        from: usize,
    ) -> Result<Option<Content>, Problem> {
        match self {
            Self::Refused(problem) => Err(problem.clone()),
            Self::Length(length) => {
                let content = Content {
                    length: *length,
                    used: *length,
                };
                Ok((bytes.len() - from >= *length).then_some(content))
            }
            Self::Chunked(chunked) => chunked.read(bytes, from),
        }
    }
}

fn up_to_max(length: usize) -> Result<usize, Problem> {
    if length > MAX_BODY {
        return Err(Problem::new(413, "The body is longer than 8 KiB."));
    }
    Ok(length)
}

/// Decodes chunks where they are: data moves down over the framing before it.
#[derive(Debug)]
pub(super) struct Chunked {
    next: Next,
    /// Bytes of the input that are done with, counted from the body's beginning.
    read: usize,
    /// Bytes decoded.
    length: usize,
}

#[derive(Debug)]
enum Next {
    Size,
    /// So many bytes of data, and then the line end that closes the chunk.
    Data(usize),
    Trailers(Lines),
}

impl Chunked {
    fn read(&mut self, bytes: &mut Vec<u8>, from: usize) -> Result<Option<Content>, Problem> {
        while self.advance(bytes, from)? {}
        let rest = from + self.read;
        if let Next::Trailers(lines) = &mut self.next
            && let Some(end) = lines.find(&bytes[rest..])?
        {
            fields::check(&bytes[rest..rest + end], |_, _| Ok(()))?;
            return Ok(Some(Content {
                length: self.length,
                used: self.read + end,
            }));
        }
        bytes.drain(from + self.length..rest);
        self.read = self.length;
        Ok(None)
    }

    /// Reads a size line, some data or the end of a chunk; false if there is not enough of it, or the chunks are over.
    fn advance(&mut self, bytes: &mut [u8], from: usize) -> Result<bool, Problem> {
        let at = from + self.read;
        let rest = &bytes[at..];
        match &mut self.next {
            Next::Size => {
                let Some(line) = size_line(rest)? else {
                    return Ok(false);
                };
                let size = up_to_max(size(line)?)?;
                up_to_max(self.length + size)?;
                self.read += line.len() + LINE_END.len();
                self.next = match size {
                    0 => Next::Trailers(Lines::of_trailers()),
                    _ => Next::Data(size),
                };
            }
            Next::Data(0) => {
                let Some(end) = rest.get(..LINE_END.len()) else {
                    return Ok(false);
                };
                if end != LINE_END {
                    return Err(Problem::malformed("A chunk is longer than its size."));
                }
                self.read += LINE_END.len();
                self.next = Next::Size;
            }
            Next::Data(left) => {
                let taken = rest.len().min(*left);
                bytes.copy_within(at..at + taken, from + self.length);
                *left -= taken;
                self.read += taken;
                self.length += taken;
                return Ok(taken > 0);
            }
            Next::Trailers(_) => return Ok(false),
        }
        Ok(true)
    }
}

/// The line that `rest` begins with, without its line end, once it is there.
fn size_line(rest: &[u8]) -> Result<Option<&[u8]>, Problem> {
    let longest = MAX_SIZE_LINE + LINE_END.len();
    let start = &rest[..rest.len().min(longest)];
    match start.iter().position(|&byte| byte == b'\n') {
        Some(end) => start[..end]
            .strip_suffix(b"\r")
            .map(Some)
            .ok_or_else(|| Problem::malformed("A chunk-size line ends with a bare LF.")),
        None if start.len() == longest => Err(Problem::malformed("A chunk-size line is too long.")),
        None => Ok(None),
    }
}

/// The size that a line tells. Extensions are skipped; they mean nothing here (RFC 9112, section 7.1.1).
fn size(line: &[u8]) -> Result<usize, Problem> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit());
    let (digits, extensions) = line.split_at(end.unwrap_or(line.len()));
    if !(extensions.is_empty() || extensions[0] == b';') || extensions.iter().any(is_control) {
        return Err(Problem::malformed(
            "A chunk size is not hexadecimal digits.",
        ));
    }
    str::from_utf8(digits)
        .ok()
        .and_then(|digits| usize::from_str_radix(digits, 16).ok())
        .ok_or_else(|| Problem::malformed("A chunk size is no number, or too large for one."))
}

fn is_control(byte: &u8) -> bool {
    byte.is_ascii_control() && *byte != b'\t'
}
