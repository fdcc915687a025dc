//! The samples of a run, taken once a second; of a long run less often, so that it takes no more room than a short one.
//! Pure.

use super::Sample;

/// The most samples that are kept: more than a screen has pixels, and well over an hour without a gap.
const MOST: usize = 4096;

/// The samples that were kept, in order.
#[derive(Debug)]
pub(crate) struct Samples {
    kept: Vec<Sample>,
    /// The seconds from a sample to the next.
    apart: u64,
}

impl Default for Samples {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            apart: 1,
        }
    }
}

impl Samples {
    /// Whether a sample is to be taken in this second, counted from the run's beginning.
    pub(crate) fn is_due(&self, second: u64) -> bool {
        second.is_multiple_of(self.apart)
    }

    /// Keeps a sample. If there are too many, every other sample goes, and from then on half as many are due.
    pub(crate) fn keep(&mut self, sample: Sample) {
        self.kept.push(sample);
        if self.kept.len() > MOST {
            let mut is_odd = true;
            self.kept.retain(|_| {
                is_odd = !is_odd;
                !is_odd
            });
            self.apart *= 2;
        }
    }

    /// The last sample that is at least so many seconds older than `at`.
    pub(crate) fn before(&self, at: f64, seconds: f64) -> Option<&Sample> {
        let mut latest = self.kept.iter().rev();
        latest.find(|sample| at - sample.at >= seconds)
    }

    /// All samples that were kept.
    pub(crate) fn into_vec(self) -> Vec<Sample> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Vec<Sample> {
        let mut samples = Samples::default();
        for second in 0..seconds {
            if samples.is_due(second) {
                samples.keep(Sample {
                    at: second as f64,
                    ..Sample::default()
                });
            }
        }
        samples.into_vec()
    }

    #[test]
    fn a_run_of_days_takes_no_more_room_than_one_of_an_hour_and_is_as_even() {
        assert_eq!(after(3600).len(), 3600);
        for seconds in [MOST as u64, MOST as u64 + 1, 100_000, 1_000_000] {
            let all = after(seconds);
            assert!((MOST / 2..=MOST).contains(&all.len()), "{}", all.len());
            let apart = all[1].at;
            assert!(all.windows(2).all(|pair| pair[1].at - pair[0].at == apart));
            assert!(all[0].at == 0.0 && seconds as f64 - all[all.len() - 1].at <= apart);
        }
    }
}
