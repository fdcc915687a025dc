//! `--max-buffered`: the bound on the bytes held for all connections together, and the end of those that hold most.

use super::*;
use crate::support::{
    metrics::Metrics,
    process::eventually,
    setups::{assert_problem, connect_from, narrow},
};
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

/// Waits until the server has closed as many of these clients as it must, and says how many it has not.
fn await_the_rest(server: &Server, clients: usize) -> usize {
    server.wait_for_log("bytes held for connections is reached");
    let mut watcher = connect_from(3, server.address);
    let mut left = 0;
    eventually("each has its answer or is closed", || {
        let metrics = Metrics::scrape_by(&mut watcher);
        left = metrics.of("connections", "writing") as usize;
        left + metrics.of("disconnects_total", "slow") as usize == clients
    });
    left
}

#[test]
fn pictures_that_clients_do_not_take_count_also_when_they_are_kept_for_nobody_else() {
    let server = Server::start(&["--max-buffered", "1", "--trusted-proxy", "127.0.0.1"]);
    // With six pictures of at least 30 KB the last one does not fit into the kernel.
    let clients: Vec<Client> = (0..60)
        .map(|number| {
            let mut client = narrow(server.address);
            for picture in 0..6 {
                client.send(format!(
                    "GET /gallery/forest-mist-{number:08x}{picture:08x}.svg HTTP/1.1\r\nHost: a\r\n\
                     X-Forwarded-For: 192.0.2.{number}\r\n\r\n"
                ));
            }
            client
        })
        .collect();
    let left = await_the_rest(&server, clients.len());
    assert!((1..=MIB / 30_000).contains(&left), "{left} are left");
}

#[test]
fn every_version_of_a_file_that_clients_do_not_take_counts() {
    let place = tempfile::tempdir().unwrap();
    let public = place.path().to_str().unwrap();
    let server = Server::start(&["--max-buffered", "4", "--public", public]);
    let mut clients = Vec::new();
    for version in 0..40 {
        std::fs::write(place.path().join("a"), vec![version; MIB / 2]).unwrap();
        let mut client = narrow(server.address);
        client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.head().status, 200);
        clients.push(client);
    }
    let left = await_the_rest(&server, clients.len());
    assert!((1..=8).contains(&left), "{left} are left");
    let whole = get(server.address, "/a");
    assert_eq!(whole.body, vec![39; MIB / 2]);
}

#[test]
fn the_end_of_a_client_that_is_not_read_from_for_want_of_memory_is_noticed_at_once() {
    let server = Server::start(&["--max-buffered", "1", "--request-timeout", "600"]);
    let head = most_of_a_head();
    let mut large = connect_all(server.address, 3);
    let mut modest = connect_all(server.address, 125);
    let mut sent = 0;
    for (client, part) in large
        .iter_mut()
        .map(|client| (client, &*head))
        .chain(modest.iter_mut().map(|client| (client, &head[..6500])))
    {
        client.send(part);
        sent += part.len();
    }
    // More than three quarters are held by then, and those three hold more than twice the average.
    let metrics = Metrics::wait_for(server.address, |metrics| {
        metrics.get("received_bytes_total") as usize >= sent
    });
    let reading = metrics.of("connections", "reading");
    let [mut left, reset, mut half_closed] = <[Client; 3]>::try_from(large).ok().unwrap();
    left.send("X: y\r\n");
    reset.reset();
    half_closed.half_close();
    assert_problem(&half_closed.response(), 400);
    Metrics::wait_for(server.address, |metrics| {
        metrics.of("connections", "reading") == reading - 2.0
    });
    left.reset();
    Metrics::wait_for(server.address, |metrics| {
        metrics.of("connections", "reading") == reading - 3.0
    });
}
