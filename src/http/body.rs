//! A chunked body (RFC 9112, section 7.1), decoded in place: the data moves down over the framing that was read.

use super::{MAX_BODY, MAX_FIELDS, MAX_HEADERS, Problem, refuse};

/// The longest line that gives a chunk's size, extensions included.
const MAX_SIZE_LINE: usize = 256;

/// How far a chunked body was read, in the buffer that also holds the head before it.
#[derive(Debug)]
pub(super) struct Chunked {
    /// Where the decoded data begins.
    start: usize,
    /// Where the decoded data ends, and the next is moved to.
    end: usize,
    /// Where reading goes on.
    at: usize,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Size,
    Data(usize),
    DataEnd,
    /// Trailer lines, and how many bytes of them were read: they are checked and dropped.
    Trailers {
        bytes: usize,
        lines: usize,
    },
}

impl Chunked {
    pub(super) fn new(at: usize) -> Self {
        Self {
            start: at,
            end: at,
            at,
            stage: Stage::Size,
        }
    }

    /// The decoded data: where it begins and ends.
    pub(super) fn data(&self) -> (usize, usize) {
        (self.start, self.end)
    }

    /// Reads on in `buffer`. `Some` with where the next request begins, when the body is whole.
    pub(super) fn step(&mut self, buffer: &mut Vec<u8>) -> Result<Option<usize>, Problem> {
        loop {
            match self.stage {
                Stage::Data(left) => {
                    let here = left.min(buffer.len() - self.at);
                    buffer.copy_within(self.at..self.at + here, self.end);
                    self.end += here;
                    self.at += here;
                    self.stage = if here == left {
                        Stage::DataEnd
                    } else {
                        Stage::Data(left - here)
                    };
                    if here < left {
                        return Ok(self.compact(buffer));
                    }
                }
                Stage::Size => {
                    let Some(line) = self.line(buffer, MAX_SIZE_LINE)? else {
                        return Ok(self.compact(buffer));
                    };
                    let size = size(line)?;
                    if self.end - self.start + size > MAX_BODY {
                        return refuse(413, "a request's body is at most 8 KiB");
                    }
                    self.stage = match size {
                        0 => Stage::Trailers { bytes: 0, lines: 0 },
                        size => Stage::Data(size),
                    };
                }
                Stage::DataEnd => match self.line(buffer, 0)? {
                    None => return Ok(self.compact(buffer)),
                    Some(_) => self.stage = Stage::Size,
                },
                Stage::Trailers { bytes, lines } => {
                    let Some(line) = self.line(buffer, MAX_HEADERS)? else {
                        return Ok(self.compact(buffer));
                    };
                    if line.is_empty() {
                        return Ok(Some(self.at));
                    }
                    let (bytes, lines) = (bytes + line.len(), lines + 1);
                    check_trailer(line)?;
                    if bytes > MAX_HEADERS || lines > MAX_FIELDS {
                        return refuse(431, "the trailers are too large");
                    }
                    self.stage = Stage::Trailers { bytes, lines };
                }
            }
        }
    }

    /// The next line without its end, if it is here, and moves behind it.
    fn line<'b>(&mut self, buffer: &'b [u8], most: usize) -> Result<Option<&'b [u8]>, Problem> {
        let rest = &buffer[self.at..];
        let window = &rest[..rest.len().min(most + 2)];
        let Some(end) = window.iter().position(|b| *b == b'\n') else {
            return match (rest.len() > most + 1, most) {
                (false, _) => Ok(None),
                (true, MAX_HEADERS) => refuse(431, "the trailers are too large"),
                (true, _) => refuse(400, "a chunk is not framed as it should be"),
            };
        };
        let Some(line) = window[..end]
            .strip_suffix(b"\r")
            .filter(|line| !line.contains(&b'\r'))
        else {
            return refuse(400, "a line in a chunked body ends with CR LF");
        };
        self.at += end + 1;
        Ok(Some(line))
    }

    /// Drops the framing that was read, so that a body of many small chunks holds no more than its data.
    fn compact(&mut self, buffer: &mut Vec<u8>) -> Option<usize> {
        buffer.drain(self.end..self.at);
        self.at = self.end;
        None
    }
}

/// Hexadecimal digits; extensions are allowed and ignored (RFC 9112, section 7.1.1).
fn size(line: &[u8]) -> Result<usize, Problem> {
    let digits = line.split(|b| *b == b';').next().unwrap_or_default();
    let digits = if digits.len() < line.len() {
        digits.trim_ascii_end()
    } else {
        digits
    };
    let extensions = &line[digits.len()..];
    let hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    if !hex
        || extensions
            .iter()
            .any(|b| b.is_ascii_control() && *b != b'\t')
    {
        return refuse(400, "a chunk's size is a hexadecimal number");
    }
    let size = std::str::from_utf8(digits)
        .ok()
        .and_then(|d| usize::from_str_radix(d, 16).ok());
    match size {
        Some(size) if size <= MAX_BODY => Ok(size),
        Some(_) => refuse(413, "a request's body is at most 8 KiB"),
        None => refuse(400, "a chunk's size does not fit"),
    }
}

fn check_trailer(line: &[u8]) -> Result<(), Problem> {
    let mut whole = line.to_vec();
    whole.extend_from_slice(b"\r\n\r\n");
    match httparse::parse_headers(&whole, &mut [httparse::EMPTY_HEADER; 1]) {
        Ok(httparse::Status::Complete(_)) => Ok(()),
        _ => refuse(400, "a trailer is not a valid field"),
    }
}
