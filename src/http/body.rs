//! The body of a request: of a given length, or chunked and decoded in place (RFC 9112, sections 6 and 7).

use super::{
    MAX_BODY, MAX_CHUNK_EXTRAS, Problem, chunk,
    fields::{LINE_END, Lines, TOO_MANY_EXTRAS},
};
use std::borrow::Cow;

/// The longest chunk size without leading zeros, in digits. Further digits count as extras.
const SIZE_DIGITS: usize = 16;

/// The framing of a body, with the state of its reading.
#[derive(Debug)]
pub(super) enum BodyFraming {
    /// The framing is invalid. Reported when the body is read, because the answer then knows the method.
    Refused(Problem),
    Length(usize),
    Chunked(Box<Chunked>),
}

/// A body that has arrived whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadBody {
    /// Its length in bytes, decoded.
    pub(super) length: usize,
    /// The bytes that it takes in the input, framing included.
    pub(super) used: usize,
}

impl BodyFraming {
    /// The framing by a `Content-Length`. Without the field there is no body.
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
            next: ChunkState::Size { looked: 0 },
            read: 0,
            length: 0,
            room: MAX_CHUNK_EXTRAS,
        }))
    }

    /// Reads on in the body that begins at `from`. None if there is more to come: the decoded bytes then follow `from`,
    /// and the unread bytes follow those.
    pub(super) fn read(
        &mut self,
        bytes: &mut Vec<u8>,
        from: usize,
    ) -> Result<Option<ReadBody>, Problem> {
        match self {
            Self::Refused(problem) => Err(problem.clone()),
            Self::Length(length) => {
                let content = ReadBody {
                    length: *length,
                    used: *length,
                };
                Ok((bytes.len() - from >= *length).then_some(content))
            }
            Self::Chunked(chunked) => chunked.read(bytes, from),
        }
    }
}

impl BodyFraming {
    /// The bytes of a body that is not whole, encoded as they may have come: a reader that begins anew reads them as
    /// this one did.
    pub(super) fn encoded_again<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match self {
            Self::Refused(_) | Self::Length(_) => bytes.into(),
            Self::Chunked(chunked) => chunked.encoded_again(bytes).into(),
        }
    }
}

fn up_to_max(length: usize) -> Result<usize, Problem> {
    if length > MAX_BODY {
        return Err(Problem::new(413, "The body is longer than 8 KiB."));
    }
    Ok(length)
}

/// Decodes chunks in place: data moves down over the framing before it.
#[derive(Debug)]
pub(super) struct Chunked {
    next: ChunkState,
    /// Bytes of the body that have been read, as they lie in the input.
    read: usize,
    /// Bytes decoded.
    length: usize,
    /// Bytes left for extensions and trailers.
    room: usize,
}

#[derive(Debug)]
enum ChunkState {
    /// A size line, whose end is not among the first `looked` bytes. Each byte is looked at once, however the line is
    /// cut.
    Size {
        looked: usize,
    },
    /// The bytes of data left in a chunk. Its line end follows.
    Data(usize),
    Trailers(Lines),
}

impl Chunked {
    fn read(&mut self, bytes: &mut Vec<u8>, from: usize) -> Result<Option<ReadBody>, Problem> {
        while self.advance(bytes, from)? {}
        let rest = from + self.read;
        if let ChunkState::Trailers(lines) = &mut self.next
            && let Some(end) = lines.find(&bytes[rest..])?
        {
            lines.check(&bytes[rest..rest + end], |_, _| Ok(()))?;
            return Ok(Some(ReadBody {
                length: self.length,
                used: self.read + end,
            }));
        }
        bytes.drain(from + self.length..rest);
        self.read = self.length;
        Ok(None)
    }

    /// The decoded bytes as one chunk, and the unread bytes behind it. Data that are to come belong to this chunk.
    fn encoded_again(&self, bytes: &[u8]) -> Vec<u8> {
        let (decoded, unread) = bytes.split_at(self.length);
        let mut encoded = Vec::new();
        match &self.next {
            ChunkState::Data(left) => {
                let size = format!("{:x}\r\n", self.length + left);
                encoded.extend_from_slice(size.as_bytes());
                encoded.extend_from_slice(decoded);
            }
            _ if decoded.is_empty() => {}
            _ => chunk(&mut encoded, decoded),
        }
        if let ChunkState::Trailers(_) = &self.next {
            encoded.extend_from_slice(b"0\r\n");
        }
        encoded.extend_from_slice(unread);
        encoded
    }

    /// Reads a size line, some data, or the end of a chunk. False if there is not enough input, or no further chunk.
    fn advance(&mut self, bytes: &mut [u8], from: usize) -> Result<bool, Problem> {
        let at = from + self.read;
        let rest = &bytes[at..];
        match &mut self.next {
            ChunkState::Size { looked } => {
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
                    0 => ChunkState::Trailers(Lines::of_trailers(self.room)),
                    _ => ChunkState::Data(size),
                };
            }
            ChunkState::Data(0) => {
                let Some(end) = rest.get(..LINE_END.len()) else {
                    return Ok(false);
                };
                if end != LINE_END {
                    return Err(Problem::malformed("A chunk is longer than its size."));
                }
                self.read += LINE_END.len();
                self.next = ChunkState::Size { looked: 0 };
            }
            ChunkState::Data(left) => {
                let taken = rest.len().min(*left);
                bytes.copy_within(at..at + taken, from + self.length);
                *left -= taken;
                self.read += taken;
                self.length += taken;
                return Ok(taken > 0);
            }
            ChunkState::Trailers(_) => return Ok(false),
        }
        Ok(true)
    }
}

/// The line at the beginning of `rest`, without its line end. None if the line is not whole. The line end is not among
/// the first `looked` bytes. The line may have `room` bytes of extensions.
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

/// The chunk size of a line, and the bytes of the line that are extras. Extensions are skipped, since they have no
/// meaning here; white space may stand before each semicolon (RFC 9112, section 7.1.1).
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
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .map(|size| usize::try_from(size).unwrap_or(usize::MAX))
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
