//! Peers that vanish silently: only the kernel can notice, since every small send to them succeeds.

use crate::support::{
    client::{Client, Stream},
    network::{Cable, Machine},
    process::metric,
    server::{Server, program_by},
    setups::{audience, await_audience, narrow, publish_on},
};

/// Heartbeats, of a tenth of a second each, within which a peer that vanished for one second has to be gone. All of
/// them together fit into the kernel's buffer, so that without the kernel's help no send would ever fail.
const SOON: usize = 100;
const TIMED_OUT: &str = "picture_frame_disconnects_total{reason=\"write_timeout\"}";

/// Reads heartbeats until they count one subscriber instead of two.
fn await_loss(witness: &mut Stream) {
    let told: Vec<usize> = (0..SOON)
        .map(|_| audience(witness))
        .take_while(|told| *told == 2)
        .collect();
    assert!(told.len() < SOON, "it is never noticed");
}

/// A server on a machine of its own, and the two cables by which subscribers reach it.
fn remote(name: &str, options: &[&str]) -> Option<(Machine, Server, [Cable; 2])> {
    let (machine, cables) = Machine::with_cables(name)?;
    let mut command = program_by(&machine.launcher());
    command.args(["--listen", "0.0.0.0:0"]).args(options);
    let server = Server::spawn_as_told(command);
    Some((machine, server, cables))
}

#[test]
fn a_subscriber_whose_cable_is_unplugged_is_closed_after_the_write_timeout() {
    let options = ["--write-timeout", "1", "--heartbeat", "0.1"];
    let Some((_machine, server, [first, second])) = remote("lost", &options) else {
        return;
    };
    let port = server.address.port();
    let mut witness = Stream::open(first.to(port));
    let lost = Stream::open(second.to(port));
    await_audience(&mut witness, 2);
    second.unplug();
    await_loss(&mut witness);
    assert_eq!(metric(first.to(port), TIMED_OUT), 1);
    drop(lost);
}

#[test]
fn a_subscriber_whose_cable_is_plugged_in_again_in_time_has_lost_nothing() {
    let Some((_machine, server, [first, second])) = remote("back", &["--heartbeat", "0.1"]) else {
        return;
    };
    let port = server.address.port();
    let mut witness = Stream::open(first.to(port));
    let mut back = Stream::open(second.to(port));
    await_audience(&mut witness, 2);
    second.unplug();
    let mut publisher = Client::connect(first.to(port));
    let ids = ["sushi", "ramen", "mochi"].map(|keyword| publish_on(&mut publisher, keyword));
    second.plug_in();
    for id in ids {
        assert_eq!(back.next("picture").id, Some(id));
    }
}

/// Publishes pictures whose events have some 600 bytes.
fn publish_long(publisher: &mut Client, count: usize) -> Vec<String> {
    let keyword = |number| format!("{number}{}", "%F0%9F%8D%A3".repeat(90));
    let publish = |number| publish_on(publisher, &keyword(number));
    (0..count).map(publish).collect()
}

#[test]
fn a_subscriber_that_keeps_its_window_shut_is_closed_though_the_kernel_takes_all_that_is_sent() {
    let options = ["--write-timeout", "1", "--heartbeat", "0.1"];
    let server = Server::start(&options);
    let mut witness = Stream::open(server.address);
    let shut = Stream::begin(narrow(server.address), "/subscribe", "");
    await_audience(&mut witness, 2);
    publish_long(&mut Client::connect(server.address), 8);
    await_loss(&mut witness);
    assert_eq!(metric(server.address, TIMED_OUT), 1);
    drop(shut);
}

#[test]
fn a_subscriber_that_was_slow_before_is_closed_as_well_when_it_keeps_its_window_shut() {
    let options = ["--write-timeout", "5", "--heartbeat", "0.1"];
    let server = Server::start(&[&options[..], &["--history", "4096"]].concat());
    let mut slow = Stream::begin(narrow(server.address), "/subscribe", "");
    let mut publisher = Client::connect(server.address);
    let ids = publish_long(&mut publisher, 150);
    assert!(metric(server.address, "picture_frame_slowest_behind") > 5);
    for id in ids {
        assert_eq!(slow.next("picture").id, Some(id));
    }
    let mut witness = Stream::open(server.address);
    await_audience(&mut witness, 2);
    publish_long(&mut publisher, 8);
    await_loss(&mut witness);
    assert_eq!(metric(server.address, TIMED_OUT), 1);
    drop(slow);
}
