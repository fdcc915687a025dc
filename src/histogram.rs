//! How long things took: how many fell between which bounds. Plain integers; no clock, no lock.

use std::time::Duration;

/// Counts of durations by their length, and their sum.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    /// Upper bounds of the buckets, in growing order.
    bounds: &'static [Duration],
    /// A count for each bound, and a count for values beyond all of them.
    counts: Vec<u64>,
    sum: Duration,
}

impl Histogram {
    /// An empty one. Its `bounds` must grow.
    #[must_use]
    pub(crate) fn new(bounds: &'static [Duration]) -> Self {
        debug_assert!(bounds.is_sorted());
        Self {
            bounds,
            counts: vec![0; bounds.len() + 1],
            sum: Duration::ZERO,
        }
    }

    /// Counts one. Made for many short ones: it looks at the bounds in their order.
    pub(crate) fn count(&mut self, took: Duration) {
        let fits = self.bounds.iter().position(|bound| took <= *bound);
        self.counts[fits.unwrap_or(self.bounds.len())] += 1;
        self.sum = self.sum.saturating_add(took);
    }

    /// How many were counted.
    #[must_use]
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long they took together.
    #[must_use]
    pub(crate) fn sum(&self) -> Duration {
        self.sum
    }

    /// Each bound in seconds, the last one infinite, with what fell between it and the one before.
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
