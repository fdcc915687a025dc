//! Held polls: their answers, their ends, and the requests beside them.

use super::{assert_nothing, held, pictures, request};
use crate::support::{
    client::{Client, Stream, form, get, publish},
    flickr::FlickrStub,
    metrics::Metrics,
    server::Server,
    setups::{audience, over_flickr, publish_on},
};
use std::io::Write;

/// Polls: more than the server visits in one turn.
const CROWD: usize = 600;

/// Returns when `expected` polls are held.
fn await_held(server: &Server, expected: usize) {
    Metrics::wait_for(server.address, |metrics| {
        metrics.of("connections", "polling") == expected as f64
    });
}

#[test]
fn without_a_picture_a_poll_is_held_until_the_first_one() {
    let server = Server::start(&[]);
    let mut clients =
        ["/poll", "/poll?after=x", "/poll?wait=60"].map(|target| held(&server, target));
    await_held(&server, 3);
    let id = publish(server.address, "a").json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for client in &mut clients {
        assert_eq!(
            pictures(&client.response()),
            (vec!["a".to_owned()], id.clone())
        );
    }
    await_held(&server, 0);
}

#[test]
fn with_the_latest_id_a_poll_is_held_until_the_next_picture() {
    let server = Server::start(&[]);
    let mut publisher = Client::connect(server.address);
    let last = publish_on(&mut publisher, "a");
    let mut client = held(&server, &format!("/poll?after={last}"));
    publish_on(&mut publisher, "b");
    assert_eq!(pictures(&client.response()).0, ["b"]);
}

#[test]
fn a_held_poll_keeps_its_place_among_the_requests_of_its_connection() {
    let server = Server::start(&[]);
    let mut client = held(&server, "/poll");
    client.send(request("/healthz") + &request("/poll?after=0-0&wait=0"));
    client.send(request("/poll?wait=0.1&after=99999999999999-0") + "GET /non");
    await_held(&server, 1);
    client.send("e HTTP/1.1\r\nHost: a\r\n\r\n");
    publish(server.address, "a");
    assert_eq!(pictures(&client.response()).0, ["a"]);
    assert_eq!(client.response().text(), "ok");
    assert_eq!(
        [200, 200, 404].map(|_| client.response().status),
        [200, 200, 404]
    );
}

/// Sends requests for the health until the kernel takes no more. Returns how many were sent whole.
fn fill(client: &Client) -> usize {
    let more = request("/healthz");
    let socket = client.socket();
    socket.set_nonblocking(true).unwrap();
    let mut sent = 0;
    while let Ok(taken) = (&mut &*socket).write(&more.as_bytes()[sent % more.len()..]) {
        sent += taken;
        assert!(sent < 64 * 1024 * 1024, "{sent} bytes were taken");
    }
    socket.set_nonblocking(false).unwrap();
    sent / more.len()
}

#[test]
fn a_poll_with_more_pipelined_behind_it_than_the_kernel_takes_is_answered_at_once() {
    let server = Server::start(&[]);
    let mut client = held(&server, "/poll?wait=60");
    await_held(&server, 1);
    let sent = fill(&client);
    assert_nothing(&client.response());
    for _ in 0..sent {
        assert_eq!(client.response().text(), "ok");
    }
}

#[test]
fn a_poll_behind_a_look_up_is_answered_at_once_if_the_kernel_took_much_behind_both() {
    let stub = FlickrStub::start();
    stub.mode("hangfail,fail3");
    let server = over_flickr(&stub, &[]);
    let mut client = Client::connect(server.address);
    client.send(form("keyword=a") + &request("/poll?wait=60"));
    stub.wait_for_requests(1);
    let sent = fill(&client);
    stub.release();
    assert_eq!(client.response().status, 404);
    assert_nothing(&client.response());
    for _ in 0..sent {
        assert_eq!(client.response().text(), "ok");
    }
}

#[test]
fn a_poll_with_little_pipelined_behind_it_is_held() {
    let server = Server::start(&[]);
    let mut client = held(&server, "/poll?wait=60");
    await_held(&server, 1);
    client.send(request("/healthz").repeat(50));
    publish(server.address, "a");
    assert_eq!(pictures(&client.response()).0, ["a"]);
    for _ in 0..50 {
        assert_eq!(client.response().text(), "ok");
    }
}

