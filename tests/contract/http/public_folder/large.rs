//! Large files, up to 32 MiB each: one copy serves all clients, and a client that has the file costs no memory.

use super::{get, start, with};
use crate::support::{
    client::{Client, ask},
    process::{eventually, resident},
    server::Server,
    setups::{assert_problem, narrow, retry_after},
};
use std::{fs, fs::File};
use tempfile::TempDir;

const MIB: u64 = 1024 * 1024;

/// A server of a folder with a small page and files of these lengths in MiB.
fn with_files(lengths: &[u64]) -> (TempDir, Server) {
    let folder = super::folder();
    for length in lengths {
        let place = folder.path().join(format!("public/{length}"));
        File::create(place).unwrap().set_len(length * MIB).unwrap();
    }
    let server = start(&folder);
    (folder, server)
}

#[test]
fn a_file_beyond_32_mib_is_404_with_a_line_in_the_log_and_costs_nothing() {
    let (folder, server) = with_files(&[300]);
    let before = resident(server.pid());
    for method in ["GET", "HEAD", "GET"] {
        let mut client = Client::connect(server.address);
        client.send(with(method, "/300", ""));
        assert_eq!(client.head().status, 404);
    }
    assert_problem(&ask(server.address, get("/300")), 404);
    let line = server.wait_for_log("32 MiB");
    assert!(line.contains("/300"), "{line}");
    assert_eq!(server.log().matches("32 MiB").count(), 1);
    let more = resident(server.pid()) - before.min(resident(server.pid()));
    assert!(more < 8 * MIB, "{more} bytes more");
    drop(folder);
}

#[test]
fn a_large_file_is_sent_whole_and_a_client_that_has_it_costs_no_memory() {
    let (folder, server) = with_files(&[32]);
    let mut client = Client::connect(server.address);
    let before = resident(server.pid());
    client.send(with("HEAD", "/32", ""));
    let head = client.head();
    let length = (32 * MIB).to_string();
    assert_eq!(head.header("content-length"), Some(&*length));
    let known = format!("If-None-Match: {}\r\n", head.header("etag").unwrap());
    for _ in 0..5 {
        assert_eq!(client.ask(with("GET", "/32", &known)).status, 304);
    }
    let more = resident(server.pid()).saturating_sub(before);
    assert!(more < 8 * MIB, "{more} bytes more");
    let whole = client.ask(get("/32"));
    assert_eq!((whole.status, whole.body.len() as u64), (200, 32 * MIB));
    assert_eq!(whole.header("etag"), head.header("etag"));
    drop(folder);
}

#[test]
fn clients_that_do_not_read_share_one_copy_and_beyond_64_mib_a_large_file_is_503() {
    let (folder, server) = with_files(&[30, 31, 32]);
    let before = resident(server.pid());
    let hoard = |target: &str| {
        let mut client = narrow(server.address);
        client.send(get(target));
        assert_eq!(client.head().status, 200, "{target}");
        client
    };
    let hoarders: Vec<Client> = (0..20).flat_map(|_| ["/30", "/31"]).map(hoard).collect();
    let more = resident(server.pid()).saturating_sub(before);
    assert!(more < 75 * MIB, "{more} bytes more for {}", hoarders.len());
    let third = ask(server.address, get("/32"));
    assert_problem(&third, 503);
    retry_after(&third);
    assert_eq!(third.header("cache-control"), Some("no-store"));
    assert_eq!(ask(server.address, get("/")).text(), "<p>the page");
    drop(hoarders);
    eventually("a copy is let go", || {
        ask(server.address, get("/32")).status == 200
    });
    fs::remove_dir_all(folder.path()).unwrap();
}
