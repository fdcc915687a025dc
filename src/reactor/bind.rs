//! Listening sockets: of TCP, on a unix path, or handed over by the program that started this one.

mod unix;

use super::system;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::{
    fmt, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    os::unix::net::UnixListener,
    path::PathBuf,
    time::Duration,
};
pub(super) use unix::SocketFile;

/// The length of the backlog (listen(2)). With the usual 128, 3,000 clients that come at once take seconds: the kernel
/// drops connections that do not fit, and each client waits longer before its next try.
const BACKLOG: i32 = 4096;
/// Bytes that the kernel may buffer until the peer acknowledges them. By default a peer that sends requests and does not
/// read makes the kernel hold 4 MB. The kernel doubles the number for its own needs. Over a round trip of 100 ms this
/// buffer allows some 300 KB/s, and the page has 20 KB.
pub(super) const SEND_BUFFER: usize = 32 * 1024;
/// Bytes of unread input that the kernel may buffer. By default the buffer grows to 6 MiB. The kernel doubles the number
/// for its own needs. A usual request fits, and a longer request is read in pieces.
const RECEIVE_BUFFER: usize = 16 * 1024;

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An IP address and a port of TCP.
    Tcp(SocketAddr),
    /// The path of a unix socket (unix(7)).
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

/// A listening socket, of TCP or on a unix path, for a loop to accept connections from.
///
/// ```
/// use picture_frame::reactor::{Address, Listener};
/// use std::time::Duration;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("socket");
/// let patience = Duration::from_secs(30);
/// let local = Listener::bind(&Address::Unix(path.clone()), patience)?;
/// assert!(local.address()? == Address::Unix(path.clone()));
/// drop(local);
/// assert!(!path.exists(), "the file is removed with its listener");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Listener {
    /// The file of a unix socket that this listener made.
    pub(super) file: Option<SocketFile>,
    pub(super) socket: Listening,
    /// True if the connections of this listener have places of their own.
    pub(super) is_apart: bool,
}

/// The socket of a listener.
#[derive(Debug)]
pub(super) enum Listening {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listening {
    pub(super) fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.set_nonblocking(true),
            Self::Unix(socket) => socket.set_nonblocking(true),
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self::new(Listening::Tcp(socket), None)
    }
}

impl From<UnixListener> for Listener {
    fn from(socket: UnixListener) -> Self {
        Self::new(Listening::Unix(socket), None)
    }
}

impl Listener {
    fn new(socket: Listening, file: Option<SocketFile>) -> Self {
        Self {
            file,
            socket,
            is_apart: false,
        }
    }

    /// Listens on `address`: on an address of TCP as [`bind`] does, with its `patience`; or on a unix path.
    ///
    /// The file of a unix socket has the mode 0660. It takes the place of a socket of the same name on which no program
    /// listens (connect(2), `ECONNREFUSED`), and is removed when the listener is dropped.
    ///
    /// # Errors
    ///
    /// As of [`bind`]; when another program listens on the path, and when a file that is no socket has the name.
    pub fn bind(address: &Address, patience: Duration) -> io::Result<Self> {
        Ok(match address {
            Address::Tcp(address) => bind(*address, patience)?.into(),
            Address::Unix(path) => {
                let (socket, file) = unix::bind(path, BACKLOG)?;
                Self::new(Listening::Unix(socket), Some(file))
            }
        })
    }

    /// Finds, without listening, what would keep a listener from the path of a unix socket.
    ///
    /// # Errors
    ///
    /// When a file that is no socket has the path's name, and when its folder is missing.
    pub(crate) fn check(address: &Address) -> io::Result<()> {
        match address {
            Address::Tcp(_) => Ok(()),
            Address::Unix(path) => unix::check(path),
        }
    }

    /// Makes a socket that another program made and handed over fit for a loop: non-blocking, and with the options that
    /// [`bind`] sets for accepted sockets.
    ///
    /// # Errors
    ///
    /// When the socket cannot listen.
    pub(crate) fn adopted(self, patience: Duration) -> io::Result<Self> {
        let socket = match &self.socket {
            Listening::Tcp(socket) => SockRef::from(socket),
            Listening::Unix(socket) => SockRef::from(socket),
        };
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        if let Listening::Tcp(_) = &self.socket {
            warn_of(tune_accepted(&socket, patience));
        }
        Ok(self)
    }

