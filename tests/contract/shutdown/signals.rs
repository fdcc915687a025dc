//! Signals that do not stop the server, and SIGQUIT, which ends it at once.

use super::Draining;
use crate::support::{
    client::{Stream, get, publish},
    server::Server,
};
use std::path::Path;

/// Signals by name, and by their number in the log.
const HARMLESS: [(&str, u32); 3] = [("HUP", 1), ("USR1", 10), ("USR2", 12)];

#[test]
fn sighup_and_sigusr1_are_a_line_in_the_log_and_cut_no_stream() {
    let mut server = Server::start(&[]);
    let mut stream = Stream::open(server.address);
    for (name, number) in &HARMLESS[..2] {
        server.signal(name);
        server.wait_for_log(&format!("signal {number}: "));
    }
    assert_eq!(publish(server.address, "sushi").status, 200);
    assert_eq!(stream.picture()["keyword"], "sushi");
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_harmless_signal_during_the_drain_neither_ends_it_nor_counts_as_a_second_one() {
    let draining = Draining::begin(&[], |_| {});
    for (name, number) in HARMLESS {
        draining.server.signal(name);
        draining.server.wait_for_log(&format!("signal {number}: "));
    }
    assert_eq!(draining.get("/healthz").status, 503);
    draining.end();
}

#[test]
fn sigquit_ends_the_program_at_once_with_a_line_and_status_131() {
    let mut server = Server::start(&["--drain", "3600"]);
    let _stream = Stream::open(server.address);
    assert_eq!(get(server.address, "/healthz").status, 200);
    server.signal("QUIT");
    assert_eq!(server.wait().code(), Some(131));
    server.wait_for_log("signal 3: ending at once");
}

#[test]
fn sigquit_ends_a_drain_at_once() {
    let mut draining = Draining::begin(&["--drain", "3600"], |_| {});
    draining.server.signal("QUIT");
    assert_eq!(draining.server.wait().code(), Some(131));
    draining.server.wait_for_log("signal 3: ending at once");
}

#[test]
fn the_readmes_unit_is_started_again_however_it_ended() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    assert!(readme.unwrap().contains("\n    Restart=always\n"));
}
