//! A histogram of durations, in plain integers, without a clock or a lock.

#[cfg(feature = "frame")]
use crate::handover::CarriedHistogram;
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

    /// The histogram as another process gets it.
    #[cfg(feature = "frame")]
    pub(crate) fn carry(&self) -> CarriedHistogram {
        let nanos = |time: &Duration| time.as_nanos() as u64;
        CarriedHistogram {
            bounds: self.bounds.iter().map(nanos).collect(),
            counts: self.counts.clone(),
            sum: nanos(&self.sum),
        }
    }

    /// Adds the counts of another process. A bucket whose bound this histogram does not have is added to the next
    /// greater one.
    #[cfg(feature = "frame")]
    pub(crate) fn add(&mut self, carried: &CarriedHistogram) {
        for (index, count) in carried.counts.iter().enumerate() {
            let bound = carried
                .bounds
                .get(index)
                .map(|nanos| Duration::from_nanos(*nanos));
            let fits = |own: &Duration| bound.is_some_and(|bound| bound <= *own);
            let bucket = self.bounds.iter().position(fits);
            self.counts[bucket.unwrap_or(self.bounds.len())] += count;
        }
        self.sum = self.sum.saturating_add(Duration::from_nanos(carried.sum));
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

    #[cfg(feature = "frame")]
    #[test]
    fn the_counts_of_another_process_are_added_bucket_by_bucket() {
        const OLD: [Duration; 3] = [
            Duration::from_millis(5),
            Duration::from_millis(10),
            Duration::from_secs(2),
        ];
        const NEW: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(1)];
        let (mut old, mut new) = (Histogram::new(&OLD), Histogram::new(&NEW));
        for millis in [1, 7, 1500, 9000] {
            old.count(Duration::from_millis(millis));
        }
        new.count(Duration::from_millis(500));
        new.add(&old.carry());
        let counts: Vec<_> = new.buckets().map(|(_, count)| count).collect();
        assert_eq!((counts, new.sum().as_millis()), (vec![2, 1, 2], 11_008));
    }
}
