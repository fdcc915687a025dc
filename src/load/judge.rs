//! The judgement: which subscriber is to receive which event, how long each took, and all counts. Pure.

pub(super) mod books;
pub(super) mod broadcasts;
pub(super) mod ledger;
pub(super) mod pictures;
