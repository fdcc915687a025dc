//! The contract's paragraph on SIGTERM and SIGINT: the answers during the drain, the work that is waited for, and the
//! end.

mod endings;
mod polls;
mod signals;

use crate::support::{
    client::{Client, Response, Stream, form, get, publish},
    flickr::FlickrStub,
    server::{Server, program},
};
use std::{os::unix::process::ExitStatusExt, thread, time::Instant};

/// A server that is held in its drain: a publisher waits for a look-up that hangs until the stub is released.
struct Draining {
    server: Server,
    stub: FlickrStub,
    publisher: Client,
}

impl Draining {
    fn begin(options: &[&str], before: impl FnOnce(&Server)) -> Self {
        let stub = FlickrStub::start();
        stub.mode("hang");
        let server = with_flickr(&stub, options);
        let mut publisher = Client::connect(server.address);
        publisher.send(form("keyword=sushi"));
        stub.wait_for_requests(1);
        before(&server);
        server.signal("TERM");
        server.wait_for_log("stopping");
        Self {
            server,
            stub,
            publisher,
        }
    }

    fn get(&self, target: &str) -> Response {
        get(self.server.address, target)
    }

    /// Lets the look-up finish, and waits for the server's end.
    fn end(mut self) {
        self.stub.release();
        assert_eq!(self.publisher.response().status, 200);
        drop(self.publisher);
        assert_eq!(self.server.wait().code(), Some(0));
    }
}

fn with_flickr(stub: &FlickrStub, options: &[&str]) -> Server {
    let mut command = program();
    command.args(["--flickr-url", &stub.url()]).args(options);
    command.env("FLICKR_API_KEY", "0123456789abcdef0123456789abcdef");
    Server::spawn(command)
}

/// The delay of a stream that holds nothing but a delay, in milliseconds.
fn told_to_wait(response: &Response) -> u64 {
    let text = response.text();
    let wait = text
        .strip_prefix("retry: ")
        .and_then(|rest| rest.strip_suffix("\n\n"));
    wait.unwrap_or_else(|| panic!("{text:?}")).parse().unwrap()
}

#[test]
fn during_the_drain_the_server_goes_on_accepting_and_the_health_check_says_503() {
    let draining = Draining::begin(&[], |_| {});
    let health = draining.get("/healthz");
    assert_eq!(health.status, 503);
    assert!(health.header("Retry-After").is_some());
    draining.end();
}

#[test]
fn during_the_drain_a_publish_is_answered_503_with_retry_after() {
    let draining = Draining::begin(&[], |_| {});
    let answer = publish(draining.server.address, "rice");
    assert_eq!(answer.status, 503);
    let wait: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert!(wait > 0);
    assert_eq!(
        answer.header("Content-Type"),
        Some("application/problem+json")
    );
    assert_eq!(draining.stub.by_keyword("rice"), 0);
    draining.end();
}

#[test]
fn during_the_drain_a_subscriber_is_told_when_to_come_back_and_the_stream_ends() {
    let draining = Draining::begin(&["--drain", "7"], |_| {});
    let mut waits: Vec<u64> = Vec::new();
    for _ in 0..20 {
        let answer = draining.get("/subscribe");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("Content-Type"), Some("text/event-stream"));
        assert_eq!(
            answer.header("Cache-Control"),
            Some("no-cache, no-store, no-transform")
        );
        waits.push(told_to_wait(&answer));
    }
    assert!(
        waits.iter().all(|wait| (7000..=10_000).contains(wait)),
        "{waits:?}"
    );
    assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    let mut old = Client::connect(draining.server.address);
    old.send("GET /subscribe HTTP/1.0\r\n\r\n");
    let (head, body) = old
        .rest()
        .split_once("\r\n\r\n")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(
        head.starts_with("HTTP/1.1 200 ") && body.starts_with("retry: "),
        "{head}\n\n{body}"
    );
    draining.end();
}

