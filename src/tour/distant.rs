//! A source that takes its time, as a source on the network does.

use crate::source::{Picture, Source, SourceError};
use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// The time that each question takes: much longer than a turn of the loop.
const AWAY: Duration = Duration::from_millis(20);

/// Another source, with a delay.
pub(super) struct Distant(pub(super) Arc<dyn Source>);

impl Source for Distant {
    fn find(&self, keyword: &str, deadline: Instant) -> Result<Vec<Picture>, SourceError> {
        thread::sleep(AWAY);
        self.0.find(keyword, deadline)
    }
}
