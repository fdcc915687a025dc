//! Field sections: the header of a request, and the trailers of a chunked body. This module finds their lines as bytes
//! arrive, enforces the limits, and names the fault of a malformed section.

use super::{MAX_FIELDS, MAX_HEADERS, MAX_REQUEST_LINE, Problem};
use httparse::{EMPTY_HEADER, Status};
use memchr::memchr_iter;
use std::ops::Range;

/// The line ends of a section found so far, up to the empty line. Each byte is looked at once, however the section is
/// cut: otherwise a slow sender could make the server spend quadratic time at no cost.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    ends: [u16; 1 + MAX_FIELDS],
    count: usize,
    looked: usize,
    /// Lines before the first field: a request line, or none.
    leading: usize,
    /// Bound on the fields, in bytes with their line ends.
    room: usize,
}

const LAST_END: usize = MAX_REQUEST_LINE + MAX_HEADERS + 2 * LINE_END.len();
const _: () = assert!(LAST_END <= u16::MAX as usize);

/// Most heads have no more lines. The parser is given room for so many fields, since more cost time to prepare.
const FEW_LINES: usize = 16;

pub(super) const LINE_END: &[u8] = b"\r\n";

/// The error for a body with more than [`MAX_CHUNK_EXTRAS`](super::MAX_CHUNK_EXTRAS).
pub(super) const TOO_MANY_EXTRAS: &str =
    "The chunk extensions and trailers are longer than 16 KiB together.";

impl Lines {
    pub(super) fn of_head() -> Self {
        Self::after(1, MAX_HEADERS)
    }

    /// The lines of trailers that may take at most `room` bytes.
    pub(super) fn of_trailers(room: usize) -> Self {
        Self::after(0, room)
    }

    fn after(leading: usize, room: usize) -> Self {
        Self {
            ends: [0; 1 + MAX_FIELDS],
            count: 0,
            looked: 0,
            leading,
            room,
        }
    }

    /// Looks on for the empty line, and returns its end. None if it has not arrived. `bytes` begins at the section's
    /// first byte in each call.
    pub(super) fn find(&mut self, bytes: &[u8]) -> Result<Option<usize>, Problem> {
        let from = self.looked;
        for found in memchr_iter(b'\n', &bytes[from..]) {
            let end = from + found + 1;
            self.fits(end)?;
            if !bytes[..end].ends_with(LINE_END) {
                return Err(Problem::malformed("A line ends with a bare LF."));
            }
            self.looked = end;
            if end - self.begin(self.count) == LINE_END.len() {
                return Ok(Some(end));
            }
            self.note(end)?;
        }
        self.looked = bytes.len();
        self.fits(self.looked)?;
        Ok(None)
    }

    fn fits(&self, end: usize) -> Result<(), Problem> {
        if self.count < self.leading {
            if end > MAX_REQUEST_LINE + LINE_END.len() {
                return Err(Problem::new(414, "The request line is longer than 8 KiB."));
            }
        } else if end - self.begin(self.leading) > self.room + LINE_END.len() {
            return Err(match self.leading {
                0 => Problem::malformed(TOO_MANY_EXTRAS),
                _ => Problem::new(431, "The fields are longer than 16 KiB."),
            });
        }
        Ok(())
    }

    fn note(&mut self, end: usize) -> Result<(), Problem> {
        if self.count == self.leading + MAX_FIELDS {
            return Err(Problem::new(431, "There are more than 64 fields."));
        }
        self.ends[self.count] = u16::try_from(end).expect("the limits are below 64 KiB");
        self.count += 1;
        Ok(())
    }

    /// The beginning of a line. The line after the last one found begins where that ends.
    pub(super) fn begin(&self, line: usize) -> usize {
        line.checked_sub(1)
            .map_or(0, |before| usize::from(self.ends[before]))
    }

    /// A line without its line end.
    pub(super) fn line(&self, line: usize) -> Range<usize> {
        self.begin(line)..self.begin(line + 1) - LINE_END.len()
    }

    /// The values of all fields called `name`, in order. `bytes` is a section that passed [`check`](Self::check).
    pub(super) fn values<'a>(&self, bytes: &'a [u8], name: &str) -> impl Iterator<Item = &'a [u8]> {
        let mut begin = self.begin(self.leading);
        let ends = &self.ends[self.leading..self.count];
        ends.iter().filter_map(move |end| {
            let line = &bytes[begin..usize::from(*end)];
            begin = usize::from(*end);
            value(line, name)
        })
    }

    /// Checks the section, of which all lines were found, and shows each field, white space around its value removed.
    /// `bytes` end with the section's empty line.
    pub(super) fn check<'a>(
        &self,
        bytes: &'a [u8],
        mut each: impl FnMut(&'a str, &'a [u8]) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let section = &bytes[self.begin(self.leading)..];
        let (mut few, mut many);
        let fields = if self.count <= FEW_LINES {
            few = [EMPTY_HEADER; FEW_LINES];
            &mut few[..]
        } else {
            many = [EMPTY_HEADER; MAX_FIELDS];
            &mut many[..]
        };
        match httparse::parse_headers(section, fields) {
            Ok(Status::Complete((used, fields))) if used == section.len() => fields
                .iter()
                .try_for_each(|field| each(field.name, field.value)),
            _ => Err(Problem::malformed(complaint(section))),
        }
    }
}

/// The value in a line, given with its line end, if the line's field is called `name`.
fn value<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    if line.get(name.len()) != Some(&b':') {
        return None;
    }
    let (field, value) = line.split_at(name.len());
    let is_called = field.eq_ignore_ascii_case(name.as_bytes());
    is_called.then(|| value[1..].trim_ascii())
}

/// The fault of a malformed section, in words.
fn complaint(section: &[u8]) -> &'static str {
    section
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .find_map(complaint_about)
        .unwrap_or("A field is malformed.")
}

fn complaint_about(line: &[u8]) -> Option<&'static str> {
    if line.is_empty() {
        return None;
    }
    if matches!(line[0], b' ' | b'\t') {
        return Some("A field line begins with white space: folded lines are obsolete.");
    }
    let Some(colon) = line.iter().position(|&byte| byte == b':') else {
        return Some("A field line has no colon.");
    };
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.ends_with(b" ") || name.ends_with(b"\t") {
        return Some("There is white space between a field name and its colon.");
    }
    if !is_token(name) {
        return Some("A field name is no token.");
    }
    if value.contains(&b'\r') {
        return Some("There is a bare CR in a field.");
    }
    value
        .iter()
        .any(|&byte| byte.is_ascii_control() && byte != b'\t')
        .then_some("There is a control character in a field.")
}

/// True if `bytes` are a token (RFC 9110, section 5.6.2).
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_char(byte))
}

pub(super) fn is_token_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The elements of a comma-separated list, without the empty elements (RFC 9110, section 5.6.1).
pub(super) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
}
