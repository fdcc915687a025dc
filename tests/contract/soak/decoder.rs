//! An event stream, however it is cut: bytes in, events out. No sockets.

use crate::support::client::{Event, parse};

#[derive(Default)]
pub struct Decoder {
    raw: Vec<u8>,
    text: String,
    chunked: Option<bool>,
    /// The last chunk has come.
    pub whole: bool,
}

impl Decoder {
    /// Takes some of the stream, and hands out the events that are whole.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.raw.extend_from_slice(bytes);
        if self.chunked.is_none() {
            self.head();
        }
        match self.chunked {
            None => return Vec::new(),
            Some(true) => while self.chunk() {},
            Some(false) => {
                let raw = std::mem::take(&mut self.raw);
                self.text.push_str(&String::from_utf8(raw).expect("ASCII"));
            }
        }
        self.events()
    }

    /// Whether the stream is ended by a close, so that a reader cannot tell whether it is whole.
    pub fn is_unchunked(&self) -> bool {
        self.chunked == Some(false)
    }

    fn head(&mut self) {
        let Some(end) = find(&self.raw, b"\r\n\r\n") else {
            return;
        };
        let rest = self.raw.split_off(end + 4);
        let head = String::from_utf8(std::mem::replace(&mut self.raw, rest)).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        self.chunked = Some(head.contains("Transfer-Encoding: chunked\r\n"));
    }

    /// Takes a chunk, if it is whole. Returns whether it was.
    fn chunk(&mut self) -> bool {
        let Some(line) = find(&self.raw, b"\r\n") else {
            return false;
        };
        let size = std::str::from_utf8(&self.raw[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).expect("a chunk's size");
        let end = line + 2 + size;
        if self.raw.len() < end + 2 {
            return false;
        }
        let data = std::str::from_utf8(&self.raw[line + 2..end]).expect("whole characters");
        self.text.push_str(data);
        assert_eq!(&self.raw[end..end + 2], b"\r\n");
        self.raw.drain(..end + 2);
        self.whole |= size == 0;
        !self.whole
    }

    fn events(&mut self) -> Vec<Event> {
        let Some((whole, rest)) = self.text.rsplit_once("\n\n") else {
            return Vec::new();
        };
        let events = whole.split("\n\n").map(parse).collect();
        self.text = rest.to_owned();
        events
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
