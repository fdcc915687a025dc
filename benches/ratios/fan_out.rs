//! Broadcasts: the processor time of a delivered event, for crowds of several sizes. If the time grows with the crowd, the
//! kernel's part is in the floor, which grows as well.

use crate::{Scale, exchange::Client, process::Process, table::Row};
use std::net::SocketAddr;

const CROWDS: [usize; 6] = [1_000, 2_000, 4_000, 8_000, 10_000, 16_000];
/// Deliveries in a round: some 50 ms of either side.
const DELIVERIES: usize = 10_000;

/// A server, real or bare, and its subscribers.
pub struct Audience {
    server: Process,
    crowd: Process,
    publisher: Client,
    size: usize,
    /// The length of a stream's beginning, in bytes.
    pub head: usize,
}

impl Audience {
    /// `size` subscribers of a server.
    pub fn new((server, address): (Process, SocketAddr), size: usize) -> Self {
        let mut crowd = Process::crowd(address, size, "/subscribe");
        let head = length(&mut crowd);
        Self {
            server,
            crowd,
            publisher: Client::new(address),
            size,
            head,
        }
    }

    /// Broadcasts to all subscribers. Returns the length of the event.
    pub fn broadcast(&mut self) -> usize {
        self.publisher.publish();
        length(&mut self.crowd)
    }

    /// The processor time of a delivered event, in microseconds.
    fn round(&mut self) -> f64 {
        let times = DELIVERIES.div_ceil(self.size);
        let before = self.server.cpu();
        for _ in 0..times {
            self.broadcast();
        }
        let used = self.server.cpu() - before;
        used.as_secs_f64() * 1e6 / (times * self.size) as f64
    }
}

fn length(crowd: &mut Process) -> usize {
    crowd.line().trim().parse().expect("a length")
}

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let mut sizes = CROWDS.map(|size| size.min(scale.most)).to_vec();
    sizes.dedup();
    sizes
        .into_iter()
        .map(|size| of(size, scale.rounds))
        .collect()
}

fn of(size: usize, rounds: usize) -> Row {
    let mut ours = Audience::new(Process::server(), size);
    let event = ours.broadcast();
    let mut floor = Audience::new(Process::floor([ours.head, event, 0]), size);
    let (mut best, mut least) = (f64::MAX, f64::MAX);
    for _ in 0..rounds {
        best = best.min(ours.round());
        least = least.min(floor.round());
    }
    Row::new(format!("event delivered to {size}"), "µs", best, least).within(1.05)
}
