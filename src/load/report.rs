//! The report of a run, as plain data: all that a table, a file or a page about it needs. Times are in seconds, sizes in
//! bytes.

pub(super) mod costs;
pub(super) mod files;
pub(super) mod histogram;
pub(super) mod json;
pub(super) mod machine;
pub(super) mod pace;
pub(super) mod page;
pub(super) mod records;
pub(super) mod resources;
pub(super) mod samples;
pub(super) mod table;
pub(super) mod units;
pub(super) mod verdict;
pub(super) mod views;
pub(super) mod which;

use machine::Machine;
pub(super) use records::{EventRecord, Required, StageFigures};
pub(super) use resources::{Cpu, CpuUse, MemoryGrowth, MemoryUse, Network, Traffic};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
pub(super) use verdict::Verdict;
pub(super) use which::Which;

/// The report of a run. Moments (`at`) count from the run's beginning.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Report {
    /// The options of the run.
    pub(crate) asked: Asked,
    /// When the run began, in seconds since 1970.
    pub(crate) began: f64,
    /// How long the run took.
    pub(crate) took: f64,
    /// When publishing began: each subscriber had a stream, or had failed to get it.
    pub(crate) held_from: f64,
    /// When publishing was over.
    pub(crate) held_until: f64,
    /// When the first event arrived that was delivered, and the last; both 0 if none was.
    pub(crate) arrived_from: f64,
    pub(crate) arrived_until: f64,
    /// Whether a signal ended the run early.
    pub(crate) interrupted: bool,
    /// The limit of this machine that ended the run early, and how to raise it.
    pub(crate) limit: Option<String>,
    /// The crowd's connections.
    pub(crate) connections: Connections,
    /// The counts of events, streams and publishes.
    pub(crate) totals: Totals,
    /// The faults of which the event, the subscriber and the moment are told: the first of each kind.
    pub(crate) which: Which,
    /// Whether the ids differ from subscriber to subscriber, so that only events with a marker of this run were checked.
    pub(crate) only_markers: bool,
    /// The times from the intended moment of publishing to a subscriber, over all subscribers connected at that moment.
    pub(crate) latency: Quantiles,
    /// The times from the arrival of input at this machine, by the kernel's stamp, to its reading by this program; no
    /// values without stamps.
    pub(crate) read_late: Quantiles,
    /// As `latency`, of the publishes that this program sent late: they are not part of `latency`.
    pub(crate) latency_sent_late: Quantiles,
    /// The distributions of times in full: HdrHistogram's V2 encoding in base64, in microseconds.
    pub(crate) histograms: BTreeMap<String, String>,
    /// The events of the ledger that are remembered, in the order that is right.
    pub(crate) events: Vec<EventRecord>,
    /// The stages, if they were asked for.
    pub(crate) stages: Vec<StageFigures>,
    /// The broadcasts, in order.
    pub(crate) broadcasts: Vec<Broadcast>,
    /// The pictures that events name, if they were to be fetched.
    pub(crate) fetches: Option<Fetches>,
    /// The storm, if it was asked for and came.
    pub(crate) storm: Option<Storm>,
    /// The memory in use, as far as it is known.
    pub(crate) memory: Option<MemoryGrowth>,
    /// The processor time used, as far as it is known.
    pub(crate) cpu: Cpu,
    /// Counts of this machine's kernel over the run, if they are known.
    pub(crate) network: Option<Network>,
    /// The bytes received by subscribers that behave.
    pub(crate) traffic: Traffic,
    /// The machine, and the command of the run.
    pub(crate) machine: Machine,
    /// Sentences about what the run found that is no fault.
    pub(crate) notes: Vec<String>,
    /// Samples of each second, of a long run fewer; and of each beginning of a phase.
    pub(crate) samples: Vec<Sample>,
    /// The errors, with the number of times that each occurred.
    pub(crate) errors: BTreeMap<String, u64>,
    /// The requirements on this report.
    pub(crate) required: Vec<Required>,
}

