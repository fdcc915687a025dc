//! The address to listen on, from the option or the environment.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr},
};

/// An address to listen on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listen {
    /// One address, with its port.
    On(SocketAddr),
    /// This port on all addresses that the system has, IPv6 and IPv4.
    Everywhere(u16),
}

pub(super) fn listen(given: Option<SocketAddr>) -> Result<Listen, String> {
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 4000));
    match (given, env::var_os("PORT")) {
        (Some(address), _) => Ok(Listen::On(address)),
        (None, None) => Ok(Listen::On(default)),
        (None, Some(port)) => match port.to_str().map(str::parse) {
            Some(Ok(port)) => Ok(Listen::Everywhere(port)),
            _ => Err(format!(
                "the environment has PORT={port:?}, which is no port; set 0 to 65535, or use --listen"
            )),
        },
    }
}
