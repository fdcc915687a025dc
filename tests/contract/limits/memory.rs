//! `--max-buffered`: the bound on the bytes held for all connections together, and the end of those that hold most.

use super::*;
use crate::support::{metrics::Metrics, process::eventually, setups::assert_problem};
use std::io::{ErrorKind, Write};

const MIB: usize = 1024 * 1024;
const ROOT: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The longest head that a client may send without its end.
fn most_of_a_head() -> String {
    let field = format!("X: {}\r\n", "x".repeat(1000));
    "GET / HTTP/1.1\r\nHost: localhost\r\n".to_owned() + &field.repeat(15)
}

/// Sends as much as the server's kernel takes while the server does not read.
fn flood(client: &mut Client, bytes: &[u8]) -> usize {
    let socket = client.socket();
    socket.set_nonblocking(true).unwrap();
    let mut sent = 0;
    loop {
        match (&*socket).write(&bytes[sent % bytes.len()..]) {
            Ok(taken) => sent += taken,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => break,
        }
        assert!(sent < 64 * MIB, "{sent} bytes were taken");
    }
    socket.set_nonblocking(false).unwrap();
    sent
}

#[test]
fn beyond_the_limit_the_connections_that_hold_most_are_answered_503_and_closed() {
    let server = Server::start(&["--max-buffered", "1"]);
    let head = most_of_a_head();
    let count = 4 * MIB / head.len();
    let mut modest = Client::connect(server.address);
    modest.send("GET / HTTP/1.1\r\nHo");
    let mut clients = connect_all(server.address, count);
    for client in &mut clients {
        client.send(&head);
    }
    server.wait_for_log("bytes held for connections is reached");
    // A client that asks for little is answered meanwhile, and so is a request that had begun before.
    assert_eq!(get(server.address, "/healthz").status, 200);
    assert_eq!(modest.ask("st: localhost\r\n\r\n").status, 200);
    let mut refused = 0;
    for client in &mut clients {
        client.send("\r\n");
        let response = client.response();
        if response.status == 503 {
            assert_problem(&response, 503);
            assert_eq!(response.header("connection"), Some("close"));
            refused += 1;
        } else {
            assert_eq!(response.status, 200);
        }
    }
    // A quarter fits at a time. Requests that were asked for their end came when others had been answered.
    let fit = MIB / head.len();
    assert!(
        (count / 2..=count - fit / 4).contains(&refused),
        "{refused} of {count}, of which {fit} fit"
    );
    assert_eq!(get(server.address, "/").status, 200);
}

#[test]
fn of_a_client_that_pipelines_and_does_not_read_no_more_is_read_than_one_helping() {
    let server = Server::start(&[]);
    let mut clients = connect_all(server.address, 20);
    let flooded: usize = clients
        .iter_mut()
        .map(|client| flood(client, ROOT.repeat(500).as_bytes()))
        .sum();
    let received = Metrics::scrape(server.address).get("received_bytes_total") as usize;
    let sent = Metrics::scrape(server.address).get("sent_bytes_total") as usize;
    // Answered requests have been read; beyond them the server reads 16 KiB once for each connection.
    let answered = sent / 1000 * ROOT.len();
    assert!(
        received <= answered + clients.len() * 17 * 1024,
        "{received} bytes were read of {flooded}, {sent} sent"
    );
}

#[test]
fn a_client_that_asks_and_does_not_read_frees_its_place_when_it_leaves() {
    let server = Server::start(&["--max-buffered", "1"]);
    let idle = Metrics::scrape(server.address);
    let mut clients = connect_all(server.address, 100);
    for client in &mut clients {
        flood(client, ROOT.repeat(500).as_bytes());
    }
    drop(clients);
    eventually("all are gone", || {
        Metrics::scrape(server.address).get("connections{state=\"writing\"}") == 0.0
    });
    assert_eq!(get(server.address, "/").status, 200);
    let states = |metrics: &Metrics| metrics.nonzero("connections").len();
    assert_eq!(states(&Metrics::scrape(server.address)), states(&idle));
}
