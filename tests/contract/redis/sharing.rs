//! One order on all servers, and the counts of all servers together.

use super::{known, next_ids, publish_by_turns};
use crate::support::{
    client::{Client, Stream, get, publish},
    flickr::FlickrStub,
    metrics::Metrics,
    redis::{KEY, Redis, node, wait_for_up},
    server::{Server, program},
    setups::{KEY as FLICKR_KEY, await_audience, publish_on, retry_after},
};
use std::thread;

#[test]
fn pictures_of_all_servers_come_everywhere_in_one_order_each_once() {
    let Some(redis) = Redis::start() else { return };
    let nodes = [(); 3].map(|()| node(&redis.url(), &["--broadcast-rate", "0"]));
    let mut streams = nodes.each_ref().map(|node| Stream::open(node.address));
    let publishers = nodes.each_ref().map(|node| {
        let address = node.address;
        thread::spawn(move || {
            let mut client = Client::connect(address);
            let publish = |number| publish_on(&mut client, &format!("k{number}"));
            (0..40).map(publish).collect::<Vec<String>>()
        })
    });
    let mut ids: Vec<String> = publishers
        .into_iter()
        .flat_map(|one| one.join().unwrap())
        .collect();
    ids.sort_by_key(|text| crate::support::setups::id(text));
    for stream in &mut streams {
        assert_eq!(next_ids(stream, 120), known(&ids));
    }
    assert_eq!(redis.length(), 120);
    let metrics = Metrics::scrape(nodes[0].address);
    assert_eq!(metrics.get("redis_lag_seconds_count"), 40.0);
}

#[test]
fn an_events_id_is_its_entrys_id_and_redis_keeps_about_four_histories() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis.url(), &["--history", "30", "--redis-key", "other"]);
    let ids = publish_by_turns(&[&server], 300);
    let newest: Vec<(String, Vec<String>)> = redis.ask("XREVRANGE other + - COUNT 1");
    assert_eq!(newest[0].0, ids[299]);
    let length: usize = redis.ask("XLEN other");
    // Redis removes whole nodes of a hundred entries.
    assert!((120..=220).contains(&length), "{length}");
    let keys: Vec<String> = redis.ask("KEYS *");
    assert!(
        keys.iter()
            .all(|key| key == "other" || key.starts_with("other:")),
        "{keys:?}"
    );
}

#[test]
fn the_heartbeat_tells_the_audience_of_all_servers() {
    let Some(redis) = Redis::start() else { return };
    let options = ["--heartbeat", "0.1"];
    let nodes = [(); 3].map(|()| Some(node(&redis.url(), &options)));
    let mut nodes = Vec::from(nodes);
    let open = |node: &Option<Server>| Stream::open(node.as_ref().unwrap().address);
    let mut streams: Vec<Stream> = nodes.iter().map(open).collect();
    let _further = open(&nodes[1]);
    for stream in &mut streams {
        await_audience(stream, 4);
    }
    let mut ended = nodes[1].take().unwrap();
    ended.signal("TERM");
    assert!(ended.wait().success());
    await_audience(&mut streams[0], 2);
    // A server that was killed counts until its key expires.
    nodes[2] = None;
    let left: Vec<String> = redis.ask(&format!("KEYS {KEY}:audience:*"));
    assert_eq!(left.len(), 2);
    let lives: Vec<i64> = left
        .iter()
        .map(|key| redis.ask(&format!("TTL {key}")))
        .collect();
    assert!(
        lives.iter().all(|seconds| (1..=45).contains(seconds)),
        "{lives:?}"
    );
    for key in left {
        let _: i64 = redis.ask(&format!("DEL {key}"));
    }
    await_audience(&mut streams[0], 1);
}

#[test]
fn the_quota_is_of_all_servers_together() {
    let Some(redis) = Redis::start() else { return };
    let stub = FlickrStub::start();
    let nodes = [(); 3].map(|()| {
        let mut command = program();
        command.env("FLICKR_API_KEY", FLICKR_KEY);
        command.args(["--flickr-url", &stub.url(), "--redis", &redis.url()]);
        command.args(["--source-quota", "7", "--broadcast-rate", "0"]);
        let server = Server::spawn(command);
        wait_for_up(&server, true);
        server
    });
    let answers: Vec<_> = (0..12)
        .map(|number| publish(nodes[number % 3].address, &format!("word{number}")))
        .collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses[..7], [200; 7]);
    assert!(!statuses[7..].contains(&200), "{statuses:?}");
    let refused = answers.iter().filter(|answer| answer.status == 429);
    assert!(refused.map(retry_after).max() > Some(3000), "{statuses:?}");
    assert_eq!(stub.requests().len(), 7);
}

#[test]
fn a_count_of_look_ups_that_redis_refuses_is_one_line_and_the_server_counts_alone() {
    let Some(redis) = Redis::start() else { return };
    let _: i64 = redis.ask(&format!("LPUSH {KEY}:quota mine"));
    let stub = FlickrStub::start();
    let mut command = program();
    command.env("FLICKR_API_KEY", FLICKR_KEY);
    command.args(["--flickr-url", &stub.url(), "--redis", &redis.url()]);
    command.args(["--source-quota", "3", "--broadcast-rate", "0"]);
    let server = Server::spawn(command);
    wait_for_up(&server, true);
    for (number, expected) in [200, 200, 200, 429].into_iter().enumerate() {
        let answer = publish(server.address, &format!("word{number}"));
        assert_eq!(answer.status, expected);
        // The audience is counted meanwhile, which is not refused.
        let counts = || -> usize {
            let stats: String = redis.ask("INFO commandstats");
            let calls = stats.split("cmdstat_smembers:calls=").nth(1);
            let calls = calls.and_then(|rest| rest.split(',').next()?.parse().ok());
            calls.unwrap_or_default()
        };
        let before = counts();
        Metrics::wait_for(server.address, |_| counts() >= before + 2);
    }
    server.wait_for_log("WRONGTYPE");
    let log = server.log();
    let lines = |word: &str| log.lines().filter(|line| line.contains(word)).count();
    assert_eq!((lines("ERROR"), lines("is back")), (1, 0), "{log}");
}

#[test]
fn without_redis_no_metric_speaks_of_it() {
    let server = Server::start(&[]);
    let metrics = get(server.address, "/metrics");
    assert!(!metrics.text().contains("redis"));
}
