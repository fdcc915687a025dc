//! One subscriber: what it has read, where it stands, and what that means for the books. Knows no socket.

use crate::load::{
    judge::{books::Books, ledger::Place},
    wire::{
        response::{Fault, Head, Part, Reader},
        sse::{Decoder, Item},
    },
};
use crate::reactor::Token;
use std::{fmt, rc::Rc, time::Duration};

/// What a browser waits before it comes back, until it is told otherwise.
const RETRY: u32 = 3000;
const NO_PLACE: &str = "came back without an id to resume from: what came meanwhile is not counted";

/// A subscriber, connected or not. With its slot in the reactor, some 40 bytes, that is all there is of one that is
/// idle: the id to resume from is shared by all that wait for the same.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) at: Option<Token>,
    pub(super) manner: Manner,
    pub(super) stage: Stage,
    /// It has got as far as it could, once.
    pub(super) tried: bool,
    /// It was dropped by the storm, and is not back.
    pub(super) stormed: bool,
    /// When it began to connect, or then when its stream began; in microseconds since the run's beginning.
    pub(super) since: u64,
    reader: Reader,
    decoder: Decoder,
    stream: Stream,
}

const _: () = assert!(size_of::<Member>() <= 128);

/// How a subscriber behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Good,
    Stalled,
    Slow,
    HalfOpen,
}

impl Manner {
    /// Whether it takes nothing by itself, and little in all.
    pub(super) fn is_deaf(self) -> bool {
        matches!(self, Self::Stalled | Self::Slow)
    }
}

/// How far a subscriber has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not yet connected, or to come back.
    Away,
    /// The kernel has yet to say that it is connected.
    Connecting,
    /// It has asked, and not been answered.
    Asked,
    /// It holds a stream; one that misbehaves, a connection.
    Holding,
    /// It will not come back.
    Gone,
}

/// What a stream has told.
#[derive(Debug)]
struct Stream {
    place: Place,
    last: Option<Rc<[u8]>>,
    retry: u32,
    fresh: bool,
}

/// Why a subscriber's stream is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The answer has another status than 200: a browser would not come back.
    Status(u16),
    /// It is no `text/event-stream`: neither would it.
    OtherType,
    Fault(Fault),
    TooLong,
    /// The server ended it, properly.
    Ended,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "subscribing answered with {status}"),
            Self::OtherType => {
                f.write_str("subscribing answered with something else than text/event-stream")
            }
            Self::Fault(fault) => fault.fmt(f),
            Self::TooLong => {
                f.write_str("an event of more than 1 MiB, or an id of more than 4 KiB")
            }
            Self::Ended => f.write_str("stream ended by the server"),
        }
    }
}

impl Member {
    pub(super) fn new(manner: Manner) -> Self {
        Self {
            at: None,
            manner,
            stage: Stage::Away,
            tried: false,
            stormed: false,
            since: 0,
            reader: Reader::default(),
            decoder: Decoder::default(),
            stream: Stream {
                place: Place::default(),
                last: None,
                retry: RETRY,
                fresh: true,
            },
        }
    }

    /// It begins anew, on another connection, at `now`.
    pub(super) fn connect(&mut self, at: Token, now: Duration, books: &mut Books) {
        self.at = Some(at);
        self.stage = Stage::Connecting;
        self.since = now.as_micros() as u64;
        self.reader = Reader::default();
        self.decoder = Decoder::default();
        let resumes = self.last().is_some();
        if !std::mem::take(&mut self.stream.fresh) {
            self.stream.place.reconnect(resumes);
            if !resumes {
                books.error(NO_PLACE);
            }
        }
    }

    /// The id that it tells to resume from.
    fn last(&self) -> Option<&[u8]> {
        self.stream.last.as_deref().filter(|last| !last.is_empty())
    }

    /// What it asks.
    pub(super) fn request(&self, host: &str, path: &str) -> Vec<u8> {
        let mut request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n"
        )
        .into_bytes();
        if let Some(last) = self.last() {
            request.extend_from_slice(b"Last-Event-ID: ");
            request.extend_from_slice(last);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        request
    }

    /// Reads on. An error says that the stream is over.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        now: Duration,
        books: &mut Books,
    ) -> Result<(), Why> {
        let Self {
            reader,
            decoder,
            stream,
            stage,
            since,
            ..
        } = self;
        let mut over = None;
        let result = reader.read(bytes, &mut |part| match part {
            Part::Head(head) => match accept(head) {
                Ok(()) => {
                    books.opened(now, *since);
                    (*stage, *since) = (Stage::Holding, now.as_micros() as u64);
                }
                Err(why) => over = Some(why),
            },
            Part::Body(_) if over.is_some() => {}
            Part::Body(bytes) => {
                if let Err(why) = stream.read(bytes, decoder, now, *since, books) {
                    over = Some(why);
                }
            }
            Part::End => over = over.or(Some(Why::Ended)),
        });
        match (over, result) {
            (Some(why), _) => Err(why),
            (None, result) => result.map_err(Why::Fault),
        }
    }

    /// The peer has closed: why that is the end.
    pub(super) fn end(&self) -> Why {
        self.reader.end().err().map_or(Why::Ended, Why::Fault)
    }

    /// How long it waits before it comes back.
    pub(super) fn retry(&self) -> Duration {
        Duration::from_millis(self.stream.retry.into())
    }

    /// From here on it is to get everything.
    pub(super) fn anchor(&mut self, books: &Books) {
        books.ledger.anchor(&mut self.stream.place);
    }

    /// Whether it is one that behaves, and holds a stream.
    pub(super) fn is_held(&self) -> bool {
        self.manner == Manner::Good && self.stage == Stage::Holding
    }

    /// Whether it holds its stream and everything that it is to have; or is one that nothing is to be expected of.
    pub(super) fn is_content(&self, books: &Books) -> bool {
        match (self.manner, self.stage) {
            (Manner::Good, Stage::Holding) => !books.ledger.is_owed(&self.stream.place),
            (Manner::Good, stage) => stage == Stage::Gone,
            _ => true,
        }
    }

    /// How many events it did not get.
    pub(super) fn lost(&self, books: &Books) -> u64 {
        books
            .ledger
            .lost(&self.stream.place, self.stage == Stage::Holding)
    }
}

fn accept(head: Head) -> Result<(), Why> {
    match head.status {
        200 if head.is_event_stream => Ok(()),
        200 => Err(Why::OtherType),
        status => Err(Why::Status(status)),
    }
}

impl Stream {
    fn read(
        &mut self,
        bytes: &[u8],
        decoder: &mut Decoder,
        now: Duration,
        since: u64,
        books: &mut Books,
    ) -> Result<(), Why> {
        let mut spare = std::mem::take(&mut books.spare);
        let result = decoder.feed(bytes, &mut spare, &mut |item| match item {
            Item::Retry(millis) => self.retry = u32::try_from(millis).unwrap_or(u32::MAX),
            Item::Block(block) => {
                if let Some(id) = block.id {
                    self.last = Some(books.id(id));
                }
                if let Some(data) = block.data {
                    books.event(&mut self.place, block.id, block.name, data, now, since);
                }
            }
        });
        books.spare = spare;
        result.map_err(|_| Why::TooLong)
    }
}
