//! The limits of this machine in the way of so many connections, found before the first is made or in the middle of a run,
//! with advice on how to raise them.

use crate::{
    load::wire::target::Target,
    reactor::{check_source, system},
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
};

/// Descriptors besides those of connections: standard streams, those of the loop and of the probe, and a file or two.
const RESERVED: u64 = 32;
/// The ports of a machine that does not say how many it has (ip(7), `ip_local_port_range`).
const USUAL_PORTS: u64 = 28_232;

/// How to have more ports.
const PORTS: &str = "give more local addresses (--bind ADDR,ADDR,…), or widen the range (sysctl -w \
                     net.ipv4.ip_local_port_range=\"1024 65535\")";

/// Raises the open-file limit as far as it goes, and checks that so many connections will fit, and so many `posts` that may
/// wait for an answer at once.
pub(super) fn check(
    connections: u64,
    posts: u64,
    targets: &[Target],
    bind: &[IpAddr],
) -> Result<(), String> {
    let hard = rlimit::increase_nofile_limit(u64::MAX)
        .map_err(|error| format!("the open-file limit cannot be raised: {error}"))?;
    files(connections + posts, hard)?;
    own(bind)?;
    let is_free = |target: &Target| {
        let source = target.source(target.address(0), 0, 0, bind);
        bind.is_empty() && source.is_some()
    };
    if !targets.iter().any(is_free) {
        let range = system::local_ports().unwrap_or(USUAL_PORTS);
        ports(connections, targets, bind, range)?;
    }
    if targets.iter().any(Target::is_loopback) {
        backlog(connections);
    }
    Ok(())
}

/// The limit that a failed attempt to connect to the address `to` tells of, if it does, with so many connections open.
pub(in crate::load) fn hit(
    error: &io::Error,
    connections: usize,
    to: SocketAddr,
) -> Option<String> {
    let after = format!("after {connections} connections");
    match error.raw_os_error()? {
        libc::EMFILE => Some(format!(
            "no descriptor is free {after}: raise the hard limit on open files (as root: ulimit -Hn, LimitNOFILE= in a \
             systemd unit, or nofile in /etc/security/limits.conf), or ask for fewer"
        )),
        libc::ENFILE => Some(format!(
            "the machine has no descriptor free {after}: raise its limit (sysctl -w fs.file-max), or ask for fewer"
        )),
        libc::ENOBUFS | libc::ENOMEM => Some(format!(
            "the kernel has no memory for another socket {after}: raise its bound (sysctl -w net.ipv4.tcp_mem), or ask for \
             fewer"
        )),
        libc::EADDRNOTAVAIL | libc::EADDRINUSE if is_there(to.ip()) => {
            Some(format!("no port is free for {} {after}: {PORTS}", to.ip()))
        }
        _ => None,
    }
}

/// Whether this machine has an address if it is of loopback: a machine without IPv6 has no ::1.
fn is_there(address: IpAddr) -> bool {
    let is_missing = |error: io::Error| error.kind() == io::ErrorKind::AddrNotAvailable;
    !address.is_loopback() || !check_source(address).is_err_and(is_missing)
}

/// Whether all addresses of `bind` are of this machine.
fn own(bind: &[IpAddr]) -> Result<(), String> {
    for from in bind {
        check_source(*from).map_err(|error| format!("--bind {from}: {error}"))?;
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

/// A port is taken once per local address and peer.
fn ports(connections: u64, targets: &[Target], bind: &[IpAddr], range: u64) -> Result<(), String> {
    let peers: u64 = targets.iter().map(|target| target.spread as u64).sum();
    let ports = range * peers * bind.len().max(1) as u64;
    if connections <= ports {
        return Ok(());
    }
    Err(format!(
        "{connections} connections need as many ports and there are {ports}; {PORTS}"
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
        let target = [Target::resolve("http://127.0.0.1:4000/").unwrap()];
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
        assert!(own(&two).is_ok());
        let told = own(&["192.0.2.1".parse().unwrap()]).unwrap_err();
        assert!(told.contains("--bind 192.0.2.1"), "{told}");
    }

    #[test]
    fn a_limit_that_is_hit_in_the_middle_is_named_with_advice() {
        let to = "127.0.0.1:80".parse().unwrap();
        let hit = |code| hit(&io::Error::from_raw_os_error(code), 7, to);
        for (code, word) in [
            (libc::EMFILE, "ulimit -Hn"),
            (libc::ENFILE, "fs.file-max"),
            (libc::ENOBUFS, "tcp_mem"),
            (libc::EADDRNOTAVAIL, "ip_local_port_range"),
            (libc::EADDRINUSE, "--bind"),
        ] {
            let told = hit(code).unwrap();
            assert!(
                told.contains(word) && told.contains("after 7 connections"),
                "{told}"
            );
        }
        assert_eq!(hit(libc::ECONNREFUSED), None);
        assert!(is_there("192.0.2.1".parse().unwrap()) && is_there(to.ip()));
    }
}
