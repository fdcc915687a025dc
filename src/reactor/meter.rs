//! The loop's counts of itself: bytes, turns, and the time for which each turn kept other connections waiting.

use crate::histogram::Histogram;
use std::time::Duration;

/// The bounds of the histogram of turns: from a turn with one small answer to a turn that all clients notice.
const BOUNDS: [Duration; 14] = [
    Duration::from_micros(10),
    Duration::from_micros(25),
    Duration::from_micros(50),
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_secs(1),
];

/// Counts since the loop was made.
pub(crate) struct Meter {
    /// Bytes that came from peers.
    pub(crate) received: u64,
    /// Bytes that sockets took.
    pub(crate) sent: u64,
    /// The length of each turn, from the end of its wait to the beginning of the next wait.
    pub(crate) turns: Histogram,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            received: 0,
            sent: 0,
            turns: Histogram::new(&BOUNDS),
        }
    }
}
