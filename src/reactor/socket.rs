//! One socket: what it takes and gives without waiting, and what it waits for. Knows no other.
//!
//! Partial reads and writes are the rule: a write that was cut short is told to the caller, who keeps the rest, and a
//! read that filled the buffer is noted as unfinished, for no edge will tell of it again.

use super::io::NEVER;
use crate::timer_wheel::Tick;
use mio::net::TcpStream;
use socket2::SockRef;
use std::{
    io::{self, ErrorKind, Read, Write},
    net::Shutdown,
    num::NonZeroU32,
};

/// A socket and what the handler keeps with it. 40 bytes, and for an idle subscriber that is all.
pub struct Slot<S> {
    /// The socket.
    pub socket: Socket,
    /// The handler's.
    pub state: S,
}

/// A connected, non-blocking socket. What is done to it here is acted on when [`Io::with`](super::Io::with) returns.
pub struct Socket {
    stream: TcpStream,
    pub(super) generation: NonZeroU32,
    pub(super) deadline: Tick,
    /// The tick at which the wheel has an entry for this socket, or one further off than any deadline if it has none.
    pub(super) armed: Tick,
    /// The handler wants no input for now.
    pub(super) paused: bool,
    /// There was an edge, and no "would block" since: there may be more to read.
    pub(super) unread: bool,
    /// Its turn to be read on is already noted.
    pub(super) queued: bool,
    /// The peer's end, or a reset, lies behind what can still be read.
    pub(super) ending: bool,
    pub(super) end: End,
}

/// Whether and why a socket is to be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    No,
    Closed,
    Broken,
}

/// What reading came to.
pub(super) enum Got {
    Bytes(usize),
    /// Nothing more for now: an edge will tell.
    Drained,
    /// The peer will send no more.
    Ended,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, generation: NonZeroU32, now: Tick) -> Self {
        Self {
            stream,
            generation,
            deadline: now.after(NEVER),
            armed: now.after(NEVER),
            paused: false,
            unread: false,
            queued: false,
            ending: false,
            end: End::No,
        }
    }

    /// Writes what the socket takes now, and says how much that was. Less than all of it means that the handler's
    /// `writable` will be called; a socket that fails takes nothing and is closed.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while taken < bytes.len() && self.end == End::No {
            match self.stream.write(&bytes[taken..]) {
                Ok(n) => taken += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.end = End::Broken,
            }
        }
        taken
    }

    /// Calls the handler's `expired` when `at` has come, unless it is set anew before.
    pub fn set_deadline(&mut self, at: Tick) {
        self.deadline = at;
    }

    /// Takes no more input, so that the kernel's buffer fills and the peer has to wait.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Takes input again.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Tells the peer that nothing more will come; it may still send.
    pub fn finish(&mut self) {
        if self.stream.shutdown(Shutdown::Write).is_err() {
            self.end = End::Broken;
        }
    }

    /// Closes the connection. What was written before is still sent.
    pub fn close(&mut self) {
        if self.end == End::No {
            self.end = End::Closed;
        }
    }

    /// Has the kernel buffer at most about twice `bytes` of what the peer has not acknowledged (socket(7),
    /// `SO_SNDBUF`): by default a reader that stalls makes it hold some 4 MB.
    pub fn limit_send_buffer(&mut self, bytes: usize) {
        // A kernel that refuses keeps its larger buffer, which is no reason to refuse the peer.
        let _ = SockRef::from(&self.stream).set_send_buffer_size(bytes);
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Got {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => {
                    self.unread = false;
                    return Got::Ended;
                }
                Ok(n) => {
                    // A short read has emptied the socket (epoll(7)), unless the peer's end is still to come.
                    self.unread = n == buffer.len() || self.ending;
                    return Got::Bytes(n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    self.unread = false;
                    return Got::Drained;
                }
                Err(e) => return self.fail(&e),
            }
        }
    }

    fn fail(&mut self, error: &io::Error) -> Got {
        log::debug!("a connection failed: {error}");
        self.end = End::Broken;
        Got::Drained
    }
}
