//! The loop's listeners: they are accepted from in turn, a few connections at a time, and stand back when descriptors run
//! out.

use super::{
    Handler, Io, Peer,
    bind::{Listener, Listening, SEND_BUFFER, SocketFile},
    io::RETRY,
    token::listener_token,
};
#[cfg(feature = "frame")]
use crate::handover::CarriedListener;
use mio::{
    Interest, Registry,
    net::{TcpListener, TcpStream, UnixListener},
};
use socket2::SockRef;
#[cfg(feature = "frame")]
use std::os::fd::{AsFd, BorrowedFd};
use std::{
    io::{self, ErrorKind},
    os::fd::OwnedFd,
    time::Duration,
};

/// Connections accepted per turn. Open connections wait some 17 µs for each of them.
const ACCEPTS_PER_TURN: usize = 256;
/// Failures of single connections in one turn. A further failure is taken for a lasting failure.
const MAX_FAILURES: usize = 16;
/// The time to stand back when there is no free descriptor. No edge reports that another process has closed a descriptor.
const STAND_BACK: Duration = Duration::from_millis(100);

/// The most connections of a loop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    /// The places that most listeners share.
    pub(super) shared: usize,
    /// The places of the listeners that are [apart](Listener::apart).
    pub(super) apart: usize,
}

/// The listeners of a loop.
#[derive(Default)]
pub(super) struct Listeners {
    all: Vec<Door>,
    /// The listener that the next turn begins with.
    first: usize,
    most: Places,
}

/// A listener of a loop.
struct Door {
    /// The file of a unix socket. It is declared before the socket, since the fields are dropped in this order.
    file: Option<SocketFile>,
    socket: Accepting,
    /// True if the connections have places of their own.
    is_apart: bool,
    /// True if connections may wait in the backlog: there was an edge, and no "would block" since.
    ready: bool,
    /// True while the listener waits for a free descriptor, or for a connection to close.
    starved: bool,
}

/// A listening socket, as the poller takes it.
enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// The bounds of a turn's accepts.
struct Bounds {
    /// The connections that may still be accepted.
    left: Places,
    /// The failures of single connections so far.
    failures: usize,
}

impl Places {
    /// The places of the listeners of a kind.
    fn of(&mut self, is_apart: bool) -> &mut usize {
        if is_apart {
            &mut self.apart
        } else {
            &mut self.shared
        }
    }

    /// The places in use.
    fn used<H: Handler>(io: &Io<H>) -> Self {
        let apart = io.apart().len();
        Self {
            shared: io.connections() - apart,
            apart,
        }
    }
}

impl Listeners {
    /// Registers `listeners`, whose connections have at most the places `most`.
    pub(super) fn new(
        listeners: Vec<Listener>,
        registry: &Registry,
        most: Places,
    ) -> io::Result<Self> {
        let mut all = Vec::new();
        for (number, listener) in listeners.into_iter().enumerate() {
            let token = listener_token(number).ok_or(ErrorKind::QuotaExceeded)?;
            // The caller may have bound the socket itself.
            listener.socket.set_nonblocking()?;
            let mut door = Door::new(listener);
            match &mut door.socket {
                Accepting::Tcp(socket) => registry.register(socket, token, Interest::READABLE)?,
                Accepting::Unix(socket) => registry.register(socket, token, Interest::READABLE)?,
            }
            all.push(door);
        }
        Ok(Self {
            all,
            first: 0,
            most,
        })
    }

    /// Notes that connections may wait in the backlog of a listener.
    pub(super) fn ready(&mut self, number: usize) {
        if let Some(door) = self.all.get_mut(number) {
            door.ready = true;
        }
    }

    /// Has the listeners that stand back try again.
    pub(super) fn retry(&mut self) {
        for door in &mut self.all {
            door.ready |= door.starved;
        }
    }

    /// Notes that a connection was closed. Returns true if a listener waited for that.
    pub(super) fn freed(&mut self) -> bool {
        self.retry();
        self.all.iter().any(|door| door.starved)
    }

    /// Closes all listeners.
    pub(super) fn close(&mut self, registry: &Registry) {
        for mut door in self.all.drain(..) {
            let deregistered = match &mut door.socket {
                Accepting::Tcp(socket) => registry.deregister(socket),
                Accepting::Unix(socket) => registry.deregister(socket),
            };
            if let Err(error) = deregistered {
                log::debug!("a listener could not be deregistered: {error}");
            }
        }
    }

    /// The listeners, each with its descriptor.
    #[cfg(feature = "frame")]
    pub(super) fn lend(&self) -> impl Iterator<Item = (CarriedListener, BorrowedFd<'_>)> {
        self.all.iter().map(|door| {
            let (is_unix, descriptor) = match &door.socket {
                Accepting::Tcp(socket) => (false, socket.as_fd()),
                Accepting::Unix(socket) => (true, socket.as_fd()),
            };
            let carried = CarriedListener {
                is_operators: door.is_apart,
                owns_file: door.file.is_some(),
                is_unix,
            };
            (carried, descriptor)
        })
    }

    /// Makes the files of unix sockets this process's.
    #[cfg(feature = "frame")]
    pub(super) fn own_files(&mut self) {
        let files = self.all.iter_mut().filter_map(|door| door.file.as_mut());
        files.for_each(SocketFile::own);
    }

    /// Leaves the files of unix sockets to another process.
    #[cfg(feature = "frame")]
    pub(super) fn forget_files(&mut self) {
        let files = self.all.iter_mut().filter_map(|door| door.file.take());
        files.for_each(SocketFile::leave);
    }

