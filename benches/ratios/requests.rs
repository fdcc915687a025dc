//! Requests on kept connections: the processor time of each `GET /`.

use crate::{Scale, asker::REQUEST, exchange::Client, process::Process, table::Row};

/// Connections that ask at the same time.
const ASKERS: usize = 32;
const REQUESTS: usize = 10_000;

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let (server, address) = Process::server();
    let length = Client::new(address).exchange(REQUEST).len();
    let (bare, bare_address) = Process::floor([0, 0, length]);
    let mut asker = Process::asker(address, ASKERS, length);
    let mut bare_asker = Process::asker(bare_address, ASKERS, length);
    let requests = REQUESTS.min(scale.most * scale.rounds);
    let (mut best, mut least) = (f64::MAX, f64::MAX);
    for _ in 0..scale.rounds {
        best = best.min(round(&server, &mut asker, requests));
        least = least.min(round(&bare, &mut bare_asker, requests));
    }
    vec![Row::new("request on a kept connection", "µs", best, least).within(1.15)]
}

fn round(server: &Process, asker: &mut Process, requests: usize) -> f64 {
    let before = server.cpu();
    asker.tell(requests);
    asker.line();
    let used = server.cpu() - before;
    used.as_secs_f64() * 1e6 / requests as f64
}
