//! `--per-address`: the bound on connections of one client address. A proxy's connections count for its clients.

use super::*;
use crate::support::setups::{assert_problem, connect_from, settle};

const POLL: &str = "GET /poll?wait=60 HTTP/1.1\r\nHost: localhost\r\n";

#[test]
fn a_connection_beyond_those_of_its_address_is_answered_503_and_closed() {
    let server = Server::start(&["--per-address", "3"]);
    let mut inside: Vec<Client> = (0..3).map(|_| connect_from(9, server.address)).collect();
    for client in &mut inside {
        assert_eq!(client.ask(HEALTH).status, 200);
    }
    for _ in 0..5 {
        let mut outside = connect_from(9, server.address);
        let response = outside.response();
        assert_problem(&response, 503);
        assert_eq!(response.header("connection"), Some("close"));
        assert!(outside.is_closed());
    }
    let mut other = connect_from(8, server.address);
    assert_eq!(other.ask(HEALTH).status, 200);
    drop(inside.pop());
    eventually("the place is free", || {
        connect_from(9, server.address).ask(HEALTH).status == 200
    });
    for client in &mut inside {
        assert_eq!(client.ask(HEALTH).status, 200);
    }
}

#[test]
fn connections_beyond_those_of_their_address_take_no_place_of_other_clients() {
    let server = Server::start(&["--max-connections", "20", "--per-address", "2"]);
    let inside: Vec<Client> = (0..2).map(|_| connect_from(9, server.address)).collect();
    let mut outside: Vec<Client> = (0..25).map(|_| connect_from(9, server.address)).collect();
    for client in outside.iter_mut().rev().take(16) {
        assert_problem(&client.response(), 503);
    }
    let mut others: Vec<Client> = (0..2).map(|_| connect_from(8, server.address)).collect();
    for other in &mut others {
        let response = other.ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(response.status, 200);
    }
    drop((inside, outside));
}

#[test]
fn streams_and_polls_through_a_trusted_proxy_count_for_the_client_that_it_names() {
    let server = Server::start(&["--per-address", "2", "--trusted-proxy", "127.0.0.1"]);
    let through = |client: &str, request: &str| {
        let mut proxy = Client::connect(server.address);
        proxy.send(format!("{request}X-Forwarded-For: {client}\r\n\r\n"));
        proxy
    };
    let subscribe = "GET /subscribe HTTP/1.1\r\nHost: localhost\r\n";
    let _stream = Stream::answered(through("192.0.2.1", subscribe));
    let poll = through("192.0.2.1", POLL);
    settle(&server);
    assert_problem(&through("192.0.2.1", POLL).response(), 503);
    let told = through("192.0.2.1", subscribe).response();
    let retry = told.text().strip_prefix("retry: ").unwrap();
    assert!((15_000..=45_000).contains(&retry.trim().parse::<u64>().unwrap()));
    let _other = Stream::answered(through("192.0.2.2", subscribe));
    for _ in 0..9 {
        assert_eq!(
            through("192.0.2.1", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
                .response()
                .status,
            200
        );
    }
    drop(poll);
    eventually("the poll's place is free", || {
        let head = through("192.0.2.1", subscribe).head();
        head.header("transfer-encoding").is_some()
    });
}
