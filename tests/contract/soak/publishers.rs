//! A publish at each beat, of keywords that the source answers well, badly or not at all.

use super::Plan;
use crate::support::{
    client::{Client, form},
    setups::{Id, id},
};
use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

/// The time that a look-up takes, so that several are under way at once.
const THREADS: u32 = 4;
/// The source's faults, one for every second question, in turn.
const FAILURES: [&str; 16] = [
    "http500",
    "reset",
    "empty",
    "close",
    "short",
    "hang",
    "malformed",
    "fail105",
    "trickle",
    "huge",
    "html",
    "redirect",
    "badchunk",
    "notHttp",
    "hangbody",
    "http503",
];
/// The statuses of a publish when the source fails.
const EXCUSED: [u16; 5] = [404, 429, 502, 503, 504];

pub struct Publishers {
    address: SocketAddr,
    plan: Plan,
    stopped: AtomicBool,
    answers: Mutex<BTreeMap<u16, u32>>,
}

impl Publishers {
    pub fn new(address: SocketAddr, plan: Plan) -> Self {
        Self {
            address,
            plan,
            stopped: AtomicBool::new(false),
            answers: Mutex::default(),
        }
    }

    /// Publishes until [`stop`](Self::stop). Returns the ids of the pictures, in order.
    pub fn run(&self) -> Vec<Id> {
        let begun = Instant::now();
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|number| scope.spawn(move || self.publish(begun, number)))
                .collect();
            let published = threads.into_iter().map(|each| each.join().unwrap());
            let mut published: Vec<Id> = published.flatten().collect();
            published.sort_unstable();
            published
        })
    }

    /// Begins no more publishes. Publishes under way are still answered.
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    fn publish(&self, begun: Instant, number: u32) -> Vec<Id> {
        let mut client = Client::connect(self.address);
        let mut published = Vec::new();
        for beat in (number..).step_by(THREADS as usize) {
            let due = begun + self.plan.time(beat);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if self.stopped.load(Relaxed) {
                break;
            }
            let answer = client.ask(form(&format!("keyword={}", keyword(beat))));
            *self
                .answers
                .lock()
                .unwrap()
                .entry(answer.status)
                .or_default() += 1;
            match answer.status {
                200 => published.push(id(answer.json()["id"].as_str().unwrap())),
                status => assert!(EXCUSED.contains(&status), "{}", answer.text()),
            }
        }
        published
    }
}

impl fmt::Display for Publishers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "publishes by status {:?}", self.answers.lock().unwrap())
    }
}

/// A keyword for each beat: the source answers half of them well, some come again and again, and at some the source wants
/// to be left alone.
fn keyword(beat: u32) -> String {
    match beat {
        _ if beat % 400 == 301 => format!("mode:http429ra%20{beat}"),
        _ if !beat.is_multiple_of(2) => {
            let failure = FAILURES[(beat / 2) as usize % FAILURES.len()];
            format!("mode:{failure}%20{beat}")
        }
        _ if beat.is_multiple_of(10) => "sushi".to_owned(),
        _ => format!("ramen{beat}"),
    }
}
