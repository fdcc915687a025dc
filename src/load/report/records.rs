//! The parts of a report that are about single events, stages and requirements.

use super::Quantiles;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A requirement on a report, and whether it holds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Required {
    /// The requirement as it was given.
    pub(crate) text: String,
    /// The figure, as far as it is known.
    pub(crate) value: Option<f64>,
    /// Whether the requirement holds.
    pub(crate) held: bool,
    /// The figure with its unit.
    pub(crate) was: String,
}

/// An event, as the subscribers of this process had it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct EventRecord {
    /// The marker that the event carries, if it is one of this run.
    pub(crate) marker: Option<String>,
    /// The event's id, or its beginning.
    pub(crate) id: Option<String>,
    /// The hash of the event's name.
    pub(crate) name: String,
    /// When the event was published, or somewhat before it was first seen.
    pub(crate) at: f64,
    /// Whether the event is for all subscribers.
    pub(crate) public: bool,
    /// The subscribers that got the event.
    pub(crate) received: u32,
    /// The subscribers that were to get the event and did not.
    pub(crate) missing: u32,
    /// The subscribers that got each content, by its hash.
    pub(crate) contents: BTreeMap<String, u32>,
}

/// A stage of a run: a crowd of some size, held for some time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct StageFigures {
    /// The subscribers that were asked for.
    pub(crate) subscribers: u32,
    /// When the crowd began to grow to this size.
    pub(crate) at: f64,
    /// When each subscriber had a stream, or had failed to get it.
    pub(crate) held_from: f64,
    /// When the stage was over.
    pub(crate) held_until: f64,
    /// The subscribers that held a stream then, or were away since churn had dropped them.
    pub(crate) held: u32,
    /// The broadcasts that were due while the crowd was held.
    pub(crate) broadcasts: u64,
    /// The times from when these were due to each subscriber.
    pub(crate) latency: Quantiles,
    /// Their deliveries per second.
    pub(crate) deliveries_per_second: f64,
    /// Errors from when the crowd began to grow.
    pub(crate) errors: u64,
}
