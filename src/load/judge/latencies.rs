//! A distribution of times. Pure.

use crate::load::report::{
    Quantiles,
    histogram::{self, LONGEST},
};
use hdrhistogram::Histogram;
use std::time::Duration;

/// A distribution of times, from a microsecond to an hour.
pub(crate) struct Latencies {
    micros: Histogram<u32>,
    least: Duration,
    most: Duration,
}

impl Latencies {
    /// An empty distribution, which tells times apart to so many digits.
    pub(crate) fn new(digits: u8) -> Self {
        Self {
            micros: Histogram::new_with_bounds(1, LONGEST, digits)
                .expect("the bounds are in order"),
            least: Duration::MAX,
            most: Duration::ZERO,
        }
    }

    pub(crate) fn record(&mut self, time: Duration) {
        self.micros.saturating_record(time.as_micros() as u64);
        self.least = self.least.min(time);
        self.most = self.most.max(time);
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        let (min, max) = (
            self.least.min(self.most).as_secs_f64(),
            self.most.as_secs_f64(),
        );
        histogram::quantiles(&self.micros, min, max)
    }

    /// The distribution in full, as text.
    pub(crate) fn compressed(&self) -> String {
        histogram::compressed(&self.micros)
    }

    /// The distribution in full, as text that is quick to write.
    pub(crate) fn plain(&self) -> String {
        histogram::plain(&self.micros)
    }
}