    /// Accepts connections from the backlogs, one from each listener in turn, up to a bound. Each call begins with the
    /// next listener, so that none starves when the budget is small. Returns true if more connections may be left.
    pub(super) fn accept<H: Handler>(&mut self, io: &mut Io<H>, handler: &mut H) -> bool {
        let count = self.all.len();
        let mut bounds = self.bounds(io);
        io.begin_share();
        let (mut at, mut idle, mut accepted) = (self.first, 0, 0);
        while idle < count && accepted < ACCEPTS_PER_TURN && io.has_budget() {
            let door = &mut self.all[at];
            if door.accept(io, handler, &mut bounds, self.most) {
                (idle, accepted) = (0, accepted + 1);
            } else {
                idle += 1;
            }
            at = (at + 1) % count;
        }
        self.first = (self.first + 1) % count.max(1);
        self.all.iter().any(|door| door.ready)
    }

    /// Accepts connections of the listeners that are apart, up to a bound. Returns true if more connections may be left.
    #[cfg(feature = "frame")]
    pub(super) fn accept_apart<H: Handler>(&mut self, io: &mut Io<H>, handler: &mut H) -> bool {
        let (mut bounds, most) = (self.bounds(io), self.most);
        let mut apart = self.all.iter_mut().filter(|door| door.is_apart);
        apart.any(|door| {
            while door.accept(io, handler, &mut bounds, most) {}
            door.ready
        })
    }

    /// The bounds of a turn. The last free place of a kind is filled in a turn of its own. A handler that then closes a
    /// connection to make room has got the input of all of them before.
    fn bounds<H: Handler>(&self, io: &Io<H>) -> Bounds {
        let used = Places::used(io);
        let but_one = |most: usize, used: usize| most.saturating_sub(used + 1).max(1);
        Bounds {
            left: Places {
                shared: but_one(self.most.shared, used.shared),
                apart: but_one(self.most.apart, used.apart),
            },
            failures: 0,
        }
    }
}

impl Door {
    fn new(listener: Listener) -> Self {
        let Listener {
            file,
            socket,
            is_apart,
        } = listener;
        Self {
            file,
            socket: match socket {
                Listening::Tcp(socket) => Accepting::Tcp(TcpListener::from_std(socket)),
                Listening::Unix(socket) => Accepting::Unix(UnixListener::from_std(socket)),
            },
            is_apart,
            ready: false,
            starved: false,
        }
    }

    /// Accepts a connection. Returns false if that is not the time for another try.
    fn accept<H: Handler>(
        &mut self,
        io: &mut Io<H>,
        handler: &mut H,
        bounds: &mut Bounds,
        mut most: Places,
    ) -> bool {
        let left = bounds.left.of(self.is_apart);
        if !self.ready || *left == 0 {
            return false;
        }
        if *Places::used(io).of(self.is_apart) >= *most.of(self.is_apart) {
            return self.stand_back(io, "the limit of connections is reached");
        }
        *left -= 1;
        let accepted = self.socket.accept();
        match accepted.and_then(|(stream, peer)| Ok((io.open(stream, self.is_apart)?, peer))) {
            Ok((at, peer)) => {
                io.spend();
                log::debug!(connection = at.generation; "connection {at}: from {peer}");
                handler.opened(io, at);
                true
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => self.note_empty_backlog(),
            // The peer left before (accept(2), "Error handling"), and the backlog may hold further connections.
            Err(e) if is_the_peers(&e) && bounds.failures < MAX_FAILURES => {
                log::debug!("accepting failed: {e}");
                bounds.failures += 1;
                true
            }
            Err(e) => self.stand_back(io, &e.to_string()),
        }
    }

    fn note_empty_backlog(&mut self) -> bool {
        log::trace!("a listener: would block, no connection waits");
        self.ready = false;
        if self.starved {
            self.starved = false;
            log::info!("accepting all connections again");
        }
        false
    }

    fn stand_back<H: Handler>(&mut self, io: &mut Io<H>, why: &str) -> bool {
        if self.starved {
            log::trace!("a listener: still accepts no connections: {why}");
        } else {
            log::warn!(
                "accepting no connections for now: {why} ({} open)",
                io.connections()
            );
        }
        self.starved = true;
        self.ready = false;
        io.alarm(RETRY, STAND_BACK);
        false
    }
}

impl Accepting {
    /// Accepts a connection. To read and write, the system calls for a stream are the same whatever its address is, so
    /// that a connection on a unix socket is held as a connection of TCP: a slot has no room to tell the two apart.
    fn accept(&self) -> io::Result<(TcpStream, Peer)> {
        match self {
            Self::Tcp(socket) => {
                let (stream, peer) = socket.accept()?;
                Ok((stream, Peer::from(peer)))
            }
            Self::Unix(socket) => {
                let (stream, _) = socket.accept()?;
                let stream = TcpStream::from(OwnedFd::from(stream));
                // The socket does not inherit the option. A kernel that refuses keeps its larger buffer.
                let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
                Ok((stream, Peer::Unix))
            }
        }
    }
}

/// True if the error belongs to the single connection that was to be accepted: accept(2) passes on errors of the network.
/// Any other error may last: a shortage of descriptors or memory, the refusal of a firewall or a sandbox.
pub(super) fn is_the_peers(error: &io::Error) -> bool {
    let errors = [
        libc::ECONNABORTED,
        libc::EINTR,
        libc::ENETDOWN,
        libc::EPROTO,
        libc::ENOPROTOOPT,
        libc::EHOSTDOWN,
        libc::EHOSTUNREACH,
        libc::EOPNOTSUPP,
        libc::ENETUNREACH,
        libc::ETIMEDOUT,
    ];
    error
        .raw_os_error()
        .is_some_and(|code| errors.contains(&code))
}
