//! A burst: as many publishes as the ring nearly holds, within a second, to a crowd that reads. Each subscriber is to have
//! all events, each once and in order.

use crate::{
    Scale,
    exchange::{Client, PUBLISH},
    health,
    process::Process,
    table::Row,
};
use std::{
    net::SocketAddr,
    thread::sleep,
    time::{Duration, Instant},
};

const CROWD: usize = 10_000;
const PUBLISHES: usize = 200;
const WITHIN: Duration = Duration::from_secs(1);
const ROUNDS: usize = 3;

/// The outcome of a burst.
struct Burst {
    answered: usize,
    events: usize,
    /// Clients that were dropped, or had an event twice, out of order or not at all.
    wronged: usize,
    /// The time from the first publish to the last event, in seconds.
    took: f64,
    /// The processor time of each event, in microseconds.
    each: f64,
    worst: f64,
}

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let count = CROWD.min(scale.most);
    let bursts: Vec<Burst> = (0..ROUNDS.min(scale.rounds))
        .map(|_| Burst::new(count))
        .collect();
    let most = |of: fn(&Burst) -> f64| bursts.iter().map(of).fold(0.0, f64::max);
    let least = |of: fn(&Burst) -> f64| bursts.iter().map(of).fold(f64::MAX, f64::min);
    let due = PUBLISHES * count;
    let what = |what: &str| format!("{PUBLISHES} publishes to {count}: {what}");
    vec![
        Row::alone(what("worst wait"), "ms", least(|it| it.worst)).at_most(15.0),
        Row::alone(
            what("not answered with 200"),
            "publishes",
            most(|it| (PUBLISHES - it.answered) as f64),
        )
        .at_most(0.0),
        Row::alone(
            what("not had"),
            "events",
            due as f64 - least(|it| it.events as f64),
        )
        .at_most(0.0),
        Row::alone(
            what("dropped or told wrong"),
            "clients",
            most(|it| it.wronged as f64),
        )
        .at_most(0.0),
        Row::alone(what("until all have all"), "s", least(|it| it.took)),
        Row::alone(
            what("each event, with the questions"),
            "µs",
            least(|it| it.each),
        ),
    ]
}

impl Burst {
    fn new(count: usize) -> Self {
        let (server, address) = Process::server();
        let (to, crowd, events) = (
            address.to_string(),
            count.to_string(),
            PUBLISHES.to_string(),
        );
        let mut witnesses = Process::client(&["witnesses", &to, &crowd, &events]);
        witnesses.line();
        let (before, begun) = (server.cpu(), Instant::now());
        let (mut answered, mut line) = (0, String::new());
        let worst = health::worst(address, || {
            answered = publish(address);
            line = witnesses.line();
        });
        let took = begun.elapsed().as_secs_f64();
        let numbers: Vec<usize> = line
            .split_whitespace()
            .map(|text| text.parse().expect("a number"))
            .collect();
        let used = server.cpu() - before;
        Self {
            answered,
            events: numbers[0],
            wronged: numbers[1],
            took,
            each: used.as_secs_f64() * 1e6 / (PUBLISHES * count) as f64,
            worst,
        }
    }
}

/// Publishes evenly, each time on another connection since an answer may wait. Returns the number of publishes that were
/// answered with success.
fn publish(address: SocketAddr) -> usize {
    let mut publishers: Vec<_> = (0..PUBLISHES).map(|_| Client::new(address)).collect();
    let begun = Instant::now();
    for (number, publisher) in (0..).zip(&mut publishers) {
        let due = WITHIN / PUBLISHES as u32 * number;
        sleep(due.saturating_sub(begun.elapsed()));
        publisher.send(PUBLISH);
    }
    let answers = publishers.iter_mut().map(Client::answer);
    answers
        .filter(|answer| answer.starts_with(b"HTTP/1.1 200"))
        .count()
}
