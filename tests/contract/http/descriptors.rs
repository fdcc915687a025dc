//! Running out of file descriptors neither stops the server nor makes it spin.

use super::get;
use crate::support::{
    client::{Client, Stream},
    process::sum,
    server::{Server, program_by},
};
use rlimit::{Resource, prlimit};
use std::{
    fs,
    time::{Duration, Instant},
};

fn limit(server: &Server, files: u64) {
    let pid = server.pid().try_into().unwrap();
    let mut hard = 0;
    prlimit(pid, Resource::NOFILE, None, Some((&mut 0, &mut hard))).unwrap();
    prlimit(pid, Resource::NOFILE, Some((files, hard)), None).unwrap();
}

/// Lowers the server's limit so that it can open no further descriptor. A new descriptor is the lowest free number
/// (open(2)), and has to be below the limit. The number of open descriptors would not do, since a high descriptor may
/// be inherited.
fn run_out(server: &Server) {
    let is_open = |number: &u64| fs::exists(format!("/proc/{}/fd/{number}", server.pid())).unwrap();
    let lowest = (0..).find(|number| !is_open(number));
    limit(server, lowest.expect("descriptors have an end"));
}

/// A client whose connection waits in the backlog, with a request for `/healthz`.
fn waiting(server: &Server) -> Client {
    let mut client = Client::connect(server.address);
    client.send(get("/healthz"));
    server.wait_for_log("accepting no connections for now");
    client
}

/// The processor time that the server has used.
fn used(server: &Server) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(10 * ticks)
}

#[test]
fn open_connections_are_served_and_the_server_accepts_again_when_one_of_them_leaves() {
    let high = "exec 63</dev/null; exec \"$0\" \"$@\"";
    let server = Server::spawn(program_by(&["bash", "-c", high]));
    let [mut staying, mut leaving] = [(); 2].map(|()| Client::connect(server.address));
    for client in [&mut staying, &mut leaving] {
        assert_eq!(client.ask(get("/healthz")).text(), "ok");
    }
    run_out(&server);
    let mut newcomer = waiting(&server);
    for _ in 0..10 {
        assert_eq!(staying.ask(get("/healthz")).text(), "ok");
    }
    drop(leaving);
    assert_eq!(newcomer.response().text(), "ok");
    assert_eq!(newcomer.ask(get("/healthz")).text(), "ok");
}

#[test]
fn the_server_accepts_again_when_descriptors_are_free_though_nothing_else_happens() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
    run_out(&server);
    let mut newcomer = waiting(&server);
    limit(&server, 1000);
    assert_eq!(newcomer.response().text(), "ok");
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

#[test]
fn the_server_does_not_spin_meanwhile() {
    const HEARTBEATS: u64 = 10;
    let server = Server::start(&["--heartbeat", "0.1"]);
    let mut stream = Stream::open(server.address);
    let mut client = Client::connect(server.address);
    let mut turns = || {
        let metrics = client.ask(get("/metrics"));
        sum(metrics.text(), "picture_frame_turns_total")
    };
    turns();
    run_out(&server);
    let _newcomers = [(); 3].map(|()| waiting(&server));
    let (begun, before, turned) = (Instant::now(), used(&server), turns());
    for _ in 0..HEARTBEATS {
        stream.next("audience");
    }
    let (took, used) = (begun.elapsed(), used(&server) - before);
    assert!(used < took / 2, "{used:?} of {took:?}");
    let turned = turns() - turned;
    assert!(turned < 100 * HEARTBEATS, "{turned} turns in {took:?}");
}
