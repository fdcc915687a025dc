//! Open pages: subscribers that also fetch the picture that an event names, over a second connection that they keep.

use crate::{
    Scale,
    exchange::{Client, field},
    health,
    process::Process,
    table::Row,
};
use std::net::SocketAddr;

/// The number of pages. Each takes two descriptors.
const PAGES: usize = 5_000;
/// Rounds: fewer than in other parts, since pages wait up to a second in each.
const ROUNDS: usize = 8;
/// Pictures whose sizes are averaged: they differ by a twentieth.
const SAMPLES: usize = 12;

/// The encoding that a browser accepts, and the encoding that a script may accept.
const ENCODINGS: [&str; 2] = ["gzip", "identity"];

/// The request for the picture at `path`.
pub fn request(path: &str, encoding: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: image/*\r\nAccept-Encoding: {encoding}\r\n\r\n"
    )
}

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let count = PAGES.min(scale.most / 2);
    let rounds = ROUNDS.min(scale.rounds);
    let mut rows = Vec::new();
    for encoding in ENCODINGS {
        rows.extend(of(count, rounds, encoding));
    }
    rows
}

fn of(count: usize, rounds: usize, encoding: &str) -> [Row; 2] {
    let length = size(encoding);
    let mut ours = Pages::new(Process::server(), count, encoding);
    let mut floor = Pages::new(Process::floor([200, 300, length]), count, encoding);
    let (mut best, mut least, mut worst) = (f64::MAX, f64::MAX, f64::MAX);
    for _ in 0..rounds {
        best = best.min(ours.round());
        least = least.min(floor.round());
        worst = worst.min(ours.wait());
    }
    let what = format!("publish to {count} pages that fetch {length} bytes ({encoding})");
    let wait = format!("worst wait with {count} pages ({encoding})");
    [
        Row::new(what, "ms", best, least).within(1.3),
        Row::alone(wait, "ms", worst).at_most(15.0),
    ]
}

/// The mean length of the answer to a request for a picture.
fn size(encoding: &str) -> usize {
    let (_server, address) = Process::server();
    let mut client = Client::new(address);
    let sizes = (0..SAMPLES).map(|_| {
        let published = client.publish();
        let path = field(&published, "url").expect("a picture has a URL");
        client.exchange(request(path, encoding).as_bytes()).len()
    });
    sizes.sum::<usize>() / SAMPLES
}

/// A server, real or bare, and the pages that show its pictures.
struct Pages {
    server: Process,
    address: SocketAddr,
    pages: Process,
    publisher: Client,
}

impl Pages {
    fn new((server, address): (Process, SocketAddr), count: usize, encoding: &str) -> Self {
        let (to, count) = (address.to_string(), count.to_string());
        let mut pages = Process::client(&["pages", &to, &count, encoding]);
        pages.line();
        let publisher = Client::new(address);
        Self {
            server,
            address,
            pages,
            publisher,
        }
    }

    /// Publishes a picture, and waits until all pages show it.
    fn show(&mut self) {
        self.publisher.publish();
        self.pages.line();
    }

    /// The processor time of a publish, in milliseconds.
    fn round(&mut self) -> f64 {
        let before = self.server.cpu();
        self.show();
        (self.server.cpu() - before).as_secs_f64() * 1e3
    }

    /// The longest wait during a publish, in milliseconds.
    fn wait(&mut self) -> f64 {
        health::worst(self.address, || self.show())
    }
}
