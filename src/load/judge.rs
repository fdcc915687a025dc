//! The judgement of a run: which subscriber is to receive which event, how long it took, and all counts. Pure.

pub(super) mod books;
pub(super) mod broadcasts;
pub(super) mod latencies;
pub(super) mod ledger;
pub(super) mod markers;
pub(super) mod pictures;
pub(super) mod reader;
pub(super) mod slope;
