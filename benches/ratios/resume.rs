//! Resumption: a crowd that comes back within a second, each client far behind. The bare loop sends each client the same
//! bytes by a single call.

use crate::{
    Scale,
    exchange::{Client, field},
    health,
    process::Process,
    table::Row,
};
use std::net::SocketAddr;

const CLIENTS: usize = 10_000;
/// The events that each client has missed.
const BEHIND: usize = 200;
/// Rounds: fewer than in other parts, since each needs a crowd of its own.
const ROUNDS: usize = 5;

/// A server, real or bare, and the events that its clients have and wait for.
struct Side {
    server: Process,
    address: SocketAddr,
    /// The ids of the last event that the clients have, and of the last event of all; empty for the bare loop.
    after: String,
    last: String,
}

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let count = CLIENTS.min(scale.most);
    let rounds = ROUNDS.min(scale.rounds);
    let ours = Side::new();
    let length = ours.returners(1).come();
    let floor = Side::floor(length);
    let (mut best, mut least, mut worst) = (f64::MAX, f64::MAX, f64::MAX);
    for _ in 0..rounds {
        best = best.min(ours.round(count));
        least = least.min(floor.round(count));
        worst = worst.min(ours.wait(count));
    }
    let what = format!("one of {count} back behind {BEHIND} events, {length} bytes");
    let wait = format!("worst wait while {count} are back within a second");
    vec![
        Row::new(what, "µs", best, least).within(1.5),
        Row::alone(wait, "ms", worst).at_most(15.0),
    ]
}

impl Side {
    /// The real server, with all events that the clients have missed.
    fn new() -> Self {
        let (server, address) = Process::server();
        let mut publisher = Client::new(address);
        let mut publish = || {
            let published = publisher.publish();
            field(&published, "id")
                .expect("an event has an id")
                .to_owned()
        };
        let after = publish();
        let last = (0..BEHIND).map(|_| publish()).last();
        Self {
            server,
            address,
            after,
            last: last.expect("some are missed"),
        }
    }

    fn floor(length: usize) -> Self {
        let (server, address) = Process::floor([length, 0, 0]);
        Self {
            server,
            address,
            after: String::new(),
            last: String::new(),
        }
    }

    /// Clients that are connected, and ask when they are told to.
    fn returners(&self, count: usize) -> Returners {
        let (to, count) = (self.address.to_string(), count.to_string());
        let mut clients = Process::client(&["returners", &to, &count, &self.after, &self.last]);
        clients.line();
        Returners(clients)
    }

    /// The processor time of each client, in microseconds.
    fn round(&self, count: usize) -> f64 {
        let mut clients = self.returners(count);
        let before = self.server.cpu();
        clients.come();
        let used = self.server.cpu() - before;
        drop(clients);
        self.server.cpu();
        used.as_secs_f64() * 1e6 / count as f64
    }

    /// The longest wait while the clients come back, in milliseconds.
    fn wait(&self, count: usize) -> f64 {
        let mut clients = self.returners(count);
        let worst = health::worst(self.address, || {
            clients.come();
        });
        drop(clients);
        self.server.cpu();
        worst
    }
}

struct Returners(Process);

impl Returners {
    /// Has all clients ask. Returns the bytes that the first client got.
    fn come(&mut self) -> usize {
        self.0.tell(1);
        self.0.line().trim().parse().expect("a length")
    }
}
