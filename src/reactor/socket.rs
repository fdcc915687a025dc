//! A socket: reads and writes that do not wait, and the state that the loop keeps between them.
//!
//! Partial reads and writes are the rule. A write returns how many bytes the socket took, and the caller keeps the rest. A
//! read that filled the buffer leaves the socket unread, since the kernel reports no further edge for the input behind.

use super::story;
use super::system;
use crate::timer_wheel::{NEVER, Tick};
use mio::net::TcpStream;
use socket2::SockRef;
use std::{
    fmt,
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::{Shutdown, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};

/// A connection: its socket and the handler's state. In the server a slot has 40 bytes, and an idle subscriber holds nothing
/// else.
#[derive(Debug)]
pub struct Slot<S> {
    /// The socket.
    pub socket: Socket,
    /// The handler's state of the connection.
    pub state: S,
}

/// A connected, non-blocking socket. Calls on it take effect when [`Io::with`](super::Io::with) returns.
#[derive(Debug)]
pub struct Socket {
    pub(super) stream: TcpStream,
    pub(super) generation: NonZeroU32,
    pub(super) deadline: Tick,
    /// The tick at which the wheel's entry for this socket comes up. Without an entry, further off than any deadline.
    pub(super) armed: Tick,
    /// Bytes that the socket took since [`Socket::take_sent`].
    sent: u32,
    /// True if the handler wants no input.
    pub(super) paused: bool,
    /// True if there may be input: there was an edge, and no "would block" since.
    pub(super) unread: bool,
    pub(super) queued: Queued,
    pub(super) end: End,
}

/// The queue in which a connection waits to be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queued {
    No,
    /// The queue for the next turn.
    Unread,
    /// The connection is parked until memory has eased.
    Parked,
}

/// Much unread input, in bytes: less than the kernel takes in any case, however the input was cut.
const MUCH: usize = 4 * 1024;

/// How far the end of a connection is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    No,
    /// The peer's end, or a reset, lies behind what can still be read.
    Near,
    /// As `Near`, and the paused socket's handler knows.
    Told,
    /// The socket is to be closed.
    Over(Ended),
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The handler closed the connection.
    Closed,
    /// The peer reset the connection, or refused it.
    Left,
    /// The kernel gave up: the peer acknowledged nothing, or kept its window shut, for too long (tcp(7),
    /// `TCP_USER_TIMEOUT`).
    Stalled,
    /// The system failed in another way.
    Failed,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Left => "reset by the peer",
            Self::Stalled => "given up by the kernel, since the peer acknowledges nothing",
            Self::Failed => "failed",
        })
    }
}

impl From<&io::Error> for Ended {
    fn from(error: &io::Error) -> Self {
        use ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable,
            NetworkUnreachable, NotConnected, TimedOut,
        };
        match error.kind() {
            ConnectionReset | ConnectionRefused | ConnectionAborted | BrokenPipe | NotConnected => {
                Self::Left
            }
            // The kernel tells an established connection that there is no way to its peer only when it gives it up.
            TimedOut | HostUnreachable | NetworkUnreachable => Self::Stalled,
            _ => Self::Failed,
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A peer with an address. An IPv4-mapped address is the IPv4 address that it stands for: a socket on `[::]` has IPv4
    /// peers with such addresses.
    Address(SocketAddr),
    /// A peer on a unix socket, which has no address.
    Unix,
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self::Address((address.ip().to_canonical(), address.port()).into())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Unix => f.write_str("a unix socket"),
        }
    }
}

