//! Reads an HTTP/1.1 or 1.0 response strictly, however it is cut: a head, then a body by its length, in chunks or until
//! the close (RFC 9112, sections 4, 6 and 7). A line may end with a bare LF (section 2.2). Pure: bytes in, parts out.
//! Between two chunks the reader holds nothing on the heap.

use std::fmt;

/// The longest head, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The longest chunk-size line or line of a trailer, in bytes.
const MAX_LINE: usize = 1024;
/// The most fields in a head, or in a trailer.
const MAX_FIELDS: usize = 256;
/// The most interim answers before the answer (RFC 9110, section 15.2).
const MAX_INTERIM: u8 = 16;
/// The status of an answer after which the connection speaks another protocol (RFC 9110, section 15.2.2).
const SWITCHING: u16 = 101;
/// The most hexadecimal digits of a chunk's size: the size then fits 64 bits.
const MAX_DIGITS: usize = 15;

/// The reader of a response.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    awaits: Awaited,
    /// A head or a line that has begun. Boxed, since it is rare and each subscriber has a reader.
    partial: Option<Box<Partial>>,
}

const _: () = assert!(size_of::<Reader>() <= 24);

#[derive(Debug, Default)]
struct Partial {
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// The head, after so many interim answers.
    Head(u8),
    /// A body of so many bytes.
    Length(u64),
    Size,
    /// So many bytes of a chunk.
    Data(u64),
    /// The line end that closes a chunk.
    DataEnd,
    /// The trailer, after so many lines of it.
    Trailer(usize),
    /// A body that ends with the connection.
    Close,
    Nothing,
}

impl Default for Awaited {
    fn default() -> Self {
        Self::Head(0)
    }
}

/// A part of a response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// The head. Always the first part.
    Head(Head<'a>),
    /// Some of the body.
    Body(&'a [u8]),
    /// The response is whole.
    End,
}

/// A head, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    /// The status.
    pub(crate) status: u16,
    /// The `Location`, if there is exactly one.
    pub(crate) location: Option<&'a [u8]>,
    /// Whether the body is `text/event-stream`.
    pub(crate) is_event_stream: bool,
    /// Whether the connection may be used again.
    pub(crate) is_kept: bool,
}

/// A fault of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The response is not HTTP, and why.
    Malformed(&'static str),
    /// The response ended too early, and where.
    Cut(&'static str),
    /// The connection is not private, and why.
    Tls(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "malformed response: {what}"),
            Self::Cut(within) => write!(f, "stream cut off {within}"),
            Self::Tls(why) => write!(f, "TLS: {why}"),
        }
    }
}

