//! Upgrades of a server that shares its frame by Redis: the new version goes on at the same place in the stream.

use super::{Upgradable, protocol::hello};
use crate::support::{
    client::{Client, Stream, form, publish},
    metrics::Metrics,
    process::eventually,
    redis::{KEY, Redis, node, wait_for_up},
    setups::{await_audience, publish_on},
};

/// A server that can be upgraded and shares the frame by the Redis server at `url`.
fn upgradable(redis: &Redis, options: &[&str]) -> Upgradable {
    Upgradable::start(&[&["--redis", &redis.url(), "--drain", "0"], options].concat())
}

/// The ids of a stream's next pictures. An event `missed` among them fails the test.
#[track_caller]
fn next_ids(stream: &mut Stream, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let event = stream.block().expect("the stream goes on");
        assert_ne!(event.name, "missed", "after {ids:?}");
        if event.name == "picture" {
            ids.extend(event.id);
        }
    }
    ids
}

/// Checks that the log has no line of a fault.
#[track_caller]
fn assert_calm(frame: &Upgradable) {
    let log = frame.server.log();
    let mut lines = log.lines();
    let is_fault = |line: &str| line.contains(" ERROR ") || line.contains(" WARN ");
    assert!(
        lines.all(|line| !is_fault(line) || line.contains("running as root")),
        "{log}"
    );
}

#[test]
fn pictures_of_all_servers_go_on_in_one_order_each_once_while_a_server_is_upgraded() {
    let Some(redis) = Redis::start() else { return };
    let frame = upgradable(&redis, &[]);
    let address = frame.server.address;
    wait_for_up(&frame.server, true);
    let other = node(&redis.url(), &[]);
    let mut streams: Vec<Stream> = (0..20).map(|_| Stream::open(address)).collect();
    let mut publishers = [address, other.address].map(Client::connect);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let done = frame.heirs().len() + 1;
        frame.signal("USR2");
        while frame.heirs().len() < done {
            for publisher in &mut publishers {
                ids.push(publish_on(publisher, "x"));
            }
        }
    }
    let lags = Metrics::scrape(address).get("redis_lag_seconds_count");
    assert_eq!(lags as usize, ids.len() / 2, "the counts go along");
    assert_eq!(Metrics::scrape(address).get("redis_healed_total"), 0.0);
    for stream in &mut streams {
        assert_eq!(next_ids(stream, ids.len()), ids);
    }
    assert_calm(&frame);
}

#[test]
fn an_upgraded_server_is_one_server_of_the_audience_all_the_time() {
    let Some(redis) = Redis::start() else { return };
    let options = ["--heartbeat", "0.05"];
    let frame = upgradable(&redis, &options);
    let other = node(&redis.url(), &options);
    let mut streams = [frame.server.address, other.address].map(Stream::open);
    for stream in &mut streams {
        await_audience(stream, 2);
    }
    let names: Vec<String> = redis.ask(&format!("SMEMBERS {KEY}:audience"));
    for version in 1..=2 {
        frame.upgrade();
        frame.wait_until("ended", || version == frame.heirs().len());
        let later: Vec<String> = redis.ask(&format!("SMEMBERS {KEY}:audience"));
        assert_eq!((later.len(), names.len()), (2, 2));
        assert!(later.iter().all(|name| names.contains(name)), "{later:?}");
        for stream in &mut streams {
            assert_eq!(stream.next("audience").data, "2");
        }
    }
}

#[test]
fn a_server_is_upgraded_while_redis_hangs_and_nothing_is_missing_then() {
    let Some(redis) = Redis::start() else { return };
    let frame = upgradable(&redis, &[]);
    let address = frame.server.address;
    wait_for_up(&frame.server, true);
    let mut stream = Stream::open(address);
    let mut ids = vec![publish_on(&mut Client::connect(address), "before")];
    redis.signal("STOP");
    let mut waits = Client::connect(address);
    waits.send(form("keyword=waits"));
    frame.upgrade();
    assert_eq!(waits.response().status, 503);
    assert_eq!(
        waits.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").status,
        200
    );
    wait_for_up(&frame.server, false);
    assert_eq!(publish(address, "away").status, 503);
    frame.upgrade();
    redis.signal("CONT");
    wait_for_up(&frame.server, true);
    ids.push(publish_on(&mut Client::connect(address), "after"));
    // The event that was answered 503 may have become an event, once.
    let mut told = next_ids(&mut stream, 2);
    if told[1] != ids[1] {
        told.remove(1);
        told.extend(next_ids(&mut stream, 1));
    }
    assert_eq!(told, ids);
}

#[test]
fn a_new_version_puts_back_the_pictures_that_redis_has_lost_before() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let frame = upgradable(&redis, &[]);
    let address = frame.server.address;
    wait_for_up(&frame.server, true);
    let mut publisher = Client::connect(address);
    let mut ids: Vec<String> = (0..10).map(|_| publish_on(&mut publisher, "x")).collect();
    let mut stream = Stream::resume(address, &ids[0]);
    redis.kill();
    wait_for_up(&frame.server, false);
    frame.upgrade();
    redis.run();
    let healed = |metrics: &Metrics| metrics.get("redis_healed_total") == 10.0;
    Metrics::wait_for(address, healed);
    wait_for_up(&frame.server, true);
    assert_eq!(redis.length(), 10);
    frame.upgrade();
    assert!(healed(&Metrics::scrape(address)));
    ids.push(publish_on(&mut publisher, "after"));
    assert_eq!(next_ids(&mut stream, 10), ids[1..]);
}

#[test]
fn a_server_that_never_reached_redis_is_upgraded_and_begins_later() {
    let Some(mut redis) = Redis::with(&["--appendonly", "yes", "--appendfsync", "always"]) else {
        return;
    };
    let earlier = node(&redis.url(), &[]);
    let last = publish_on(&mut Client::connect(earlier.address), "x");
    drop(earlier);
    redis.kill();
    let frame = upgradable(&redis, &[]);
    let mut stream = Stream::open(frame.server.address);
    frame.upgrade();
    redis.run();
    assert_eq!(next_ids(&mut stream, 1), [last]);
    wait_for_up(&frame.server, true);
    let newer = publish_on(&mut Client::connect(frame.server.address), "x");
    assert_eq!(next_ids(&mut stream, 1), [newer]);
}

#[test]
fn a_server_whose_upgrade_fails_goes_on_with_redis() {
    let Some(redis) = Redis::start() else { return };
    let frame = upgradable(&redis, &[]);
    let address = frame.server.address;
    wait_for_up(&frame.server, true);
    let other = node(&redis.url(), &[]);
    let mut stream = Stream::open(address);
    let mut publishers = [address, other.address].map(Client::connect);
    frame.replace_run(&format!("{}head -c 300 <&0 >/dev/null", hello(1)));
    for _ in 0..2 {
        frame.fail(&["it ended"]);
        let ids = publishers
            .each_mut()
            .map(|publisher| publish_on(publisher, "x"));
        assert_eq!(next_ids(&mut stream, 2), ids);
    }
    frame.mend();
    frame.upgrade();
    let id = publish_on(&mut publishers[1], "x");
    assert_eq!(next_ids(&mut stream, 1), [id]);
    eventually("both count", || {
        let names: Vec<String> = redis.ask(&format!("SMEMBERS {KEY}:audience"));
        names.len() == 2
    });
}
