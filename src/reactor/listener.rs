//! The listening socket, which accepts a few connections at a time, and stands back when descriptors run out.

use super::{Handler, Io, LISTENER, socket::canonical, system};
use mio::{Interest, Registry};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    time::Duration,
};

/// The length of the backlog (listen(2)). With the usual 128, 3,000 clients that come at once take seconds: the kernel
/// drops connections that do not fit, and each client waits longer before its next try.
const BACKLOG: i32 = 4096;
/// Bytes that the kernel may buffer until the peer acknowledges them. By default a peer that sends requests and does not
/// read makes the kernel hold 4 MB. The kernel doubles the number for its own needs. Over a round trip of 100 ms this
/// buffer allows some 300 KB/s, and the page has 20 KB.
const SEND_BUFFER: usize = 32 * 1024;
/// Bytes of unread input that the kernel may buffer. By default the buffer grows to 6 MiB. The kernel doubles the number
/// for its own needs. A usual request fits, and a longer request is read in pieces.
const RECEIVE_BUFFER: usize = 16 * 1024;
/// Connections accepted per turn. Open connections wait some 17 µs for each of them.
const ACCEPTS_PER_TURN: usize = 256;
/// Failures of single connections in one turn. A further failure is taken for a lasting failure.
const MAX_FAILURES: usize = 16;
/// The time to stand back when there is no free descriptor. No edge reports that another process has closed a descriptor.
const STAND_BACK: Duration = Duration::from_millis(100);
/// The alarm that ends the time.
pub(super) const RETRY: u32 = u32::MAX;

/// A listening, non-blocking socket on `address`. For port 0 the kernel picks a free port. Up to 4096 connections wait to
/// be accepted.
///
/// On `[::]` the socket accepts IPv4 as well (ipv6(7), `IPV6_V6ONLY`).
///
/// Accepted sockets inherit the options of this socket (tcp(7)):
///
/// - Small writes go out at once (`TCP_NODELAY`).
/// - The kernel gives up on a peer that acknowledges nothing for `patience`, in milliseconds, rounded down
///   (`TCP_USER_TIMEOUT`). Only the kernel can notice such a peer.
/// - The kernel buffers some 64 KiB for a peer that does not read, and 32 KiB of a peer that is not read from (socket(7),
///   `SO_SNDBUF` and `SO_RCVBUF`).
///
/// For each option that the system refuses, a warning in the log says what is lost.
///
/// ```
/// use picture_frame::reactor::bind;
/// use std::time::Duration;
///
/// let listener = bind("127.0.0.1:0".parse()?, Duration::from_secs(30))?;
/// assert_ne!(listener.local_addr()?.port(), 0);
///
/// let taken = bind(listener.local_addr()?, Duration::from_secs(30));
/// assert_eq!(taken.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the address is in use, not this machine's, or not permitted (bind(2)).
pub fn bind(address: SocketAddr, patience: Duration) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    let refused = tune(&socket, address, patience);
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    for (name, error, lost) in refused {
        log::warn!("the system refuses {name} ({error}): {lost}");
    }
    for line in system::MISSING {
        log::warn!("{line}");
    }
    Ok(socket.into())
}

/// An option that the system refuses, the error, and the loss without the option.
type RefusedOption = (&'static str, io::Error, &'static str);

/// Sets options that a server can do without, since some sandboxes and emulated kernels refuse them.
fn tune(socket: &Socket, address: SocketAddr, patience: Duration) -> Vec<RefusedOption> {
    let mut refused = Vec::new();
    let mut set = |name, result: io::Result<()>, lost| {
        refused.extend(result.err().map(|error| (name, error, lost)));
    };
    set(
        "SO_REUSEADDR",
        socket.set_reuse_address(true),
        "after a stop the address may be in use for a minute",
    );
    set(
        "TCP_NODELAY",
        socket.set_tcp_nodelay(true),
        "an event may arrive some 40 ms later",
    );
    set(
        "TCP_USER_TIMEOUT",
        system::set_user_timeout(socket, patience),
        "a peer whose cable is unplugged is noticed after a quarter of an hour",
    );
    set(
        "SO_SNDBUF",
        socket.set_send_buffer_size(SEND_BUFFER),
        "a peer that does not read may make the kernel hold 4 MB",
    );
    set(
        "SO_RCVBUF",
        socket.set_recv_buffer_size(RECEIVE_BUFFER),
        "a peer that is not read from may make the kernel hold 6 MiB",
    );
    if is_every_address(address) {
        set(
            "IPV6_V6ONLY",
            socket.set_only_v6(false),
            "IPv4 may not be listened on",
        );
    }
    refused
}