/// The options of a run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The name that the user gave the run.
    pub(crate) title: Option<String>,
    /// The URL of the event stream.
    pub(crate) url: String,
    /// The name of the run, which the processes of a run have in common.
    pub(crate) run: String,
    /// The process of the run.
    pub(crate) process: String,
    /// The URL to publish to, if any.
    pub(crate) publish: Option<String>,
    /// Subscribers that behave.
    pub(crate) subscribers: u32,
    /// Subscribers that never read.
    pub(crate) stalled: u32,
    /// Subscribers that read a few bytes a second.
    pub(crate) slow: u32,
    /// Subscribers that vanish without closing.
    pub(crate) half_open: u32,
    /// The time between two publishes.
    pub(crate) every: f64,
    /// How long the crowd was to be held.
    pub(crate) hold: f64,
    /// Connections to open per second.
    pub(crate) ramp: u32,
    /// Subscribers that drop and come back, per minute.
    pub(crate) churn: u32,
    /// Whether all were to drop at once.
    pub(crate) storm: bool,
    /// Whether subscribers were to fetch pictures.
    pub(crate) fetch_picture: bool,
    /// The name of the event by which the server says that it could not bring every event, if it has such an event.
    pub(crate) gap_event: Option<String>,
    /// Whether a stream that the server ends properly is a fault.
    pub(crate) ends_fail: bool,
}

/// The crowd's connections.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Connections {
    /// The time from the first connection to the last subscriber's stream.
    pub(crate) ramp: f64,
    /// Streams opened, reconnects included.
    pub(crate) opened: u64,
    /// Reconnects after churn or the storm.
    pub(crate) reconnects: u64,
    /// The most subscribers that held a stream at once.
    pub(crate) top: u32,
    /// Subscribers that behave and held a stream at the end.
    pub(crate) held: u32,
    /// The times from connecting until the kernel has the connection.
    pub(crate) connect: Quantiles,
    /// Connects that took about a whole number of seconds, as those do whose first packet the kernel had to send again,
    /// by that number.
    pub(crate) after_seconds: BTreeMap<u64, u64>,
    /// The times from connecting to the head of the answer.
    pub(crate) answer: Quantiles,
}

/// Counts over the whole run, of subscribers that behave unless a field says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Totals {
    /// Blocks with data that arrived, of any kind.
    pub(crate) events: u64,
    /// Events that a subscriber was to get: those delivered, late and lost.
    pub(crate) expected: u64,
    /// Events that arrived in time at a subscriber that was to get them.
    pub(crate) delivered: u64,
    /// Deliveries that came by resuming after a reconnect.
    pub(crate) resumed: u64,
    /// Events that a subscriber was to get and did not.
    pub(crate) lost: u64,
    /// Events that arrived after the longest wait.
    pub(crate) late: u64,
    /// Events that arrived again.
    pub(crate) doubled: u64,
    /// Events that arrived after an event which they precede.
    pub(crate) misordered: u64,
    /// Events whose name or data differ from those that most subscribers got.
    pub(crate) altered: u64,
    /// Events whose data are a part of those that most subscribers got.
    pub(crate) halved: u64,
    /// Events whose data or id are not UTF-8.
    pub(crate) invalid: u64,
    /// Events by which the server says that it could not bring every event.
    pub(crate) missed: u64,
    /// Events that nobody can know to be lost, since the subscriber came back without an id to resume from.
    pub(crate) not_checked: u64,
    /// Events that the server told to fewer than half of the subscribers, and that this run did not publish.
    pub(crate) private: u64,
    /// Events without an id and without a marker of this run.
    pub(crate) unnamed: u64,
    /// Streams that the server ended properly.
    pub(crate) ended: u64,
    /// Streams that broke.
    pub(crate) dropped: u64,
    /// Subscribers given up, since a browser would not come back after such an answer.
    pub(crate) given_up: u64,
    /// Connections of subscribers that misbehave, which the server ended, if that is known.
    pub(crate) let_go: Option<u64>,
    /// Connections of subscribers that misbehave, which saw that the server ended them.
    pub(crate) seen_let_go: u64,
    /// Publishes that were answered with success.
    pub(crate) published: u64,
    /// Publishes that were not answered with success.
    pub(crate) unpublished: u64,
    /// Publishes that were due and could not be sent in time.
    pub(crate) not_sent: u64,
    /// Publishes that this program sent later than they were due.
    pub(crate) sent_late: u64,
    /// Publishes that were answered with success, that a subscriber was to get, and that reached no subscriber.
    pub(crate) unseen: u64,
    /// Bytes received.
    pub(crate) bytes: u64,
}

