//! The load test leaves no port behind, and says so when this machine has no more ports or descriptors.

use super::{
    Told, load,
    run::{load_at, start_at},
};
use crate::support::{
    network::{Cable, Machine},
    process::descriptors,
    programs,
    server::{Server, program, program_by},
};
use std::{fs, net::SocketAddr, process::Command};

fn server() -> Server {
    Server::start(&["--publish-rate", "0", "--retry", "100"])
}

/// The number of connections with this port that wait for late packets (proc(5), `/proc/net/tcp`; tcp(7), `TIME_WAIT`).
fn waiting(port: u16) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{port:04X}");
    let waits = |line: &&str| {
        let mut columns = line.split_whitespace().skip(1);
        let ends = [columns.next(), columns.next()];
        let is_there = ends.iter().flatten().any(|end| end.ends_with(&port));
        is_there && columns.next() == Some("06")
    };
    table.lines().filter(waits).count()
}

#[test]
fn no_port_waits_after_subscribers_have_come_back_and_left() {
    let server = server();
    let options = [
        "--subscribers",
        "50",
        "--every",
        "50ms",
        "--for",
        "1s",
        "--churn",
        "1200",
        "--storm",
        "--pid",
        &server.pid().to_string(),
        // With these two, the probe does not ask the server.
        "--gap-event",
        "missed",
    ];
    let told = load(server.address, &options);
    told.is_clean();
    assert!(
        told.number("/connections/reconnects") >= 50.0,
        "{}",
        told.all
    );
    assert_eq!(waiting(server.address.port()), 0);
}

#[test]
fn a_run_that_finds_no_descriptor_in_the_middle_ends_with_the_figures_until_then() {
    if programs::find(&["prlimit"], "util-linux").is_none() {
        return;
    }
    let server = server();
    let url = format!("http://{}/subscribe", server.address);
    let options = [
        "--subscribers",
        "8",
        "--every",
        "50ms",
        "--for",
        "1h",
        "--churn",
        "600",
    ];
    let run = start_at(program(), &[url], server.address, &options);
    // Some subscribers have a descriptor above this bound, and find none below when they come back.
    let bound = descriptors(run.pid()) - 4;
    let limit = [
        format!("--nofile={bound}:{bound}"),
        "--pid".to_owned(),
        run.pid().to_string(),
    ];
    assert!(
        Command::new("prlimit")
            .args(limit)
            .status()
            .unwrap()
            .success()
    );
    assert_ended(&run.told(), "no descriptor is free after", "ulimit -Hn");
}

/// A limit of the machine has ended a run with a crowd of 8, and is named with advice.
#[track_caller]
fn assert_ended(told: &Told, limit: &str, advice: &str) {
    assert_eq!(told.status, Some(2), "{}", told.all);
    let line = format!("picture-frame: {limit}");
    assert!(
        told.all.contains(&line) && told.all.contains(advice),
        "{}",
        told.all
    );
    assert_eq!(told.number("/connections/top"), 8.0, "{}", told.all);
    assert!(!told.table.contains("FAULT"), "{}", told.all);
}

/// A machine of its own whose kernel gives out ten ports, its address, and a server on it.
fn machine(name: &str) -> Option<(Machine, SocketAddr, Server, [Cable; 2])> {
    let (machine, cables) = Machine::with_cables(name)?;
    let mut lo = program_by(&machine.launcher());
    lo.args([
        "--listen",
        "0.0.0.0:0",
        "--publish-rate",
        "0",
        "--retry",
        "100",
    ]);
    let up = [&machine.launcher()[..], &["ip", "link", "set", "lo", "up"]].concat();
    assert!(
        Command::new(up[0])
            .args(&up[1..])
            .status()
            .unwrap()
            .success()
    );
    let server = Server::spawn_as_told(lo);
    set_ports(&machine, "30000 30009");
    let address = cables[0].to(server.address.port());
    Some((machine, address, server, cables))
}

fn set_ports(machine: &Machine, range: &str) {
    let write = format!("echo {range} > /proc/sys/net/ipv4/ip_local_port_range");
    let launcher = machine.launcher();
    let status = Command::new(launcher[0])
        .args(&launcher[1..])
        .args(["sh", "-c", &write])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_run_that_finds_no_port_in_the_middle_ends_with_the_figures_until_then() {
    let Some((machine, address, _server, _cables)) = machine("ports") else {
        return;
    };
    let url = format!("http://{address}/subscribe");
    let options = [
        "--subscribers",
        "8",
        "--every",
        "50ms",
        "--for",
        "1h",
        "--storm",
        "--churn",
        "1200",
    ];
    let run = start_at(program_by(&machine.launcher()), &[url], address, &options);
    set_ports(&machine, "30000 30000");
    assert_ended(
        &run.told(),
        "no port is free for 198.1",
        "ip_local_port_range",
    );
}

#[test]
fn a_run_that_finds_no_port_at_the_start_says_so_and_has_no_figures() {
    let Some((machine, address, _server, _cables)) = machine("none") else {
        return;
    };
    let urls = [format!("http://{address}/subscribe")];
    let launch = || program_by(&machine.launcher());
    let crowd = |count| ["--subscribers", count, "--for", "1h"];
    let fails = |count, why: &str| {
        let told = load_at(launch(), &urls, address, &crowd(count));
        assert_eq!((told.status, &*told.table), (Some(2), ""), "{}", told.all);
        assert!(told.all.contains(why), "{}", told.all);
    };
    fails("20", "20 connections need as many ports");
    // Another run has taken most of the ports, which no look before the first connection can tell.
    let first = start_at(launch(), &urls, address, &crowd("8"));
    fails("8", "picture-frame: no port is free for");
    drop(first);
}

#[test]
fn subscribers_of_different_servers_share_the_ports_of_a_local_address() {
    let Some((machine, address, _server, _cables)) = machine("share") else {
        return;
    };
    let mut command = program_by(&machine.launcher());
    command.args(["--listen", "0.0.0.0:0", "--publish-rate", "0"]);
    let second = Server::spawn_as_told(command);
    let second = SocketAddr::new(address.ip(), second.address.port());
    let urls = [address, second].map(|address| format!("http://{address}/subscribe"));
    let bind = address.ip().to_string();
    let options = ["--subscribers", "14", "--for", "100ms", "--bind", &bind];
    let told = load_at(program_by(&machine.launcher()), &urls, address, &options);
    assert_eq!(told.number("/connections/held"), 14.0, "{}", told.all);
}