fn is_every_address(address: SocketAddr) -> bool {
    address.is_ipv6() && address.ip().is_unspecified()
}

/// The address that stands for every address of this machine, of IPv6 and IPv4 both, as far as the system has them.
pub(crate) fn every_address(port: u16) -> SocketAddr {
    // A kernel without IPv6 refuses to make the socket, and some sandboxes refuse to bind it.
    let every = (Ipv6Addr::UNSPECIFIED, 0).into();
    let made = Socket::new(Domain::IPV6, Type::STREAM, Some(Protocol::TCP));
    match made.and_then(|socket| socket.bind(&SocketAddr::into(every))) {
        Ok(()) => (Ipv6Addr::UNSPECIFIED, port).into(),
        Err(_) => (Ipv4Addr::UNSPECIFIED, port).into(),
    }
}

/// The listening socket of a loop.
pub(super) struct Listener {
    socket: Option<mio::net::TcpListener>,
    /// True if connections may wait in the backlog: there was an edge, and no "would block" since.
    ready: bool,
    /// True while the listener waits for a free descriptor, or for a connection to close.
    starved: bool,
    most: usize,
}

impl Listener {
    pub(super) fn new(socket: TcpListener, registry: &Registry, most: usize) -> io::Result<Self> {
        let mut socket = mio::net::TcpListener::from_std(socket);
        registry.register(&mut socket, LISTENER, Interest::READABLE)?;
        Ok(Self {
            socket: Some(socket),
            ready: false,
            starved: false,
            most,
        })
    }

    /// A listener that accepts no connection.
    pub(super) fn none() -> Self {
        Self {
            socket: None,
            ready: false,
            starved: false,
            most: 0,
        }
    }

    /// Notes that connections may wait in the backlog.
    pub(super) fn ready(&mut self) {
        self.ready = true;
    }

    /// Notes that a connection was closed. Returns true if the listener waited for that.
    pub(super) fn freed(&mut self) -> bool {
        self.ready |= self.starved;
        self.starved
    }

    pub(super) fn close(&mut self, registry: &Registry) {
        if let Some(mut socket) = self.socket.take()
            && let Err(error) = registry.deregister(&mut socket)
        {
            log::debug!("the listener could not be deregistered: {error}");
        }
        self.ready = false;
    }

    /// Accepts connections from the backlog, up to a bound. Returns true if more may be left.
    pub(super) fn accept<H: Handler>(&mut self, io: &mut Io<H>, handler: &mut H) -> bool {
        // The last free slot is filled in a turn of its own. A handler that then closes a connection to make room has got
        // the input of all of them before.
        let room = self.most.saturating_sub(io.connections());
        io.begin_share();
        let mut failures = 0;
        for _ in 0..ACCEPTS_PER_TURN.min(room.saturating_sub(1).max(1)) {
            if !io.has_budget() {
                return self.ready;
            }
            let Some(socket) = self.socket.as_ref().filter(|_| self.ready) else {
                return false;
            };
            if io.connections() >= self.most {
                return self.stand_back(io, "the limit of connections is reached");
            }
            let accepted = socket.accept();
            match accepted.and_then(|(stream, peer)| Ok((io.open(stream)?, peer))) {
                Ok((at, peer)) => {
                    io.spend();
                    let peer = canonical(peer);
                    log::debug!("connection {at}: from {peer}");
                    handler.opened(io, at);
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.note_empty_backlog(),
                // The peer left before (accept(2), "Error handling"), and the backlog may hold further connections.
                Err(e) if is_the_peers(&e) && failures < MAX_FAILURES => {
                    log::debug!("accepting failed: {e}");
                    failures += 1;
                }
                Err(e) => return self.stand_back(io, &e.to_string()),
            }
        }
        self.ready
    }

    fn note_empty_backlog(&mut self) {
        self.ready = false;
        if self.starved {
            self.starved = false;
            log::info!("accepting all connections again");
        }
    }

    fn stand_back<H: Handler>(&mut self, io: &mut Io<H>, why: &str) -> bool {
        if !self.starved {
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
