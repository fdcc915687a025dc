//! Tables of what subscribers get, and the judgement on it; and a comparison with plain lists.

use super::*;
use crate::load::{judge::reader::Reader, report::which::Instance, wire::sse::Block};

mod against_lists;
mod lies;
mod oddities;
mod owed;

/// The longest wait for an event.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A run whose subscribers hold their streams from the beginning. Its clock is in milliseconds.
struct Run {
    ledger: Ledger,
    broadcasts: Broadcasts,
    reader: Reader,
    now: u64,
    opened: Vec<u64>,
    held: Vec<bool>,
}

impl Run {
    fn of(subscribers: u32) -> Self {
        let mut run = Self {
            ledger: Ledger::new(subscribers, TIMEOUT),
            broadcasts: Broadcasts::new("x"),
            reader: Reader::default(),
            now: 0,
            opened: vec![0; subscribers as usize],
            held: vec![false; subscribers as usize],
        };
        for subscriber in 0..subscribers {
            run.opens(subscriber);
        }
        run.now = 5000;
        run
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.now)
    }

    fn opens(&mut self, subscriber: u32) {
        self.ledger
            .opens(&self.broadcasts, subscriber, self.now(), false);
        self.opened[subscriber as usize] = self.now;
        self.held[subscriber as usize] = true;
    }

    fn leaves(&mut self, subscriber: u32, resumes: bool) {
        self.ledger.leaves(subscriber, self.now(), true, resumes);
        self.held[subscriber as usize] = false;
    }

    /// Publishes, and has the answer at once. Returns the broadcast's number.
    fn publish(&mut self) -> u32 {
        self.now += 100;
        let number = self.broadcasts.begin(self.now(), 1);
        self.broadcasts.sent(number, self.now());
        self.now += 1;
        self.broadcasts.answered(number, self.now());
        self.now += 1;
        number
    }

    fn gets(&mut self, subscriber: u32, id: &str, name: &str, data: &[u8]) -> Seen {
        self.now += 1;
        let id = (!id.is_empty()).then_some(id.as_bytes());
        let block = Block {
            id,
            name: name.as_bytes(),
            data: Some(data),
        };
        let arrival = Arrival {
            subscriber,
            now: self.now(),
            opened: Duration::from_millis(self.opened[subscriber as usize]),
            id,
            data,
            facts: self.reader.read(&block, data, &mut self.broadcasts),
        };
        let seen = self.ledger.see(&self.broadcasts, &arrival);
        if let (Seen::Expected, Some(number)) = (seen, arrival.facts.marker) {
            self.broadcasts.arrived(number, self.now(), true);
        }
        seen
    }

    /// Each of the subscribers gets the broadcast with this number, with its number as id.
    fn get(&mut self, subscribers: impl IntoIterator<Item = u32>, broadcast: u32) {
        for subscriber in subscribers {
            self.gets_with(subscriber, broadcast, &broadcast.to_string(), "");
        }
    }

    /// A subscriber gets a broadcast with this id and further data.
    fn gets_with(&mut self, subscriber: u32, broadcast: u32, id: &str, further: &str) -> Seen {
        let data = format!(
            "{{\"keyword\":\"{}\"}}{further}",
            self.broadcasts.keyword(broadcast)
        );
        self.gets(subscriber, id, "", data.as_bytes())
    }

    fn end(self) -> Judgement {
        let held = self.held;
        self.ledger
            .finish(&self.broadcasts, |subscriber| held[subscriber as usize])
    }
}

/// The number of the subscriber that a fault names.
fn number_of(it: &Instance) -> u32 {
    it.subscriber.as_ref().unwrap().number
}

/// The subscribers and broadcasts of the faults of a kind.
fn named(judgement: &Judgement, kind: Kind) -> Vec<(u32, Option<u32>)> {
    let instances = judgement.which.of(kind).iter();
    let named = instances.map(|it| {
        let broadcast = it.event.as_ref().and_then(|event| event.broadcast);
        (number_of(it), broadcast)
    });
    named.collect()
}

/// Faults in a few words: `1 lost, 2 doubled`.
fn faults(judgement: &Judgement) -> String {
    let totals = &judgement.totals;
    let faults = [
        (totals.lost, "lost"),
        (totals.late, "late"),
        (totals.doubled, "doubled"),
        (totals.misordered, "misordered"),
        (totals.altered, "altered"),
        (totals.halved, "halved"),
        (totals.invalid, "invalid"),
        (totals.not_checked, "not checked"),
        (totals.unseen, "unseen"),
    ];
    let faults = faults.iter().filter(|(number, _)| *number > 0);
    let faults: Vec<String> = faults
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    faults.join(", ")
}
