//! The load test over several servers of a frame: subscribers of all servers, of which some come back at another one.

use crate::support::{
    client::{Client, Stream},
    redis::{Redis, node},
    server::program,
    setups::publish_on,
};
use serde_json::Value;
use std::{
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
};

/// Runs the load test with so many subscribers for so long over as many servers. It publishes on the first server, and
/// meanwhile pictures are published on the last one. Returns the report, and the number of these pictures.
fn run(servers: usize, subscribers: u32, hold: &str) -> Option<(Value, usize)> {
    let redis = Redis::start()?;
    let options = ["--publish-rate", "0", "--heartbeat", "1"];
    let nodes: Vec<_> = (0..servers).map(|_| node(&redis.url(), &options)).collect();
    let (folder, is_over) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
    let json = folder.path().join("report.json");
    let mut load = program();
    load.arg("load");
    load.args(
        nodes
            .iter()
            .map(|node| format!("http://{}/subscribe", node.address)),
    );
    load.args(["--publish", &format!("http://{}/publish", nodes[0].address)])
        .args(["--subscribers", &subscribers.to_string()])
        .args(["--churn", &(subscribers * 10).to_string()])
        .args(["--every", "100ms", "--for", hold])
        .args(["--require", "lost == 0", "--json"])
        .arg(&json)
        .stdout(Stdio::null());
    let count = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let last = nodes[servers - 1].address;
            let (mut publisher, mut stream) = (Client::connect(last), Stream::open(last));
            let mut count = 0;
            // A picture for each picture of the load test.
            while !is_over.load(Relaxed) {
                let event = stream.block().unwrap();
                if event.name == "picture" && !event.data.contains("other") {
                    publish_on(&mut publisher, "other");
                    count += 1;
                }
            }
            count
        });
        let status = load.status().unwrap();
        is_over.store(true, Relaxed);
        assert!(status.success(), "{status}");
        other.join().unwrap()
    });
    let report = std::fs::read(json).unwrap();
    Some((serde_json::from_slice(&report).unwrap(), count))
}

fn proves_exactly_once(servers: usize, subscribers: u32, hold: &str) {
    let Some((report, others)) = run(servers, subscribers, hold) else {
        return;
    };
    let number = |path: &str| {
        let found = report.pointer(path).and_then(Value::as_u64);
        found.unwrap_or_else(|| panic!("no {path}"))
    };
    let faults = [
        "lost",
        "doubled",
        "misordered",
        "altered",
        "missed",
        "dropped",
    ];
    for fault in faults {
        assert_eq!(number(&format!("/totals/{fault}")), 0, "{fault}");
    }
    assert_eq!(number("/connections/held"), u64::from(subscribers));
    assert!(number("/connections/reconnects") > 0);
    assert!(number("/totals/published") > 0 && others > 0);
    println!(
        "{}\n{}\n{}",
        report["totals"], report["latency"], report["connections"]
    );
}

#[test]
fn each_subscriber_of_two_servers_that_both_publish_gets_each_picture_once() {
    proves_exactly_once(2, 200, "2s");
}

/// Both crowds in one test, for each needs the machine for itself.
#[test]
#[ignore = "takes two minutes and the whole machine: run it alone, with --release"]
fn each_of_thousands_of_subscribers_of_two_and_three_servers_gets_each_picture_once() {
    proves_exactly_once(2, 10_000, "30s");
    proves_exactly_once(3, 15_000, "30s");
}
