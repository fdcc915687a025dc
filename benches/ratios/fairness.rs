//! Fairness: how long `GET /healthz` waits while broadcasts run to everyone, one after the other. The bare loop has
//! whoever asks wait until its last `send`.

use crate::{Scale, exchange::Client, process::Process, table::Row};
use hdrhistogram::Histogram;
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// In a round, of which there are fewer than elsewhere: each is long.
const BROADCASTS: usize = 5;
const ROUNDS: usize = 5;

/// The part of the table.
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
    let done = AtomicBool::new(false);
    let waits = thread::scope(|scope| {
        let asking = scope.spawn(|| ask(address, &done));
        let mut publisher = Client::new(address);
        for _ in 0..BROADCASTS {
            publisher.publish();
            crowd.line();
        }
        done.store(true, Ordering::Relaxed);
        asking.join().expect("it asks to the end")
    });
    [waits.value_at_quantile(0.999), waits.max()].map(|micros| micros as f64 / 1e3)
}

/// Asks, again and again, how the server is; the waits in microseconds.
fn ask(address: SocketAddr, done: &AtomicBool) -> Histogram<u64> {
    let mut waits = Histogram::new(3).expect("three digits");
    let mut client = Client::new(address);
    while !done.load(Ordering::Relaxed) {
        let asked = Instant::now();
        client.health();
        waits += asked.elapsed().as_micros() as u64;
        // An honest asker does not load the server that it asks.
        thread::sleep(Duration::from_micros(200));
    }
    waits
}
