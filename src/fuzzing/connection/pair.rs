//! A connection without a socket: its peer is a number of bytes that it takes, and the server above it is the test's.

use crate::{
    channel::{Channel, Frame},
    event::Id,
    http::Problem,
    server::connection::{Connection, Disconnected, Incoming, Next, Waits},
    timer_wheel::Tick,
};
use std::io::IoSlice;

pub(crate) const HEARTBEAT: &str = ": ping\n\n";

/// The server above a connection.
pub(crate) trait Above: Sized {
    /// Answers a request, now or later.
    fn serve(pair: &mut Pair<Self>, incoming: Box<Incoming>);
    /// Answers input that is no request.
    fn refuse(pair: &mut Pair<Self>, incoming: Box<Incoming>, problem: Problem);
}

/// How far a connection went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    Waits(Waits),
    /// The last answer is sent.
    Finished,
    Closed(Option<Disconnected>),
}

/// A connection, the server above it and the peer at the other end.
pub(crate) struct Pair<S> {
    pub(crate) channel: Channel,
    pub(crate) connection: Connection,
    pub(crate) server: S,
    pub(crate) now: Tick,
    /// The bytes that the peer has taken.
    pub(crate) taken: Vec<u8>,
    /// How often the peer was offered bytes.
    pub(crate) writes: usize,
    /// How many bytes the peer takes before it says "would block".
    pub(crate) room: usize,
    /// How far the connection went. Nothing more happens to a connection that is closed.
    pub(crate) halt: Halt,
    waits: Waits,
    /// How many bytes the peer had taken when the connection began to wait.
    seen: usize,
}

impl<S: Above> Pair<S> {
    /// A peer that takes everything, and a channel that holds so many events.
    pub(crate) fn over(server: S, history: usize, last: Id) -> Self {
        Self {
            channel: Channel::new(history, last),
            connection: Connection::default(),
            server,
            now: Tick::default(),
            taken: Vec::new(),
            writes: 0,
            room: usize::MAX,
            halt: Halt::Waits(Waits::Unchanged),
            // Nothing has come, and empty lines are nothing.
            waits: Waits::ForRequest,
            seen: 0,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.halt, Halt::Closed(_))
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.halt == Halt::Finished
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Halt {
        if self.is_open() {
            self.connection.receive(bytes, self.now);
        }
        self.drive()
    }

    pub(crate) fn half_close(&mut self) -> Halt {
        if self.is_open() && self.connection.end() {
            self.halt = Halt::Closed(None);
        }
        self.drive()
    }

    pub(crate) fn expire(&mut self) -> Halt {
        if self.is_open() {
            let (room, taken) = (&mut self.room, &mut self.taken);
            let write = |slices: &[IoSlice<'_>]| take(room, taken, slices);
            let heartbeat = Frame::new(HEARTBEAT.as_bytes());
            let next = self.connection.expire(&heartbeat, self.now, write);
            self.settle(next);
        }
        self.drive()
    }

    /// Has a held request be answered whatever there is, as at shutdown.
    pub(crate) fn release(&mut self) -> Halt {
        self.connection.release();
        self.drive()
    }

    /// Ends a stream of events. False if there is none.
    pub(crate) fn conclude(&mut self) -> bool {
        self.waits = Waits::ForAnswer;
        let streamed = self.is_open() && self.connection.conclude(&self.channel, self.now);
        self.drive();
        streamed
    }

    /// Goes on until the connection waits.
    pub(crate) fn drive(&mut self) -> Halt {
        while self.is_open() {
            let (room, taken, writes) = (&mut self.room, &mut self.taken, &mut self.writes);
            let write = |slices: &[IoSlice<'_>]| {
                *writes += 1;
                take(room, taken, slices)
            };
            let next = self.connection.step(&self.channel, self.now, write);
            if self.settle(next) {
                break;
            }
        }
        self.halt
    }

    /// Does as the server does. True if there is nothing more to do.
    fn settle(&mut self, next: Next) -> bool {
        match next {
            Next::Request(incoming) => {
                self.waits = Waits::ForAnswer;
                S::serve(self, incoming);
                return false;
            }
            Next::Bad(incoming, problem) => {
                S::refuse(self, incoming, problem);
                return false;
            }
            Next::Wait(waits) => self.wait(waits),
            Next::Finish => {
                assert!(!self.is_finished(), "it ends once");
                self.connection.linger(self.now);
                self.halt = Halt::Finished;
            }
            Next::Close(why) => self.halt = Halt::Closed(why),
        }
        true
    }

    /// Asserts that the connection can wait for this, and that the peer's bytes win it no more time than it has.
    fn wait(&mut self, waits: Waits) {
        let finished = self.is_finished();
        assert!(!matches!(waits, Waits::ForRoom(_)) || self.room == 0);
        assert_eq!(matches!(waits, Waits::ForEnd(_)), finished, "{waits:?}");
        if !finished {
            self.halt = Halt::Waits(waits);
        }
        match (self.waits, waits) {
            (_, Waits::Unchanged) => return,
            (Waits::ForRest(since), Waits::ForRest(again)) => assert_eq!(
                since, again,
                "a request has its time from its first byte on: further bytes win it none, or a client that sends a byte \
                 every few seconds stays for ever"
            ),
            (Waits::ForRoom(since), Waits::ForRoom(again)) => {
                assert!(since == again || self.taken.len() > self.seen);
            }
            (Waits::ForRequest, Waits::ForRequest) => panic!("it was idle already"),
            _ => {}
        }
        self.waits = waits;
        self.seen = self.taken.len();
    }
}

/// Has the peer take as many bytes as it has room for, and returns how many these are.
pub(crate) fn take(room: &mut usize, taken: &mut Vec<u8>, slices: &[IoSlice<'_>]) -> usize {
    let before = taken.len();
    for slice in slices {
        let count = slice.len().min(*room);
        *room -= if *room == usize::MAX { 0 } else { count };
        taken.extend_from_slice(&slice[..count]);
    }
    taken.len() - before
}
