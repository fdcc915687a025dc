//! Edges: the changes of a socket's readiness that the poller reports.

use mio::event::Event;

/// The changes of a socket's readiness that the poller reports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edge {
    pub(super) is_readable: bool,
    pub(super) is_writable: bool,
    /// True if the peer will send no more.
    pub(super) is_end: bool,
    pub(super) is_failure: bool,
}

impl Edge {
    pub(super) fn of(event: &Event) -> Self {
        Self {
            is_readable: event.is_readable(),
            is_writable: event.is_writable(),
            is_end: event.is_read_closed(),
            is_failure: event.is_error(),
        }
    }

    /// Adds a later edge of the same socket.
    #[cfg(feature = "frame")]
    pub(super) fn merge(&mut self, later: Self) {
        self.is_readable |= later.is_readable;
        self.is_writable |= later.is_writable;
        self.is_end |= later.is_end;
        self.is_failure |= later.is_failure;
    }
}