impl Reader {
    /// Takes some of the response, and tells its parts.
    pub(crate) fn read(
        &mut self,
        mut bytes: &[u8],
        tell: &mut impl FnMut(Part<'_>),
    ) -> Result<(), Fault> {
        while !bytes.is_empty() {
            bytes = match self.awaits {
                Awaited::Head(interim) => self.head(bytes, interim, tell)?,
                Awaited::Length(left) => self.body(bytes, left, tell),
                Awaited::Data(left) => self.data(bytes, left, tell),
                Awaited::Size | Awaited::DataEnd | Awaited::Trailer(_) => self.line(bytes, tell)?,
                Awaited::Close => {
                    tell(Part::Body(bytes));
                    &[]
                }
                Awaited::Nothing => return Err(Fault::Malformed("more than was announced")),
            };
        }
        Ok(())
    }

    /// Whether the response may end here, when the server has closed the connection.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        match self.awaits {
            Awaited::Close | Awaited::Nothing => Ok(()),
            Awaited::Head(_) if self.partial.is_none() => Err(Fault::Cut("before an answer")),
            Awaited::Head(_) => Err(Fault::Cut("within the head")),
            Awaited::Length(_) => Err(Fault::Cut("before its Content-Length")),
            Awaited::Size if self.partial.is_none() => Err(Fault::Cut("without a last chunk")),
            _ => Err(Fault::Cut("within a chunk")),
        }
    }

    fn head<'a>(
        &mut self,
        bytes: &'a [u8],
        interim: u8,
        tell: &mut impl FnMut(Part<'_>),
    ) -> Result<&'a [u8], Fault> {
        let mut partial = self.partial.take().unwrap_or_default();
        let before = partial.bytes.len();
        partial.bytes.extend_from_slice(bytes);
        let Some(end) = end_of_head(&partial.bytes, before) else {
            if partial.bytes.len() > MAX_HEAD {
                return Err(Fault::Malformed("a head of more than 16 KiB"));
            }
            self.partial = Some(partial);
            return Ok(&[]);
        };
        self.take_head(&partial.bytes[..end], interim, tell)?;
        Ok(&bytes[end - before..])
    }

    /// Takes a whole head. An interim response is followed by the final response (RFC 9110, section 15.2).
    fn take_head(
        &mut self,
        head: &[u8],
        interim: u8,
        tell: &mut impl FnMut(Part<'_>),
    ) -> Result<(), Fault> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let (head, awaits) = parse(head, &mut fields)?;
        match (head.status, interim) {
            (200.. | SWITCHING, _) => {
                self.awaits = awaits;
                tell(Part::Head(head));
                if awaits == Awaited::Length(0) {
                    self.finish(tell);
                }
            }
            (_, MAX_INTERIM) => return Err(Fault::Malformed("more than 16 interim answers")),
            _ => self.awaits = Awaited::Head(interim + 1),
        }
        Ok(())
    }

    fn body<'a>(
        &mut self,
        bytes: &'a [u8],
        left: u64,
        tell: &mut impl FnMut(Part<'_>),
    ) -> &'a [u8] {
        let (body, rest) = split(bytes, left);
        tell(Part::Body(body));
        self.awaits = Awaited::Length(left - body.len() as u64);
        if self.awaits == Awaited::Length(0) {
            self.finish(tell);
        }
        rest
    }

    fn data<'a>(
        &mut self,
        bytes: &'a [u8],
        left: u64,
        tell: &mut impl FnMut(Part<'_>),
    ) -> &'a [u8] {
        let (data, rest) = split(bytes, left);
        tell(Part::Body(data));
        self.awaits = match left - data.len() as u64 {
            0 => Awaited::DataEnd,
            left => Awaited::Data(left),
        };
        rest
    }

    fn line<'a>(
        &mut self,
        bytes: &'a [u8],
        tell: &mut impl FnMut(Part<'_>),
    ) -> Result<&'a [u8], Fault> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(bytes.len(), |end| end + 1);
        if end.is_none() || self.partial.is_some() {
            let partial = self.partial.get_or_insert_default();
            partial.bytes.extend_from_slice(&bytes[..used]);
            if partial.bytes.len() > MAX_LINE {
                return Err(Fault::Malformed("a chunk-size line of more than 1 KiB"));
            }
        }
        if end.is_some() {
            let partial = self.partial.take();
            let line = partial
                .as_ref()
                .map_or(&bytes[..used], |partial| &partial.bytes);
            self.framing(without_end(line), tell)?;
        }
        Ok(&bytes[used..])
    }

    fn framing(&mut self, line: &[u8], tell: &mut impl FnMut(Part<'_>)) -> Result<(), Fault> {
        self.awaits = match (self.awaits, line) {
            (Awaited::Size, line) => match size(line)? {
                0 => Awaited::Trailer(0),
                size => Awaited::Data(size),
            },
            (Awaited::DataEnd, []) => Awaited::Size,
            (Awaited::DataEnd, _) => return Err(Fault::Malformed("a chunk longer than its size")),
            (_, []) => {
                self.finish(tell);
                Awaited::Nothing
            }
            (Awaited::Trailer(lines), _) if lines < MAX_FIELDS => Awaited::Trailer(lines + 1),
            _ => return Err(Fault::Malformed("a trailer of more than 256 fields")),
        };
        Ok(())
    }

    fn finish(&mut self, tell: &mut impl FnMut(Part<'_>)) {
        self.awaits = Awaited::Nothing;
        tell(Part::End);
    }
}

fn split(bytes: &[u8], most: u64) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.len().min(usize::try_from(most).unwrap_or(usize::MAX)))
}

