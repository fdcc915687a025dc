//! Rows that a table and a page of a report have in common, in the same order.

use super::{
    Broadcast, Fetches, MemoryGrowth, MemoryUse, Quantiles, Report, histogram, units::count,
};

/// The reading of one of the memories in use at a moment.
pub(crate) type Reading = fn(&MemoryUse) -> Option<u64>;

impl Report {
    /// The distributions of times: a short name, a long one, and the figures.
    pub(crate) fn times(&self) -> [(&'static str, &'static str, Quantiles); 8] {
        let connections = &self.connections;
        [
            (
                "TCP connect",
                "until the kernel has a connection",
                connections.connect,
            ),
            (
                "stream opened",
                "from connecting to the answer's head",
                connections.answer,
            ),
            (
                "publish",
                "from when it was due to the publisher's answer",
                Quantiles::of(self.answered()),
            ),
            (
                "delivery",
                "from when it was due to the arrival at each subscriber",
                self.latency,
            ),
            (
                "sent late",
                "as delivery, of publishes that this program sent late",
                self.latency_sent_late,
            ),
            (
                "spread",
                "of a broadcast, from the first subscriber to the last",
                Quantiles::of(self.spreads()),
            ),
            (
                "read late",
                "from the arrival at this machine to the reading by this program",
                self.read_late,
            ),
            (
                "picture",
                "from when it was due to be asked for to the answer's last byte",
                self.fetches
                    .as_ref()
                    .map_or_else(Quantiles::default, |it| it.time),
            ),
        ]
    }

    /// Adds the distributions that follow from the broadcasts.
    pub(crate) fn with_whole_times(mut self) -> Self {
        let publish = histogram::compressed(&histogram::of(self.answered()));
        let spread = histogram::compressed(&histogram::of(self.spreads()));
        self.histograms.insert("publish".to_owned(), publish);
        self.histograms.insert("spread".to_owned(), spread);
        self
    }

    /// The time from when each publish was due to the publisher's answer.
    pub(crate) fn answered(&self) -> impl Iterator<Item = f64> {
        self.broadcasts.iter().filter_map(|it| it.answered)
    }

    /// The time from the first subscriber to the last, of each broadcast that reached any.
    pub(crate) fn spreads(&self) -> impl Iterator<Item = f64> {
        let reached = self.broadcasts.iter().filter(|it| it.live > 0);
        reached.map(Broadcast::spread)
    }
}

impl Fetches {
    /// The number of answers with each status: `200 × 1,024, 404 × 3`.
    pub(crate) fn answers(&self) -> String {
        let answers = self.statuses.iter();
        let answers = answers.map(|(status, number)| format!("{status} × {}", count(*number)));
        answers.collect::<Vec<_>>().join(", ")
    }
}

impl MemoryGrowth {
    /// The owner of each memory, its reading, and its growth for each connection.
    pub(crate) fn rows(&self) -> [(&'static str, Reading, Option<f64>); 3] {
        [
            ("server", |bytes| bytes.resident, self.per_subscriber),
            ("kernel", |bytes| bytes.kernel, self.kernel_per_subscriber),
            ("this program", |bytes| bytes.own, self.own_per_subscriber),
        ]
    }
}

impl Quantiles {
    /// The distribution of a few values.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_unstable_by(f64::total_cmp);
        // The least value that this part of all values does not exceed.
        let at = |part: f64| {
            let rank = (part * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.max(1) - 1).copied().unwrap_or_default()
        };
        Self {
            count: sorted.len() as u64,
            min: at(0.0),
            median: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: at(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_values_have_quantiles_and_none_has_zeros() {
        let it = Quantiles::of((1..=100).rev().map(f64::from));
        assert_eq!((it.count, it.min, it.median), (100, 1.0, 50.0));
        assert_eq!(
            (it.p90, it.p99, it.p999, it.max),
            (90.0, 99.0, 100.0, 100.0)
        );
        assert_eq!(Quantiles::of([7.0].into_iter()).p999, 7.0);
        assert_eq!(Quantiles::of([].into_iter()), Quantiles::default());
    }
}
