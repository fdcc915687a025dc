//! Subscribers for whom there is nothing: the memory that each takes, from a thousand to as many as there may be, and
//! what the server does meanwhile, which should be nothing. Then what is left of memory after broadcasts.

use crate::{Scale, exchange::Client, process::Process, table::Row};
use std::{net::SocketAddr, thread::sleep, time::Duration};

const FEW: usize = 1_000;
const BROADCASTS: usize = 50;
/// Looks, of which the quietest counts: in some of them deadlines come up that are then found to have been moved.
const LOOKS: usize = 5;
const LOOK: Duration = Duration::from_millis(500);

/// A server that has its crowd, and what it took.
struct Crowded {
    server: Process,
    crowds: [Process; 2],
    /// Bytes for each of the second crowd.
    slope: f64,
}

/// The part of the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let few = FEW.min(scale.most / 2);
    let many = scale.most - few;
    let (server, address) = Process::server();
    let mut ours = Crowded::new(server, address, few, many);
    let floor = Crowded::new_floor(few, many);
    let idle = ours.idle();
    vec![
        Row::new(
            "memory of an idle subscriber",
            "bytes",
            ours.slope,
            floor.slope,
        )
        .at_most(60.0),
        Row::alone("processor between heartbeats", "µs per second", idle),
        Row::alone(
            format!("memory after {BROADCASTS} broadcasts"),
            "bytes more per subscriber",
            ours.growth(address) / scale.most as f64,
        ),
    ]
}

impl Crowded {
    fn new(server: Process, address: SocketAddr, few: usize, many: usize) -> Self {
        let first = gather(&server, address, few);
        let before = server.resident();
        let second = gather(&server, address, many);
        let slope = (server.resident() - before) / many as f64;
        Self {
            server,
            crowds: [first, second],
            slope,
        }
    }

    fn new_floor(few: usize, many: usize) -> Self {
        let (server, address) = Process::floor([100, 100, 100]);
        Self::new(server, address, few, many)
    }

    /// Processor time while nothing happens, in microseconds per second.
    fn idle(&self) -> f64 {
        let look = || {
            let before = self.server.cpu();
            sleep(LOOK);
            (self.server.cpu() - before).as_secs_f64() * 1e6 / LOOK.as_secs_f64()
        };
        (0..LOOKS).map(|_| look()).fold(f64::MAX, f64::min)
    }

    /// What memory grows by in as many broadcasts. The first one fills what is needed for any.
    fn growth(&mut self, address: SocketAddr) -> f64 {
        let mut publisher = Client::new(address);
        let mut broadcast = || {
            publisher.publish();
            self.crowds.iter_mut().for_each(|crowd| drop(crowd.line()));
        };
        broadcast();
        let before = self.server.resident();
        (0..BROADCASTS).for_each(|_| broadcast());
        self.server.resident() - before
    }
}

fn gather(server: &Process, address: SocketAddr, count: usize) -> Process {
    let mut crowd = Process::crowd(address, count, "/subscribe");
    crowd.line();
    server.cpu();
    crowd
}