#[test]
fn during_the_drain_the_page_is_served_with_connection_close() {
    let draining = Draining::begin(&[], |_| {});
    let mut client = Client::connect(draining.server.address);
    let page = client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        (page.status, page.header("Connection")),
        (200, Some("close"))
    );
    assert!(page.text().contains("<html") && client.is_closed());
    draining.end();
}

#[test]
fn look_ups_in_flight_finish_and_their_pictures_are_delivered() {
    let mut streams = Vec::new();
    let draining = Draining::begin(&["--drain", "0.2"], |server| {
        streams.extend([(); 3].map(|()| Stream::open(server.address)));
    });
    let Draining {
        mut server,
        stub,
        mut publisher,
    } = draining;
    stub.release();
    let answer = publisher.response();
    assert_eq!(
        (answer.status, answer.header("Connection")),
        (200, Some("close"))
    );
    for stream in &mut streams {
        assert_eq!(stream.picture()["url"], answer.json()["url"]);
        while stream.block().is_some() {}
        assert!(stream.client.is_closed());
    }
    drop(publisher);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_publisher_that_left_still_broadcasts_during_the_drain() {
    let mut streams = Vec::new();
    let draining = Draining::begin(&["--drain", "0"], |server| {
        streams.push(Stream::open(server.address))
    });
    let Draining {
        mut server,
        stub,
        publisher,
    } = draining;
    drop(publisher);
    assert_eq!(get(server.address, "/healthz").status, 503);
    stub.release();
    assert_eq!(streams[0].picture()["keyword"], "sushi");
    drop(streams);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_the_server_at_once_with_128_and_its_number() {
    for (first, second, status) in [
        ("TERM", "TERM", 143),
        ("TERM", "INT", 130),
        ("INT", "TERM", 143),
        ("INT", "INT", 130),
    ] {
        let stub = FlickrStub::start();
        stub.mode("hang");
        let mut server = with_flickr(&stub, &["--drain", "60"]);
        let mut publisher = Client::connect(server.address);
        publisher.send(form("keyword=sushi"));
        stub.wait_for_requests(1);
        server.signal(first);
        server.wait_for_log("stopping");
        server.signal(second);
        let end = server.wait();
        assert_eq!(
            (end.code(), end.signal()),
            (Some(status), None),
            "{first}, {second}"
        );
        assert!(publisher.is_closed());
    }
}

#[test]
fn either_signal_ends_an_empty_server_at_once_with_status_0() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&["--drain", "60"]);
        server.signal(signal);
        // The wait is shorter than the drain, for no client is there to be waited for.
        assert_eq!(server.wait().code(), Some(0));
        server.wait_for_log("stopped");
    }
}

#[test]
fn no_look_up_is_waited_for_when_no_client_is_left_to_see_its_picture() {
    let draining = Draining::begin(&["--drain", "60"], |_| {});
    let Draining {
        mut server,
        stub,
        publisher,
    } = draining;
    publisher.reset();
    assert_eq!(server.wait().code(), Some(0));
    drop(stub);
}

#[test]
#[ignore = "takes the 10 s that it is about"]
fn look_ups_are_waited_for_no_longer_than_10_seconds() {
    let draining = Draining::begin(&["--drain", "0", "--lookup-timeout", "60"], |_| {});
    let Draining {
        mut server,
        stub,
        mut publisher,
    } = draining;
    let begun = Instant::now();
    assert_eq!(publisher.response().status, 503);
    assert!((9..15).contains(&begun.elapsed().as_secs()));
    drop(publisher);
    assert_eq!(server.wait().code(), Some(0));
    drop(stub);
}

/// The end of each stream in the order of the streams, in seconds since the first end.
fn ends(streams: Vec<Stream>) -> Vec<f64> {
    let readers: Vec<_> = streams
        .into_iter()
        .map(|mut stream| {
            thread::spawn(move || {
                while stream.block().is_some() {}
                Instant::now()
            })
        })
        .collect();
    let ends: Vec<Instant> = readers
        .into_iter()
        .map(|reader| reader.join().unwrap())
        .collect();
    let first = *ends.iter().min().unwrap();
    ends.iter()
        .map(|end| (*end - first).as_secs_f64())
        .collect()
}
