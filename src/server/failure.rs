//! The reasons why a server does not run, with advice; and the signals that the server hears.

use crate::journal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use std::{error::Error, fmt, io, net::SocketAddr};

/// The signals that tell the server to stop.
pub(super) const STOP: [i32; 2] = [SIGTERM, SIGINT];
/// The signals that the server hears. By default each of them would end the process on the spot (signal(7)).
pub(super) const HEARD: [i32; 6] = [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2];

/// The reason why a server does not run. `Debug` writes the same text as `Display`, since a `main` that returns a
/// failure shows it by `Debug`.
pub enum Failure {
    /// The server cannot listen on this address (bind(2)).
    Listen(SocketAddr, io::Error),
    /// The journal of a channel cannot be used.
    Journal(journal::Failure),
    /// The system refused another resource.
    System(io::Error),
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(address, error) => {
                let advice = match error.kind() {
                    io::ErrorKind::AddrInUse => {
                        "another program listens there: stop it, or choose another port"
                    }
                    io::ErrorKind::PermissionDenied => {
                        "ports below 1024 need rights: choose a higher one"
                    }
                    io::ErrorKind::AddrNotAvailable => {
                        "this machine does not have the address: choose another"
                    }
                    _ => "choose another address",
                };
                write!(f, "cannot listen on {address}: {error}; {advice}")
            }
            Self::Journal(failure) => failure.fmt(f),
            Self::System(error) => {
                write!(
                    f,
                    "the system refused: {error}; it may be short of memory, threads or descriptors"
                )
            }
        }
    }
}

impl Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<journal::Failure> for Failure {
    fn from(failure: journal::Failure) -> Self {
        Self::Journal(failure)
    }
}
