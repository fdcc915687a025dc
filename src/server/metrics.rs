//! What the server counts of itself: plain integers that only the loop touches, put into words when someone asks.

use super::Context;

/// Why someone was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are as many connections as there may be.
    Connections,
    /// There are as many subscribers as there may be.
    Subscribers,
    /// The client asks too often.
    Rate,
    /// Too many jobs wait.
    Queue,
    /// A browser asked on behalf of another site.
    CrossSite,
    /// What came is no request, or does not say what it has to.
    Malformed,
}

impl Refused {
    const ALL: [Self; 6] = [
        Self::Connections,
        Self::Subscribers,
        Self::Rate,
        Self::Queue,
        Self::CrossSite,
        Self::Malformed,
    ];
}

/// The counters.
#[derive(Default)]
pub(super) struct Metrics {
    refused: [u64; Refused::ALL.len()],
}

impl Metrics {
    /// Someone was refused.
    pub(super) fn refused(&mut self, why: Refused) {
        self.refused[why as usize] += 1;
    }
}

impl<A: 'static> Context<'_, A> {
    /// Counts one who is refused.
    pub(crate) fn refused(&mut self, why: Refused) {
        self.hub.metrics.refused(why);
    }
}
