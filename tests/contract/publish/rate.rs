//! `--publish-rate`: the bound on publishes per minute of one client address.

use super::{FORM, JSON, request};
use crate::support::{
    client::{Client, Response, Stream, form, publish},
    flickr::FlickrStub,
    server::{Server, program},
    setups::{assert_problem, connect_from, over_flickr, retry_after, settle},
};
use std::{
    thread,
    time::{Duration, Instant},
};

const KEYWORD: &str = "keyword=sushi";

/// Publishes until a publish is refused. Returns the number of publishes accepted, and the refusal.
fn spend(client: &mut Client) -> (usize, Response) {
    let mut taken = 0;
    loop {
        let response = client.ask(form(KEYWORD));
        if response.status != 200 {
            assert_problem(&response, 429);
            return (taken, response);
        }
        taken += 1;
    }
}

#[test]
fn twenty_a_minute_are_the_default_and_a_quarter_of_them_may_come_at_once() {
    let mut command = program();
    command.env_remove("PICTURE_FRAME_PUBLISH_RATE");
    let server = Server::spawn(command);
    let (taken, refusal) = spend(&mut Client::connect(server.address));
    assert!((5..=6).contains(&taken), "{taken}");
    assert!((1..=3 + 2).contains(&retry_after(&refusal)));
}

#[test]
fn at_least_one_publish_may_come_at_once() {
    let server = Server::start(&["--publish-rate", "1"]);
    let (taken, refusal) = spend(&mut Client::connect(server.address));
    assert_eq!(taken, 1);
    assert!((55..=75).contains(&retry_after(&refusal)));
}

#[test]
fn zero_is_no_limit() {
    let server = Server::start(&["--publish-rate", "0"]);
    let mut client = Client::connect(server.address);
    for _ in 0..200 {
        assert_eq!(client.ask(form(KEYWORD)).status, 200);
    }
}

#[test]
fn a_client_that_comes_back_after_retry_after_is_served() {
    let server = Server::start(&["--publish-rate", "40"]);
    let mut client = Client::connect(server.address);
    let (_, refusal) = spend(&mut client);
    let told = Instant::now() + Duration::from_secs(retry_after(&refusal));
    thread::sleep(told.saturating_duration_since(Instant::now()));
    assert_eq!(client.ask(form(KEYWORD)).status, 200);
}

#[test]
fn retry_after_is_not_the_same_for_all() {
    let server = Server::start(&["--publish-rate", "1"]);
    let told: Vec<u64> = (1..=20)
        .map(|last| retry_after(&spend(&mut connect_from(last, server.address)).1))
        .collect();
    assert!(told.iter().any(|wait| wait != &told[0]), "{told:?}");
}

#[test]
fn a_refused_publish_is_not_broadcast_and_other_clients_are_served() {
    let server = Server::start(&["--publish-rate", "4"]);
    let mut stream = Stream::open(server.address);
    let mut greedy = connect_from(2, server.address);
    assert_eq!(spend(&mut greedy).0, 1);
    assert_eq!(stream.picture()["keyword"], "sushi");
    let mut again = connect_from(2, server.address);
    assert_problem(&again.ask(form("keyword=rice")), 429);
    let mut other = connect_from(3, server.address);
    assert_eq!(other.ask(form("keyword=tea")).status, 200);
    assert_eq!(stream.picture()["keyword"], "tea");
    assert_eq!(
        greedy
            .ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            .status,
        200
    );
}

#[test]
fn a_publish_that_is_malformed_or_from_another_site_does_not_count() {
    let server = Server::start(&["--publish-rate", "1"]);
    let mut client = Client::connect(server.address);
    let elsewhere = format!("{FORM}Sec-Fetch-Site: cross-site\r\n");
    for _ in 0..3 {
        for (request, status) in [
            (request(FORM, "keyword="), 400),
            (request(JSON, "{"), 400),
            (request("Content-Type: text/plain\r\n", "sushi"), 415),
            (request(&elsewhere, KEYWORD), 403),
        ] {
            assert_problem(&client.ask(request), status);
        }
    }
    assert_eq!(spend(&mut client).0, 1);
}

#[test]
fn a_well_formed_publish_counts_though_nothing_is_found() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &["--publish-rate", "1"]);
    assert_problem(&publish(server.address, "mode:empty"), 404);
    assert_problem(&publish(server.address, "sushi"), 429);
}

#[test]
fn a_publisher_that_leaves_at_once_is_counted_too() {
    let server = Server::start(&["--publish-rate", "1"]);
    let mut stream = Stream::open(server.address);
    let mut leaving = Client::connect(server.address);
    leaving.send(form("keyword=first"));
    drop(leaving);
    assert_eq!(stream.picture()["keyword"], "first");
    assert_problem(&publish(server.address, "second"), 429);
}

#[test]
fn clients_that_left_before_they_were_read_count_as_one() {
    let server = Server::start(&["--publish-rate", "1"]);
    let mut stream = Stream::open(server.address);
    server.signal("STOP");
    for last in 1..=20 {
        let mut gone = connect_from(last, server.address);
        gone.send(form("keyword=gone"));
        gone.reset();
    }
    server.signal("CONT");
    let mut staying = connect_from(2, server.address);
    assert_eq!(staying.ask(form("keyword=last")).status, 200);
    let before = (0..).take_while(|_| stream.picture()["keyword"] == "gone");
    assert!(before.count() <= 1);
}

#[test]
fn an_ipv6_server_counts_a_mapped_client_as_its_ipv4_address() {
    let mut command = program();
    command.args(["--listen", "[::]:0", "--publish-rate", "1"]);
    let server = Server::spawn_as_told(command);
    let by = |last| connect_from(last, ([127, 0, 0, 1], server.address.port()).into());
    assert_eq!(spend(&mut by(2)).0, 1);
    assert_eq!(spend(&mut by(2)).0, 0);
    assert_eq!(spend(&mut by(3)).0, 1);
}

#[test]
fn the_log_has_one_line_when_the_limit_is_hit_and_one_when_it_is_over() {
    let server = Server::start(&["--publish-rate", "1"]);
    let mut client = Client::connect(server.address);
    for _ in 0..20 {
        client.ask(form(KEYWORD));
    }
    let hit = server.wait_for_log("requests per client is reached");
    assert!(hit.contains(" WARN "), "{hit}");
    let over = server.wait_for_log("requests per client is over");
    assert!(over.contains(" INFO ") && over.contains("19"), "{over}");
    settle(&server);
    assert_eq!(server.log().matches("requests per client").count(), 2);
}
