//! The reasons why a server does not run, with advice; and the signals that the server hears.

use crate::{journal, reactor::Address};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use std::{error::Error, fmt, io};

/// The signals that tell the server to stop.
pub(super) const STOP: [i32; 2] = [SIGTERM, SIGINT];
/// The signals that the server hears. By default each of them would end the process on the spot (signal(7)).
pub(super) const HEARD: [i32; 6] = [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2];

/// The reason why a server does not run. `Debug` writes the same text as `Display`, since a `main` that returns a
/// failure shows it by `Debug`.
pub enum Failure {
    /// The server cannot listen on this address (bind(2)).
    Listen(Address, io::Error),
    /// The journal of a channel cannot be used.
    Journal(journal::Failure),
    /// The process of an earlier version did not hand over.
    HandOver(String),
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
                let advice = advice(address, error.kind());
                write!(f, "cannot listen on {address}: {error}; {advice}")
            }
            Self::Journal(failure) => failure.fmt(f),
            Self::HandOver(why) => f.write_str(why),
            Self::System(error) => {
                write!(
                    f,
                    "the system refused: {error}; it may be short of memory, threads or descriptors"
                )
            }
        }
    }
}

fn advice(address: &Address, kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, AlreadyExists, NotFound, PermissionDenied};
    match (address, kind) {
        (Address::Tcp(_), AddrInUse) => {
            "another program listens there: stop it, or choose another port"
        }
        (Address::Tcp(_), PermissionDenied) => "ports below 1024 need rights: choose a higher one",
        (Address::Tcp(_), AddrNotAvailable) => {
            "this machine does not have the address: choose another"
        }
        (Address::Tcp(_), _) => "choose another address",
        (Address::Unix(_), AddrInUse) => {
            "another program listens there: stop it, or choose another path"
        }
        (Address::Unix(_), AlreadyExists) => "the file is no socket and stays: choose another path",
        (Address::Unix(_), NotFound) => "its folder is missing: make the folder first",
        (Address::Unix(_), PermissionDenied) => {
            "this user may not use the path: change the rights of its folder"
        }
        (Address::Unix(_), _) => "choose another path",
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
