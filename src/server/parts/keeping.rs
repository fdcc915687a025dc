//! The state of a journal that keeps events beyond the process, for the metrics.

#[cfg(feature = "frame")]
use crate::handover::CarriedHistogram;
use crate::histogram::Histogram;
use std::time::Duration;

/// Upper bounds of the histogram's buckets: from a commit that waits for no disk to a disk that hangs.
const BOUNDS: [Duration; 10] = [
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(10),
];

/// The state that journals have reported.
pub struct Keeping {
    /// `None` before the first report: no channel's events are kept.
    up: Option<bool>,
    events: usize,
    commits: Histogram,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            up: None,
            events: 0,
            commits: Histogram::new(&BOUNDS),
        }
    }
}

impl Keeping {
    /// Notes that events are kept, so many at present.
    pub fn begins(&mut self, events: usize) {
        (self.up, self.events) = (Some(true), events);
    }

    /// Notes that no events are kept at present.
    pub fn ends(&mut self) {
        self.up = Some(false);
    }

    /// Counts a commit that took so long, after which so many events are kept.
    pub fn committed(&mut self, took: Duration, events: usize) {
        self.commits.count(took);
        self.events = events;
    }

    /// Adds the commits of an earlier process.
    #[cfg(feature = "frame")]
    pub fn add_commits(&mut self, commits: &CarriedHistogram) {
        self.commits.add(commits);
    }

    /// True if a journal has reported.
    pub fn is_known(&self) -> bool {
        self.up.is_some()
    }

    pub fn is_up(&self) -> bool {
        self.up == Some(true)
    }

    pub fn events(&self) -> usize {
        self.events
    }

    pub fn commits(&self) -> &Histogram {
        &self.commits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_has_reported_is_up_or_down_and_its_commits_are_counted() {
        let mut keeping = Keeping::default();
        assert!(!keeping.is_known() && !keeping.is_up());
        keeping.ends();
        assert!(keeping.is_known() && !keeping.is_up());
        keeping.begins(7);
        keeping.committed(Duration::from_millis(3), 8);
        assert!(keeping.is_up());
        assert_eq!((keeping.events(), keeping.commits().total()), (8, 1));
    }
}
