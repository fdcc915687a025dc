//! Systems other than Linux: the functions of `linux.rs`, which find here that the system has no such option or figure.

use mio::net::TcpStream;
use socket2::Socket;
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io::{self, ErrorKind, Read},
    os::{fd::AsFd, unix::net::SocketAddr},
    path::Path,
    time::Duration,
};

/// Lines for the log at the start: figures that this system does not give, and what is lost.
pub(super) const MISSING: &[&str] = &[
    "this system does not tell the memory, processor time, start and open descriptors of a process: metrics are without them",
    "this system does not tell the user of a process: a start as root is not warned of",
];
/// True if [`drop_input`] works on this system.
pub(crate) const DROPS_INPUT: bool = false;

/// Unsupported: the option to give up on a peer. The caller logs what is lost.
pub(super) fn set_user_timeout(_: &Socket, _: Duration) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Unsupported: the option to choose a port only when a socket connects.
pub(super) fn choose_port_late(_: &Socket) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Unsupported: questions to the kernel about connections.
pub(super) fn diagnosis() -> io::Result<Socket> {
    Err(ErrorKind::Unsupported.into())
}

/// Unsupported: the option to drop every packet for the socket.
pub(super) fn drop_input(_: &impl AsFd) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Unsupported: the kernel's stamps of the time at which input arrived.
pub(super) fn stamp_input(_: &TcpStream) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// The room for a stamp: none.
pub(crate) fn stamp_room() -> Vec<u8> {
    Vec::new()
}

/// Reads from a socket, without a stamp.
pub(crate) fn read_stamped(
    stream: &TcpStream,
    buffer: &mut [u8],
    _: &mut [u8],
) -> io::Result<(usize, Option<Duration>)> {
    let mut stream = stream;
    Ok((stream.read(buffer)?, None))
}

/// The flags by which descriptors are received: none, as not every system has them.
pub(super) fn receive_flags() -> rustix::net::RecvFlags {
    rustix::net::RecvFlags::empty()
}

/// The address of a unix socket: a path. This system has no abstract names.
pub(crate) fn unix_address(name: &OsStr) -> io::Result<SocketAddr> {
    SocketAddr::from_pathname(name)
}

/// Unknown: the resident memory of a process, in bytes.
pub(crate) fn resident(_: Option<u32>) -> Option<u64> {
    None
}

/// Unknown: the processor time of this process, in seconds.
pub(crate) fn processor_time() -> Option<f64> {
    None
}

/// The name of the system.
pub(crate) fn release() -> String {
    std::env::consts::OS.to_owned()
}

/// Unknown: the name of the processor.
pub(crate) fn processor_name() -> Option<String> {
    None
}

/// A process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Process {
    /// Its number, and that of its parent.
    pub(crate) id: u32,
    pub(crate) parent: u32,
    pub(crate) session: u32,
    /// The first bytes of its name, padded with zeros.
    pub(crate) name: [u8; 15],
    /// The processor time that the process and its children that have ended used, in seconds.
    pub(crate) seconds: f64,
}

/// Unknown: the processes of this machine.
pub(crate) fn processes() -> Vec<Process> {
    Vec::new()
}

/// Unknown: the sockets that a process holds.
pub(crate) fn sockets(_: u32) -> BTreeSet<u64> {
    BTreeSet::new()
}

/// Unknown: the memory of a process, of which shared pages count by their part.
pub(crate) fn proportional(_: u32) -> Option<u64> {
    None
}

/// Counts of the kernel that tell why connections were slow to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct NetworkCounts {
    /// Requests for a connection (SYN) that were sent again.
    pub(crate) syn_sent_again: u64,
    /// Connections that found the queue of a listener full.
    pub(crate) listen_overflows: u64,
    /// Requests for a connection that a listener has dropped.
    pub(crate) listen_drops: u64,
}

/// Unknown: the counts of this machine's network.
pub(crate) fn network_counts() -> Option<NetworkCounts> {
    None
}

/// Unknown: the start of this process, in seconds since 1970.
pub(crate) fn start_time() -> Option<f64> {
    None
}

/// Unknown: the number of open descriptors of this process.
pub(crate) fn open_descriptors() -> Option<u64> {
    None
}

/// Unknown: the memory that the kernel holds for the whole machine.
pub(crate) fn kernel_memory() -> Option<u64> {
    None
}

/// Unknown: the number of ports that the kernel gives to connections that are made.
pub(crate) fn local_ports() -> Option<u64> {
    None
}

/// Unknown: the most connections that may wait to be accepted.
pub(crate) fn most_backlog() -> Option<u64> {
    None
}

/// Unknown: the effective user of this process.
pub(crate) fn is_root() -> bool {
    false
}

/// Unknown: the signals that this process was started with ignored.
pub(crate) fn is_ignored(_: i32) -> bool {
    false
}

/// True if the path may name a file that is already open, as a descriptor of this process.
pub(crate) fn is_open_file(path: &Path) -> bool {
    path.starts_with("/dev")
}
