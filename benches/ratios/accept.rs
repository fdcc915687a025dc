//! Opening: the processor time of each connection that is accepted, and of each subscriber.

use crate::{Scale, process::Process, table::Row};
use std::net::SocketAddr;

const CONNECTIONS: usize = 2_000;

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let count = CONNECTIONS.min(scale.most);
    let (server, address) = Process::server();
    let head = Process::crowd(address, 1, "/subscribe").line();
    let head = head.trim().parse().expect("a length");
    let (bare, bare_address) = Process::floor([head, 0, 0]);
    let compare = |what: &str, path: &str| {
        let (mut best, mut least) = (f64::MAX, f64::MAX);
        for _ in 0..scale.rounds {
            best = best.min(round(&server, address, count, path));
            least = least.min(round(&bare, bare_address, count, path));
        }
        Row::new(what, "µs", best, least)
    };
    vec![
        compare("connection opened", ""),
        compare("subscriber opened", "/subscribe").within(1.15),
    ]
}

/// A round. Its crowd is gone before the next crowd comes.
fn round(server: &Process, address: SocketAddr, count: usize, path: &str) -> f64 {
    let before = server.cpu();
    let mut crowd = Process::crowd(address, count, path);
    crowd.line();
    let used = server.cpu() - before;
    drop(crowd);
    server.cpu();
    used.as_secs_f64() * 1e6 / count as f64
}
