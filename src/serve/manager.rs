//! The service manager that started the program, as systemd: the sockets that it hands over (sd_listen_fds(3)), and the
//! signs that it is given (sd_notify(3)).

use super::ServeError;
use crate::{
    reactor::{Listener, system},
    server::{Sign, Watch},
};
use listenfd::ListenFd;
use std::{
    env, io,
    os::unix::net::{SocketAddr, UnixDatagram},
    process,
    time::Duration,
};

/// The first descriptor that is handed over.
const FIRST: usize = 3;
/// The longest time between two signs.
const PERIOD: Duration = Duration::from_secs(5);

/// The sockets that the service manager hands over, each with true if its name is `admin`.
///
/// # Errors
///
/// When a descriptor is no listening socket of a stream.
pub(super) fn sockets() -> Result<Vec<(Listener, bool)>, ServeError> {
    // Variables that are meant for a parent of this process are not for this process.
    if env::var("LISTEN_PID").ok().and_then(|pid| pid.parse().ok()) != Some(process::id()) {
        return Ok(Vec::new());
    }
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut handed = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..handed.len() {
        let is_operators = names.next() == Some("admin");
        sockets.push((socket(&mut handed, number)?, is_operators));
    }
    Ok(sockets)
}

fn socket(handed: &mut ListenFd, number: usize) -> Result<Listener, ServeError> {
    if let Ok(Some(socket)) = handed.take_tcp_listener(number) {
        return Ok(socket.into());
    }
    if let Ok(Some(socket)) = handed.take_unix_listener(number) {
        return Ok(socket.into());
    }
    let descriptor = FIRST + number;
    Err(ServeError::Usage(format!(
        "descriptor {descriptor} of LISTEN_FDS is no listening socket: use ListenStream= in the .socket file, and not Accept="
    )))
}

/// The way to the service manager.
#[derive(Debug)]
pub(super) struct Manager {
    socket: UnixDatagram,
    address: SocketAddr,
    /// True if the manager restarts a program that gives no sign.
    is_watching: bool,
    period: Duration,
    /// The number of subscribers that the manager was last told.
    told: Option<usize>,
    /// True if the last sign did not reach the manager.
    is_deaf: bool,
}

impl Manager {
    /// The manager that wants to be told; none without `NOTIFY_SOCKET`.
    ///
    /// # Errors
    ///
    /// When the system refuses a socket, or when the variable names none.
    pub(super) fn find() -> io::Result<Option<Self>> {
        let Some(name) = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let socket = UnixDatagram::unbound()?;
        // A manager that does not read must not hold the loop.
        socket.set_nonblocking(true)?;
        let watchdog = watchdog();
        Ok(Some(Self {
            socket,
            address: system::unix_address(&name)?,
            is_watching: watchdog.is_some(),
            period: watchdog.map_or(PERIOD, |patience| PERIOD.min(patience / 2)),
            told: None,
            is_deaf: false,
        }))
    }

    /// The signs that the server is to give from its loop: only a loop that turns gives them.
    pub(super) fn watch(mut self) -> Watch {
        Watch::new(self.period, move |sign| self.tell(sign))
    }

    fn tell(&mut self, sign: Sign) {
        match sign {
            Sign::Turning { subscribers } => {
                let told = self.told.replace(subscribers);
                // The first sign comes when the server listens.
                let mut text = if told.is_none() { "READY=1\n" } else { "" }.to_owned();
                if told != Some(subscribers) {
                    text += &format!("STATUS={subscribers} subscribers\n");
                }
                if self.is_watching {
                    text += "WATCHDOG=1";
                }
                self.send(&text);
            }
            Sign::Succeeded { by } => self.send(&format!("MAINPID={by}")),
            Sign::Stopping { subscribers } => {
                self.send(&format!(
                    "STOPPING=1\nSTATUS=stopping, with {subscribers} subscribers"
                ));
                self.told = Some(subscribers);
            }
        }
    }

    fn send(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let sent = self.socket.send_to_addr(text.as_bytes(), &self.address);
        if let Err(error) = &sent
            && !self.is_deaf
        {
            log::warn!("the service manager cannot be told {text:?}: {error}");
        }
        self.is_deaf = sent.is_err();
    }
}

/// The time after which the manager restarts a program that gives no sign (sd_watchdog_enabled(3)).
fn watchdog() -> Option<Duration> {
    let number = |name| env::var(name).ok()?.parse::<u64>().ok();
    let is_for_us = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(process::id()));
    let micros = number("WATCHDOG_USEC").filter(|micros| *micros > 0 && is_for_us)?;
    Some(Duration::from_micros(micros))
}
