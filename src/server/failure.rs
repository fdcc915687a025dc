//! Why a server does not run, and what to do about it; and how it is told to stop.

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    error::Error,
    fmt, io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicBool},
};

/// The signals that tell the server to stop.
pub(super) const STOP: [i32; 2] = [SIGTERM, SIGINT];

/// Why a server does not run. A `main` that returns it shows it by `Debug`, which therefore says the same as `Display`.
pub enum Failure {
    /// It cannot listen there (bind(2)).
    Listen(SocketAddr, io::Error),
    /// The system refused something else.
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

/// The first signal only sets a flag, besides waking the loop; with the flag set, the next one ends the process
/// before anything else sees it, also if the loop should hang.
pub(super) fn stop_at_once_the_second_time() -> io::Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in STOP {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked))?;
        flag::register(signal, Arc::clone(&asked))?;
    }
    Ok(())
}
