//! `--broadcast-rate`: the bound on publishes per second of all clients together.

use super::request;
use crate::support::{
    client::{Response, Stream, form},
    metrics::Metrics,
    server::{Server, program},
    setups::{assert_problem, connect_from, retry_after},
};
use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

fn publish_from(last: u8, server: SocketAddr) -> Response {
    connect_from(last, server).ask(form("keyword=sushi"))
}

/// Publishes from a new address each time until a publish is refused. Returns that address and the answer.
fn spend(server: &Server) -> (u8, Response) {
    let answers = (2..).map(|last| (last, publish_from(last, server.address)));
    let mut refused = answers.skip_while(|(_, answer)| answer.status == 200);
    refused.next().unwrap()
}

#[test]
fn five_a_second_are_the_default_and_twice_as_many_may_come_at_once() {
    let mut command = program();
    command.env_remove("PICTURE_FRAME_PUBLISH_RATE");
    let server = Server::spawn(command);
    let begun = Instant::now();
    let (last, refusal) = spend(&server);
    let more = begun.elapsed().as_secs() * 5 + 5;
    assert!((10..=10 + more).contains(&u64::from(last - 2)), "{last}");
    assert_problem(&refusal, 429);
    assert!((1..=2).contains(&retry_after(&refusal)));
}

#[test]
fn without_a_rate_per_client_the_rate_of_all_is_off_unless_it_is_set() {
    let server = Server::start(&["--publish-rate", "0"]);
    for _ in 0..50 {
        assert_eq!(publish_from(2, server.address).status, 200);
    }
    let server = Server::start(&["--publish-rate", "0", "--broadcast-rate", "1"]);
    let answers = (0..).map(|_| publish_from(2, server.address).status);
    assert!(answers.take_while(|status| *status == 200).count() >= 2);
    let server = Server::start(&["--publish-rate", "20", "--broadcast-rate", "0"]);
    for last in 2..=40 {
        assert_eq!(publish_from(last, server.address).status, 200);
    }
}

#[test]
fn a_client_over_its_own_rate_and_a_malformed_publish_spend_nothing_of_it() {
    let server = Server::start(&["--publish-rate", "1", "--broadcast-rate", "1"]);
    assert_eq!(publish_from(2, server.address).status, 200);
    for _ in 0..20 {
        assert_problem(&publish_from(2, server.address), 429);
        let malformed = connect_from(3, server.address).ask(request("", "keyword="));
        assert_problem(&malformed, 415);
    }
    assert_eq!(publish_from(3, server.address).status, 200);
}

#[test]
fn a_client_refused_for_the_others_keeps_its_own_rate_and_is_served_after_retry_after() {
    let server = Server::start(&["--publish-rate", "1", "--broadcast-rate", "1"]);
    let (last, refusal) = spend(&server);
    let told = Instant::now() + Duration::from_secs(retry_after(&refusal));
    thread::sleep(told.saturating_duration_since(Instant::now()));
    assert_eq!(publish_from(last, server.address).status, 200);
}

#[test]
fn a_refused_publish_is_counted_as_rate_logged_and_not_broadcast() {
    let server = Server::start(&["--publish-rate", "1", "--broadcast-rate", "1"]);
    let mut stream = Stream::open(server.address);
    let (last, _) = spend(&server);
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.nonzero("refused_total"), [("rate", 1.0)]);
    assert_eq!(metrics.get("pictures_total"), f64::from(last - 2));
    for _ in 2..last {
        stream.picture();
    }
    let hit = server.wait_for_log("all clients together is reached");
    assert!(hit.contains(" WARN "), "{hit}");
    let over = server.wait_for_log("all clients together is over");
    assert!(over.contains(" INFO ") && over.contains(" 1 "), "{over}");
}
