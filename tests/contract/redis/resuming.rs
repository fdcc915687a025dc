//! Clients that come from another server.

use super::{known, missed_and, next_ids, publish_by_turns};
use crate::support::{
    client::{Client, Stream, get},
    process::{connections, eventually},
    redis::{Redis, node},
    relay::Relay,
    setups::publish_on,
};

#[test]
fn a_client_resumes_on_another_server() {
    let Some(redis) = Redis::start() else { return };
    let nodes = [(); 2].map(|()| node(&redis.url(), &["--broadcast-rate", "0"]));
    let ids = publish_by_turns(&[&nodes[0], &nodes[1]], 20);
    // Each server has read its own events before it answers, and no event of the other one after the last.
    for at in 0..19 {
        let mut stream = Stream::resume(nodes[at % 2].address, &ids[at]);
        assert_eq!(next_ids(&mut stream, 19 - at), known(&ids[at + 1..]));
    }
}

/// Has a client resume at another server as soon as an event was published, so many times.
fn resumes(times: usize) {
    let Some(redis) = Redis::start() else { return };
    let nodes = [(); 2].map(|()| node(&redis.url(), &["--broadcast-rate", "0"]));
    let mut publisher = Client::connect(nodes[0].address);
    let mut seen = publish_on(&mut publisher, "first");
    for number in 0..times {
        let id = publish_on(&mut publisher, &format!("k{number}"));
        // The other server may not have read the event that was published just now.
        let mut stream = Stream::resume(nodes[1].address, &seen);
        assert_eq!(next_ids(&mut stream, 1), [Some(id.clone())]);
        seen = id;
    }
}

#[test]
fn a_client_that_resumes_at_once_on_another_server_misses_nothing_each_time() {
    resumes(200);
}

#[test]
#[ignore = "takes a minute"]
fn a_client_that_resumes_ten_thousand_times_misses_nothing() {
    resumes(10_000);
}

#[test]
fn a_client_that_is_ahead_is_held_until_the_server_has_read_as_far() {
    let Some(redis) = Redis::start() else { return };
    let relay = Relay::start(redis.port);
    let [ahead, behind] = [&redis.url(), &relay.url()].map(|url| node(url, &[]));
    let first = publish_by_turns(&[&ahead], 1);
    assert_eq!(
        next_ids(&mut Stream::open(behind.address), 1),
        known(&first)
    );
    relay.silence(true);
    let ids = publish_by_turns(&[&ahead], 3);
    let mut held = Client::connect(behind.address);
    held.send(format!(
        "GET /subscribe HTTP/1.1\r\nHost: a\r\nLast-Event-ID: {}\r\n\r\n",
        ids[1]
    ));
    let mut poll = Client::connect(behind.address);
    poll.send(format!(
        "GET /poll?after={} HTTP/1.1\r\nHost: a\r\n\r\n",
        ids[1]
    ));
    eventually("both are held", || {
        connections(behind.address, "polling") == 2
    });
    relay.silence(false);
    let mut held = Stream::answered(held);
    assert_eq!(held.block().unwrap().name, "hello");
    assert_eq!(next_ids(&mut held, 1), known(&ids[2..]));
    let answer = poll.response().json();
    assert_eq!(answer["events"][0]["id"], ids[2]);
    assert_eq!(answer["events"].as_array().unwrap().len(), 1);
}

#[test]
fn a_client_whose_event_never_comes_is_told_missed_and_gets_all_that_is_held() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis.url(), &[]);
    let ids = publish_by_turns(&[&server], 3);
    let mut stream = Stream::resume(server.address, "99999999999999-0");
    assert_eq!(stream.block().unwrap().name, "hello");
    let missed = stream.block().unwrap();
    assert_eq!(
        (&*missed.name, &*missed.data),
        ("missed", "{\"after\":\"99999999999999-0\"}")
    );
    assert_eq!(next_ids(&mut stream, 3), known(&ids));
    let polled = get(server.address, "/poll?after=99999999999999-0").json();
    assert_eq!(polled["events"][0]["event"], "missed");
    assert_eq!(polled["events"].as_array().unwrap().len(), 4);
}

#[test]
fn a_held_client_that_leaves_holds_nothing() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis.url(), &[]);
    let target = "GET /subscribe?lastEventId=99999999999999-0 HTTP/1.1\r\nHost: a\r\n\r\n";
    for half_closes in [true, false] {
        let mut client = Client::connect(server.address);
        client.send(target);
        eventually("it is held", || connections(server.address, "polling") == 1);
        match half_closes {
            true => client.half_close(),
            false => drop(client),
        }
        eventually("it has left", || {
            connections(server.address, "polling") == 0
        });
    }
}

#[test]
fn an_id_that_no_server_knows_may_have_missed_pictures() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis.url(), &[]);
    let ids = publish_by_turns(&[&server], 2);
    let between = ids[0].replace("-0", "-77");
    assert!(between < ids[1]);
    let mut stream = Stream::resume(server.address, &between);
    assert_eq!(next_ids(&mut stream, 3), missed_and(&ids));
}
