//! The start of a server: with pictures in Redis, and without Redis.

use super::{known, missed_and, next_ids, publish_by_turns};
use crate::support::{
    client::{Stream, get, publish},
    metrics::Metrics,
    redis::{Redis, begin, node, wait_for_up},
    setups::{assert_problem, retry_after},
};

#[test]
fn a_server_starts_with_the_pictures_that_redis_has() {
    let Some(redis) = Redis::start() else { return };
    let ids = publish_by_turns(&[&node(&redis.url(), &[])], 5);
    let all = node(&redis.url(), &[]);
    assert_eq!(
        next_ids(&mut Stream::open(all.address), 1),
        known(&ids[4..])
    );
    assert_eq!(
        next_ids(&mut Stream::resume(all.address, &ids[0]), 4),
        known(&ids[1..])
    );
    let few = node(&redis.url(), &["--history", "2"]);
    let resumed = |at: usize, count| next_ids(&mut Stream::resume(few.address, &ids[at]), count);
    assert_eq!(resumed(2, 2), known(&ids[3..]));
    assert_eq!(resumed(1, 3), missed_and(&ids[3..]));
}

#[test]
fn a_server_that_cannot_tell_whether_the_stream_has_lost_its_beginning_says_missed() {
    let Some(redis) = Redis::start() else { return };
    let ids = publish_by_turns(&[&node(&redis.url(), &[])], 3);
    let _: i64 = redis.ask(&format!("XDEL picture-frame {}", ids[0]));
    let server = node(&redis.url(), &[]);
    let mut stream = Stream::resume(server.address, &ids[0]);
    assert_eq!(next_ids(&mut stream, 3), missed_and(&ids[1..]));
    assert_eq!(
        next_ids(&mut Stream::resume(server.address, &ids[1]), 1),
        known(&ids[2..])
    );
}

#[test]
fn without_redis_a_server_starts_and_serves_everything_but_publishes() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    redis.kill();
    let server = begin(&redis.url(), &["--heartbeat", "0.1"]);
    let mut stream = Stream::open(server.address);
    stream.next("audience");
    assert_eq!(get(server.address, "/").status, 200);
    assert_eq!(get(server.address, "/healthz").status, 200);
    let refused = publish(server.address, "sushi");
    assert_problem(&refused, 503);
    assert!(retry_after(&refused) <= 5);
    wait_for_up(&server, false);
    redis.run();
    wait_for_up(&server, true);
    server.wait_for_log("is back");
    assert_eq!(publish(server.address, "sushi").status, 200);
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("Redis")).count();
    assert_eq!(lines, 3, "it is lost, it is read, it is back:\n{log}");
}

#[test]
fn a_subscriber_that_waits_for_redis_gets_the_latest_picture_and_not_all_pictures() {
    let Some(mut redis) = Redis::with(&["--appendonly", "yes", "--appendfsync", "always"]) else {
        return;
    };
    let ids = publish_by_turns(&[&node(&redis.url(), &[])], 5);
    redis.kill();
    let server = begin(&redis.url(), &[]);
    let mut stream = Stream::open(server.address);
    assert_eq!(stream.block().unwrap().name, "hello");
    redis.run();
    assert_eq!(next_ids(&mut stream, 1), known(&ids[4..]));
    // The pictures are told a moment before the server knows that it may publish.
    Metrics::wait_for(server.address, |metrics| metrics.get("redis_up") == 1.0);
    let newer = publish_by_turns(&[&server], 1);
    assert_eq!(next_ids(&mut stream, 1), known(&newer));
}

#[test]
fn a_name_that_does_not_resolve_is_one_line_and_no_spin() {
    let server = begin(
        "redis://:s3cret@nowhere.invalid:7000",
        &["--heartbeat", "0.1"],
    );
    server.wait_for_log("nowhere.invalid:7000 is away");
    let before = Metrics::scrape(server.address);
    assert_eq!(before.get("redis_up"), 0.0);
    let mut stream = Stream::open(server.address);
    for _ in 0..20 {
        stream.next("audience");
    }
    let turns = Metrics::scrape(server.address).get("turns_total") - before.get("turns_total");
    assert!(turns < 200.0, "{turns}");
    let lines = server
        .log()
        .lines()
        .filter(|line| line.contains("Redis"))
        .count();
    assert_eq!(lines, 1, "{}", server.log());
    assert!(!server.log().contains("s3cret"));
}
