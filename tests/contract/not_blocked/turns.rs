//! The bound on a turn of the loop: a crowd that asks for much at once is served over as many turns as that takes, and
//! other clients are served between them.

use crate::support::{
    client::{Client, Stream, form, get},
    metrics::Metrics,
    server::Server,
    setups::publish_on,
};
use std::collections::BTreeSet;

/// The most bytes that a turn writes: its budget, the shares of two kinds of work that come when the budget is spent,
/// and the last write of each.
const TURN: f64 = 1.75 * 1024.0 * 1024.0;

const METRICS: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn turns(server: &Server) -> f64 {
    Metrics::scrape(server.address).get("turns_total")
}

#[test]
fn a_crowd_that_comes_back_at_once_is_served_over_as_many_turns_as_its_bytes_take() {
    let server = Server::start(&[]);
    let publisher = &mut Client::connect(server.address);
    for count in 0..200 {
        publish_on(publisher, &format!("{count}{}", "x".repeat(90)));
    }
    let request = "GET /subscribe HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 1-0\r\n\r\n";
    let mut clients: Vec<Client> = (0..500).map(|_| Client::connect(server.address)).collect();
    let before = Metrics::scrape_by(publisher);
    server.signal("STOP");
    for client in &mut clients {
        client.send(request);
    }
    publisher.send(METRICS);
    server.signal("CONT");
    let after = Metrics::read(&publisher.response());
    let more = |name| after.get(name) - before.get(name);
    let (bytes, turns) = (more("sent_bytes_total"), more("turns_total"));
    assert!(bytes / turns <= TURN, "{bytes} bytes in {turns} turns");
    for client in clients {
        let mut stream = Stream::answered(client);
        for count in 0..200 {
            let picture = stream.picture();
            let keyword = picture["keyword"].as_str().unwrap();
            assert!(keyword.starts_with(&format!("{count}x")), "{keyword}");
        }
    }
}

#[test]
fn a_burst_of_pictures_waits_for_the_sweep_and_reaches_each_subscriber_once_whatever_the_history() {
    for history in ["1", "2", "8"] {
        let server = Server::start(&["--history", history]);
        let mut streams: Vec<Stream> = (0..600).map(|_| Stream::open(server.address)).collect();
        let before = turns(&server);
        let mut publishers: Vec<Client> = (0..5).map(|_| Client::connect(server.address)).collect();
        for (number, publisher) in publishers.iter_mut().enumerate() {
            for count in 0..6 {
                publisher.send(form(&format!("keyword={number}-{count}")));
            }
        }
        let mut ids = BTreeSet::new();
        for publisher in &mut publishers {
            for _ in 0..6 {
                let response = publisher.response();
                assert_eq!(response.status, 200, "{}", response.text());
                ids.insert(response.json()["id"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(ids.len(), 30);
        for stream in &mut streams {
            let seen: Vec<String> = (0..30)
                .map(|_| stream.next("picture").id.unwrap())
                .collect();
            assert_eq!(seen.iter().cloned().collect::<BTreeSet<_>>(), ids);
        }
        let metrics = Metrics::scrape(server.address);
        assert_eq!(metrics.nonzero("disconnects_total"), []);
        if history == "1" {
            // 600 slots are three slices, and each picture waits for the round of the picture before it.
            assert!(turns(&server) - before >= 3.0 * 30.0);
        }
        assert_eq!(get(server.address, "/healthz").status, 200);
    }
}
