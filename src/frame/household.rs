//! The networks that a client's rates are counted for: its address, or the networks that a provider gives to one
//! customer.

use ipnet::{IpNet, Ipv6Net};
use std::{
    iter,
    net::{IpAddr, Ipv6Addr},
};

/// The networks that a client's rates are counted for.
///
/// An IPv4 client is its address. An IPv6 client is its /64, the smallest network that a household is given, within a
/// /48, the largest that one customer usually gets: a customer with a /48 has 65,536 households. Link-local and unique
/// local addresses are assigned by no provider. They share their /64 with all their neighbours, so each such address is
/// a client of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Household {
    pub(super) own: IpNet,
    site: Option<IpNet>,
}

/// The rate of a /48, in rates of a household.
const SITE_SHARE: u64 = 4;

impl Household {
    pub(super) fn of(client: IpAddr) -> Self {
        match client.to_canonical() {
            IpAddr::V6(address) if !is_local(address) => Self {
                own: network(address, 64),
                site: Some(network(address, 48)),
            },
            address => Self {
                own: address.into(),
                site: None,
            },
        }
    }

    /// Each network, with the number of households whose rate it has.
    pub(super) fn shares(self) -> impl Iterator<Item = (IpNet, u64)> {
        let site = self.site.map(|site| (site, SITE_SHARE));
        iter::once((self.own, 1)).chain(site)
    }
}

fn is_local(address: Ipv6Addr) -> bool {
    address.is_unicast_link_local() || address.is_unique_local()
}

fn network(address: Ipv6Addr, length: u8) -> IpNet {
    Ipv6Net::new_assert(address, length).trunc().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_client_is_its_64_within_its_48_and_a_local_one_its_address() {
        for (client, networks) in [
            (
                "2001:db8:1:2:3:4:5:6",
                &["2001:db8:1:2::/64", "2001:db8:1::/48"][..],
            ),
            ("2001:db8:1::", &["2001:db8:1::/64", "2001:db8:1::/48"]),
            ("192.0.2.1", &["192.0.2.1/32"]),
            ("::ffff:192.0.2.1", &["192.0.2.1/32"]),
            ("fe80::1:2:3:4", &["fe80::1:2:3:4/128"]),
            ("febf::1", &["febf::1/128"]),
            ("fec0::1", &["fec0::/64", "fec0::/48"]),
            ("fc00::1", &["fc00::1/128"]),
            ("fdff:1:2:3:4:5:6:7", &["fdff:1:2:3:4:5:6:7/128"]),
            ("fbff::1", &["fbff::/64", "fbff::/48"]),
        ] {
            let shares = Household::of(client.parse().unwrap()).shares();
            let named: Vec<_> = shares.map(|(net, _)| net.to_string()).collect();
            assert_eq!(named, networks, "{client}");
        }
    }
}
