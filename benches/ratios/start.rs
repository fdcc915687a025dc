//! The start: the time from the start of the process to its first answer, and the size of the binary.

use crate::{
    Scale,
    exchange::Client,
    process::{PROGRAM, Process},
    table::Row,
};
use std::{fs, net::SocketAddr, time::Instant};

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let (mut best, mut least) = (f64::MAX, f64::MAX);
    for _ in 0..scale.rounds {
        best = best.min(time(Process::server));
        least = least.min(time(|| Process::floor([0, 0, 100])));
    }
    let size = fs::metadata(PROGRAM).expect("it was built").len();
    vec![
        Row::new("start to first answer", "ms", best, least),
        Row::alone("binary", "MB", size as f64 / 1e6),
    ]
}

fn time(start: impl FnOnce() -> (Process, SocketAddr)) -> f64 {
    let begun = Instant::now();
    let (_process, address) = start();
    Client::new(address).health();
    begun.elapsed().as_secs_f64() * 1e3
}
