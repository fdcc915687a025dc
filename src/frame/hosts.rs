//! The hosts that a request may be for. Any website can make a name of its own resolve to an address of this machine;
//! to a browser its pages then have the same origin as the frame ("DNS rebinding"). Only `Host` shows the difference.

use super::{
    PictureFrame,
    site::{Site, name_and_port, site},
};
use crate::{
    http::{Problem, Request, is_authority},
    reactor::Peer,
    server::{Context, Refused},
};
use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// A host that a request may be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// Every host.
    Any,
    /// An IP address, which no website can make the host of its pages.
    Address(IpAddr),
    /// A name, in lower case and without a final dot.
    Name(String),
}

/// The error for a text that is no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAHost;

impl std::error::Error for NotAHost {}

impl std::fmt::Display for NotAHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "a host is a name or an address without a port, as frame.example.org, or * for any",
        )
    }
}

impl FromStr for Host {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(address.to_canonical()));
        }
        let is_whole = name_and_port(text) == (text, None) && !text.contains('*');
        // No name begins with a hyphen: such a text is the next option, given in place of a name.
        let is_option = text.starts_with('-');
        if is_option || !is_whole || !is_authority(text) {
            return Err(NotAHost);
        }
        Ok(Self::of(text))
    }
}

impl Host {
    /// The host of a valid authority.
    fn of(authority: &str) -> Self {
        let (name, _) = name_and_port(authority);
        let bare = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        let address = match bare {
            Some(bare) => bare.parse().map(Ipv6Addr::into),
            None => name.parse(),
        };
        match address {
            Ok(address) => Self::Address(IpAddr::to_canonical(&address)),
            Err(_) => Self::Name(name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()),
        }
    }

    /// True for a host that only a program on this machine, or a client that was given an address, asks for.
    fn is_local(&self) -> bool {
        match self {
            Self::Any => false,
            Self::Address(_) => true,
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }
}

/// The hosts that requests may be for.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    allowed: Allowed,
    /// The last allowed host, with its port: most requests are for the same host.
    last: String,
    /// True once a refused host has been logged.
    hinted: bool,
}

#[derive(Clone, Debug)]
enum Allowed {
    Any,
    These(Vec<Host>),
    /// Local hosts, and these.
    LocalAnd(Vec<Host>),
}

impl Hosts {
    /// Allows `hosts`. If there are none, allows local hosts if `is_local`, else any.
    #[must_use]
    pub(crate) fn new(hosts: Vec<Host>, is_local: bool) -> Self {
        let allowed = match hosts.is_empty() {
            false if hosts.contains(&Host::Any) => Allowed::Any,
            false => Allowed::These(hosts),
            true if is_local => Allowed::LocalAnd(hosts),
            true => Allowed::Any,
        };
        Self::allowing(allowed)
    }

    /// The hosts that requests of the operator may be for. A listener that `is_local` takes local hosts in any case, so
    /// that the operator needs none of the public names, and `hosts`. Elsewhere any host is taken: a name that leads to
    /// such a listener may be its own.
    #[must_use]
    pub(crate) fn operators(hosts: Vec<Host>, is_local: bool) -> Self {
        Self::allowing(match is_local && !hosts.contains(&Host::Any) {
            true => Allowed::LocalAnd(hosts),
            false => Allowed::Any,
        })
    }

    fn allowing(allowed: Allowed) -> Self {
        Self {
            allowed,
            last: String::new(),
            hinted: false,
        }
    }

    /// True if a request may be for `host`. A request of HTTP/1.0 may name no host, and no browser sends such a
    /// request.
    fn allow(&mut self, host: Option<&str>) -> bool {
        let Some(host) = host else { return true };
        let is_allowed = match &self.allowed {
            Allowed::Any => return true,
            _ if host == self.last => return true,
            Allowed::These(hosts) => hosts.contains(&Host::of(host)),
            Allowed::LocalAnd(hosts) => {
                let host = Host::of(host);
                host.is_local() || hosts.contains(&host)
            }
        };
        if is_allowed && host.len() <= LONGEST_NAME {
            host.clone_into(&mut self.last);
        }
        is_allowed
    }
}