/// A publish, and its way to the subscribers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Broadcast {
    /// The marker that the event carries.
    pub(crate) marker: String,
    /// Whether another process published it.
    pub(crate) by_another: bool,
    /// The moment when the publish was due.
    pub(crate) at: f64,
    /// The time until the publish was sent, if it was.
    pub(crate) sent: Option<f64>,
    /// Whether this program sent the publish late.
    pub(crate) sent_late: bool,
    /// The time until the publisher's answer, if the answer came and was a success.
    pub(crate) answered: Option<f64>,
    /// Subscribers that held a stream at that moment.
    pub(crate) audience: u32,
    /// Subscribers of the audience that received the event on that stream.
    pub(crate) live: u32,
    /// Subscribers that received the event by resuming.
    pub(crate) resumed: u32,
    /// The time until the first subscriber had the event.
    pub(crate) first: f64,
    /// The time until half of the subscribers had it.
    pub(crate) median: f64,
    /// The time until 99 of 100 had it.
    pub(crate) p99: f64,
    /// The time until the last had it.
    pub(crate) last: f64,
    /// The distribution of the times in full, encoded as those of the report; empty if there is none, or no more room for
    /// it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) times: String,
}

impl Broadcast {
    /// The time from the first subscriber to the last.
    pub(crate) fn spread(&self) -> f64 {
        self.last - self.first
    }
}

/// Counts of the pictures that subscribers fetched.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Fetches {
    /// Events that named a picture. Each picture is to be fetched, except those of the next two fields.
    pub(crate) named: u64,
    /// Pictures that were not fetched, since the subscriber was told of a newer picture first.
    pub(crate) overtaken: u64,
    /// Pictures on other hosts, which were not fetched.
    pub(crate) elsewhere: u64,
    /// Pictures that were asked for.
    pub(crate) asked: u64,
    /// Whole answers, by status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Pictures that were not answered with success.
    pub(crate) failed: u64,
    /// Bytes of the answers' bodies.
    pub(crate) bytes: u64,
    /// Connections made for pictures: for each subscriber its first, and another after each that the server has closed.
    pub(crate) connections: u64,
    /// The times from when a picture was due to be asked for to the answer's last byte.
    pub(crate) time: Quantiles,
}

/// A distribution. All fields are 0 if there are no values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Quantiles {
    /// The number of values.
    pub(crate) count: u64,
    /// The least value.
    pub(crate) min: f64,
    /// The value that half of them do not exceed.
    pub(crate) median: f64,
    /// The value that 90 of 100 do not exceed.
    pub(crate) p90: f64,
    /// The value that 99 of 100 do not exceed.
    pub(crate) p99: f64,
    /// The value that 999 of 1000 do not exceed.
    pub(crate) p999: f64,
    /// The greatest value.
    pub(crate) max: f64,
}

/// A storm: all subscribers dropped at once and came back.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Storm {
    /// The moment when they dropped.
    pub(crate) at: f64,
    /// The number of subscribers that dropped.
    pub(crate) dropped: u32,
    /// The number of them that came back.
    pub(crate) returned: u32,
    /// The time until the last of them was back, or gave up; 0 if some were still on their way at the end.
    pub(crate) back: f64,
    /// Connections that failed meanwhile.
    pub(crate) failures: u64,
    /// The slowest answer to a publish meanwhile.
    pub(crate) slowest_publish: f64,
}

/// The standing of a run at a moment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Sample {
    /// The moment.
    pub(crate) at: f64,
    /// Subscribers that hold a stream.
    pub(crate) held: u32,
    /// Connections, of any kind and in any state.
    pub(crate) connections: u32,
    /// Streams opened so far, reconnects included.
    pub(crate) opened: u64,
    /// Streams of subscribers that behave that the server ended or that broke, so far.
    pub(crate) dropped: u64,
    /// Events so far.
    pub(crate) events: u64,
    /// Bytes received so far.
    pub(crate) bytes: u64,
    /// Errors so far.
    pub(crate) errors: u64,
    /// The memory in use.
    pub(crate) memory: MemoryUse,
    /// The processor time used so far.
    pub(crate) cpu: CpuUse,
}

impl Report {
    /// The time that the crowd was held.
    pub(crate) fn held(&self) -> f64 {
        (self.held_until - self.held_from).max(0.0)
    }

    /// Deliveries per second, from the first to the last; 0 if there were not two moments.
    pub(crate) fn rate(&self) -> f64 {
        per_second(
            self.totals.delivered,
            self.arrived_until - self.arrived_from,
        )
    }

    /// Streams opened per second until all were there; 0 if none was.
    pub(crate) fn connect_rate(&self) -> f64 {
        let first = self.stages.first().map(|stage| stage.subscribers);
        let asked = first.unwrap_or(self.asked.subscribers);
        let crowd = self.connections.answer.count.min(u64::from(asked));
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
