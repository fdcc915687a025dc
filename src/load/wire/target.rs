//! The server under test: a resource by its URL, the addresses of the server, and the local addresses to connect from.

use crate::reactor::answering;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs},
    time::Duration,
};
use ureq::http::{Uri, uri::Authority};

/// The port of a URL that names none.
const HTTP: u16 = 80;
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

/// An HTTP resource, and the addresses of its server.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The value of `Host`.
    pub(crate) host: String,
    /// Path and query.
    pub(crate) path: String,
    /// The addresses of the server: at least one.
    pub(crate) addresses: Vec<SocketAddr>,
    /// The first loopback address to connect from: another in each run, so that all its ports are free.
    first_source: u32,
}

/// The resource that a URL in an event refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A resource of the same server: path and query.
    Path(String),
    /// A resource of another server, or not served over plain HTTP.
    Elsewhere,
}

impl Target {
    /// Reads `url` and resolves its host, which may take a while. Of several addresses only those that answer are kept.
    pub(crate) fn resolve(url: &str) -> Result<Self, String> {
        let wrong =
            |what: &str| format!("{url} {what}; use one like http://127.0.0.1:4000/subscribe");
        let uri: Uri = url.parse().map_err(|_| wrong("is not a URL"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(format!(
                    "{url} needs TLS, which is not spoken here; test the server behind its proxy, or put a proxy that speaks TLS in between"
                ));
            }
            _ => return Err(wrong("does not begin with http://")),
        }
        let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("has credentials, which are not sent"));
        }
        let name = authority.host().trim_matches(['[', ']']);
        let port = authority.port_u16().unwrap_or(HTTP);
        let addresses = (name, port).to_socket_addrs();
        let addresses: Vec<_> = addresses
            .map_err(|error| format!("{name} cannot be resolved: {error}"))?
            .collect();
        if addresses.is_empty() {
            return Err(format!("{name} has no address"));
        }
        Ok(Self {
            host: authority.as_str().to_owned(),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            addresses: preferred(alive(addresses)),
            first_source: fastrand::u32(PER_BLOCK..200 * PER_BLOCK),
        })
    }

    /// Resolves `url`, absolute or relative to this resource (RFC 3986, section 5.2; dot segments are left to the
    /// server). Nothing if it is no URL.
    pub(crate) fn refer(&self, url: &str) -> Option<Reference> {
        let folder = self.path.split('?').next().unwrap_or_default();
        let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        let absolute = match (scheme(url), url) {
            (Some("http"), url) => url.to_owned(),
            (Some(_), _) => return Some(Reference::Elsewhere),
            (None, url) if url.starts_with("//") => format!("http:{url}"),
            (None, url) if url.starts_with('/') => format!("http://{}{url}", self.host),
            (None, url) => format!("http://{}{folder}/{url}", self.host),
        };
        let uri: Uri = absolute.parse().ok()?;
        let own: Authority = self.host.parse().ok()?;
        let is_own = uri.authority().is_some_and(|other| {
            let port = |authority: &Authority| authority.port_u16().unwrap_or(HTTP);
            other.host().eq_ignore_ascii_case(own.host()) && port(other) == port(&own)
        });
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Some(match is_own {
            true => Reference::Path(path.to_owned()),
            false => Reference::Elsewhere,
        })
    }

    /// Whether the server is on this machine's loopback.
    pub(crate) fn is_loopback(&self) -> bool {
        self.addresses
            .iter()
            .all(|address| address.ip().is_loopback())
    }

    /// The server's address for the subscriber with this number: each in turn.
    pub(crate) fn address(&self, number: u32) -> SocketAddr {
        self.addresses[number as usize % self.addresses.len()]
    }

    /// The local address and port of the next connection of the subscriber with this number; nothing if the system
    /// chooses. `dials` counts the connections of all subscribers.
    pub(crate) fn source(&self, number: u32, dials: u32, bind: &[IpAddr]) -> Option<SocketAddr> {
        match (bind, self.address(number).ip()) {
            ([], IpAddr::V4(to)) if to.is_loopback() => {
                let from = loopback(self.first_source + dials / PER_LOOPBACK_ADDRESS);
                let port = FIRST_PORT + dials % PER_LOOPBACK_ADDRESS;
                Some(SocketAddr::new(from, port as u16))
            }
            ([], _) => None,
            (bind, _) => {
                let from = bind[number as usize / self.addresses.len() % bind.len()];
                Some(SocketAddr::new(from, 0))
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

/// The addresses that answer, if there are several; all if none answers, so that the run says why.
fn alive(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    if addresses.len() < 2 {
        return addresses;
    }
    match answering(&addresses, PATIENCE) {
        Ok(found) if found.is_empty() => addresses,
        Ok(found) => {
            if found.len() < addresses.len() {
                let (some, all) = (found.len(), addresses.len());
                log::warn!("{some} of the name's {all} addresses answer, and are used");
            }
            found
        }
        Err(_) => addresses,
    }
}

/// The addresses of the family that the resolver puts first: `localhost` often has both, and the server listens on one.
/// On loopback, IPv4 comes first.
fn preferred(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let loopback = addresses.iter().all(|address| address.ip().is_loopback());
    let v4 = addresses.iter().any(SocketAddr::is_ipv4) && (loopback || addresses[0].is_ipv4());
    addresses.retain(|address| address.is_ipv4() == v4);
    addresses.dedup();
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
    fn a_url_that_cannot_be_tested_is_refused_with_advice() {
        for (url, word) in [
            ("", "http://"),
            ("nowhere", "http://"),
            ("ftp://a/", "http://"),
            ("https://a/", "proxy"),
            ("http://a:b@127.0.0.1/", "credentials"),
            ("http://nowhere.invalid/", "resolved"),
        ] {
            let told = Target::resolve(url).unwrap_err();
            assert!(told.contains(word), "{url}: {told}");
        }
    }

    #[test]
    fn sources_are_spread_over_loopback_or_over_those_given() {
        let target = Target::resolve("http://127.0.0.1:4000/").unwrap();
        let source = |dials| target.source(7, dials, &[]).unwrap();
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
        assert_eq!(
            target.source(1, 0, &bind),
            Some(SocketAddr::new(bind[1], 0))
        );
        assert_eq!(
            target.source(2, 0, &bind),
            Some(SocketAddr::new(bind[0], 0))
        );
    }
}
