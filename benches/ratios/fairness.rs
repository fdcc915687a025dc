//! Fairness: how long `GET /healthz` waits while broadcasts go to all subscribers, one after the other. In the bare loop
//! a request waits until the last `send`.

use crate::{Scale, exchange::Client, health, process::Process, table::Row};
use std::net::SocketAddr;

/// Broadcasts in a round. Rounds are long, and fewer than in other parts.
const BROADCASTS: usize = 5;
const ROUNDS: usize = 5;

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let (server, address) = Process::server();
    let (bare, bare_address) = Process::floor([200, 350, 100]);
    let mut crowd = Process::crowd(address, scale.most, "/subscribe");
    let mut bare_crowd = Process::crowd(bare_address, scale.most, "/subscribe");
    let (mut best, mut least) = ([f64::MAX; 2], [f64::MAX; 2]);
    for side in [&mut crowd, &mut bare_crowd] {
        side.line();
    }
    for _ in 0..ROUNDS.min(scale.rounds) {
        best = lower(best, round(&server, address, &mut crowd));
        least = lower(least, round(&bare, bare_address, &mut bare_crowd));
    }
    let what = |name: &str| format!("{name} wait during broadcasts to {}", scale.most);
    vec![
        Row::new(what("99.9 %"), "ms", best[0], least[0]),
        Row::new(what("worst"), "ms", best[1], least[1]),
    ]
}

fn lower(one: [f64; 2], other: [f64; 2]) -> [f64; 2] {
    [one[0].min(other[0]), one[1].min(other[1])]
}

/// The 99.9th percentile and the longest of the waits, in milliseconds.
fn round(server: &Process, address: SocketAddr, crowd: &mut Process) -> [f64; 2] {
    server.cpu();
    let waits = health::during(address, || {
        let mut publisher = Client::new(address);
        for _ in 0..BROADCASTS {
            publisher.publish();
            crowd.line();
        }
    });
    [waits.value_at_quantile(0.999), waits.max()].map(|micros| micros as f64 / 1e3)
}
