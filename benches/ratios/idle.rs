//! Idle subscribers: the memory that each takes, from a thousand to as many as there may be, and the processor time of the
//! server meanwhile, which should be none. Then the growth of memory by broadcasts.

use crate::{Scale, exchange::Client, process::Process, table::Row};
use std::{net::SocketAddr, thread::sleep, time::Duration};

const FEW: usize = 1_000;
const BROADCASTS: usize = 50;
/// Looks, of which the quietest counts: in some of them deadlines come up that were moved.
const LOOKS: usize = 5;
const LOOK: Duration = Duration::from_millis(500);

/// A server with its crowd, and the memory that the crowd takes.
struct Crowded {
    server: Process,
    crowds: [Process; 2],
    /// Bytes for each subscriber of the second crowd.
    slope: f64,
}

/// The rows of this part in the table.
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

    /// The processor time while nothing happens, in microseconds per second.
    fn idle(&self) -> f64 {
        let look = || {
            let before = self.server.cpu();
            sleep(LOOK);
            (self.server.cpu() - before).as_secs_f64() * 1e6 / LOOK.as_secs_f64()
        };
        (0..LOOKS).map(|_| look()).fold(f64::MAX, f64::min)
    }

    /// The growth of memory by so many broadcasts. The first broadcast allocates the buffers that all need.
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