    /// Has the listener hold the file of its unix socket, which is another process's up to the hand-over.
    ///
    /// # Errors
    ///
    /// When the socket has no address.
    #[cfg(feature = "frame")]
    pub(super) fn hold_file(&mut self) -> io::Result<()> {
        if let Address::Unix(path) = self.address()? {
            self.file = Some(SocketFile::of_another(path));
        }
        Ok(())
    }

    /// Gives the connections of this listener places of their own, beside the limit of connections.
    #[must_use]
    pub(crate) fn apart(mut self) -> Self {
        self.is_apart = true;
        self
    }

    /// The address that this listener has. The system has chosen the port if the port was to be 0.
    ///
    /// # Errors
    ///
    /// When the system does not tell (getsockname(2)).
    pub fn address(&self) -> io::Result<Address> {
        Ok(match &self.socket {
            Listening::Tcp(socket) => socket.local_addr()?.into(),
            Listening::Unix(socket) => {
                let address = socket.local_addr()?;
                Address::Unix(address.as_pathname().map(PathBuf::from).unwrap_or_default())
            }
        })
    }
}

/// A listening, non-blocking socket on `address`. For port 0 the kernel picks a free port. Up to 4096 connections wait to
/// be accepted.
///
/// On `[::]` the socket accepts IPv4 as well (ipv6(7), `IPV6_V6ONLY`).
///
/// Accepted sockets inherit the options of this socket (tcp(7)):
///
/// - Small writes go out at once (`TCP_NODELAY`).
/// - The kernel gives up on a peer that acknowledges nothing for `patience`, in milliseconds, rounded down
///   (`TCP_USER_TIMEOUT`). Only the kernel can notice such a peer. A socket that was full has no such bound: the
///   handler's deadline must notice a peer that takes no byte.
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
    warn_of(refused);
    Ok(socket.into())
}

fn warn_of(refused: Vec<RefusedOption>) {
    for (name, error, lost) in refused {
        log::warn!("the system refuses {name} ({error}): {lost}");
    }
}

/// An option that the system refuses, the error, and the loss without the option.
type RefusedOption = (&'static str, io::Error, &'static str);

/// Sets options that a server can do without, since some sandboxes and emulated kernels refuse them.
fn tune(socket: &Socket, address: SocketAddr, patience: Duration) -> Vec<RefusedOption> {
    let mut refused = Vec::new();
    refuse(
        &mut refused,
        "SO_REUSEADDR",
        socket.set_reuse_address(true),
        "after a stop the address may be in use for a minute",
    );
    if is_every_address(address) {
        refuse(
            &mut refused,
            "IPV6_V6ONLY",
            socket.set_only_v6(false),
            "IPv4 may not be listened on",
        );
    }
    refused.extend(tune_accepted(socket, patience));
    refused
}

/// Sets the options that accepted sockets inherit.
fn tune_accepted(socket: &Socket, patience: Duration) -> Vec<RefusedOption> {
    let mut refused = Vec::new();
    refuse(
        &mut refused,
        "TCP_NODELAY",
        socket.set_tcp_nodelay(true),
        "an event may arrive some 40 ms later",
    );
    refuse(
        &mut refused,
        "TCP_USER_TIMEOUT",
        system::set_user_timeout(socket, patience),
        "a peer whose cable is unplugged is noticed after a quarter of an hour",
    );
    refuse(
        &mut refused,
        "SO_SNDBUF",
        socket.set_send_buffer_size(SEND_BUFFER),
        "a peer that does not read may make the kernel hold 4 MB",
    );
    refuse(
        &mut refused,
        "SO_RCVBUF",
        socket.set_recv_buffer_size(RECEIVE_BUFFER),
        "a peer that is not read from may make the kernel hold 6 MiB",
    );
    refused
}

/// Notes an option if the system refuses it.
fn refuse(
    refused: &mut Vec<RefusedOption>,
    name: &'static str,
    result: io::Result<()>,
    lost: &'static str,
) {
    refused.extend(result.err().map(|error| (name, error, lost)));
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
