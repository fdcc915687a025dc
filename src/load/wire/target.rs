//! The server under test: a resource by its URL, the addresses of the server, and the local addresses to connect from.

use super::url::{self, Url, numbered};
use crate::reactor::answering;
use rustls::pki_types::ServerName;
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs},
    time::Duration,
};
use ureq::http::{Uri, uri::Authority};

/// Connections that share a source address on loopback. Each has a port of its own, since the kernel takes up to a
/// millisecond to find a free port. All addresses use the same ports, since a service that listens on all addresses
/// cannot have a port that is in use on any of them, or was lately (tcp(7), `TIME_WAIT`).
const PER_LOOPBACK_ADDRESS: u32 = 1024;
/// The first of these ports: all are below those that the system gives out (ip(7), `ip_local_port_range`).
const FIRST_PORT: u32 = 20_480;
/// Addresses in 127.1.0.0/16, 127.2.0.0/16 and so on, which end in 1 to 254.
const PER_BLOCK: u32 = 256 * 254;

/// The time that the addresses of a name have to answer, before the run.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most addresses that a connection tries.
const TRIES: usize = 8;

/// An HTTP resource, and the addresses of its server.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The value of `Host`.
    pub(crate) host: String,
    /// Path and query, in which `{n}` stands for the subscriber's number.
    pub(crate) path: String,
    /// User and password (RFC 7617), in which `{n}` stands for the subscriber's number.
    pub(super) user: Option<String>,
    /// The name that the server's certificate is for, if it speaks TLS.
    pub(super) name: Option<ServerName<'static>>,
    /// The addresses of the server: at least one. The first are those that connections are spread over.
    pub(crate) addresses: Vec<SocketAddr>,
    /// The number of addresses that connections are spread over. The others are tried where those fail.
    pub(crate) spread: usize,
    /// The first loopback address to connect from: another in each run, so that all its ports are free.
    first_source: u32,
}

/// The resource that a URL in an event refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A resource of the same server: path and query.
    Path(String),
    /// A resource of another server, or not served over HTTP.
    Elsewhere,
}

impl Target {
    /// Reads `url` and resolves its host, which may take a while. Of several addresses, connections are spread over those
    /// that answer.
    pub(crate) fn resolve(url: &str) -> Result<Self, String> {
        let Url {
            host,
            port,
            authority,
            path,
            user,
            is_tls,
        } = Url::read(url)?;
        let addresses = (&*host, port).to_socket_addrs();
        let addresses: Vec<_> = addresses
            .map_err(|error| format!("{host} cannot be resolved: {error}"))?
            .collect();
        if addresses.is_empty() {
            return Err(format!("{host} has no address"));
        }
        let name = is_tls.then(|| ServerName::try_from(host.clone()));
        let name = name.transpose();
        let (addresses, spread) = ordered(addresses);
        Ok(Self {
            name: name.map_err(|_| format!("{host} is no name for a certificate"))?,
            host: authority,
            path,
            user,
            addresses,
            spread,
            first_source: fastrand::u32(PER_BLOCK..200 * PER_BLOCK),
        })
    }