/// The result of a read.
pub(super) enum Got {
    Bytes(usize),
    /// Nothing to read before the next edge.
    Nothing,
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
            sent: 0,
            paused: false,
            unread: false,
            queued: Queued::No,
            end: End::No,
        }
    }

    /// Writes as many bytes as the socket takes without waiting, and returns their number. The loop calls the handler's
    /// `writable` later if the socket did not take all bytes. A socket that fails takes nothing and is closed. A socket
    /// that did not take all bytes has lost the bound of [`bind`](super::bind()) on its peer's silence: set a deadline.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    /// As [`Socket::write`], from at most 1,024 slices by one system call.
    pub fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> usize {
        while !self.is_over() {
            match self.offer(slices) {
                Ok(taken) => {
                    story::tell_write(self.generation, taken, slices);
                    if taken < slices.iter().map(|slice| slice.len()).sum() {
                        self.be_patient();
                    }
                    // A callback cannot write 4 GiB before the bytes are counted at its end.
                    self.sent = self.sent.saturating_add(taken as u32);
                    return taken;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    story::tell_write(self.generation, 0, slices);
                    self.be_patient();
                    return 0;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => self.end = End::Over((&e).into()),
            }
        }
        0
    }

    /// Has the kernel give up on a peer that acknowledges nothing or keeps its window shut for `patience` (tcp(7),
    /// `TCP_USER_TIMEOUT`), until the socket is full. With zero the kernel gives up on a peer that acknowledges nothing
    /// after a quarter of an hour, and never on a peer that acknowledges and keeps its window shut.
    pub(crate) fn set_patience(&mut self, patience: Duration) {
        // A unix socket has none, and needs none.
        let _ = system::set_user_timeout(&SockRef::from(&self.stream), patience);
    }

    /// Leaves the peer of a full socket to the handler's deadline. The kernel counts from the first probe of a window
    /// that has no room for a whole segment, and would give up a peer that reads and acknowledges all the time.
    fn be_patient(&mut self) {
        self.set_patience(Duration::ZERO);
    }

    /// Offers the slices to the kernel, a single slice by send(2): that costs less than writev(2).
    fn offer(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match slices {
            [slice] => self.stream.write(slice),
            slices => self.stream.write_vectored(slices),
        }
    }

    /// As [`Socket::write_vectored`], but only of the first slices that have at most `most` bytes together.
    pub(crate) fn write_within(&mut self, slices: &[IoSlice<'_>], most: usize) -> usize {
        let mut room = most;
        let fits = |slice: &&IoSlice<'_>| {
            let fits = slice.len() <= room;
            room = room.saturating_sub(slice.len());
            fits
        };
        match slices.iter().take_while(fits).count() {
            0 => 0,
            count => self.write_vectored(&slices[..count]),
        }
    }

    /// The number of bytes that the socket took since the last call.
    pub(super) fn take_sent(&mut self) -> u32 {
        std::mem::take(&mut self.sent)
    }

    /// The connection's number, which its [`Token`](super::Token) shows as well.
    pub(crate) fn number(&self) -> NonZeroU32 {
        self.generation
    }

    /// Has the handler's `expired` called when `at` has come, unless the deadline is set anew before.
    pub fn set_deadline(&mut self, at: Tick) {
        self.deadline = at;
    }

    /// The deadline that was set last.
    pub(crate) fn deadline(&self) -> Tick {
        self.deadline
    }

    /// Takes no more input, so that the kernel's buffer fills and the peer has to wait.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Takes input again.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Ends this side's direction (a half-close): the peer gets the end, and may still send.
    pub fn finish(&mut self) {
        if let Err(error) = self.stream.shutdown(Shutdown::Write)
            && !self.is_over()
        {
            self.end = End::Over((&error).into());
        }
    }

    /// Closes the connection. Bytes written before are still sent.
    pub fn close(&mut self) {
        if !self.is_over() {
            self.end = End::Over(Ended::Closed);
        }
    }

    /// Has the kernel stamp the input with the time of its arrival, for a function that [reads](super::Reactor::receive_by)
    /// the stamps.
    #[cfg(feature = "frame")]
    pub(crate) fn stamp_input(&self) -> io::Result<()> {
        system::stamp_input(&self.stream)
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.end, End::Over(_))
    }

    /// Notes that the kernel has reported the peer's end or a reset, before which input may still be unread.
    pub(super) fn foresee_end(&mut self) {
        if self.end == End::No {
            self.end = End::Near;
        }
    }

    /// True if input before the peer's end is unread (recv(2), `MSG_PEEK`).
    #[must_use]
    pub fn has_input(&self) -> bool {
        self.unread && matches!(self.stream.peek(&mut [0]), Ok(1))
    }

    /// True if so much input is unread that the kernel may take no more: 4 KiB.
    #[must_use]
    pub fn has_much_input(&self) -> bool {
        self.unread && matches!(self.stream.peek(&mut [0; MUCH]), Ok(MUCH))
    }

    /// True if the peer has ended its direction, or reset the connection, and no input before that is unread.
    pub(super) fn is_at_end(&self) -> bool {
        self.end != End::No && !self.has_input()
    }

    /// Ends the connection with the socket's error, which no read will find, because the connection is not read from.
    pub(super) fn take_failure(&mut self) {
        let error = self.stream.take_error().ok().flatten();
        self.end = End::Over(error.as_ref().map_or(Ended::Left, Ended::from));
    }

    /// The peer (getpeername(2)). None once the connection has failed. The slot has no copy of the address, since the
    /// kernel keeps it.
    #[must_use]
    pub fn peer(&self) -> Option<Peer> {
        let address = SockRef::from(&self.stream).peer_addr().ok()?;
        match address.as_socket() {
            Some(address) => Some(address.into()),
            None => address.is_unix().then_some(Peer::Unix),
        }
    }

    /// Has the kernel buffer at most about twice `bytes` that the peer has not acknowledged (socket(7), `SO_SNDBUF`). By
    /// default a peer that does not read makes the kernel hold some 4 MB.
    pub fn limit_send_buffer(&mut self, bytes: usize) {
        // A kernel that refuses keeps its larger buffer, which does no harm to this connection.
        let _ = SockRef::from(&self.stream).set_send_buffer_size(bytes);
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Got {
        self.read_by(|mut stream, buffer| stream.read(buffer), buffer)
    }

    /// As [`Socket::read`], by a function that reads as read(2) does.
    pub(super) fn read_by(
        &mut self,
        mut receive: impl FnMut(&TcpStream, &mut [u8]) -> io::Result<usize>,
        buffer: &mut [u8],
    ) -> Got {
        loop {
            match receive(&self.stream, buffer) {
                Ok(0) => {
                    self.unread = false;
                    return Got::Ended;
                }
                Ok(n) => {
                    // A short read has emptied the socket (epoll(7)), unless the peer's end is still to come.
                    self.unread = n == buffer.len() || self.end != End::No;
                    if self.end == End::Told {
                        self.end = End::Near;
                    }
                    return Got::Bytes(n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    self.unread = false;
                    return Got::Nothing;
                }
                Err(e) => {
                    self.end = End::Over((&e).into());
                    return Got::Nothing;
                }
            }
        }
    }
}
