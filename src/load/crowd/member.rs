//! A subscriber: what it has read, how far it has come, and what that means for the books. Knows no socket.

use super::way::Way;
use crate::load::{
    judge::books::Books,
    wire::{
        pipe::Pipe,
        request::Additions,
        response::{Fault, Head, Part, Reader},
        sse::{Decoder, Item},
        target::Target,
    },
};
use crate::reactor::Token;
use std::{fmt, rc::Rc, time::Duration};

/// The time that a browser waits before it comes back unless `retry` tells it otherwise, in milliseconds.
const RETRY: u32 = 3000;
const NO_ID: &str = "came back without an id to resume from: events in between are not counted";
/// A head that comes later than this after the subscriber began to connect, together with an event, was held back for it.
const PROMPT: Duration = Duration::from_secs(1);

/// A subscriber, connected or not. An idle subscriber takes no more than this and some 40 bytes for its slot in the
/// reactor: subscribers with the same id to resume from share it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) at: Option<Token>,
    pub(super) manner: Manner,
    pub(super) stage: Stage,
    /// The subscriber has held its stream, or failed to, at least once.
    pub(super) tried: bool,
    /// The storm dropped the subscriber, and it is not back.
    pub(super) stormed: bool,
    /// Churn dropped the subscriber, and it has not tried to come back.
    pub(super) churned: bool,
    /// When the stream began, or before that the connection; in microseconds since the run's beginning.
    pub(super) since: u64,
    pub(super) way: Way,
    reader: Reader,
    decoder: Decoder,
    progress: Progress,
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
    /// Whether the reactor reads nothing for a subscriber like this.
    pub(super) fn is_deaf(self) -> bool {
        matches!(self, Self::Stalled | Self::Slow)
    }
}

/// How far a subscriber has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Without a connection: the subscriber has not connected yet, or is to come back.
    Away,
    /// The connection is begun, and the kernel has not confirmed it.
    Connecting,
    /// The request is sent, and not answered.
    Asked,
    /// The subscriber holds a stream; if it misbehaves, a connection.
    Holding,
    /// The subscriber will not come back.
    Gone,
}

/// The progress of a subscriber over all its streams.
#[derive(Debug)]
struct Progress {
    /// The id that the server told last.
    last: Option<Rc<[u8]>>,
    retry: u32,
    /// No stream was begun yet.
    fresh: bool,
}

/// The reason why a subscriber's stream is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamEnd {
    /// The answer has another status than 200: a browser would not come back.
    Status(u16),
    /// The answer is no `text/event-stream`: a browser would not come back.
    OtherType,
    Fault(Fault),
    TooLong,
    /// The answer redirects the subscriber.
    Redirected,
    /// The server ended the stream, properly.
    Ended,
}

impl fmt::Display for StreamEnd {
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
            Self::Redirected => f.write_str("redirected"),
            Self::Ended => f.write_str("stream ended by the server"),
        }
    }
}

