//! What a run found, as plain data: all that a table, a file or a page about it needs. Times are in seconds.

pub(super) mod files;
pub(super) mod json;
pub(super) mod page;
pub(super) mod samples;
pub(super) mod table;
pub(super) mod units;
pub(super) mod views;

use serde::Serialize;
use std::collections::BTreeMap;
use units::count;

/// What a run found. Moments (`at`) are counted from the run's beginning.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What was asked for.
    pub asked: Asked,
    /// When it began, in seconds since 1970.
    pub began: f64,
    /// How long it took.
    pub took: f64,
    /// When publishing began: everyone who could be was connected.
    pub held_from: f64,
    /// When it was over.
    pub held_until: f64,
    /// Whether it was ended by a signal, and not all was done.
    pub interrupted: bool,
    /// How the crowd came to be.
    pub connections: Connections,
    /// What was delivered, and what was not.
    pub totals: Totals,
    /// From the intended moment of publishing to a subscriber, over all subscribers that were connected at it.
    pub latency: Quantiles,
    /// What was published, in order.
    pub broadcasts: Vec<Broadcast>,
    /// The outcome of the pictures that events name, if they were to be fetched.
    pub fetches: Option<Fetches>,
    /// What the storm came to, if there was one and it came to an end.
    pub storm: Option<Storm>,
    /// What the server's memory was, where it could be asked.
    pub memory: Option<Memory>,
    /// Once a second, of a long run less often; and when a phase began.
    pub samples: Vec<Sample>,
    /// How often what went wrong.
    pub errors: BTreeMap<String, u64>,
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Asked {
    /// What was subscribed to.
    pub url: String,
    /// Where was published, if anywhere.
    pub publish: Option<String>,
    /// Subscribers that behave.
    pub subscribers: u32,
    /// Subscribers that never read.
    pub stalled: u32,
    /// Subscribers that read a few bytes a second.
    pub slow: u32,
    /// Subscribers that vanish without a word.
    pub half_open: u32,
    /// Time between two publishes.
    pub every: f64,
    /// How long the crowd was to be held.
    pub hold: f64,
    /// Connections to open per second.
    pub ramp: u32,
    /// Subscribers that drop and come back, per minute.
    pub churn: u32,
    /// Whether all were to drop at once.
    pub storm: bool,
    /// Whether subscribers were to fetch pictures.
    pub fetch_picture: bool,
}

/// How the crowd came to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Connections {
    /// From the first connection to the last subscriber's stream.
    pub ramp: f64,
    /// Streams opened, reconnects included.
    pub opened: u64,
    /// Reconnects, whoever ended the stream.
    pub reconnects: u64,
    /// The most subscribers that held a stream at once.
    pub top: u32,
    /// Subscribers that behave and held a stream at the end.
    pub held: u32,
    /// From connecting to the kernel's word that it is done.
    pub connect: Quantiles,
    /// From connecting to the head of the answer.
    pub answer: Quantiles,
}

/// Counts over the whole run, of subscribers that behave unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Blocks with data that arrived, of whatever kind.
    pub events: u64,
    /// Events that arrived and were to arrive.
    pub deliveries: u64,
    /// Of these, those that came by resuming after a reconnect.
    pub resumed: u64,
    /// Events that did not arrive at a subscriber.
    pub lost: u64,
    /// Events that arrived again.
    pub doubled: u64,
    /// Events that arrived after a later one.
    pub misordered: u64,
    /// Events `missed`: the server says that it could not bring all.
    pub missed: u64,
    /// Streams that the server ended.
    pub dropped: u64,
    /// Subscribers given up, since the answer was not one to come back from.
    pub given_up: u64,
    /// Streams of subscribers that misbehave, which the server ended.
    pub let_go: u64,
    /// Publishes that were answered with success.
    pub published: u64,
    /// Publishes that were not.
    pub unpublished: u64,
    /// Publishes answered with success that nobody received.
    pub unseen: u64,
    /// Bytes received.
    pub bytes: u64,
}

/// One publish, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Broadcast {
    /// When it was to be sent.
    pub at: f64,
    /// From then to the publisher's answer, if it came and was a success.
    pub answered: Option<f64>,
    /// Subscribers that held a stream at that moment.
    pub audience: u32,
    /// Those of them that received it on that stream.
    pub live: u32,
    /// Those who received it by resuming.
    pub resumed: u32,
    /// From the intended moment to the first subscriber.
    pub first: f64,
    /// To half of them.
    pub median: f64,
    /// To 99 of 100.
    pub p99: f64,
    /// To the last.
    pub last: f64,
}

impl Broadcast {
    /// From the first subscriber to the last.
    #[must_use]
    pub fn spread(&self) -> f64 {
        self.last - self.first
    }
}

