//! Links to Redis that are cut, fall silent, or lose an answer.

use super::{known, next_ids, publish_by_turns};
use crate::support::{
    client::{Stream, publish},
    metrics::Metrics,
    process::{descriptors, resident},
    redis::{KEY, Redis, node, wait_for_up},
    relay::Relay,
    server::Server,
};
use std::fs;

#[test]
fn a_link_that_falls_silent_is_noticed_and_replaced() {
    let Some(redis) = Redis::start() else { return };
    let relay = Relay::start(redis.port);
    let [behind, other] = [&relay.url(), &redis.url()].map(|url| node(url, &[]));
    let mut stream = Stream::open(behind.address);
    relay.silence(true);
    wait_for_up(&behind, false);
    assert_eq!(publish(behind.address, "away").status, 503);
    let ids = publish_by_turns(&[&other], 3);
    relay.silence(false);
    wait_for_up(&behind, true);
    let newer = publish_by_turns(&[&behind, &other], 2);
    assert_eq!(next_ids(&mut stream, 5), known(&[ids, newer].concat()));
}

#[test]
fn an_event_whose_answer_is_lost_is_one_event_with_one_id() {
    let Some(redis) = Redis::start() else { return };
    let relay = Relay::start(redis.port);
    let [loses, other] = [&relay.url(), &redis.url()].map(|url| node(url, &[]));
    let mut streams = [&loses, &other].map(|server| Stream::open(server.address));
    relay.lose_answers(1);
    let ids = publish_by_turns(&[&loses], 1);
    assert_eq!(relay.lost(), 1);
    // The event may have been read before it was to be sent again: then the second entry is missing.
    let entry: Vec<(String, Vec<String>)> = redis.ask(&format!("XRANGE {KEY} {0} {0}", ids[0]));
    let mut again = redis::cmd("XADD");
    again.arg(KEY).arg("*").arg(&entry[0].1);
    let _: String = redis.try_ask(&again).unwrap();
    let newer = publish_by_turns(&[&other, &loses], 2);
    let all = [ids, newer].concat();
    for stream in &mut streams {
        assert_eq!(next_ids(stream, 3), known(&all));
    }
    let fresh = node(&redis.url(), &[]);
    let mut resumed = Stream::resume(fresh.address, &all[0]);
    assert_eq!(next_ids(&mut resumed, 2), known(&all[1..]));
}

/// Cuts the links so often, and waits for a new one each time. Returns the descriptors and the threads after that.
fn reconnect(server: &Server, relay: &Relay, times: usize) -> (usize, usize) {
    for _ in 0..times {
        let before = Metrics::scrape(server.address).get("redis_reconnects_total");
        relay.cut();
        Metrics::wait_for(server.address, |metrics| {
            metrics.get("redis_reconnects_total") > before && metrics.get("redis_up") == 1.0
        });
    }
    let tasks = format!("/proc/{}/task", server.pid());
    (
        descriptors(server.pid()),
        fs::read_dir(tasks).unwrap().count(),
    )
}

fn leaks_nothing(times: usize) {
    let Some(redis) = Redis::start() else { return };
    let relay = Relay::start(redis.port);
    let server = node(&relay.url(), &[]);
    let mut stream = Stream::open(server.address);
    let before = reconnect(&server, &relay, 3);
    let memory = resident(server.pid());
    let after = reconnect(&server, &relay, times);
    let grown = resident(server.pid()).saturating_sub(memory);
    assert!(grown < 2 << 20, "{grown} bytes");
    assert_eq!(before.1, after.1);
    assert!(after.0 <= before.0 + 2, "{before:?}, {after:?}");
    let ids = publish_by_turns(&[&server], 2);
    assert_eq!(next_ids(&mut stream, 2), known(&ids));
}

#[test]
fn reconnects_leak_nothing() {
    leaks_nothing(10);
}

#[test]
#[ignore = "takes minutes"]
fn five_hundred_reconnects_leak_nothing() {
    leaks_nothing(500);
}
