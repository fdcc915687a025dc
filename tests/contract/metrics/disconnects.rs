//! Each reason for which the server counts a disconnection.

use crate::support::{
    client::{Client, Stream, form},
    flickr::FlickrStub,
    metrics::Metrics,
    server::Server,
    setups::{narrow, over_flickr, publish_on},
};

/// The counts by reason, once they sum up to `total`.
fn wait_for(server: &Server, total: f64) -> Vec<(String, f64)> {
    let sum = |metrics: &Metrics| -> f64 {
        let reasons = metrics.nonzero("disconnects_total");
        reasons.iter().map(|(_, count)| count).sum()
    };
    let metrics = Metrics::wait_for(server.address, |metrics| sum(metrics) >= total);
    let mut reasons = metrics.nonzero("disconnects_total");
    reasons.sort_by_key(|(name, _)| *name);
    reasons
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}

fn reasons(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
    expected
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

/// Publishes large events to subscribers that do not read.
fn flood(server: &Server, count: usize) {
    let mut publisher = Client::connect(server.address);
    for _ in 0..count {
        publish_on(&mut publisher, &"%F0%9F%8D%A3".repeat(90));
    }
}

#[test]
fn clients_that_close_or_reset_within_an_exchange_have_left() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let server = over_flickr(&stub, &["--lookup-timeout", "60"]);
    drop(Stream::open(server.address));
    Stream::open(server.address).client.reset();
    let mut publisher = Client::connect(server.address);
    publisher.send(form("keyword=sushi"));
    stub.wait_for_requests(1);
    publisher.reset();
    assert_eq!(wait_for(&server, 3.0), reasons(&[("left", 3.0)]));
}

#[test]
fn ends_that_cut_nothing_off_are_not_counted() {
    let server = Server::start(&["--idle-timeout", "0.1"]);
    let mut idle = Client::connect(server.address);
    let health = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    idle.ask(health);
    assert!(idle.is_closed());
    let mut leaving = Client::connect(server.address);
    leaving.ask(health);
    leaving.reset();
    drop(Client::connect(server.address));
    let mut last = Client::connect(server.address);
    last.ask("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    drop(last);
    let metrics = Metrics::wait_for(server.address, |metrics| {
        metrics.nonzero("connections") == [("deferred", 1.0)]
    });
    assert_eq!(metrics.nonzero("disconnects_total"), []);
}

#[test]
fn a_subscriber_that_falls_off_the_ring_was_slow() {
    let server = Server::start(&["--history", "8"]);
    let mut slow = narrow(server.address);
    slow.send("GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n");
    slow.head();
    flood(&server, 300);
    assert_eq!(wait_for(&server, 1.0), reasons(&[("slow", 1.0)]));
    assert_eq!(Metrics::scrape(server.address).get("subscribers"), 0.0);
}

#[test]
fn a_reader_that_takes_nothing_for_too_long_timed_out() {
    let server = Server::start(&["--write-timeout", "0.5"]);
    let mut stalled = narrow(server.address);
    stalled.send("GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n");
    stalled.head();
    let mut pipelining = narrow(server.address);
    pipelining.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000));
    flood(&server, 200);
    assert_eq!(wait_for(&server, 2.0), reasons(&[("write_timeout", 2.0)]));
}

#[test]
fn streams_and_polls_that_the_shutdown_ends_are_drained_each_counted_once() {
    let server = Server::start(&["--drain", "20"]);
    let [mut first, second, _third] = [(); 3].map(|()| Stream::open(server.address));
    let mut poll = Client::connect(server.address);
    poll.send("GET /poll?wait=60 HTTP/1.1\r\nHost: a\r\n\r\n");
    Metrics::wait_for(server.address, |m| m.of("connections", "polling") == 1.0);
    server.signal("TERM");
    server.wait_for_log("stopping");
    while first.block().is_some() {}
    first.client.reset();
    drop(second);
    assert_eq!(poll.response().status, 204);
    let counted = wait_for(&server, 3.0);
    assert_eq!(counted, reasons(&[("drained", 2.0), ("left", 1.0)]));
}
