//! The contract on scarce resources: descriptors, and room in the backlog. Running out of them neither stops the server
//! nor makes it spin.

mod addresses;
mod connections;
mod crowds;
mod memory;
mod subscribers;

use crate::support::{
    client::{Client, Stream, form, get},
    flickr::FlickrStub,
    process::{descriptors, eventually, processor_time},
    server::{Server, program_by},
};
use rlimit::Resource;
use std::{
    fs,
    net::SocketAddr,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
const AT_THE_LIMIT: &str = "accepting no connections for now";
const OVER: &str = "accepting all connections again";
/// The line when the limit of connections, not of descriptors, is reached.
const HIT: &str = "the limit of connections is reached";

/// The program under a limit of descriptors, by `flags` of the shell's `ulimit`.
fn limited(flags: &str, options: &[&str]) -> Command {
    let script = format!("ulimit {flags}; exec \"$0\" \"$@\"");
    let mut command = program_by(&["sh", "-c", &script]);
    command.args(options);
    command
}

/// The number of connections that the server logs as its limit.
fn most(server: &Server) -> usize {
    let line = server.wait_for_log("leaves ");
    line.split("leaves ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

fn connect_all(address: SocketAddr, count: usize) -> Vec<Client> {
    (0..count).map(|_| Client::connect(address)).collect()
}

/// Checks that the server hardly uses the processor while it is idle at its limit.
fn does_not_spin(server: &Server) {
    let (begun, time) = (Instant::now(), processor_time(server.pid()));
    thread::sleep(Duration::from_secs(1));
    let (passed, used) = (begun.elapsed(), processor_time(server.pid()) - time);
    assert!(used < Duration::from_millis(200), "{used:?} in {passed:?}");
}

#[test]
fn the_open_file_limit_is_raised_to_its_hard_limit_and_the_resulting_one_is_logged() {
    let server = Server::spawn(limited("-Sn 60 && ulimit -Hn 200", &[]));
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    assert_eq!(line.split_whitespace().nth(3), Some("200"), "{line}");
    assert!(
        server
            .wait_for_log("200 open files")
            .contains("for connections")
    );
    assert!((100..200).contains(&most(&server)));
}

#[test]
fn look_ups_work_at_the_limit() {
    let stub = FlickrStub::start();
    let mut command = limited("-n 96", &["--flickr-url", &stub.url()]);
    command.env("FLICKR_API_KEY", "0123456789abcdef0123456789abcdef");
    let server = Server::spawn(command);
    let mut inside = connect_all(server.address, most(&server));
    assert_eq!(inside[0].ask(HEALTH).status, 200);
    let _outside = connect_all(server.address, 60);
    server.wait_for_log(HIT);
    stub.mode("hang");
    for (number, client) in inside.iter_mut().take(4).enumerate() {
        client.send(form(&format!("keyword=sushi{number}")));
    }
    stub.wait_for_requests(4);
    stub.release();
    for client in inside.iter_mut().take(4) {
        assert_eq!(client.response().status, 200);
    }
}

#[test]
fn a_limit_lowered_under_the_server_neither_stops_it_nor_makes_it_spin() {
    let server = Server::start(&[]);
    let mut inside = connect_all(server.address, 8);
    for client in &mut inside {
        assert_eq!(client.ask(HEALTH).status, 200);
    }
    let pid = server.pid() as rlimit::pid_t;
    let (mut soft, mut hard) = (0, 0);
    let none_left = descriptors(server.pid()) as u64;
    rlimit::prlimit(pid, Resource::NOFILE, None, Some((&mut soft, &mut hard))).unwrap();
    rlimit::prlimit(pid, Resource::NOFILE, Some((none_left, hard)), None).unwrap();
    let mut outside = connect_all(server.address, 20);
    for client in &mut outside {
        client.send(HEALTH);
    }
    server.wait_for_log(AT_THE_LIMIT);
    assert_eq!(inside[0].ask(HEALTH).status, 200);
    does_not_spin(&server);
    rlimit::prlimit(pid, Resource::NOFILE, Some((soft, hard)), None).unwrap();
    for client in &mut outside {
        assert_eq!(
            client.response().status,
            200,
            "it tries again without being told to"
        );
    }
    server.wait_for_log(OVER);
    assert_eq!(
        server.log().matches(AT_THE_LIMIT).count(),
        1,
        "{}",
        server.log()
    );
}
