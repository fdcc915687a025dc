//! The plays of the steps.

pub(super) mod ends;
pub(super) mod pressure;
pub(super) mod requests;
