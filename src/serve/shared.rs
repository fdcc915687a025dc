//! The frame that several servers share: the journal that its options ask for.

use crate::{config::RedisConfig, journal::RedisJournal, source::flickr::LookUpCounter};
use std::{sync::Arc, time::Duration};

/// The longest wait of a publisher for Redis: its answer comes within 3 s.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The journal in this stream.
pub(super) fn journal(config: &RedisConfig) -> RedisJournal {
    RedisJournal::new(config.url.clone(), &*config.key)
}

/// The counter of the look-ups of all servers.
pub(super) fn counter(journal: &RedisJournal) -> LookUpCounter {
    let counter = journal.counter();
    Arc::new(move || counter.count().map(|counted| (counted.count, counted.left)))
}

/// The line that tells what a start would do.
pub(super) fn check(config: &RedisConfig) -> String {
    format!(
        "share the frame by Redis at {}, key {}",
        config.url, config.key
    )
}
