//! The load test: the processor time of an event that it reads and checks, beside a bare loop of epoll_wait(2) and read(2)
//! with as many connections to the same server, which gets the same events at the same time. The load test reads with the
//! kernel's stamps.

use crate::{Scale, process::Process, table::Row};
use std::time::Duration;

const CROWD: usize = 2_000;
/// Broadcasts in a round.
const BROADCASTS: usize = 10;

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let size = CROWD.min(scale.most / 2);
    let (_server, address) = Process::server();
    let mut bare = Process::crowd(address, size, "/subscribe");
    bare.line();
    let url = |path: &str| format!("http://{address}{path}");
    let (crowd, ramp) = (size.to_string(), (5 * size).to_string());
    let load = Process::program(&[
        "load",
        &url("/subscribe"),
        "--publish",
        &url("/publish"),
        "--subscribers",
        &crowd,
        "--ramp",
        &ramp,
        "--every",
        "150ms",
        "--for",
        "1h",
    ]);
    // The first event is published when the whole crowd is there.
    bare.line();
    let (mut best, mut least) = (Duration::MAX, Duration::MAX);
    for _ in 0..scale.rounds {
        let before = (load.cpu(), bare.cpu());
        (0..BROADCASTS).for_each(|_| drop(bare.line()));
        best = best.min(load.cpu() - before.0);
        least = least.min(bare.cpu() - before.1);
    }
    let each = |used: Duration| used.as_secs_f64() * 1e6 / (BROADCASTS * size) as f64;
    let what = format!("event read and checked by the load test, of {size} at once");
    vec![Row::new(what, "µs", each(best), each(least)).within(1.15)]
}