    /// Path and query for the subscriber with this number.
    pub(crate) fn path(&self, number: u32) -> Cow<'_, str> {
        numbered(&self.path, number)
    }

    /// The URL that `url` stands for, absolute or relative to this resource (RFC 3986, section 5.2; dot segments are left to
    /// the server). `number` is that of the subscriber.
    pub(crate) fn absolute(&self, url: &str, number: u32) -> String {
        let (own, host) = (self.scheme(), &self.host);
        let path = self.path(number);
        let path = path.split('?').next().unwrap_or_default();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        match url {
            _ if scheme(url).is_some() => url.to_owned(),
            _ if url.starts_with("//") => format!("{own}:{url}"),
            _ if url.starts_with('/') => format!("{own}://{host}{url}"),
            _ if url.starts_with('?') => format!("{own}://{host}{path}{url}"),
            _ => format!("{own}://{host}{folder}/{url}"),
        }
    }

    /// The resource that `url` refers to, absolute or relative to this resource. Nothing if it is no URL.
    pub(crate) fn refer(&self, url: &str) -> Option<Reference> {
        let absolute = self.absolute(url, 0);
        if scheme(&absolute).and_then(url::port_of).is_none() {
            return Some(Reference::Elsewhere);
        }
        let uri: Uri = absolute.parse().ok()?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Some(match self.is_own(&uri) {
            true => Reference::Path(path.to_owned()),
            false => Reference::Elsewhere,
        })
    }

    /// This server's resource at the absolute `url`; nothing if it is another server's.
    pub(crate) fn at(&self, url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        self.is_own(&uri).then(|| Self {
            path: path.to_owned(),
            ..self.clone()
        })
    }

    /// Whether the server of an absolute URL is this: scheme, host and port are the same (RFC 6454).
    fn is_own(&self, uri: &Uri) -> bool {
        let own = self.host.parse::<Authority>();
        let (Ok(own), Some(other), Some(scheme)) = (own, uri.authority(), uri.scheme_str()) else {
            return false;
        };
        let port = |authority: &Authority| authority.port_u16().or_else(|| url::port_of(scheme));
        scheme == self.scheme()
            && other.host().eq_ignore_ascii_case(own.host())
            && port(other) == port(&own)
    }

    /// Whether both are on the same server.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        let uri = self.absolute("/", 0).parse();
        uri.is_ok_and(|uri| other.is_own(&uri))
    }

    /// The scheme of this resource's URL.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.name {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Whether the server is on this machine's loopback.
    pub(crate) fn is_loopback(&self) -> bool {
        self.addresses
            .iter()
            .all(|address| address.ip().is_loopback())
    }

    /// The server's address for the subscriber with this number: each in turn.
    pub(crate) fn address(&self, number: u32) -> SocketAddr {
        self.addresses[number as usize % self.spread]
    }

    /// The address that is tried after so many others have failed, if there is any.
    pub(crate) fn address_after(&self, number: u32, failed: u8) -> Option<SocketAddr> {
        let (all, failed) = (self.addresses.len(), usize::from(failed));
        let first = number as usize % self.spread;
        (failed < all.min(TRIES)).then(|| self.addresses[(first + failed) % all])
    }

    /// Leaves out the addresses that no address of `bind` can reach, since one is IPv4 and the other IPv6.
    pub(crate) fn reach_from(&mut self, bind: &[IpAddr]) -> Result<(), String> {
        let is_reached = |to: &SocketAddr| bind.iter().any(|from| from.is_ipv4() == to.is_ipv4());
        let (first, bound) = (self.addresses[0], bind.first());
        if let Some(from) = bound {
            let spread = self.addresses[..self.spread].iter();
            self.spread = spread.filter(|to| is_reached(to)).count().max(1);
            self.addresses.retain(is_reached);
            if self.addresses.is_empty() {
                return Err(format!(
                    "--bind {from} cannot reach {first}: one is IPv4, the other IPv6"
                ));
            }
        }
        Ok(())
    }

    /// The local address and port of the next connection of the subscriber with this number to the address `to`; nothing if
    /// the system chooses. `dials` counts the connections of all subscribers.
    pub(crate) fn source(
        &self,
        to: SocketAddr,
        number: u32,
        dials: u32,
        bind: &[IpAddr],
    ) -> Option<SocketAddr> {
        match (bind, to.ip()) {
            ([], IpAddr::V4(to)) if to.is_loopback() => {
                let from = loopback(self.first_source + dials / PER_LOOPBACK_ADDRESS);
                let port = FIRST_PORT + dials % PER_LOOPBACK_ADDRESS;
                Some(SocketAddr::new(from, port as u16))
            }
            (bind, to) => {
                let alike = || bind.iter().filter(|from| from.is_ipv4() == to.is_ipv4());
                let turn = number as usize / self.spread;
                let from = alike().nth(turn % alike().count().max(1))?;
                Some(SocketAddr::new(*from, 0))
            }
        }
    }
}

/// The part before the colon of a URL that is absolute (RFC 3986, section 3.1).
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let begins = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    (begins && scheme.bytes().all(is_part)).then_some(scheme)
}

/// The addresses in the order in which they are tried, and how many of them connections are spread over: those that answer,
/// of the family that the resolver puts first. `localhost` often has both families, and the server listens on one. On
/// loopback, IPv4 comes first.
fn ordered(mut addresses: Vec<SocketAddr>) -> (Vec<SocketAddr>, usize) {
    addresses.dedup();
    let answering = alive(&addresses);
    let spread = preferred(answering);
    let further: Vec<_> = addresses
        .into_iter()
        .filter(|address| !spread.contains(address))
        .collect();
    let count = spread.len();
    ([spread, further].concat(), count)
}

/// The addresses that answer, if there are several; all if none answers, so that the run says why.
fn alive(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    if addresses.len() < 2 {
        return addresses.to_vec();
    }
    match answering(addresses, PATIENCE) {
        Ok(found) if !found.is_empty() => {
            let (some, all) = (found.len(), addresses.len());
            if some < all {
                log::info!("{some} of the name's {all} addresses answer, and are used first");
            }
            found
        }
        _ => addresses.to_vec(),
    }
}

/// The addresses of one family.
fn preferred(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let loopback = addresses.iter().all(|address| address.ip().is_loopback());
    let v4 = addresses.iter().any(SocketAddr::is_ipv4) && (loopback || addresses[0].is_ipv4());
    addresses.retain(|address| address.is_ipv4() == v4);
    addresses
}

