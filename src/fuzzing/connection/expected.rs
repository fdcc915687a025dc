//! The client of a scripted connection: it reads its answers knowing what it asked for, and believes nothing.

use super::pair::HEARTBEAT;

pub(super) const RETRY: &str = "retry: 1\n\n";

/// An answer that a client is to get.
pub(super) struct Expected {
    /// The answer says that it is the last.
    pub(super) close: bool,
    /// The answer is the last.
    pub(super) last: bool,
    /// The answer is to a `HEAD`.
    pub(super) head: bool,
    pub(super) arrival: Arrival,
}

/// The way in which an answer's body comes.
pub(super) enum Arrival {
    /// All at once: the status, and the text where it is known.
    Whole(u16, Option<String>),
    /// Bit by bit.
    Body { written: Vec<u8>, whole: bool },
    /// The events after the one with this number; once the server has ended them, up to that one.
    Events { from: u64, ended: Option<u64> },
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Reads a client's answers, of which the last may be cut off. Returns how many answers are whole.
pub(super) fn read(mut bytes: &[u8], answers: &[Expected]) -> usize {
    let mut whole = 0;
    for answer in answers {
        bytes = bytes.strip_prefix(CONTINUE).unwrap_or(bytes);
        match answer.read(bytes) {
            Some(rest) => bytes = rest,
            None => return whole,
        }
        whole += 1;
    }
    // The client may be told to go on with a request that is not whole.
    assert!(CONTINUE.starts_with(bytes), "{}", bytes.escape_ascii());
    whole
}

impl Expected {
    /// The bytes behind the answer, if the answer is whole.
    fn read<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let end = find(bytes, b"\r\n\r\n")?;
        let (head, rest) = (&bytes[..end], &bytes[end + 4..]);
        let head = str::from_utf8(head).expect("a head is text");
        let (status, fields) = head.split_once("\r\n").expect("there are fields");
        let field = |name: &str| {
            let mut values = fields
                .split("\r\n")
                .filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            let value = values.next();
            assert_eq!(values.next(), None, "{name} comes once");
            value
        };
        assert_eq!(field("Connection") == Some("close"), self.close);
        let code = match self.arrival {
            Arrival::Whole(code, _) => code,
            _ => 200,
        };
        assert!(status.starts_with(&format!("HTTP/1.1 {code} ")), "{status}");
        if self.head {
            return Some(rest);
        }
        match (&self.arrival, field("Content-Length")) {
            (Arrival::Whole(_, text), Some(length)) => {
                let length = length.parse().expect("a length");
                let (body, rest) = rest.split_at_checked(length)?;
                assert!(text.as_ref().is_none_or(|text| text.as_bytes() == body));
                Some(rest)
            }
            (arrival, None) => {
                let (body, rest) = match field("Transfer-Encoding") {
                    Some(_) => dechunked(rest),
                    None => (
                        rest.to_vec(),
                        arrival.is(rest).then_some(&rest[rest.len()..]),
                    ),
                };
                arrival.check(&body, rest.is_some());
                rest
            }
            _ => panic!("it has no other length"),
        }
    }
}

impl Arrival {
    /// True if these bytes are a body that is finished.
    fn is(&self, came: &[u8]) -> bool {
        matches!(self, Self::Body { written, whole: true } if written == came)
    }

    /// Asserts that the bytes of a stream are as they were written, and all of them if the stream ended well.
    fn check(&self, came: &[u8], is_whole: bool) {
        match self {
            Self::Whole(..) => panic!("it has a length"),
            Self::Body { written, whole } => {
                assert!(written.starts_with(came));
                assert!(!is_whole || (*whole && came == written));
            }
            Self::Events { from, ended } => {
                let last = last_event(came, *from);
                assert!(
                    !is_whole || *ended == Some(last),
                    "ended after {last}: {ended:?}"
                );
            }
        }
    }
}

/// The number of the last event. Asserts that the events come one after the other, from the event after `last` on.
fn last_event(stream: &[u8], mut last: u64) -> u64 {
    let text = str::from_utf8(stream).expect("events are text");
    let Some((blocks, _)) = text.rsplit_once("\n\n") else {
        return last;
    };
    let mut blocks = blocks.split("\n\n");
    assert_eq!(blocks.next(), RETRY.strip_suffix("\n\n"));
    for block in blocks.filter(|block| *block != HEARTBEAT.trim_end()) {
        last += 1;
        let start = format!("id: {last}-0\nevent: picture\ndata: ");
        let data = block.strip_prefix(&start).expect("the next event");
        assert!(data.bytes().all(|byte| byte == b'x'));
    }
    last
}

/// The data of the chunks that are whole, and the bytes behind the last chunk, if that came.
fn dechunked(mut bytes: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let mut data = Vec::new();
    while let Some(end) = find(bytes, b"\r\n") {
        let size = str::from_utf8(&bytes[..end]).expect("a size is text");
        let size = usize::from_str_radix(size, 16).expect("a size is hexadecimal");
        let Some((chunk, rest)) = bytes[end + 2..].split_at_checked(size) else {
            break;
        };
        let Some((line_end, rest)) = rest.split_at_checked(2) else {
            break;
        };
        assert_eq!(line_end, b"\r\n");
        if size == 0 {
            return (data, Some(rest));
        }
        data.extend_from_slice(chunk);
        bytes = rest;
    }
    (data, None)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
