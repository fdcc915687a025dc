//! Each reason for which a client or a request is refused.

use crate::support::{
    client::{Client, Stream, ask, form, get, publish},
    flickr::FlickrStub,
    metrics::Metrics,
    server::Server,
    setups::over_flickr,
};

#[track_caller]
fn assert_refused(server: &Server, expected: &[(&str, f64)]) {
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.nonzero("refused_total"), expected);
}

#[test]
fn malformed_requests_and_malformed_publishes_are_counted() {
    let server = Server::start(&["--request-timeout", "0.3"]);
    for (count, request) in (1..).zip([
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
        form("keyword="),
        form("other=sushi"),
        "POST /publish HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n".to_owned(),
    ]) {
        let status = ask(server.address, &request).status;
        assert!((400..500).contains(&status), "{status} to {request}");
        assert_refused(&server, &[("malformed", f64::from(count))]);
    }
    let mut slow = Client::connect(server.address);
    slow.send("GET / HT");
    assert_eq!(slow.response().status, 408);
    assert_eq!(
        ask(server.address, "GET /none HTTP/1.1\r\nHost: a\r\n\r\n").status,
        404
    );
    assert_refused(&server, &[("malformed", 6.0)]);
}

#[test]
fn a_publish_from_another_site_is_counted() {
    let server = Server::start(&[]);
    let request = "POST /publish HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: cross-site\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nkeyword=a";
    assert_eq!(ask(server.address, request).status, 403);
    assert_refused(&server, &[("cross_site", 1.0)]);
}

#[test]
fn a_look_up_that_finds_the_queue_full_is_counted() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let options = [
        "--lookup-threads",
        "1",
        "--lookup-queue",
        "0",
        "--lookup-timeout",
        "60",
    ];
    let server = over_flickr(&stub, &options);
    let mut first = Client::connect(server.address);
    first.send(form("keyword=a"));
    stub.wait_for_requests(1);
    assert_eq!(publish(server.address, "b").status, 503);
    assert_refused(&server, &[("queue", 1.0)]);
}

#[test]
fn publishes_beyond_a_clients_rate_are_counted() {
    let server = Server::start(&["--publish-rate", "1"]);
    assert_eq!(publish(server.address, "a").status, 200);
    for count in [1.0, 2.0] {
        assert_eq!(publish(server.address, "b").status, 429);
        assert_refused(&server, &[("rate", count)]);
    }
}

#[test]
fn a_poll_whose_wait_is_no_number_is_malformed() {
    let server = Server::start(&[]);
    assert_eq!(get(server.address, "/poll?wait=long").status, 400);
    assert_refused(&server, &[("malformed", 1.0)]);
}

#[test]
fn connections_and_subscribers_beyond_their_limits_are_counted() {
    let server = Server::start(&["--max-connections", "3", "--max-subscribers", "1"]);
    let _subscribed = Stream::open(server.address);
    let second = get(server.address, "/subscribe");
    assert!(second.text().starts_with("retry: "), "{}", second.text());
    assert_refused(&server, &[("subscribers", 1.0)]);
    Metrics::wait_for(server.address, |metrics| {
        metrics.nonzero("connections") == [("deferred", 1.0), ("subscribed", 1.0)]
    });

    let mut inside = [(); 2].map(|()| Client::connect(server.address));
    for client in &mut inside {
        let health = client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(health.status, 200);
    }
    assert_eq!(get(server.address, "/").status, 503);
    assert_refused(&server, &[("connections", 1.0), ("subscribers", 1.0)]);
}
