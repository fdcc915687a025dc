//! The listeners of the program: those of the options, and those that the service manager hands over.

use super::{ServeError, manager};
use crate::{
    config::{Config, Listen},
    reactor::{Address, Listener, every_address},
    server,
};
use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

/// The most listeners. The log takes a line for each of so many in a row.
const MOST: usize = 10;

/// The listeners that there are to be, the public ones first.
#[derive(Debug)]
pub(super) struct Listeners(Vec<Planned>);

/// A listener that there is to be.
#[derive(Debug)]
struct Planned {
    address: Address,
    /// The socket, if the service manager hands it over.
    handed: Option<Listener>,
    is_operators: bool,
}

impl Listeners {
    /// The listeners that the options ask for and the service manager hands over. The default address is for a server
    /// that has no other.
    ///
    /// # Errors
    ///
    /// When a socket that was handed over cannot be used, or when there are too many listeners.
    pub(super) fn new(config: &Config) -> Result<Self, ServeError> {
        let mut all = manager::sockets()?.into_iter().map(handed);
        let mut all = all.by_ref().collect::<Result<Vec<_>, _>>()?;
        let is_default = config.listen == Listen::Default;
        if !is_default || all.iter().all(|one| one.is_operators) {
            let listen = addresses(&config.listen).into_iter();
            all.extend(listen.map(|address| planned(address, false)));
        }
        let admin = config.operator.admin.clone();
        all.extend(admin.map(|address| planned(address, true)));
        all.sort_by_key(|one| one.is_operators);
        if all.len() > MOST {
            let line = format!("there are {} listeners; {MOST} are the most", all.len());
            return Err(ServeError::Usage(line));
        }
        let listeners = Self(all);
        match listeners.refuses_control(!config.trusted_proxies.is_empty()) {
            Some(why) if config.operator.loop_control => Err(ServeError::Usage(why.to_owned())),
            _ => Ok(listeners),
        }
    }

    /// The reason why the loop may not be held: clients on other machines would wait, or could have others wait.
    fn refuses_control(&self, is_behind_proxy: bool) -> Option<&'static str> {
        if !self.has_operators() {
            Some("--loop-control needs --admin, by which the loop is controlled")
        } else if !self.is_operator_local() {
            Some(
                "--loop-control needs an --admin that only this machine reaches: a loopback address or unix:PATH",
            )
        } else if !self.is_local() {
            Some(
                "--loop-control needs a --listen that only this machine reaches: a loopback address or unix:PATH",
            )
        } else if is_behind_proxy {
            Some(
                "--loop-control needs a server without --trusted-proxy, behind which other machines are",
            )
        } else {
            None
        }
    }

    /// The listeners that an earlier process hands over, each with true if it is the operator's.
    ///
    /// # Errors
    ///
    /// When a socket has no address.
    pub(super) fn inherited(listeners: Vec<(Listener, bool)>) -> Result<Self, ServeError> {
        let all = listeners.into_iter().map(handed);
        Ok(Self(all.collect::<Result<Vec<_>, _>>()?))
    }

    /// True if every public listener takes connections of this machine alone.
    pub(super) fn is_local(&self) -> bool {
        self.are_loopback(false)
    }

    /// True if every listener of the operator takes connections of this machine alone.
    pub(super) fn is_operator_local(&self) -> bool {
        self.are_loopback(true)
    }

    fn are_loopback(&self, is_operators: bool) -> bool {
        let mut all = self.0.iter().filter(|one| one.is_operators == is_operators);
        all.all(|one| match &one.address {
            Address::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Address::Unix(_) => true,
        })
    }

    /// True if a public listener is a unix socket, whose peers are proxies.
    pub(super) fn has_unix(&self) -> bool {
        let mut public = self.0.iter().filter(|one| !one.is_operators);
        public.any(|one| matches!(one.address, Address::Unix(_)))
    }

    /// True if the operator has a listener.
    pub(super) fn has_operators(&self) -> bool {
        self.0.iter().any(|one| one.is_operators)
    }

    /// The number of listeners.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The lines that tell what the server would listen on.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0
            .iter()
            .map(|one| format!("listen on {}", url(&one.address, one.is_operators)))
    }

    /// Finds what would keep the server from listening, without a try.
    ///
    /// # Errors
    ///
    /// As of [`Listeners::open`].
    pub(super) fn check(&self) -> Result<(), ServeError> {
        let mut new = self.0.iter().filter(|one| one.handed.is_none());
        new.try_for_each(|one| {
            let checked = Listener::check(&one.address);
            checked.map_err(|error| failed(&one.address, error, one.is_operators))
        })
    }

    /// Listens. Connections of accepted sockets are given up as `patience` says.
    ///
    /// # Errors
    ///
    /// When an address is in use or not to be had.
    pub(super) fn open(self, patience: Duration) -> Result<Opened, ServeError> {
        let mut opened = Opened::default();
        for planned in self.0 {
            let (address, is_operators) = (planned.address.clone(), planned.is_operators);
            let (listener, line) = planned
                .open(patience)
                .map_err(|error| failed(&address, error, is_operators))?;
            opened.listeners.push(listener);
            opened.lines.push(line);
        }
        Ok(opened)
    }
}

impl Planned {
    fn open(self, patience: Duration) -> io::Result<(Listener, Line)> {
        let listener = match self.handed {
            Some(listener) => listener.adopted(patience)?,
            None => Listener::bind(&self.address, patience)?,
        };
        let line = Line {
            address: listener.address()?,
            is_operators: self.is_operators,
            tells_port: matches!(&self.address, Address::Tcp(address) if address.port() == 0),
        };
        let listener = match self.is_operators {
            true => listener.apart(),
            false => listener,
        };
        Ok((listener, line))
    }
}

/// The listeners that there are, and the line of the start for each.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub(super) listeners: Vec<Listener>,
    pub(super) lines: Vec<Line>,
}

/// The line of the start for a listener.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) address: Address,
    pub(super) is_operators: bool,
    /// True if the system picked the port.
    pub(super) tells_port: bool,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "listening on {}", url(&self.address, self.is_operators))
    }
}

/// The address as a client names it, with a word for the operator's.
fn url(address: &Address, is_operators: bool) -> String {
    let url = match address {
        Address::Tcp(address) => format!("http://{address}"),
        Address::Unix(_) => address.to_string(),
    };
    url + if is_operators { " (admin)" } else { "" }
}

fn failed(address: &Address, error: io::Error, is_operators: bool) -> ServeError {
    let option = if is_operators { "--admin" } else { "--listen" };
    ServeError::Listen(server::Failure::Listen(address.clone(), error), option)
}

fn planned(address: Address, is_operators: bool) -> Planned {
    Planned {
        address,
        handed: None,
        is_operators,
    }
}

fn handed((listener, is_operators): (Listener, bool)) -> Result<Planned, ServeError> {
    let address = listener.address().map_err(server::Failure::from)?;
    Ok(Planned {
        address,
        handed: Some(listener),
        is_operators,
    })
}

fn addresses(listen: &Listen) -> Vec<Address> {
    match listen {
        Listen::On(addresses) => addresses.clone(),
        Listen::Everywhere(port) => vec![every_address(*port).into()],
        Listen::Default => vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 4000)).into()],
    }
}
