//! The limits in the way of so many connections, found before the first is made, with advice on how to move them.

use crate::{load::wire::target::Target, reactor::system};
use std::net::IpAddr;

/// Descriptors besides those of connections: standard streams, those of the loop and of the probe, and a file or two.
const RESERVED: u64 = 32;
/// The ports of a machine that does not say how many it has (ip(7), `ip_local_port_range`).
const USUAL_PORTS: u64 = 28_232;

/// Raises the open-file limit as far as it goes, and checks that so many connections will fit.
pub(super) fn check(connections: u64, target: &Target, bind: &[IpAddr]) -> Result<(), String> {
    let hard = rlimit::increase_nofile_limit(u64::MAX)
        .map_err(|error| format!("the open-file limit cannot be raised: {error}"))?;
    files(connections, hard)?;
    families(target, bind)?;
    if target.source(0, 0, bind).is_none() || !bind.is_empty() {
        let range = system::local_ports().unwrap_or(USUAL_PORTS);
        ports(connections, target, bind, range)?;
    }
    if target.is_loopback() {
        backlog(connections);
    }
    Ok(())
}

fn files(connections: u64, hard: u64) -> Result<(), String> {
    let needed = connections + RESERVED;
    if needed <= hard {
        return Ok(());
    }
    Err(format!(
        "{connections} connections need {needed} open files and only {hard} are allowed; raise the hard limit (as root: ulimit -Hn {needed}, \
         LimitNOFILE= in a systemd unit, or nofile in /etc/security/limits.conf), or ask for fewer"
    ))
}

fn families(target: &Target, bind: &[IpAddr]) -> Result<(), String> {
    let to = target.addresses[0];
    match bind.iter().find(|from| from.is_ipv4() != to.is_ipv4()) {
        Some(from) => Err(format!(
            "--bind {from} cannot reach {to}: one is IPv4, the other IPv6"
        )),
        None => Ok(()),
    }
}

/// A port is taken once per local address when that is bound, and once per peer when the system chooses.
fn ports(connections: u64, target: &Target, bind: &[IpAddr], range: u64) -> Result<(), String> {
    let ways = if bind.is_empty() {
        target.addresses.len()
    } else {
        bind.len()
    };
    let ports = range * ways as u64;
    if connections <= ports {
        return Ok(());
    }
    Err(format!(
        "{connections} connections need as many ports and there are {ports}; give more local addresses (--bind ADDR,ADDR,…), \
         or widen the range (sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\")"
    ))
}

/// Warns of a short backlog: connections that come faster than the server accepts them wait in it.
fn backlog(connections: u64) {
    if let Some(most) = system::most_backlog()
        && most < connections.min(1024)
    {
        log::warn!(
            "at most {most} connections may wait to be accepted on this machine, and the kernel drops further connections: \
             lower --ramp, or raise it (sysctl -w net.core.somaxconn=4096)"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_in_the_way_is_named_with_advice() {
        let target = Target::resolve("http://127.0.0.1:4000/").unwrap();
        let told = files(20_000, 20_000).unwrap_err();
        assert!(told.contains("ulimit -Hn 20032"), "{told}");
        assert!(files(19_968, 20_000).is_ok());
        let two = ["127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap()];
        let told = ports(2001, &target, &two, 1000).unwrap_err();
        assert!(
            told.contains("--bind") && told.contains("ip_local_port_range"),
            "{told}"
        );
        assert!(ports(2000, &target, &two, 1000).is_ok());
        assert!(families(&target, &two).is_ok());
        assert!(
            families(&target, &["::1".parse().unwrap()])
                .unwrap_err()
                .contains("::1")
        );
    }
}
