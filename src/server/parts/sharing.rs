//! The state of a journal that several servers share, for the metrics.

#[cfg(feature = "frame")]
use crate::handover::CarriedHistogram;
use crate::{histogram::Histogram, journal::Link};
use std::time::Duration;

/// Upper bounds of the histogram's buckets: from a server on the same machine to a server that hangs.
const BOUNDS: [Duration; 10] = [
    Duration::from_micros(250),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(10),
];

/// The news that journals have reported.
pub struct Sharing {
    /// `None` before the first report: no channel is shared.
    up: Option<bool>,
    lag: Histogram,
    healed: u64,
    reconnects: u64,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            up: None,
            lag: Histogram::new(&BOUNDS),
            healed: 0,
            reconnects: 0,
        }
    }
}

impl Sharing {
    /// Notes news of a journal.
    pub fn note(&mut self, news: Link) {
        match news {
            Link::Up => self.up = Some(true),
            Link::Down => self.up = Some(false),
            Link::Read(lag) => self.lag.count(lag),
            Link::Healed(events) => self.healed += events as u64,
            Link::Reconnected => self.reconnects += 1,
        }
    }

    /// Adds the events that were put back in an earlier process.
    #[cfg(feature = "frame")]
    pub fn add_healed(&mut self, events: u64) {
        self.healed += events;
    }

    /// Adds the connections of an earlier process.
    #[cfg(feature = "frame")]
    pub fn add_reconnects(&mut self, reconnects: u64) {
        self.reconnects += reconnects;
    }

    /// Adds the delays of an earlier process.
    #[cfg(feature = "frame")]
    pub fn add_lag(&mut self, lag: &CarriedHistogram) {
        self.lag.add(lag);
    }

    /// True if a journal is shared.
    pub fn is_known(&self) -> bool {
        self.up.is_some()
    }

    pub fn is_up(&self) -> bool {
        self.up == Some(true)
    }

    pub fn lag(&self) -> &Histogram {
        &self.lag
    }

    pub fn healed(&self) -> u64 {
        self.healed
    }

    pub fn reconnects(&self) -> u64 {
        self.reconnects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_of_a_shared_journal_are_counted() {
        let mut sharing = Sharing::default();
        assert!(!sharing.is_known());
        for news in [
            Link::Down,
            Link::Reconnected,
            Link::Healed(7),
            Link::Read(Duration::from_millis(3)),
            Link::Up,
        ] {
            assert!(!sharing.is_up());
            sharing.note(news);
        }
        assert!(sharing.is_known() && sharing.is_up());
        assert_eq!((sharing.healed(), sharing.reconnects()), (7, 1));
        assert_eq!(sharing.lag().total(), 1);
    }
}
