//! Redis away, and Redis that comes back with less than it had.

use super::{known, missed_and, next_ids, publish_by_turns};
use crate::support::{
    client::{Stream, get, publish},
    metrics::Metrics,
    redis::{KEY, Redis, node, wait_for_up},
    relay::Relay,
    server::Server,
    setups::{assert_problem, id, retry_after},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// The ids in the stream.
fn ids_in(redis: &Redis) -> Vec<String> {
    let entries: Vec<(String, Vec<String>)> = redis.ask(&format!("XRANGE {KEY} - +"));
    entries.into_iter().map(|(id, _)| id).collect()
}

fn unix_millis() -> u128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_millis()
}

/// Waits until these servers have put back so many events together.
fn wait_for_healed(servers: &[&Server], expected: f64) {
    let healed = |server: &&Server| Metrics::scrape(server.address).get("redis_healed_total");
    Metrics::wait_for(servers[0].address, |_| {
        servers.iter().map(healed).sum::<f64>() >= expected
    });
}

#[test]
fn while_redis_hangs_everything_but_publishing_goes_on_and_then_nothing_is_missing() {
    let Some(redis) = Redis::start() else { return };
    let nodes = [(); 2].map(|()| node(&redis.url(), &["--heartbeat", "0.1"]));
    let mut streams = nodes.each_ref().map(|node| Stream::open(node.address));
    let ids = publish_by_turns(&[&nodes[0], &nodes[1]], 4);
    // A machine that stands still for a second is an outage as well.
    let earlier = nodes.each_ref().map(outages);
    redis.signal("STOP");
    let refused = publish(nodes[0].address, "hangs");
    assert_problem(&refused, 503);
    assert!(retry_after(&refused) <= 5);
    for server in &nodes {
        wait_for_up(server, false);
        assert_eq!(get(server.address, "/healthz").status, 200);
        let mut stream = Stream::resume(server.address, &ids[1]);
        assert_eq!(next_ids(&mut stream, 2), known(&ids[2..]));
        stream.next("audience");
        assert_eq!(publish(server.address, "hangs").status, 503);
    }
    redis.signal("CONT");
    nodes
        .iter()
        .for_each(|server| drop(wait_for_up(server, true)));
    let newer = publish_by_turns(&[&nodes[1], &nodes[0]], 2);
    // The event that was answered 503 may have become an event, once.
    let all = ids_in(&redis);
    let mut once: Vec<String> = all.clone();
    once.dedup();
    assert!(all.ends_with(&newer) && all.starts_with(&ids), "{all:?}");
    let told: Vec<_> = streams
        .iter_mut()
        .map(|stream| told_up_to(stream, &newer[1]))
        .collect();
    assert_eq!(told[0], told[1]);
    assert!((6..=7).contains(&told[0].len()), "{told:?}");
    for (server, (away, back)) in nodes.iter().zip(earlier) {
        server.wait_for_logs("is back", back + 1);
        assert_eq!(outages(server), (away + 1, back + 1), "{}", server.log());
    }
}

/// The numbers of a server's lines that say that Redis is away, and that it is back.
fn outages(server: &Server) -> (usize, usize) {
    let log = server.log();
    let lines = |word: &str| log.lines().filter(|line| line.contains(word)).count();
    (lines("is away"), lines("is back"))
}

/// The ids of the pictures up to this one.
fn told_up_to(stream: &mut Stream, last: &str) -> Vec<Option<String>> {
    let mut ids = Vec::new();
    while ids.last() != Some(&Some(last.to_owned())) {
        ids.extend(next_ids(stream, 1));
    }
    ids
}

