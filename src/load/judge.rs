//! The judgement of a run: which subscriber is to receive which event, how long it took, and all counts. Pure.

mod arriving;
pub(super) mod books;
pub(super) mod broadcasts;
pub(super) mod latencies;
pub(super) mod ledger;
mod marker;
pub(super) mod overheard;
pub(super) mod pictures;
pub(super) mod reader;
