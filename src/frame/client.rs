//! The client of a request: its peer, or the address that a trusted proxy names in `X-Forwarded-For`.

use super::{PictureFrame, household::Household};
use crate::{http::Request, reactor::Peer, server::Context};
use ipnet::{IpNet, Ipv4Net};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

/// The field to which each proxy adds, at the right, the address that it was reached from.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A network of trusted peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network(IpNet);

/// The error for a text that is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotANetwork;

impl std::error::Error for NotANetwork {}

impl std::fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "a network is an address and perhaps a length, as 127.0.0.1, 10.0.0.0/8 or fd00::/8",
        )
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let text = text.trim();
        let net: Result<IpNet, _> = text.parse();
        let net = net.or_else(|_| text.parse().map(|address: IpAddr| IpNet::from(address)));
        Ok(Self(without_mapping(net.map_err(|_| NotANetwork)?)))
    }
}

/// Turns a network of IPv4-mapped addresses into the IPv4 network that it stands for.
fn without_mapping(net: IpNet) -> IpNet {
    let IpAddr::V4(address) = net.addr().to_canonical() else {
        return net;
    };
    let length = net.prefix_len().checked_sub(net.max_prefix_len() - 32);
    let mapped = length.and_then(|length| Ipv4Net::new(address, length).ok());
    mapped.map_or(net, IpNet::V4)
}

/// The peers whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    trusted: Vec<Network>,
    /// True if there may be peers on a unix socket, which are trusted as well: they have no address of their own.
    has_unix: bool,
    /// True once the log has told how to trust a proxy near by.
    hinted: bool,
}

impl Proxies {
    /// Trusts the peers of these networks, and the peers on a unix socket if the server `has_unix` sockets.
    #[must_use]
    pub(crate) fn new(trusted: Vec<Network>, has_unix: bool) -> Self {
        Self {
            trusted,
            has_unix,
            hinted: false,
        }
    }

    /// True if no peer is trusted.
    pub(crate) fn is_none(&self) -> bool {
        self.trusted.is_empty() && !self.has_unix
    }

    /// True if a peer is a trusted proxy.
    pub(super) fn trusts_peer(&self, peer: Peer) -> bool {
        match peer {
            Peer::Address(peer) => self.trusts(peer.ip()),
            Peer::Unix => true,
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.0.contains(&address))
    }

    /// The client of a request that came from `peer` with these fields: the right-most address that is not a trusted
    /// proxy, because the client may have written anything left of that. If all addresses are trusted, the left-most of
    /// them. An element that is no address ends the search: the client is then the last proxy that was found.
    /// The client of a peer on a unix socket that names no other is this machine.
    pub(crate) fn client<'a>(&self, peer: Peer, fields: impl Iterator<Item = &'a [u8]>) -> IpAddr {
        let mut client = match peer {
            Peer::Address(peer) => peer.ip(),
            Peer::Unix => Ipv4Addr::LOCALHOST.into(),
        };
        let mut is_trusted = self.trusts_peer(peer);
        let fields: Vec<&[u8]> = fields.collect();
        let right_to_left = fields.iter().rev().flat_map(|field| {
            let elements = field.rsplit(|byte| *byte == b',');
            elements
                .map(<[u8]>::trim_ascii)
                .filter(|one| !one.is_empty())
        });
        for element in right_to_left {
            if !is_trusted {
                break;
            }
            let Some(address) = address(element) else {
                break;
            };
            (client, is_trusted) = (address, self.trusts(address));
        }
        client
    }
}

/// Parses the address of an element. Proxies write it with a port or without, and IPv6 in brackets or without.
fn address(element: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(element).ok()?;
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address = match bare {
        Some(bare) => bare.parse().map(IpAddr::V6).ok(),
        None => text.parse().ok(),
    };
    let with_port = || text.parse().map(|address: SocketAddr| address.ip()).ok();
    address
        .or_else(with_port)
        .map(|address| address.to_canonical())
}

/// The address that a peer's connection counts for. None for a trusted proxy: its clients' streams and polls are
/// counted by [`takes_place`].
pub(super) fn counted(app: &PictureFrame, peer: IpAddr) -> Option<IpAddr> {
    let is_proxy = app.proxies.trusts(peer.to_canonical());
    (!is_proxy).then(|| Household::of(peer).own.addr())
}