/// The size of a chunk; extensions that follow it are ignored.
fn size(line: &[u8]) -> Result<u64, Fault> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let digits = std::str::from_utf8(digits.trim_ascii_end()).unwrap_or_default();
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match u64::from_str_radix(digits, 16) {
        Ok(size) if hexadecimal && digits.len() <= MAX_DIGITS => Ok(size),
        _ => Err(Fault::Malformed("a chunk's size that is no number")),
    }
}

/// The end of a head: behind the first empty line. The bytes before `known` hold no whole head.
fn end_of_head(bytes: &[u8], known: usize) -> Option<usize> {
    let mut from = known.saturating_sub(2);
    while let Some(end) = memchr::memchr(b'\n', &bytes[from..]) {
        from += end + 1;
        match bytes[from..] {
            [b'\n', ..] => return Some(from + 1),
            [b'\r', b'\n', ..] => return Some(from + 2),
            _ => {}
        }
    }
    None
}

/// A line without its end, which is CR LF or a bare LF.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn parse<'a>(
    bytes: &'a [u8],
    fields: &mut [httparse::Header<'a>],
) -> Result<(Head<'a>, Awaited), Fault> {
    let mut response = httparse::Response::new(fields);
    let parsed = response.parse(bytes);
    if parsed == Err(httparse::Error::TooManyHeaders) {
        return Err(Fault::Malformed("a head of more than 256 fields"));
    }
    let (Ok(httparse::Status::Complete(_)), Some(status), Some(version)) =
        (parsed, response.code, response.version)
    else {
        return Err(Fault::Malformed("a head that is not HTTP/1"));
    };
    let fields = Fields(response.headers);
    let mut locations = fields.all("location");
    let head = Head {
        status,
        location: locations.next().filter(|_| locations.next().is_none()),
        is_event_stream: fields.has("content-type", "text/event-stream"),
        is_kept: version == 1 && !fields.has("connection", "close"),
    };
    Ok((head, fields.framing(status)?))
}

struct Fields<'b, 'a>(&'b [httparse::Header<'a>]);

impl<'a> Fields<'_, 'a> {
    fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = self
            .0
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| field.value)
    }

    /// Whether `value` is a member of a list; the parameters of members are ignored.
    fn has(&self, name: &str, value: &str) -> bool {
        let members = self
            .all(name)
            .flat_map(|list| list.split(|byte| *byte == b','));
        let mut bare = members.map(|member| {
            member
                .split(|byte| *byte == b';')
                .next()
                .unwrap_or_default()
        });
        bare.any(|member| member.trim_ascii().eq_ignore_ascii_case(value.as_bytes()))
    }

    fn framing(&self, status: u16) -> Result<Awaited, Fault> {
        if status < 200 || matches!(status, 204 | 304) {
            return Ok(Awaited::Length(0));
        }
        let chunked = self.all("transfer-encoding").next().is_some();
        let mut lengths = self.all("content-length");
        match (chunked, lengths.next(), lengths.next()) {
            (true, None, _) if self.has("transfer-encoding", "chunked") => Ok(Awaited::Size),
            (true, None, _) => Err(Fault::Malformed("an unknown transfer coding")),
            (true, Some(_), _) => Err(Fault::Malformed("a length and chunks")),
            (false, None, _) => Ok(Awaited::Close),
            (false, Some(length), None) => length_of(length).map(Awaited::Length),
            (false, Some(_), Some(_)) => Err(Fault::Malformed("two lengths")),
        }
    }
}

fn length_of(value: &[u8]) -> Result<u64, Fault> {
    let digits = std::str::from_utf8(value)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let length = digits.and_then(|digits| digits.parse().ok());
    length.ok_or(Fault::Malformed("a length that is no number"))
}

#[cfg(test)]
mod tests;
