//! A proxy in front of two servers.

use super::{known, next_ids};
use crate::support::{
    client::{Client, Stream},
    metrics::Metrics,
    readme,
    redis::{Redis, node},
    reverse_proxy::ReverseProxy,
    setups::publish_on,
};

#[test]
fn clients_of_a_proxy_go_on_at_the_other_server_when_one_is_killed() {
    let Some(redis) = Redis::start() else { return };
    let options = ["--broadcast-rate", "0", "--trusted-proxy", "127.0.0.2"];
    let mut nodes = Vec::from([(); 2].map(|()| node(&redis.url(), &options)));
    let [one, other] = [nodes[0].address, nodes[1].address];
    let upstreams = readme::block("nginx spreads")
        .replace("10.0.0.1:4000", &one.to_string())
        .replace("10.0.0.2:4000", &other.to_string());
    let site = readme::block("nginx, in")
        .replace("listen 80;", "listen HERE;")
        .replace(
            "http://127.0.0.1:4000;",
            "http://frame; proxy_bind 127.0.0.2;",
        );
    let Some(proxy) = ReverseProxy::nginx(&format!("{upstreams}{site}")) else {
        return;
    };
    let mut streams: Vec<Stream> = (0..6).map(|_| Stream::open(proxy.address)).collect();
    let mut publisher = Client::connect(proxy.address);
    let ids: Vec<String> = (0..4)
        .map(|number| publish_on(&mut publisher, &format!("k{number}")))
        .collect();
    for stream in &mut streams {
        assert_eq!(next_ids(stream, 4), known(&ids));
    }
    let reads = |address| Metrics::scrape(address).get("subscribers");
    assert_eq!([reads(one), reads(other)], [3.0, 3.0]);
    nodes.remove(0);
    let mut publisher = Client::connect(proxy.address);
    let newer: Vec<String> = (4..8)
        .map(|number| publish_on(&mut publisher, &format!("k{number}")))
        .collect();
    let mut resumed = 0;
    for mut stream in streams {
        // The proxy has ended the streams of the server that was killed.
        if reads_on(&mut stream, &newer) {
            continue;
        }
        resumed += 1;
        let mut stream = Stream::resume(proxy.address, &ids[3]);
        assert_eq!(next_ids(&mut stream, 4), known(&newer));
    }
    assert_eq!(resumed, 3);
}

/// True if a stream goes on with these pictures; false if it has ended.
fn reads_on(stream: &mut Stream, ids: &[String]) -> bool {
    if stream.client.is_closed() {
        return false;
    }
    assert_eq!(next_ids(stream, ids.len()), known(ids));
    true
}