/// Addresses of 127.0.0.0/8, from 127.0.0.1 on, without those that end in 0 or 255.
fn loopback(number: u32) -> IpAddr {
    let (block, within) = (number / PER_BLOCK, number % PER_BLOCK);
    let octets = [block, within / 254, within % 254 + 1].map(|octet| octet as u8);
    Ipv4Addr::new(127, octets[0], octets[1], octets[2]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_host_path_and_addresses() {
        let target = Target::resolve("http://127.0.0.1:4000/subscribe?a=b").unwrap();
        assert_eq!(
            (&*target.host, &*target.path),
            ("127.0.0.1:4000", "/subscribe?a=b")
        );
        assert_eq!(target.addresses, ["127.0.0.1:4000".parse().unwrap()]);
        let target = Target::resolve("http://[::1]").unwrap();
        assert_eq!(
            (&*target.path, target.address(7)),
            ("/", "[::1]:80".parse().unwrap())
        );
    }

    #[test]
    fn a_url_in_an_event_is_on_this_server_or_elsewhere() {
        let target = Target::resolve("http://127.0.0.1:4000/a/subscribe?b=/c").unwrap();
        let path = |path: &str| Some(Reference::Path(path.to_owned()));
        for (url, refers) in [
            ("/d.svg#e", path("/d.svg")),
            ("d.svg?e:f", path("/a/d.svg?e:f")),
            ("//127.0.0.1:4000", path("/")),
            ("http://127.0.0.1:4000/ü", path("/ü")),
            ("http://127.0.0.1/d", Some(Reference::Elsewhere)),
            ("http://localhost:4000/d", Some(Reference::Elsewhere)),
            ("//127.0.0.2:4000/d", Some(Reference::Elsewhere)),
            ("https://127.0.0.1:4000/d", Some(Reference::Elsewhere)),
            ("?b=d", path("/a/subscribe?b=d")),
            ("data:image/png;base64,AA==", Some(Reference::Elsewhere)),
            ("/d e", None),
            ("/d\r\nHost: e", None),
            ("http://", None),
        ] {
            assert_eq!(target.refer(url), refers, "{url:?}");
        }
        let named = Target::resolve("http://LocalHost/subscribe").unwrap();
        assert_eq!(named.refer("http://localhost:80/d"), path("/d"));
    }

    #[test]
    fn a_redirect_stays_on_the_server_only_if_scheme_host_and_port_are_the_same() {
        let target = Target::resolve("http://127.0.0.1:4000/a/subscribe?n={n}").unwrap();
        let at = |url: &str| {
            let url = target.absolute(url, 7);
            target.at(&url).map(|target| target.path)
        };
        assert_eq!(at("b").as_deref(), Some("/a/b"));
        assert_eq!(at("?c").as_deref(), Some("/a/subscribe?c"));
        assert_eq!(at("http://127.0.0.1:4000/d").as_deref(), Some("/d"));
        for other in [
            "http://127.0.0.1:4001/d",
            "https://127.0.0.1:4000/d",
            "//127.0.0.2:4000/",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
        let secure = Target::resolve("https://127.0.0.1/").unwrap();
        assert_eq!(secure.absolute("/d", 0), "https://127.0.0.1/d");
        assert!(secure.at("https://127.0.0.1:443/d").is_some());
        assert!(!secure.is_beside(&target) && target.is_beside(&target));
    }

    #[test]
    fn addresses_are_tried_in_turn_from_another_for_each_subscriber() {
        let mut target = Target::resolve("http://127.0.0.1/").unwrap();
        let addresses = ["127.0.0.1:1", "127.0.0.2:1", "[::1]:1"];
        target.addresses = addresses.map(|text| text.parse().unwrap()).to_vec();
        target.spread = 2;
        let text = |target: &Target, number| -> Vec<String> {
            let tried = (0..9).map_while(|failed| target.address_after(number, failed));
            tried.map(|to| to.to_string()).collect()
        };
        assert_eq!(text(&target, 0), addresses);
        assert_eq!(text(&target, 3), [addresses[1], addresses[2], addresses[0]]);
        target.reach_from(&["::1".parse().unwrap()]).unwrap();
        assert_eq!((target.addresses.len(), target.spread), (1, 1));
        let told = target.reach_from(&["127.0.0.8".parse().unwrap()]);
        assert!(told.unwrap_err().contains("--bind 127.0.0.8"));
    }

    #[test]
    fn sources_are_spread_over_loopback_or_over_those_given() {
        let target = Target::resolve("http://127.0.0.1:4000/").unwrap();
        let source = |dials| target.source(target.address(7), 7, dials, &[]).unwrap();
        assert_eq!(source(0).ip(), source(1023).ip());
        assert_ne!(source(0).ip(), source(1024).ip());
        assert_eq!(source(0).port(), source(1024).port());
        assert_ne!(source(0).port(), source(1).port());
        let last = loopback(200 * PER_BLOCK + u32::MAX / 1024);
        assert!(source(0).ip().is_loopback() && last.is_loopback());
        let text = |number| loopback(number).to_string();
        assert_eq!((&*text(0), &*text(254)), ("127.0.0.1", "127.0.1.1"));
        assert_eq!(
            (&*text(PER_BLOCK - 1), &*text(PER_BLOCK)),
            ("127.0.255.254", "127.1.0.1")
        );
        let bind = ["127.0.0.8".parse().unwrap(), "127.0.0.9".parse().unwrap()];
        for (number, from) in [(1, bind[1]), (2, bind[0])] {
            let source = target.source(target.address(number), number, 0, &bind);
            assert_eq!(source, Some(SocketAddr::new(from, 0)));
        }
    }
}
