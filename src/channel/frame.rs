//! The framing of a stream, and pieces of a stream that are framed.

/// The framing of a stream: the way in which its events are delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each event is a chunk (RFC 9112, section 7.1).
    Chunked,
    /// The stream ends with its connection (HTTP/1.0).
    Plain,
}

/// The end of a chunk's data.
pub(super) const CHUNK_END: &[u8] = b"\r\n";

/// A piece of a stream besides the events of the ring, encoded as these events are.
pub(crate) struct Frame {
    chunk: Box<[u8]>,
    size_line: usize,
}

impl Frame {
    /// A frame of `text`, which must not be empty, since an empty chunk ends the body.
    #[must_use]
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut bytes = Vec::new();
        let size_line = chunk(&mut bytes, text);
        Self {
            chunk: bytes.into(),
            size_line,
        }
    }

    /// The bytes to send.
    #[must_use]
    pub(crate) fn bytes(&self, framing: Framing) -> &[u8] {
        match framing {
            Framing::Chunked => &self.chunk,
            Framing::Plain => &self.chunk[self.size_line..self.chunk.len() - CHUNK_END.len()],
        }
    }
}

/// Appends `text` to `out` as a chunk. Returns the length of the chunk's first line.
pub(super) fn chunk(out: &mut Vec<u8>, text: &[u8]) -> usize {
    debug_assert!(!text.is_empty());
    let size = format!("{:x}\r\n", text.len());
    for part in [size.as_bytes(), text, CHUNK_END] {
        out.extend_from_slice(part);
    }
    size.len()
}
