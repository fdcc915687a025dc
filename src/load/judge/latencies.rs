//! A distribution of times. Pure.

use crate::load::report::Quantiles;
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
        let hour = 3_600_000_000;
        Self {
            micros: Histogram::new_with_bounds(1, hour, digits).expect("the bounds are in order"),
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
        // The end of a bucket may lie beyond all times in it.
        let at = |quantile| (self.micros.value_at_quantile(quantile) as f64 / 1e6).clamp(min, max);
        Quantiles {
            count: self.micros.len(),
            min,
            median: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max,
        }
    }
}
