//! Held polls at shutdown: they get the pictures of the last look-ups, or 204, and no further poll is held.

use super::Draining;
use crate::support::{
    client::{Client, Response},
    server::Server,
    setups::{retry_after, settle},
};

const POLL: &str = "GET /poll?wait=60 HTTP/1.1\r\nHost: a\r\n\r\n";

fn held(server: &Server, count: usize) -> Vec<Client> {
    let poll = |_| {
        let mut client = Client::connect(server.address);
        client.send(POLL);
        client
    };
    let clients = (0..count).map(poll).collect();
    settle(server);
    clients
}

#[track_caller]
fn assert_told_to_leave(client: &mut Client, response: &Response) {
    assert_eq!(response.header("Cache-Control"), Some("no-store"));
    assert_eq!(response.header("Connection"), Some("close"));
    assert!(client.is_closed());
}

#[test]
fn held_polls_get_204() {
    let mut server = Server::start(&["--drain", "60"]);
    let mut clients = held(&server, 600);
    server.signal("TERM");
    for client in &mut clients {
        let response = client.response();
        assert_eq!(response.status, 204);
        assert_told_to_leave(client, &response);
    }
    drop(clients);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn while_look_ups_are_waited_for_polls_are_held_and_get_their_pictures() {
    let mut clients = Vec::new();
    let draining = Draining::begin(&["--drain", "60"], |server| clients = held(server, 3));
    assert_eq!(draining.get("/healthz").status, 503);
    draining.stub.release();
    for client in &mut clients {
        let response = client.response();
        assert_eq!(response.status, 200);
        let picture = &response.json()["events"][0];
        assert_eq!(picture["data"]["keyword"], "sushi");
        assert_told_to_leave(client, &response);
    }
    drop(clients);
    draining.end();
}

#[test]
fn a_poll_that_comes_during_the_drain_is_503_and_told_when_to_come_back() {
    let draining = Draining::begin(&["--drain", "20"], |_| {});
    let no_wait = POLL.replace("wait=60", "wait=0");
    for request in [POLL.to_owned(), no_wait, POLL.replace("GET", "HEAD")] {
        let mut client = Client::connect(draining.server.address);
        client.send(&request);
        let response = match request.starts_with("HEAD") {
            true => client.head(),
            false => client.response(),
        };
        assert_eq!(response.status, 503, "{request}");
        let wait = retry_after(&response);
        assert!((20..=25).contains(&wait), "{wait}");
        assert_eq!(response.header("Connection"), Some("close"));
        assert!(client.is_closed());
    }
    draining.end();
}