#[test]
fn nothing_is_missing_when_redis_was_killed_and_has_its_data() {
    let Some(mut redis) = Redis::with(&["--appendonly", "yes", "--appendfsync", "always"]) else {
        return;
    };
    let nodes = [(); 2].map(|()| node(&redis.url(), &[]));
    let mut stream = Stream::open(nodes[1].address);
    let mut ids = publish_by_turns(&[&nodes[0], &nodes[1]], 5);
    redis.kill();
    nodes
        .iter()
        .for_each(|server| drop(wait_for_up(server, false)));
    assert_eq!(publish(nodes[0].address, "away").status, 503);
    redis.run();
    nodes
        .iter()
        .for_each(|server| drop(wait_for_up(server, true)));
    ids.extend(publish_by_turns(&[&nodes[0], &nodes[1]], 5));
    assert_eq!(next_ids(&mut stream, 10), known(&ids));
    assert_eq!(ids_in(&redis), ids);
}

#[test]
fn pictures_that_redis_has_lost_are_put_back_with_their_ids() {
    for command in ["FLUSHALL", "DEL", "restart"] {
        let Some(mut redis) = Redis::start() else {
            return;
        };
        let nodes = [(); 2].map(|()| node(&redis.url(), &[]));
        let mut stream = Stream::open(nodes[1].address);
        let mut ids = publish_by_turns(&[&nodes[0], &nodes[1]], 10);
        match command {
            "restart" => {
                redis.kill();
                redis.run();
            }
            "DEL" => drop(redis.ask::<i64>(&format!("DEL {KEY}"))),
            _ => redis.ask("FLUSHALL"),
        }
        wait_for_healed(&[&nodes[0], &nodes[1]], 10.0);
        assert_eq!(ids_in(&redis), ids, "{command}");
        nodes
            .iter()
            .for_each(|server| drop(wait_for_up(server, true)));
        ids.extend(publish_by_turns(&[&nodes[0], &nodes[1]], 2));
        assert_eq!(next_ids(&mut stream, 12), known(&ids), "{command}");
        let fresh = node(&redis.url(), &[]);
        let mut resumed = Stream::resume(fresh.address, &ids[3]);
        assert_eq!(next_ids(&mut resumed, 8), known(&ids[4..]), "{command}");
    }
}

#[test]
fn pictures_are_put_back_before_a_new_one_that_comes_at_once() {
    let Some(redis) = Redis::start() else { return };
    let nodes = [(); 2].map(|()| node(&redis.url(), &[]));
    let mut streams = nodes.each_ref().map(|node| Stream::open(node.address));
    let mut ids = Vec::new();
    for number in 0..10 {
        ids.extend(publish_by_turns(&[&nodes[number % 2]], 1));
        for stream in &mut streams {
            assert_eq!(next_ids(stream, 1), known(&ids[number..]));
        }
        assert_eq!(ids_in(&redis), ids);
        let () = redis.ask("FLUSHALL");
    }
}

#[test]
fn a_tail_that_redis_has_lost_is_put_back() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let nodes = [(); 2].map(|()| node(&redis.url(), &[]));
    let ids = publish_by_turns(&[&nodes[0], &nodes[1]], 3);
    let _: String = redis.ask("SAVE");
    let tail = publish_by_turns(&[&nodes[0], &nodes[1]], 4);
    redis.kill();
    redis.run();
    wait_for_healed(&[&nodes[0], &nodes[1]], 4.0);
    assert_eq!(ids_in(&redis), [ids, tail].concat());
}

#[test]
fn a_replica_that_is_promoted_fifty_events_behind_gets_them() {
    let Some(master) = Redis::start() else { return };
    let replica = Redis::start().unwrap();
    let relay = Relay::start(master.port);
    let nodes = [(); 2].map(|()| node(&relay.url(), &["--broadcast-rate", "0"]));
    let mut stream = Stream::open(nodes[1].address);
    let _: String = replica.ask(&format!("REPLICAOF 127.0.0.1 {}", master.port));
    let mut ids = publish_by_turns(&[&nodes[0], &nodes[1]], 10);
    while ids_in(&replica).len() < 10 {}
    let _: String = replica.ask("REPLICAOF NO ONE");
    ids.extend(publish_by_turns(&[&nodes[0], &nodes[1]], 50));
    relay.lead_to(replica.port);
    wait_for_healed(&[&nodes[0], &nodes[1]], 50.0);
    nodes
        .iter()
        .for_each(|server| drop(wait_for_up(server, true)));
    ids.extend(publish_by_turns(&[&nodes[0], &nodes[1]], 2));
    assert_eq!(next_ids(&mut stream, 62), known(&ids));
    assert_eq!(ids_in(&replica), ids);
}