impl From<Fault> for StreamEnd {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
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
            churned: false,
            since: 0,
            way: Way::default(),
            reader: Reader::default(),
            decoder: Decoder::default(),
            progress: Progress {
                last: None,
                retry: RETRY,
                fresh: true,
            },
        }
    }

    /// The subscriber has another connection, by `pipe`.
    pub(super) fn dial(&mut self, at: Token, pipe: Pipe) {
        self.at = Some(at);
        self.stage = Stage::Connecting;
        self.way.pipe = pipe;
        self.reader = Reader::default();
        self.decoder = Decoder::default();
    }

    /// The subscriber begins anew, at `now`.
    pub(super) fn connect(&mut self, number: u32, now: Duration, books: &mut Books) {
        self.since = now.as_micros() as u64;
        let is_back = !std::mem::take(&mut self.progress.fresh);
        books.ledger.connects(number, is_back);
        if is_back && self.last().is_none() {
            books.error(NO_ID);
        }
    }

    /// Whether the subscriber has an id to resume from.
    pub(super) fn can_resume(&self) -> bool {
        self.last().is_some()
    }

    /// The id to resume from.
    fn last(&self) -> Option<&[u8]> {
        self.progress
            .last
            .as_deref()
            .filter(|last| !last.is_empty())
    }

    /// The request for a stream, as the subscriber with this number makes it.
    pub(super) fn request(
        &self,
        number: u32,
        targets: &[Target],
        additions: &Additions,
    ) -> Vec<u8> {
        let path = self.way.path(number, targets);
        let last = self.last().map(|last| ("Last-Event-ID", last));
        let own: [(&str, &[u8]); 2] = [
            ("Accept", b"text/event-stream"),
            ("Cache-Control", b"no-cache"),
        ];
        let own: Vec<_> = own.into_iter().chain(last).collect();
        additions.request(self.way.ask(number, targets, &path), &own)
    }

    /// Reads what has arrived. An error says that the stream is over.
    pub(super) fn read(
        &mut self,
        number: u32,
        bytes: &[u8],
        now: Duration,
        books: &mut Books,
    ) -> Result<(), StreamEnd> {
        let mut pipe = std::mem::take(&mut self.way.pipe);
        let read = pipe.read(bytes, &mut |plain| self.take(number, plain, now, books));
        self.way.pipe = pipe;
        read
    }

    fn take(
        &mut self,
        number: u32,
        bytes: &[u8],
        now: Duration,
        books: &mut Books,
    ) -> Result<(), StreamEnd> {
        let Self {
            way,
            reader,
            decoder,
            progress,
            stage,
            since,
            ..
        } = self;
        let mut over = None;
        let mut is_opened = false;
        let result = reader.read(bytes, &mut |part| match part {
            Part::Head(head) => match accept(head) {
                Ok(()) => {
                    let begun = Duration::from_micros(*since);
                    let is_withheld = books.is_held && now.saturating_sub(begun) > PROMPT;
                    books.opened(number, now, begun, is_withheld);
                    (*stage, is_opened) = (Stage::Holding, true);
                    if !is_withheld {
                        *since = now.as_micros() as u64;
                    }
                    way.arrive();
                }
                Err(why) => {
                    if why == StreamEnd::Redirected {
                        way.redirect(head.location);
                    }
                    over = Some(why);
                }
            },
            Part::Body(_) if over.is_some() => {}
            Part::Body(bytes) => {
                books.traffic.body += bytes.len() as u64;
                if let Err(why) = progress.read(number, bytes, decoder, now, *since, books) {
                    over = Some(why);
                }
            }
            Part::End => over = over.or(Some(StreamEnd::Ended)),
        });
        if is_opened {
            books.ledger.came_alone(number, now);
            *since = now.as_micros() as u64;
        }
        match (over, result) {
            (Some(why), _) => Err(why),
            (None, result) => result.map_err(StreamEnd::Fault),
        }
    }

    /// The reason for the end, when the server has closed the connection.
    pub(super) fn end(&self) -> StreamEnd {
        let end = self.reader.end().and_then(|()| self.way.pipe.end());
        end.err().map_or(StreamEnd::Ended, StreamEnd::Fault)
    }

    /// The time that the subscriber waits before it comes back.
    pub(super) fn retry(&self) -> Duration {
        Duration::from_millis(self.progress.retry.into())
    }

    /// Whether the subscriber behaves, and holds a stream.
    pub(super) fn is_held(&self) -> bool {
        self.manner == Manner::Good && self.stage == Stage::Holding
    }

    /// Whether nothing more is to be expected of the subscriber with this number: it holds its stream and has every event,
    /// or waits for a head that comes with the next event, or is gone, or misbehaves.
    pub(super) fn is_settled(&self, number: u32, books: &Books) -> bool {
        match (self.manner, self.stage) {
            (Manner::Good, Stage::Holding) => !books.ledger.is_owed(number),
            (Manner::Good, stage) => stage == Stage::Gone || self.awaits_event(books),
            _ => true,
        }
    }

    /// Whether the subscriber has asked a server that answers with the next event, and nothing was published since.
    pub(super) fn awaits_event(&self, books: &Books) -> bool {
        let is_asking = self.manner == Manner::Good && self.stage == Stage::Asked;
        is_asking && books.ledger.withholds_heads() && self.published_since(books).is_none()
    }

    /// The moment of the first publish since the subscriber began to connect.
    pub(super) fn published_since(&self, books: &Books) -> Option<Duration> {
        let since = Duration::from_micros(self.since);
        let first = books.broadcasts.sent_since(since).last();
        first.map(|number| books.broadcasts.moment(number))
    }
}

fn accept(head: Head<'_>) -> Result<(), StreamEnd> {
    match head.status {
        200 if head.is_event_stream => Ok(()),
        200 => Err(StreamEnd::OtherType),
        301 | 302 | 303 | 307 | 308 => Err(StreamEnd::Redirected),
        status => Err(StreamEnd::Status(status)),
    }
}

impl Progress {
    fn read(
        &mut self,
        number: u32,
        bytes: &[u8],
        decoder: &mut Decoder,
        now: Duration,
        since: u64,
        books: &mut Books,
    ) -> Result<(), StreamEnd> {
        let mut spare = std::mem::take(&mut books.spare);
        let result = decoder.feed(bytes, &mut spare, &mut |item| match item {
            Item::Retry(millis) => self.retry = u32::try_from(millis).unwrap_or(u32::MAX),
            Item::Block(block) => {
                if let Some(id) = block.id {
                    self.last = Some(books.id(id));
                }
                if let Some(data) = block.data {
                    books.traffic.data += data.len() as u64;
                    books.event(number, &block, data, now, Duration::from_micros(since));
                }
            }
        });
        books.spare = spare;
        result.map_err(|_| StreamEnd::TooLong)
    }
}
