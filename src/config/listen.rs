//! The addresses to listen on, from the options or the environment.

use super::environment::Environment;
use crate::reactor::Address;
use std::collections::HashSet;

/// The addresses to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// These addresses.
    On(Vec<Address>),
    /// This port on all addresses that the system has, IPv6 and IPv4.
    Everywhere(u16),
    /// The default address, unless sockets are handed over.
    Default,
}

/// The addresses that `--listen` or else `PORT` names.
pub(super) fn listen(given: Vec<Address>, environment: &mut Environment) -> Result<Listen, String> {
    let port = environment.value("PORT", false);
    match port {
        _ if !given.is_empty() => Ok(Listen::On(given)),
        None => Ok(Listen::Default),
        Some(port) => match port.to_str().map(str::parse) {
            Some(Ok(port)) => Ok(Listen::Everywhere(port)),
            _ => Err(format!(
                "the environment has PORT={port:?}, which is no port; set 0 to 65535, or use --listen"
            )),
        },
    }
}

/// Refuses an address that is named twice. A port 0 is another port each time.
pub(super) fn check_twice(listen: &[Address], admin: Option<&Address>) -> Result<(), String> {
    let mut seen = HashSet::new();
    let chosen = |address: &&Address| !matches!(address, Address::Tcp(one) if one.port() == 0);
    let all = listen.iter().chain(admin).filter(chosen);
    match all
        .map(Address::to_string)
        .find(|one| !seen.insert(one.clone()))
    {
        Some(twice) => Err(format!(
            "{twice} is to be listened on twice; name it once in --listen and --admin"
        )),
        None => Ok(()),
    }
}
