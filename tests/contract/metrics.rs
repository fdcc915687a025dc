//! The contract's paragraph on metrics: each name exists with its labels from the start, and counts its events.

mod bytes;
mod disconnects;
mod lookups;
mod promtool;
mod proxied;
mod refusals;
mod states;

use crate::support::{
    client::{Client, Stream, ask, form, get, publish},
    flickr::FlickrStub,
    metrics::Metrics,
    server::Server,
    setups::over_flickr,
};
use std::{
    collections::BTreeSet,
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

const SINGLE: [&str; 17] = [
    "picture_frame_build_info{version=\"0.1.0\"}",
    "picture_frame_deliveries_total",
    "picture_frame_lookup_seconds_count",
    "picture_frame_lookup_seconds_sum",
    "picture_frame_pictures_total",
    "picture_frame_received_bytes_total",
    "picture_frame_sent_bytes_total",
    "picture_frame_slowest_behind",
    "picture_frame_subscribers",
    "picture_frame_turn_seconds_count",
    "picture_frame_turn_seconds_sum",
    "picture_frame_turns_total",
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
];
const LABELLED: [(&str, &str, &[&str]); 4] = [
    (
        "connections",
        "state",
        &[
            "idle",
            "reading",
            "deferred",
            "polling",
            "writing",
            "subscribed",
            "lingering",
        ],
    ),
    (
        "lookups_total",
        "result",
        &[
            "found",
            "cached",
            "not_found",
            "quota",
            "refused",
            "unreadable",
            "timeout",
            "panicked",
        ],
    ),
    (
        "disconnects_total",
        "reason",
        &["left", "slow", "write_timeout", "drained", "error"],
    ),
    (
        "refused_total",
        "reason",
        &[
            "connections",
            "subscribers",
            "rate",
            "queue",
            "cross_site",
            "malformed",
        ],
    ),
];

#[test]
fn every_name_is_there_from_the_start_with_all_its_labels_and_no_other() {
    let server = Server::start(&[]);
    let metrics = Metrics::scrape(server.address);
    let labelled = LABELLED.iter().flat_map(|(name, label, values)| {
        let full = move |value| format!("picture_frame_{name}{{{label}=\"{value}\"}}");
        values.iter().map(full)
    });
    let expected: BTreeSet<String> = labelled
        .chain(SINGLE.iter().map(|&name| name.to_owned()))
        .collect();
    let names = metrics.names().filter(|name| !name.contains("_bucket{"));
    let told: BTreeSet<String> = names.map(str::to_owned).collect();
    assert_eq!(told, expected);
    for name in ["lookups_total", "disconnects_total", "refused_total"] {
        assert_eq!(metrics.nonzero(name), [], "{name}");
    }
    assert_eq!(metrics.nonzero("connections"), [("deferred", 1.0)]);
    assert_eq!(metrics.nonzero("build_info"), [("0.1.0", 1.0)]);
}

#[test]
fn the_metrics_are_in_prometheus_text_format_and_not_to_be_stored() {
    let server = Server::start(&[]);
    let response = get(server.address, "/metrics");
    let media = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(response.header("content-type"), Some(media));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    for line in [
        "# TYPE picture_frame_connections gauge",
        "# TYPE picture_frame_lookups_total counter",
        "# TYPE picture_frame_lookup_seconds histogram",
        "# TYPE process_cpu_seconds_total counter",
    ] {
        assert!(response.text().lines().any(|told| told == line), "{line}");
    }
}

#[test]
fn head_is_answered_without_a_body() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.head();
    assert_eq!(head.status, 200);
    let length: usize = head.header("content-length").unwrap().parse().unwrap();
    assert!(length > 1000, "{length}");
    let health = client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(health.text(), "ok", "nothing came between");
}

#[test]
fn the_metrics_do_not_wait_for_hanging_look_ups_and_all_simultaneous_scrapes_are_answered() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let server = over_flickr(&stub, &["--lookup-threads", "1", "--lookup-timeout", "60"]);
    let mut hanging = Client::connect(server.address);
    hanging.send(form("keyword=sushi"));
    stub.wait_for_requests(1);
    let mut asking: Vec<Client> = (0..50).map(|_| Client::connect(server.address)).collect();
    for client in &mut asking {
        client.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for client in &mut asking {
        let metrics = Metrics::read(&client.response());
        assert!(metrics.of("connections", "deferred") >= 2.0);
    }
}

#[test]
fn pictures_and_their_deliveries_are_counted() {
    let server = Server::start(&[]);
    let mut streams = [(); 3].map(|()| Stream::open(server.address));
    for keyword in ["sushi", "ramen"] {
        assert_eq!(publish(server.address, keyword).status, 200);
        for stream in &mut streams {
            assert_eq!(stream.picture()["keyword"], keyword);
        }
    }
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.get("pictures_total"), 2.0);
    assert_eq!(metrics.get("deliveries_total"), 6.0);
    assert_eq!(metrics.get("subscribers"), 3.0);
    let mut late = Stream::open(server.address);
    assert_eq!(late.picture()["keyword"], "ramen");
    assert_eq!(Metrics::scrape(server.address).get("deliveries_total"), 7.0);
    assert_eq!(get(server.address, "/poll").status, 200);
    assert_eq!(Metrics::scrape(server.address).get("deliveries_total"), 8.0);
}

#[test]
fn turns_are_counted_and_each_has_a_length() {
    let server = Server::start(&[]);
    let before = Metrics::scrape(server.address);
    assert_eq!(
        ask(server.address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status,
        200
    );
    let after = Metrics::scrape(server.address);
    assert!(after.get("turns_total") > before.get("turns_total"));
    assert_eq!(after.get("turn_seconds_count"), after.get("turns_total"));
    assert_eq!(
        after.get("turn_seconds_bucket{le=\"+Inf\"}"),
        after.get("turns_total")
    );
    assert!(after.get("turn_seconds_sum") > before.get("turn_seconds_sum"));
}

#[test]
fn the_process_is_as_the_system_knows_it() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let _others = [(); 5].map(|()| Stream::open(server.address));
    let metrics = Metrics::scrape_by(&mut client);
    let open = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    assert_eq!(metrics.get("process_open_fds"), open.count() as f64);
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
    let most = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let most: f64 = most
        .unwrap()
        .split_whitespace()
        .nth(3)
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(metrics.get("process_max_fds"), most);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let age = now.as_secs_f64() - metrics.get("process_start_time_seconds");
    assert!((-2.0..600.0).contains(&age), "{age}");
    assert!(metrics.get("process_resident_memory_bytes") > 1e6);
    assert!(metrics.get("process_cpu_seconds_total") >= 0.0);
}