#[test]
fn ids_grow_though_the_new_master_is_empty_and_its_clock_is_an_hour_behind() {
    let Some(redis) = Redis::start() else {
        return;
    };
    // An event of an hour ahead: the clock of the other server is then an hour behind.
    let ahead = unix_millis() + 3_600_000;
    let first = format!("XADD {KEY} {ahead}-0 p other-1 n picture d {{}}");
    let _: String = redis.ask(&first);
    let late = Redis::start().unwrap();
    let relay = Relay::start(redis.port);
    let nodes = [(); 2].map(|()| node(&relay.url(), &[]));
    let mut streams = nodes.each_ref().map(|node| Stream::open(node.address));
    let mut ids = vec![format!("{ahead}-0")];
    ids.extend(publish_by_turns(&[&nodes[0], &nodes[1]], 3));
    relay.lead_to(late.port);
    wait_for_healed(&[&nodes[0], &nodes[1]], 4.0);
    nodes
        .iter()
        .for_each(|server| drop(wait_for_up(server, true)));
    ids.extend(publish_by_turns(&[&nodes[0], &nodes[1]], 4));
    // Both servers have read all: an event that only one has read could not be put back behind the other's next event.
    for stream in &mut streams {
        assert_eq!(next_ids(stream, 8), known(&ids));
    }
    assert_eq!(ids_in(&late), ids);
    // The clock of the stream's server is behind, and its data is gone without a word.
    let _: String = late.ask("FLUSHALL");
    let newer = publish_by_turns(&[&nodes[0]], 1);
    assert!(id(&newer[0]) > id(&ids[7]));
    for stream in &mut streams {
        assert_eq!(next_ids(stream, 1), known(&newer));
    }
    assert_eq!(ids_in(&late), [ids, newer].concat());
}

#[test]
fn a_new_event_never_has_the_id_of_a_lost_one_that_only_another_server_has_read() {
    let Some(redis) = Redis::start() else { return };
    let ahead = format!("{}-0", unix_millis() + 3_600_000);
    let _: String = redis.ask(&format!("XADD {KEY} {ahead} p other-1 n picture d {{}}"));
    let relays = [(); 2].map(|()| Relay::start(redis.port));
    let nodes = relays.each_ref().map(|relay| node(&relay.url(), &[]));
    let mut streams = nodes.each_ref().map(|node| Stream::open(node.address));
    let first = known(&[ahead]);
    assert_eq!(next_ids(&mut streams[0], 1), first);
    // One server does not read the event of the other, and the other does not see that the stream goes back.
    relays[0].silence(true);
    let lost = publish_by_turns(&[&nodes[1]], 1);
    relays[1].silence(true);
    let () = redis.ask("FLUSHALL");
    relays[0].cut();
    relays[0].silence(false);
    wait_for_healed(&[&nodes[0]], 1.0);
    wait_for_up(&nodes[0], true);
    let newer = publish_by_turns(&[&nodes[0]], 1);
    assert!(id(&newer[0]) > id(&lost[0]));
    relays[1].cut();
    relays[1].silence(false);
    let told = [first, known(&[lost, newer.clone()].concat())].concat();
    assert_eq!(next_ids(&mut streams[1], 3), told);
    // The lost event cannot be put back behind the newer one, and this server's subscribers lack it.
    assert_eq!(
        next_ids(&mut streams[0], 2),
        [known(&newer), missed_and(&[])].concat()
    );
}