#[test]
fn clients_that_leave_much_unread_behind_their_polls_hold_no_places() {
    let server = Server::start(&["--max-connections", "20"]);
    let more = request("/poll?wait=60") + &request("/healthz").repeat(2000);
    assert!(more.len() > 64 * 1024);
    // The server's kernel is full, so the rest is in the client's, and the end behind it. While the server is stopped the
    // kernel is full before the poll is held.
    let all = request("/healthz").repeat(100) + &more;
    for _ in 0..20 {
        held(&server, "/poll?wait=60").send(&more);
        server.signal("STOP");
        let mut before = Client::connect(server.address);
        before.send(&all);
        server.signal("CONT");
        for _ in 0..100 {
            assert_eq!(before.response().text(), "ok");
        }
    }
    await_held(&server, 0);
    assert_eq!(get(server.address, "/").status, 200);
}

#[test]
fn a_client_whose_wait_is_over_may_poll_again() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for _ in 0..3 {
        assert_nothing(&client.ask(request("/poll?wait=0.05")));
    }
    publish(server.address, "a");
    assert_eq!(pictures(&client.ask(request("/poll"))).0, ["a"]);
}

#[test]
fn a_client_that_ends_its_direction_is_answered_at_once_with_204_and_a_close() {
    let server = Server::start(&[]);
    let mut before = held(&server, "/poll?wait=60");
    await_held(&server, 1);
    before.half_close();
    let together = request("/poll?wait=60");
    let mut at_once = Client::connect(server.address);
    at_once.send(&together);
    at_once.half_close();
    for client in [&mut before, &mut at_once] {
        let response = client.response();
        assert_nothing(&response);
        assert_eq!(response.header("connection"), Some("close"));
        assert_eq!(client.rest(), "");
    }
    await_held(&server, 0);
}

#[test]
fn requests_pipelined_behind_a_poll_before_a_half_close_are_answered() {
    let server = Server::start(&[]);
    // As many bytes as the kernel takes unread: the end behind them has to arrive.
    for rest in [1, 200] {
        let mut client = held(&server, "/poll?wait=60");
        await_held(&server, 1);
        let all = request("/healthz").repeat(rest) + &request("/poll?wait=60");
        client.send(all);
        client.half_close();
        assert_nothing(&client.response());
        for _ in 0..rest {
            assert_eq!(client.response().text(), "ok");
        }
        let last = client.response();
        assert_nothing(&last);
        assert_eq!(last.header("connection"), Some("close"));
        assert_eq!(client.rest(), "");
    }
}

#[test]
fn clients_that_poll_and_leave_hold_no_places() {
    let server = Server::start(&["--max-connections", "40"]);
    for count in 0..200 {
        let mut client = held(&server, "/poll?wait=60");
        if count % 2 == 0 {
            client.send("GET / HT");
        }
        drop(client);
    }
    await_held(&server, 0);
    for _ in 0..40 {
        assert_eq!(get(server.address, "/healthz").status, 200);
    }
    assert_eq!(get(server.address, "/").status, 200);
}

#[test]
fn a_client_that_reset_its_connection_is_forgotten() {
    let server = Server::start(&[]);
    let gone = held(&server, "/poll");
    await_held(&server, 1);
    gone.reset();
    await_held(&server, 0);
}

#[test]
fn polls_do_not_count_in_the_audience() {
    let server = Server::start(&["--heartbeat", "0.1"]);
    let _clients = [(); 3].map(|()| held(&server, "/poll"));
    await_held(&server, 3);
    let mut stream = Stream::open(server.address);
    for _ in 0..3 {
        assert_eq!(audience(&mut stream), 1);
    }
}

#[test]
fn a_crowd_is_woken_by_one_picture_and_the_others_are_served_meanwhile() {
    let server = Server::start(&[]);
    let mut clients: Vec<Client> = (0..CROWD)
        .map(|_| {
            let mut client = Client::connect(server.address);
            client.send(request("/poll"));
            client
        })
        .collect();
    await_held(&server, CROWD);
    publish(server.address, "a");
    assert_eq!(get(server.address, "/healthz").text(), "ok");
    for client in &mut clients {
        assert_eq!(pictures(&client.response()).0, ["a"]);
    }
    await_held(&server, 0);
}
