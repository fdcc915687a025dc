//! A histogram of durations, in plain integers, without a clock or a lock.

use std::time::Duration;

/// Counts of durations by their length, and their sum.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    /// The longest duration of each bucket, in growing order.
    bounds: &'static [Duration],
    /// The count of each bucket, and last the count of durations longer than every bound.
    counts: Vec<u64>,
    sum: Duration,
}

impl Histogram {
    /// An empty histogram. Its `bounds` must grow.
    #[must_use]
    pub(crate) fn new(bounds: &'static [Duration]) -> Self {
        debug_assert!(bounds.is_sorted());
        Self {
            bounds,
            counts: vec![0; bounds.len() + 1],
            sum: Duration::ZERO,
        }
    }

    /// Counts a duration. The bounds are compared in their order, since most durations are short.
    pub(crate) fn count(&mut self, took: Duration) {
        let fits = self.bounds.iter().position(|bound| took <= *bound);
        self.counts[fits.unwrap_or(self.bounds.len())] += 1;
        self.sum = self.sum.saturating_add(took);
    }

    /// The number of durations.
    #[must_use]
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all durations.
    #[must_use]
    pub(crate) fn sum(&self) -> Duration {
        self.sum
    }

    /// The bound of each bucket in seconds, and the bucket's count. The last bound is infinite.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounds = self.bounds.iter().map(Duration::as_secs_f64);
        bounds
            .chain([f64::INFINITY])
            .zip(self.counts.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_holds_it() {
        const BOUNDS: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(1)];
        let mut histogram = Histogram::new(&BOUNDS);
        for millis in [0, 10, 11, 1000, 1001] {
            histogram.count(Duration::from_millis(millis));
        }
        let buckets: Vec<_> = histogram.buckets().collect();
        assert_eq!(buckets, [(0.01, 2), (1.0, 2), (f64::INFINITY, 1)]);
        assert_eq!((histogram.total(), histogram.sum().as_millis()), (5, 2022));
    }
}
