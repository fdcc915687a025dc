//! The listening socket: accepts a few at a time, and stands back when descriptors run out.

use super::{Handler, Io, LISTENER, socket::canonical, system};
use mio::{Interest, Registry};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    time::Duration,
};

/// Connections that may wait to be accepted (listen(2)). With the usual 128, 3,000 clients that come at once take
/// seconds, since the kernel drops what does not fit and their retries back off.
const BACKLOG: i32 = 4096;
/// Bytes that the kernel may buffer of a peer's unacknowledged data. By default a peer that asks again and again and
/// does not read makes it hold 4 MB. The kernel doubles the number for its own needs. Over a round trip of 100 ms it
/// leaves some 300 KB/s, for a page of 20 KB.
const SEND_BUFFER: usize = 32 * 1024;
/// The bytes of unread input that the kernel may buffer; by default it grows to 6 MiB. The kernel doubles the number for
/// its own needs. A usual request fits; a longer one is read as it comes.
const RECEIVE_BUFFER: usize = 16 * 1024;
/// Accepted per turn: those already connected wait meanwhile, some 17 µs each.
const ACCEPTS_PER_TURN: usize = 256;
/// Failures of single connections in one turn, after which the failure is taken for a lasting one.
const MAX_FAILURES: usize = 16;
/// How long to stand back when a descriptor cannot be had. No edge tells when others let go of theirs.
const STAND_BACK: Duration = Duration::from_millis(100);
/// The alarm that ends it.
pub(super) const RETRY: u32 = u32::MAX;

/// A listening, non-blocking socket on `address`; port 0 picks a free one. Up to 4096 connections wait to be accepted.
///
/// On `[::]` it takes IPv4 as well (ipv6(7), `IPV6_V6ONLY`).
///
/// Accepted sockets inherit its options (tcp(7)): small writes go out at once, the kernel gives up on a peer that
/// acknowledges nothing for `patience` (in milliseconds, rounded down), which it alone can notice (`TCP_USER_TIMEOUT`), and
/// it buffers some 64 KiB for a peer that does not read and 32 KiB of a peer that is not read from (socket(7), `SO_SNDBUF`
/// and `SO_RCVBUF`). An option that the system refuses is a warning in the log that says what is lost.
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

/// An option that the system refuses, and what is lost without it.
type Refused = (&'static str, io::Error, &'static str);

/// Sets the options that a server can do without: some sandboxes and emulated kernels refuse them.
fn tune(socket: &Socket, address: SocketAddr, patience: Duration) -> Vec<Refused> {
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

/// Every address of this machine with this port: of IPv6 and IPv4 both, by one socket, as far as the system has them.
pub(crate) fn every_address(port: u16) -> SocketAddr {
    // A socket is bound to find out: a kernel without IPv6 refuses to make it, and some sandboxes to bind it.
    let every = (Ipv6Addr::UNSPECIFIED, 0).into();
    let made = Socket::new(Domain::IPV6, Type::STREAM, Some(Protocol::TCP));
    match made.and_then(|socket| socket.bind(&SocketAddr::into(every))) {
        Ok(()) => (Ipv6Addr::UNSPECIFIED, port).into(),
        Err(_) => (Ipv4Addr::UNSPECIFIED, port).into(),
    }
}

pub(super) struct Listener {
    socket: Option<mio::net::TcpListener>,
    /// There was an edge, and no "would block" since.
    ready: bool,
    /// Waiting for a descriptor, or for one connection fewer.
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

    /// Accepts nobody.
    pub(super) fn none() -> Self {
        Self {
            socket: None,
            ready: false,
            starved: false,
            most: 0,
        }
    }

    /// There may be someone to accept.
    pub(super) fn ready(&mut self) {
        self.ready = true;
    }

    /// A connection was closed. Whether someone waits for its descriptor.
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

    /// Accepts those who wait, up to a bound. Whether there may be more.
    pub(super) fn accept<H: Handler>(&mut self, io: &mut Io<H>, handler: &mut H) -> bool {
        // The last place is filled in a turn of its own: a handler that then closes one to make room has been given
        // what all of them had sent.
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
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.drained(),
                // A peer that left while it waited (accept(2), "Error handling"): the next one may be there still.
                Err(e) if is_the_peers(&e) && failures < MAX_FAILURES => {
                    log::debug!("accepting failed: {e}");
                    failures += 1;
                }
                Err(e) => return self.stand_back(io, &e.to_string()),
            }
        }
        self.ready
    }

    fn drained(&mut self) {
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

/// True if the error is of the connection that was to be accepted, and the next one may be accepted: accept(2) passes on
/// errors of the network. Any other error may last: a shortage of descriptors or memory, a firewall's or a sandbox's no.
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
