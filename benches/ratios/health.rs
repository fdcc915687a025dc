//! The wait of `GET /healthz` while the server does other work.

use crate::exchange::Client;
use hdrhistogram::Histogram;
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The time between two questions, so that they do not load the server.
const PAUSE: Duration = Duration::from_micros(200);

/// The waits, in microseconds, until `work` is done.
pub fn during(address: SocketAddr, work: impl FnOnce()) -> Histogram<u64> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking = scope.spawn(|| ask(address, &done));
        let until = Done(&done);
        work();
        drop(until);
        asking.join().expect("it asks to the end")
    })
}

/// The longest wait until `work` is done, in milliseconds.
pub fn worst(address: SocketAddr, work: impl FnOnce()) -> f64 {
    during(address, work).max() as f64 / 1e3
}

/// Ends the questions when it is dropped, also by a panic.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn ask(address: SocketAddr, done: &AtomicBool) -> Histogram<u64> {
    let mut waits = Histogram::new(3).expect("three digits");
    let mut client = Client::new(address);
    while !done.load(Ordering::Relaxed) {
        let asked = Instant::now();
        client.health();
        waits += asked.elapsed().as_micros() as u64;
        thread::sleep(PAUSE);
    }
    waits
}
