//! The body of a request: told by its length, or chunked and decoded in place (RFC 9112, sections 6 and 7).

use super::{
    MAX_BODY, MAX_CHUNK_EXTRAS, Problem,
    fields::{LINE_END, Lines, TOO_MANY_EXTRAS},
};

/// The digits of a chunk size that count as no extra: those of the largest number. A size may have leading zeros.
const SIZE_DIGITS: usize = 16;

/// How a body is framed, and how far it has been read.
#[derive(Debug)]
pub(super) enum BodyReader {
    /// Cannot be read, and why: said when it is, since by then the head is known.
    Refused(Problem),
    Length(usize),
    Chunked(Box<Chunked>),
}

/// A body that is all there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Its length, decoded.
    pub(super) length: usize,
    /// The bytes it takes in the input, framing included.
    pub(super) used: usize,
}

impl BodyReader {
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
            next: ChunkPart::Size { looked: 0 },
            read: 0,
            length: 0,
            room: MAX_CHUNK_EXTRAS,
        }))
    }

    /// Reads on in the body that begins at `from`; `None` if there is more to come. What was decoded then follows
    /// `from` directly, and what has not been read follows that.
    pub(super) fn read(
        &mut self,
        bytes: &mut Vec<u8>,
        from: usize,
    ) -> Result<Option<Extent>, Problem> {
        match self {
            Self::Refused(problem) => Err(problem.clone()),
            Self::Length(length) => {
                let content = Extent {
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
    next: ChunkPart,
    /// Bytes of the input that are done with, counted from the body's beginning.
    read: usize,
    /// Bytes decoded.
    length: usize,
    /// Bytes left for extensions and trailers.
    room: usize,
}

#[derive(Debug)]
enum ChunkPart {
    /// A size line, whose end is not among so many bytes: each byte is looked at once, however the line is cut.
    Size {
        looked: usize,
    },
    /// So many bytes of data, and then the line end that closes the chunk.
    Data(usize),
    Trailers(Lines),
}

impl Chunked {
    fn read(&mut self, bytes: &mut Vec<u8>, from: usize) -> Result<Option<Extent>, Problem> {
        while self.advance(bytes, from)? {}
        let rest = from + self.read;
        if let ChunkPart::Trailers(lines) = &mut self.next
            && let Some(end) = lines.find(&bytes[rest..])?
        {
            lines.check(&bytes[rest..rest + end], |_, _| Ok(()))?;
            return Ok(Some(Extent {
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
            ChunkPart::Size { looked } => {
                let Some(line) = size_line(rest, looked, self.room)? else {
                    return Ok(false);
                };
                let (size, extras) = size(line)?;
                up_to_max(self.length + up_to_max(size)?)?;
                self.room = self
                    .room
                    .checked_sub(extras)
                    .ok_or(Problem::malformed(TOO_MANY_EXTRAS))?;
                self.read += line.len() + LINE_END.len();
                self.next = match size {
                    0 => ChunkPart::Trailers(Lines::of_trailers(self.room)),
                    _ => ChunkPart::Data(size),
                };
            }
            ChunkPart::Data(0) => {
                let Some(end) = rest.get(..LINE_END.len()) else {
                    return Ok(false);
                };
                if end != LINE_END {
                    return Err(Problem::malformed("A chunk is longer than its size."));
                }
                self.read += LINE_END.len();
                self.next = ChunkPart::Size { looked: 0 };
            }
            ChunkPart::Data(left) => {
                let taken = rest.len().min(*left);
                bytes.copy_within(at..at + taken, from + self.length);
                *left -= taken;
                self.read += taken;
                self.length += taken;
                return Ok(taken > 0);
            }
            ChunkPart::Trailers(_) => return Ok(false),
        }
        Ok(true)
    }
}

/// The line that `rest` begins with, without its line end, once it is there. Its end is not among the first `looked`
/// bytes, and it may have `room` bytes of extensions.
fn size_line<'a>(
    rest: &'a [u8],
    looked: &mut usize,
    room: usize,
) -> Result<Option<&'a [u8]>, Problem> {
    if let Some(found) = rest[*looked..].iter().position(|&byte| byte == b'\n') {
        return rest[..*looked + found]
            .strip_suffix(b"\r")
            .map(Some)
            .ok_or_else(|| Problem::malformed("A chunk-size line ends with a bare LF."));
    }
    *looked = rest.len();
    if rest.len() >= SIZE_DIGITS + room + LINE_END.len() {
        return Err(Problem::malformed(TOO_MANY_EXTRAS));
    }
    Ok(None)
}

/// The size that a line tells, and how many bytes of the line are extras. Extensions are skipped, since they mean
/// nothing here; there may be white space before each semicolon (RFC 9112, section 7.1.1).
fn size(line: &[u8]) -> Result<(usize, usize), Problem> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit());
    let (digits, extensions) = line.split_at(end.unwrap_or(line.len()));
    let starts_well = extensions.is_empty() || extensions.trim_ascii_start().starts_with(b";");
    if !starts_well || extensions.iter().any(is_control) {
        return Err(Problem::malformed(
            "A chunk size is not hexadecimal digits.",
        ));
    }
    let size = str::from_utf8(digits)
        .ok()
        .and_then(|digits| usize::from_str_radix(digits, 16).ok())
        .ok_or_else(|| Problem::malformed("A chunk size is no number, or too large for one."))?;
    Ok((
        size,
        extensions.len() + digits.len().saturating_sub(SIZE_DIGITS),
    ))
}

fn is_control(byte: &u8) -> bool {
    byte.is_ascii_control() && *byte != b'\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_size_line_are_looked_at_once() {
        let mut looked = 0;
        for length in 1..100 {
            assert_eq!(size_line(&vec![b'1'; length], &mut looked, 100), Ok(None));
            assert_eq!(looked, length);
        }
        assert_eq!(size_line(b"1\r\n1", &mut 3, 100), Ok(None));
        assert_eq!(size_line(b"1\r\n", &mut 2, 100), Ok(Some(&b"1"[..])));
    }
}