/// Counts a stream or poll that came through a trusted proxy for its client. False if the client has as many
/// connections as it may have.
pub(super) fn takes_place(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> bool {
    if !cx.counts_addresses() {
        return true;
    }
    let client = client(cx, request).own.addr();
    cx.counts_for(client)
}

/// The household that sent this request. All clients that left before their request was read count as one household,
/// since no address tells them apart.
pub(super) fn client(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> Household {
    Household::of(match cx.other_end() {
        Some(peer) => cx.app.proxies.client(peer, request.headers(FORWARDED_FOR)),
        None => Ipv4Addr::UNSPECIFIED.into(),
    })
}

/// True for an address of this machine or of a network that is not public: more likely a proxy's address than a
/// visitor's (RFC 1918, 3927, 4193, 4291, 6598).
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            let is_shared = a == 100 && b & 0b1100_0000 == 64;
            address.is_loopback() || address.is_private() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// True for a request that came through a trusted proxy, or through another proxy that says so.
pub(super) fn came_by_proxy(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> bool {
    let peer = cx.other_end();
    peer.is_some_and(|peer| cx.app.proxies.trusts_peer(peer))
        || request.headers(FORWARDED_FOR).next().is_some()
}

/// Logs, once, the option that makes a proxy near by trusted: until then its clients share one address.
pub(super) fn hint(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) {
    if cx.app.proxies.hinted || request.header(FORWARDED_FOR).is_none() {
        return;
    }
    let Some(peer) = cx.peer() else {
        return;
    };
    if is_near(peer) && !cx.app.proxies.trusts(peer) {
        cx.app.proxies.hinted = true;
        log::warn!(
            "the X-Forwarded-For of {peer} is not believed, so all its clients count as one; \
             if it is your proxy, use --trusted-proxy {peer}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn proxies(trusted: &[&str]) -> Proxies {
        Proxies::new(
            trusted.iter().map(|net| net.parse().unwrap()).collect(),
            false,
        )
    }

    fn peer(address: &str) -> Peer {
        Peer::from(SocketAddr::new(address.parse().unwrap(), 1))
    }

    fn client(trusted: &[&str], peer: &str, fields: &[&str]) -> String {
        let fields = fields.iter().map(|field| field.as_bytes());
        let client = proxies(trusted).client(self::peer(peer), fields);
        client.to_string()
    }

    #[test]
    fn the_field_of_a_peer_that_is_not_trusted_is_ignored() {
        assert_eq!(client(&[], "127.0.0.1", &["198.51.100.1"]), "127.0.0.1");
        let trusted = ["10.0.0.0/8"];
        assert_eq!(
            client(&trusted, "192.0.2.1", &["198.51.100.1"]),
            "192.0.2.1"
        );
        assert_eq!(client(&trusted, "::1", &["198.51.100.1"]), "::1");
    }

    #[test]
    fn the_right_most_address_that_is_not_trusted_is_the_client() {
        let trusted = ["10.0.0.0/8", "127.0.0.1", "fd00::/8"];
        for (fields, expected) in [
            (&[][..], "127.0.0.1"),
            (&["198.51.100.1"], "198.51.100.1"),
            (&["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (&["203.0.113.9,198.51.100.1 ,10.1.2.3"], "198.51.100.1"),
            (
                &["203.0.113.9", "198.51.100.1", "10.1.2.3,fd00::7"],
                "198.51.100.1",
            ),
            (&["198.51.100.1, ,, "], "198.51.100.1"),
            (&["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
            (&["198.51.100.1:567"], "198.51.100.1"),
            (&["[2001:db8::1]:80"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["203.0.113.9, ::ffff:10.0.0.1"], "203.0.113.9"),
        ] {
            assert_eq!(
                client(&trusted, "127.0.0.1", fields),
                expected,
                "{fields:?}"
            );
        }
    }

    #[test]
    fn a_peer_on_a_unix_socket_is_a_trusted_proxy_and_without_a_field_this_machine() {
        for (fields, expected) in [
            (&[][..], "127.0.0.1"),
            (&["198.51.100.1"], "198.51.100.1"),
            (&["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (&["198.51.100.1, 10.1.2.3"], "198.51.100.1"),
            (&["198.51.100.1, 127.0.0.1"], "127.0.0.1"),
            (&["198.51.100.1, unknown"], "127.0.0.1"),
        ] {
            let fields = fields.iter().map(|field| field.as_bytes());
            let client = proxies(&["10.0.0.0/8"]).client(Peer::Unix, fields);
            assert_eq!(client.to_string(), expected);
        }
    }

    #[test]
    fn nothing_left_of_what_is_no_address_is_believed() {
        for no_address in [
            "unknown",
            "_hidden",
            "1.2.3",
            "1.2.3.4.5",
            "[1.2.3.4]",
            "a,\u{e9}",
            "::1]",
        ] {
            let field = format!("203.0.113.9, {no_address}");
            assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &[&field]), "127.0.0.1");
            let field = format!("203.0.113.9, {no_address}, 10.1.2.3");
            assert_eq!(
                client(&["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", &[&field]),
                "10.1.2.3"
            );
        }
    }

    #[test]
    fn mapped_addresses_are_their_ipv4_ones() {
        let fields = ["198.51.100.1"];
        assert_eq!(
            client(&["127.0.0.1"], "::ffff:127.0.0.1", &fields),
            "198.51.100.1"
        );
        assert_eq!(
            client(&["::ffff:127.0.0.0/104"], "127.0.0.1", &fields),
            "198.51.100.1"
        );
        assert_eq!(client(&["::/0"], "127.0.0.1", &fields), "127.0.0.1");
    }

    #[test]
    fn a_peer_is_near_if_its_address_is_loopback_private_shared_or_link_local() {
        let is_near = |text: &str| is_near(text.parse().unwrap());
        for near in [
            "127.0.0.1",
            "10.255.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
        ] {
            assert!(is_near(near), "{near}");
        }
        for public in [
            "9.255.255.255",
            "11.0.0.1",
            "172.15.255.255",
            "172.32.0.1",
            "192.169.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "198.51.100.1",
            "2001:db8::1",
            "fbff::1",
            "fec0::1",
            "::",
        ] {
            assert!(!is_near(public), "{public}");
        }
    }

    #[test]
    fn a_network_has_a_length_or_is_one_address() {
        for (text, net) in [
            ("127.0.0.1", "127.0.0.1/32"),
            ("::1", "::1/128"),
            (" 10.0.0.0/8", "10.0.0.0/8"),
            ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ] {
            assert_eq!(text.parse(), Ok(Network(net.parse().unwrap())), "{text}");
        }
        for text in [
            "",
            "a",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.1:80",
            "[::1]",
            "*",
        ] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_client_cannot_choose_its_address_by_a_field(written in vec("[ -~]{0,40}", 0..4)) {
            let appended = ["198.51.100.1, 10.1.2.3"];
            let fields: Vec<&str> = written.iter().map(String::as_str).chain(appended).collect();
            prop_assert_eq!(client(&["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", &fields), "198.51.100.1");
            let stays = client(&["10.0.0.0/8"], "127.0.0.1", &fields);
            prop_assert_eq!(stays, "127.0.0.1");
        }
    }
}
