//! The hand-over: the frames by which a process gives its connections to the process of a new version.
//!
//! A descriptor is a reference to an open socket. The socket outlives the program that opened it, as long as any process
//! has a descriptor of it. A new version of the program can therefore take over live: its process gets the descriptors of
//! the listeners and of all connections (unix(7), `SCM_RIGHTS`), and beside them, in these frames, the state that the
//! old process kept for each connection. The clients notice nothing.
//!
//! | frame | from | meaning |
//! | --- | --- | --- |
//! | [`Frame::Offer`] | old | the listeners, with their descriptors |
//! | [`Frame::Hello`] | new | the new process has read its options, and could take over |
//! | [`Frame::State`] | old | channels and counters; from here on the old process serves no client |
//! | [`Frame::Body`] | old | bytes that several answers on their way share |
//! | [`Frame::Connections`] | old | some connections, with their descriptors |
//! | [`Frame::Had`] | new | the receipt for them |
//! | [`Frame::End`] | old | all connections were sent |
//! | [`Frame::Taken`] | new | the new process has everything |
//! | [`Frame::Yours`] | old | the end: the new process serves |
//! | [`Frame::Failed`] | new | the new process cannot take over, with the reason |
//! | [`Frame::Publish`], [`Frame::Published`] | old, new | an event of a job that ended late, and its id |
//! | [`Frame::Stop`] | old | a signal that the old process got after the end |
//!
//! The module has frames as values and as bytes. It knows no socket. A frame is a header and a map of CBOR (RFC 8949),
//! whose unknown fields are passed over, and so are unknown frames. The fields of a frame have numbers, which must never
//! be given to other fields. `tests/handover` keeps the bytes of the frames of each released format.

mod records;

pub(crate) use records::{
    Body, CarriedAfter, CarriedChannel, CarriedConnection, CarriedCursor, CarriedEvent,
    CarriedHistogram, CarriedId, CarriedInput, CarriedListener, CarriedState, CarriedWaiting,
    Counts, Offer, Publish, Published, State,
};

use minicbor::{Decode, Decoder, Encode};
use std::fmt;

/// The number of the format. A process that gets an offer of another number refuses the offer.
pub(crate) const FORMAT: u32 = 1;

/// The bytes that each frame begins with.
const MAGIC: [u8; 4] = *b"PFho";
/// The length of a header: the magic, and the length of the rest in four bytes, the highest first.
const HEADER: usize = 8;
/// The most bytes of a frame. The bytes that all connections hold have a bound of some tens of MiB.
const MOST: usize = 1 << 30;
/// The number of the last kind of frame that is known.
const LAST_KIND: u32 = 12;

/// A message between the two processes.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(crate) enum Frame {
    /// The old process would hand over.
    #[n(0)]
    Offer(#[n(0)] Offer),
    /// The new process could take over.
    #[n(1)]
    Hello(#[n(0)] Hello),
    /// The state that connections share.
    #[n(2)]
    State(#[n(0)] Box<State>),
    /// Bytes that several answers share.
    #[n(3)]
    Body(#[n(0)] Body),
    /// Connections, each with a descriptor.
    #[n(4)]
    Connections(#[n(0)] Vec<CarriedConnection>),
    /// The receipt for so many connections.
    #[n(5)]
    Had(#[n(0)] u32),
    /// All connections were sent, so many.
    #[n(6)]
    End(#[n(0)] u32),
    /// The new process has so many connections, and waits for the last word.
    #[n(7)]
    Taken(#[n(0)] u32),
    /// The last word: the connections are the new process's.
    #[n(8)]
    Yours,
    /// The new process cannot take over.
    #[n(9)]
    Failed(#[n(0)] String),
    /// An event to be published, of a job that ended after the hand-over.
    #[n(10)]
    Publish(#[n(0)] Publish),
    /// The answer to [`Frame::Publish`].
    #[n(11)]
    Published(#[n(0)] Published),
    /// The new process is to stop, because the old one was told to.
    #[n(12)]
    Stop,
}

/// The introduction of the new process.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Hello {
    /// The number of its format.
    #[n(0)]
    pub(crate) format: u32,
    /// The version of the program.
    #[n(1)]
    pub(crate) version: String,
    /// The most connections that its open-file limit leaves room for.
    #[n(2)]
    pub(crate) room: u64,
}

/// The bytes are no frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it sent no frame of the hand-over ({})", self.0)
    }
}

impl Frame {
    /// The bytes of the frame.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        minicbor::encode(self, &mut bytes).expect("a Vec takes every byte");
        let length = (bytes.len() - HEADER) as u32;
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..HEADER].copy_from_slice(&length.to_be_bytes());
        bytes
    }

    /// Takes the next known frame out of `bytes`. `None` if it is not there as a whole.
    pub(crate) fn take(bytes: &mut Vec<u8>) -> Result<Option<Self>, Malformed> {
        while let Some(length) = length(bytes)? {
            let end = HEADER + length;
            if bytes.len() < end {
                return Ok(None);
            }
            let frame = Self::decode(&bytes[HEADER..end])?;
            bytes.drain(..end);
            if frame.is_some() {
                return Ok(frame);
            }
        }
        Ok(None)
    }

    /// The frame in these bytes. `None` for a frame of an unknown kind.
    fn decode(bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        let malformed = |error: minicbor::decode::Error| Malformed(error.to_string());
        let mut peek = Decoder::new(bytes);
        let kind = peek.array().and_then(|_| peek.u32()).map_err(malformed)?;
        if kind > LAST_KIND {
            return Ok(None);
        }
        minicbor::decode(bytes).map(Some).map_err(malformed)
    }

    /// The number of descriptors that come with the frame.
    pub(crate) fn descriptors(&self) -> usize {
        match self {
            Self::Offer(offer) => offer.listeners.len(),
            Self::Connections(connections) => connections.len(),
            _ => 0,
        }
    }
}

/// The length that the header at the beginning of `bytes` tells. `None` if the header is not whole.
fn length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let begun = bytes.len().min(MAGIC.len());
    if bytes[..begun] != MAGIC[..begun] {
        return Err(Malformed("its first bytes are wrong".to_owned()));
    }
    let Some(length) = bytes.get(MAGIC.len()..HEADER) else {
        return Ok(None);
    };
    let length = length
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    match length {
        ..=MOST => Ok(Some(length)),
        _ => Err(Malformed(format!("{length} bytes are too many"))),
    }
}

#[cfg(test)]
mod tests;
