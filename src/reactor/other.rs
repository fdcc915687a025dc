//! Systems other than Linux: the functions of `linux.rs`, which find here that the system has no such option or figure.

use mio::net::TcpStream;
use socket2::Socket;
use std::{
    ffi::OsStr,
    io::{self, ErrorKind},
    os::unix::net::SocketAddr,
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

/// Unsupported: the option to drop every packet for the socket.
pub(super) fn drop_input(_: &TcpStream) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
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
