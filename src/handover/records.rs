//! The contents of the frames. Times are distances from the present, in ticks of 10 ms: each process counts ticks from a
//! beginning of its own. Ids of events are pairs of numbers.

use minicbor::{Decode, Encode};

/// The offer of the old process.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Offer {
    /// The number of its format.
    #[n(0)]
    pub(crate) format: u32,
    /// The listeners, each with a descriptor.
    #[n(1)]
    pub(crate) listeners: Vec<CarriedListener>,
}

/// A listener.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct CarriedListener {
    /// True if the listener is the operator's.
    #[n(0)]
    pub(crate) is_operators: bool,
    /// True if the server made the file of this unix socket, and is to remove it.
    #[n(1)]
    pub(crate) owns_file: bool,
    /// True for a unix socket.
    #[n(2)]
    pub(crate) is_unix: bool,
}

/// The state that connections share.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct State {
    /// The channels.
    #[n(0)]
    pub(crate) channels: Vec<CarriedChannel>,
    /// The counters.
    #[n(1)]
    pub(crate) counts: Counts,
    /// The application's state.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) application: Vec<u8>,
}

/// A channel and its events.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct CarriedChannel {
    /// The number of the channel in cursors.
    #[n(0)]
    pub(crate) number: u16,
    /// The name.
    #[n(1)]
    pub(crate) name: String,
    /// The number of the oldest event.
    #[n(2)]
    pub(crate) first: u64,
    /// The id of the newest event.
    #[n(3)]
    pub(crate) last: CarriedId,
    /// The id of the newest event that was dropped.
    #[n(4)]
    pub(crate) floor: CarriedId,
    /// The ids of events that an earlier run has lost: from, and up to.
    #[n(5)]
    pub(crate) lost: (CarriedId, CarriedId),
    /// The events, oldest first.
    #[n(6)]
    pub(crate) events: Vec<CarriedEvent>,
    /// The events that wait to be published, in order.
    #[n(7)]
    pub(crate) waiting: Vec<CarriedWaiting>,
}

/// The id of an event: its milliseconds and its sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CarriedId(#[n(0)] pub(crate) u64, #[n(1)] pub(crate) u64);

/// An event of a ring.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct CarriedEvent {
    /// The id.
    #[n(0)]
    pub(crate) id: CarriedId,
    /// The chunk, as it is sent.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) chunk: Vec<u8>,
    /// The length of the chunk's first line.
    #[n(2)]
    pub(crate) size_line: u32,
}

/// An event that waits to be published.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct CarriedWaiting {
    /// The id, if the event has one.
    #[n(0)]
    pub(crate) id: Option<CarriedId>,
    /// The name.
    #[n(1)]
    pub(crate) name: String,
    /// The data.
    #[n(2)]
    pub(crate) data: String,
}

/// The counters, each by its name.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Counts {
    /// The plain counters.
    #[n(0)]
    pub(crate) plain: Vec<(String, u64)>,
    /// The histograms.
    #[n(1)]
    pub(crate) histograms: Vec<(String, CarriedHistogram)>,
}

/// A histogram.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct CarriedHistogram {
    /// The upper bound of each bucket but the last, in nanoseconds.
    #[n(0)]
    pub(crate) bounds: Vec<u64>,
    /// The count of each bucket.
    #[n(1)]
    pub(crate) counts: Vec<u64>,
    /// The sum of the durations, in nanoseconds.
    #[n(2)]
    pub(crate) sum: u64,
}

/// Bytes that several answers share.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Body {
    /// The number by which connections name the bytes.
    #[n(0)]
    pub(crate) number: u32,
    /// The bytes.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) bytes: Vec<u8>,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct CarriedConnection {
    /// The deadline.
    #[n(0)]
    pub(crate) deadline: i32,
    /// True if the connection is the operator's.
    #[n(1)]
    pub(crate) is_operators: bool,
    /// True if the connection is beyond the limit of connections.
    #[n(2)]
    pub(crate) is_beyond: bool,
    /// The state.
    #[n(3)]
    pub(crate) state: CarriedState,
}

/// The state of a connection.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(crate) enum CarriedState {
    /// The connection waits for a request.
    #[n(0)]
    Idle,
    /// A part of a request has come, or requests that were not looked at.
    #[n(1)]
    Reading(#[n(0)] CarriedInput),
    /// A poll is held: its cursor, its bytes, the end of the hold, and true if the peer has ended its direction.
    #[n(2)]
    Polling(
        #[n(0)] CarriedCursor,
        #[cbor(n(1), with = "minicbor::bytes")] Vec<u8>,
        #[n(2)] i32,
        #[n(3)] bool,
    ),
    /// An answer is on its way: the own bytes that are left, the shared bytes behind them as their number and the bytes
    /// of them that were sent, the time at which the socket last took a byte, and the course after the answer.
    #[n(3)]
    Writing(
        #[cbor(n(0), with = "minicbor::bytes")] Vec<u8>,
        #[n(1)] Option<(u32, u64)>,
        #[n(2)] i32,
        #[n(3)] CarriedAfter,
    ),
    /// A subscriber.
    #[n(4)]
    Subscribed(#[n(0)] CarriedCursor),
}

/// The course of a connection after an answer.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(crate) enum CarriedAfter {
    /// The connection reads the next request.
    #[n(0)]
    Read(#[n(0)] CarriedInput),
    /// The connection subscribes.
    #[n(1)]
    Subscribe(#[n(0)] CarriedCursor),
    /// The connection ends; true if the peer has ended its direction.
    #[n(2)]
    Close(#[n(0)] bool),
}

/// Requests on their way in.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct CarriedInput {
    /// The bytes, in a form that reads as the same requests.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) bytes: Vec<u8>,
    /// True if the client was told to go on with the body.
    #[n(1)]
    pub(crate) is_continued: bool,
    /// The time of the first byte.
    #[n(2)]
    pub(crate) since: i32,
    /// True if the peer has ended its direction.
    #[n(3)]
    pub(crate) ended: bool,
    /// The place at which the request was held, if it was a poll.
    #[n(4)]
    pub(crate) held: Option<CarriedCursor>,
}

/// A reader's place in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct CarriedCursor {
    /// The channel's number.
    #[n(0)]
    pub(crate) channel: u16,
    /// The number of the next event.
    #[n(1)]
    pub(crate) next: u64,
    /// The bytes of this event that the reader has had.
    #[n(2)]
    pub(crate) sent: u32,
    /// True for a stream in chunks.
    #[n(3)]
    pub(crate) is_chunked: bool,
    /// True if the reader did not take all that it was offered.
    #[n(4)]
    pub(crate) is_blocked: bool,
}

/// An event of a job that ended after the hand-over.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Publish {
    /// The number that the answer has.
    #[n(0)]
    pub(crate) token: u64,
    /// The name of the channel.
    #[n(1)]
    pub(crate) channel: String,
    /// The name of the event.
    #[n(2)]
    pub(crate) name: String,
    /// The data of the event.
    #[n(3)]
    pub(crate) data: String,
}

/// The answer to a late event.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Published {
    /// The number of the event.
    #[n(0)]
    pub(crate) token: u64,
    /// The event's id. `None` if it was not published.
    #[n(1)]
    pub(crate) id: Option<CarriedId>,
}
