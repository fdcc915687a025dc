//! The steps of an upgrade that other threads report to the loop.

use super::starting::Ready;
use crate::{handover::CarriedConnection, server::connection::CarriedBodies};
use std::os::fd::OwnedFd;

/// A step of an upgrade, as another thread reports it.
pub(in crate::server) enum Progress {
    /// The operator asks for an upgrade by a request.
    Asked,
    /// The new process is ready.
    Ready(Box<Ready>),
    /// The new process cannot take over, for this reason.
    Failed(String),
    /// The old process sends a connection late, with the bodies that its answer may share.
    Late(CarriedConnection, OwnedFd, CarriedBodies),
    /// The old process has ended.
    Alone,
}