#[test]
fn an_id_that_two_events_have_got_is_told_to_all_subscribers() {
    let Some(redis) = Redis::start() else { return };
    let ahead = format!("{}-0", unix_millis() + 3_600_000);
    let oldest = format!("XADD {KEY} {ahead} p other-1 n picture d {{}}");
    let _: String = redis.ask(&oldest);
    let relays = [(); 2].map(|()| Relay::start(redis.port));
    let nodes = relays.each_ref().map(|relay| node(&relay.url(), &[]));
    let mut streams = nodes.each_ref().map(|node| Stream::open(node.address));
    for stream in &mut streams {
        assert_eq!(next_ids(stream, 1), known(std::slice::from_ref(&ahead)));
    }
    relays[0].silence(true);
    let lost = publish_by_turns(&[&nodes[1]], 1);
    relays[1].silence(true);
    // Redis has lost its newest event alone, and the first server has read all that is there.
    let () = redis.ask("FLUSHALL");
    let _: String = redis.ask(&oldest);
    relays[0].cut();
    relays[0].silence(false);
    wait_for_up(&nodes[0], true);
    let newer = publish_by_turns(&[&nodes[0]], 1);
    relays[1].cut();
    relays[1].silence(false);
    // The new event has the id of the lost one, and each subscriber lacks one of the two.
    assert_eq!(newer, lost);
    for stream in &mut streams {
        let told = [known(&lost), missed_and(&[])].concat();
        assert_eq!(next_ids(stream, 2), told);
    }
}

#[test]
fn a_loss_that_cannot_be_put_back_is_told_to_subscribers_that_may_lack_something() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let relays = [(); 2].map(|()| Relay::start(redis.port));
    let nodes = relays.each_ref().map(|relay| node(&relay.url(), &[]));
    let mut streams = nodes.each_ref().map(|node| Stream::open(node.address));
    let mut ids = publish_by_turns(&[&nodes[0]], 1);
    assert_eq!(next_ids(&mut streams[1], 1), known(&ids));
    let _: String = redis.ask("SAVE");
    relays[1].silence(true);
    ids.extend(publish_by_turns(&[&nodes[0]], 1));
    relays[0].silence(true);
    redis.kill();
    redis.run();
    let foreign = format!("XADD {KEY} * p other-1 n picture d {{}}");
    let newer: String = redis.ask(&foreign);
    relays.iter().for_each(|relay| relay.cut());
    relays.iter().for_each(|relay| relay.silence(false));
    ids.push(newer.clone());
    assert_eq!(next_ids(&mut streams[0], 3), known(&ids));
    assert_eq!(next_ids(&mut streams[1], 2), [Some(newer), None]);
    let resumed = |server: &Server| next_ids(&mut Stream::resume(server.address, &ids[1]), 1);
    assert_eq!(resumed(&nodes[0]), known(&ids[2..]));
    assert_eq!(resumed(&nodes[1]), missed_and(&[]));
}

#[test]
fn a_loss_is_told_though_redis_is_lost_again_while_it_is_put_back() {
    let Some(redis) = Redis::start() else { return };
    let relay = Relay::start(redis.port);
    let server = node(&relay.url(), &[]);
    let mut stream = Stream::open(server.address);
    let first = publish_by_turns(&[&server], 1);
    assert_eq!(next_ids(&mut stream, 1), known(&first));
    let ahead = format!("{}-0", unix_millis() + 3_600_000);
    let _: String = redis.ask(&format!("XADD {KEY} {ahead} p other-1 n picture d {{}}"));
    assert_eq!(
        next_ids(&mut stream, 1),
        known(std::slice::from_ref(&ahead))
    );
    relay.silence(true);
    let () = redis.ask("FLUSHALL");
    // An event that this server cannot send, for its id is too small.
    let _: String = redis.ask(&format!("XADD {KEY} * p other-2 n picture d {{}}"));
    relay.lose_answers(1);
    relay.cut();
    relay.silence(false);
    let newer = publish_by_turns(&[&server], 1);
    assert_eq!(relay.lost(), 1);
    let told = [None, Some(newer[0].clone())];
    assert_eq!(next_ids(&mut stream, 2), told);
}