/// Pictures that subscribers fetched, over all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Fetches {
    /// Events that named a picture. Each is one to be fetched, but for the next two.
    pub named: u64,
    /// Pictures that were not fetched, since a newer one came first.
    pub overtaken: u64,
    /// Pictures on other hosts, which were not fetched.
    pub elsewhere: u64,
    /// Pictures that were asked for.
    pub asked: u64,
    /// Answers that came whole, by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Pictures that were not answered with success.
    pub failed: u64,
    /// Bytes of the answers' bodies.
    pub bytes: u64,
    /// Connections made for pictures: one for each subscriber, and another one whenever the server has closed it.
    pub connections: u64,
    /// From when a picture was due to be asked for to the answer's last byte.
    pub time: Quantiles,
}

/// A distribution. Zeros if there is nothing to distribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many values there are.
    pub count: u64,
    /// The least.
    pub min: f64,
    /// Half are no more.
    pub median: f64,
    /// 90 of 100 are no more.
    pub p90: f64,
    /// 99 of 100 are no more.
    pub p99: f64,
    /// 999 of 1000 are no more.
    pub p999: f64,
    /// The greatest.
    pub max: f64,
}

/// All dropped at once and came back.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Storm {
    /// When they dropped.
    pub at: f64,
    /// How many.
    pub dropped: u32,
    /// Until the last of them was back, or gave up.
    pub back: f64,
    /// Connections that failed meanwhile.
    pub failures: u64,
    /// The slowest answer to a publish meanwhile.
    pub slowest_publish: f64,
}

/// The server's memory in bytes, at three moments.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Memory {
    /// Before the first connection.
    pub before: Bytes,
    /// With the most of the crowd.
    pub top: Bytes,
    /// After the last connection was closed.
    pub after: Bytes,
    /// Resident bytes per connection, from before to the top.
    pub per_subscriber: Option<f64>,
    /// The kernel's bytes for sockets per connection, from before to the top. On one machine that is both ends.
    pub kernel_per_subscriber: Option<f64>,
    /// This program's own resident bytes per connection, from before to the top.
    pub own_per_subscriber: Option<f64>,
}

/// Memory at a moment, in bytes, as far as it could be found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bytes {
    /// Resident in the server.
    pub resident: Option<u64>,
    /// Held by the kernel for the sockets of the whole machine, if that is the server's.
    pub kernel: Option<u64>,
    /// Resident in this program.
    pub own: Option<u64>,
}

/// How things stood at a moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sample {
    /// The moment.
    pub at: f64,
    /// Subscribers that hold a stream.
    pub held: u32,
    /// Connections, those that misbehave and those not yet answered included.
    pub connections: u32,
    /// Streams opened so far, reconnects included.
    pub opened: u64,
    /// Streams of subscribers that behave, which the server ended or that broke, so far.
    pub dropped: u64,
    /// Events so far.
    pub events: u64,
    /// Bytes received so far.
    pub bytes: u64,
    /// What went wrong so far.
    pub errors: u64,
    /// Memory.
    pub memory: Bytes,
}

impl Report {
    /// What was lost, doubled or dropped, in words; nothing if all was held and delivered.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let totals = &self.totals;
        let counts = [
            (totals.lost, "lost: events that did not arrive"),
            (totals.doubled, "doubled: events that arrived again"),
            (
                totals.misordered,
                "out of order: events that arrived after a later one",
            ),
            (
                totals.missed,
                "missed: streams that could not be resumed without a gap, as the server itself said",
            ),
            (
                totals.dropped,
                "dropped: streams that the server ended, or that broke",
            ),
            (
                totals.given_up,
                "given up: subscribers whose answer was not an event stream",
            ),
            (
                totals.unpublished,
                "not published: publishes that were not answered with success",
            ),
            (
                totals.unseen,
                "not broadcast: publishes that were answered with success, and reached nobody",
            ),
            (
                self.fetches.as_ref().map_or(0, |fetches| fetches.failed),
                "not fetched: pictures that were not answered with success",
            ),
            (
                self.not_held(),
                "not held: subscribers without a stream at the end",
            ),
        ];
        let found = counts.iter().filter(|(count, _)| *count > 0);
        found
            .map(|(number, what)| format!("{} {what}", count(*number)))
            .collect()
    }

    /// Who interrupts does not wait for those that are still to come: they are no fault, unless nobody ever came.
    fn not_held(&self) -> u64 {
        match self.interrupted && self.connections.top > 0 {
            true => 0,
            false => u64::from(self.asked.subscribers.saturating_sub(self.connections.held)),
        }
    }

    /// How long the crowd was held.
    #[must_use]
    pub fn held(&self) -> f64 {
        (self.held_until - self.held_from).max(0.0)
    }

    /// Events per second while the crowd was held; 0 if it never was.
    #[must_use]
    pub fn rate(&self) -> f64 {
        per_second(self.totals.deliveries, self.held())
    }

    /// Connections opened per second until all were there; 0 if none was.
    #[must_use]
    pub fn connect_rate(&self) -> f64 {
        let crowd = self
            .connections
            .answer
            .count
            .min(u64::from(self.asked.subscribers));
        per_second(crowd, self.connections.ramp)
    }
}

fn per_second(number: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        number as f64 / seconds
    } else {
        0.0
    }
}