/// Refuses a request for a host that is not allowed.
pub(super) fn check(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Result<(), Problem> {
    let host = site(cx, request).host;
    if cx.app.hosts.allow(host) {
        return Ok(());
    }
    hint(&mut cx.app.hosts, host.unwrap_or_default());
    Err(refuse(cx))
}

/// Refuses a request of the operator for a host that is not allowed. No website reaches a unix socket.
pub(super) fn check_operators(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Result<(), Problem> {
    let host = Site::direct(request).host;
    if cx.app.operators_hosts.allow(host) || cx.other_end() == Some(Peer::Unix) {
        return Ok(());
    }
    hint(&mut cx.app.operators_hosts, host.unwrap_or_default());
    Err(refuse(cx))
}

fn refuse(cx: &mut Context<'_, PictureFrame>) -> Problem {
    cx.refused(Refused::CrossSite);
    Problem::new(
        421,
        "This server does not answer to the name in Host: --host NAME would let it.",
    )
}

/// The longest name that DNS has (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 255;

/// Logs, once, the option that allows a refused host: behind a proxy that is not trusted it may be the server's own.
fn hint(hosts: &mut Hosts, authority: &str) {
    let (name, _) = name_and_port(authority);
    if !hosts.hinted && name.len() <= LONGEST_NAME {
        hosts.hinted = true;
        log::warn!(
            "a request for the host {name} was refused (421); if that is a name of this server, use --host {name}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str], is_local: bool) -> Hosts {
        let names = names.iter().map(|name| name.parse().unwrap());
        Hosts::new(names.collect(), is_local)
    }

    #[test]
    fn without_names_a_local_server_takes_addresses_and_localhost() {
        let mut local = hosts(&[], true);
        for host in [
            "localhost",
            "LOCALHOST:4000",
            "localhost.",
            "localhost.:4000",
            "a.localhost",
            "a.b.LocalHost:",
            "127.0.0.1",
            "192.0.2.1:80",
            "[::1]",
            "[2001:db8::1]:4000",
        ] {
            assert!(local.allow(Some(host)), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "notlocalhost",
            "localhost..",
            "127.0.0.1.evil.example",
            "127.0.0.1.nip.io:4000",
            "127.1",
            "0x7f000001",
            "a",
            "%6cocalhost",
        ] {
            assert!(!local.allow(Some(host)), "{host}");
        }
        assert!(local.allow(None) && local.allow(Some("127.0.0.1")));
        assert!(hosts(&[], false).allow(Some("evil.example")));
    }

    #[test]
    fn with_names_only_they_are_taken_in_any_case_and_with_any_port() {
        for is_local in [true, false] {
            let mut named = hosts(&["Frame.example.org", "b.", "127.0.0.1", "::1"], is_local);
            for host in [
                "frame.example.org",
                "FRAME.EXAMPLE.ORG.:80",
                "b",
                "127.0.0.1:1",
                "[::1]",
            ] {
                assert!(named.allow(Some(host)), "{host}");
            }
            for host in [
                "localhost",
                "example.org",
                "a.frame.example.org",
                "127.0.0.2",
                "[::2]",
            ] {
                assert!(!named.allow(Some(host)), "{host}");
            }
            assert!(hosts(&["a", "*"], is_local).allow(Some("evil.example")));
        }
    }

    #[test]
    fn a_name_has_neither_scheme_nor_port() {
        for text in [
            "",
            "a:80",
            "http://a",
            "a/",
            "*.a",
            "[::1]:80",
            "a b",
            "u@a",
            "bücher.example",
            "--drain",
        ] {
            assert_eq!(text.parse::<Host>(), Err(NotAHost), "{text}");
        }
        assert_eq!("[::1]".parse(), "::1".parse::<Host>());
    }
}
