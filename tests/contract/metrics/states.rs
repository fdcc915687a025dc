//! Connections by state, and the distance of the slowest subscriber.

use crate::support::{
    client::{Client, Stream, form},
    flickr::FlickrStub,
    metrics::Metrics,
    server::Server,
    setups::{narrow, over_flickr, publish_on},
};

/// Waits until a state has `count` connections.
fn wait_for(server: &Server, state: &str, count: f64) -> Metrics {
    Metrics::wait_for(server.address, |metrics| {
        metrics.of("connections", state) == count
    })
}

#[test]
fn connections_are_counted_by_what_they_wait_for() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let server = over_flickr(&stub, &["--lookup-timeout", "60"]);
    let _idle = [(); 2].map(|()| Client::connect(server.address));
    wait_for(&server, "idle", 2.0);

    let mut reading = [(); 3].map(|()| Client::connect(server.address));
    for client in &mut reading {
        client.send("GET / HTTP/1.1\r\nHo");
    }
    wait_for(&server, "reading", 3.0);

    let mut deferred = [(); 2].map(|()| Client::connect(server.address));
    for client in &mut deferred {
        client.send(form("keyword=sushi"));
    }
    wait_for(&server, "deferred", 3.0);

    let _streams = [(); 4].map(|()| Stream::open(server.address));
    let metrics = wait_for(&server, "subscribed", 4.0);
    assert_eq!(metrics.get("subscribers"), 4.0);

    let mut polling = [(); 5].map(|()| Client::connect(server.address));
    for client in &mut polling {
        client.send("GET /poll?wait=60 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    let metrics = wait_for(&server, "polling", 5.0);
    assert_eq!(metrics.get("subscribers"), 4.0, "who polls is none");

    let mut writing = narrow(server.address);
    // More answers than both kernels hold between the two.
    writing.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000));
    wait_for(&server, "writing", 1.0);
}

#[test]
fn a_connection_that_has_had_its_last_answer_lingers() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.response();
    wait_for(&server, "lingering", 1.0);
    drop(client);
    wait_for(&server, "lingering", 0.0);
}

#[test]
fn the_slowest_subscriber_is_behind_by_what_it_has_not_taken() {
    let server = Server::start(&[]);
    let mut quick = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    publish_on(&mut publisher, "sushi");
    quick.next("picture");
    assert_eq!(Metrics::scrape(server.address).get("slowest_behind"), 0.0);

    let mut slow = Stream::begin(narrow(server.address), "/subscribe", "");
    for _ in 0..200 {
        publish_on(&mut publisher, &"%F0%9F%8D%A3".repeat(90));
        quick.next("picture");
    }
    let metrics = Metrics::scrape(server.address);
    let behind = metrics.get("slowest_behind");
    assert!((50.0..201.0).contains(&behind), "{behind}");
    let delivered = metrics.get("deliveries_total");
    assert_eq!(delivered, 201.0 + 201.0 - behind);
    for _ in 0..201 {
        slow.next("picture");
    }
    let metrics = Metrics::wait_for(server.address, |m| m.get("slowest_behind") == 0.0);
    assert_eq!(metrics.get("deliveries_total"), 402.0);
}
