//! Metrics in words: Prometheus' text format, which every scraper reads.
//!
//! OpenMetrics, which the crate is made for, is the same but for the names of counters, which leave out `_total` where
//! they are described. A sample of the whole name under a description of the whole name is what the text format has.

use crate::{histogram::Histogram, http::Response};
use prometheus_client::{
    encoding::{
        EncodeGaugeValue, EncodeMetric, GaugeValueEncoder, MetricEncoder, NoLabelSet,
        text::encode_registry,
    },
    metrics::MetricType,
    registry::{Metric, Registry},
};
use std::fmt;

/// What is told to who asks, name by name.
pub(crate) struct Report {
    registry: Registry,
}

/// One name's samples, each with its value of a label; one without for a name that has none.
#[derive(Debug)]
struct Samples {
    kind: MetricType,
    label: &'static str,
    values: Vec<(&'static str, Value)>,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Count(u64),
    Measure(f64),
}

#[derive(Debug)]
struct Distribution {
    sum: f64,
    total: u64,
    buckets: Vec<(f64, u64)>,
}

impl Report {
    pub(super) fn new() -> Self {
        Self {
            registry: Registry::default(),
        }
    }

    /// What goes up and down.
    pub(crate) fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.add(name, help, single(MetricType::Gauge, Value::Count(value)));
    }

    /// As [`Report::gauge`], for each value of a label.
    pub(crate) fn gauges(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) {
        self.add(name, help, several(MetricType::Gauge, label, values));
    }

    /// What only goes up; its `name` ends with `_total`.
    pub(crate) fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.add(name, help, single(MetricType::Counter, Value::Count(value)));
    }

    /// As [`Report::counter`], for each value of a label.
    pub(crate) fn counters(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) {
        self.add(name, help, several(MetricType::Counter, label, values));
    }

    /// How long things took; its `name` ends with `_seconds`.
    pub(crate) fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        let distribution = Distribution {
            sum: histogram.sum().as_secs_f64(),
            total: histogram.total(),
            buckets: histogram.buckets().collect(),
        };
        self.add(name, help, distribution);
    }

    /// As [`Report::gauge`], of what is no whole number.
    pub(super) fn measure(&mut self, name: &str, help: &str, value: f64) {
        self.add(name, help, single(MetricType::Gauge, Value::Measure(value)));
    }

    /// As [`Report::counter`], of what is no whole number.
    pub(super) fn measured_total(&mut self, name: &str, help: &str, value: f64) {
        self.add(
            name,
            help,
            single(MetricType::Counter, Value::Measure(value)),
        );
    }

    fn add(&mut self, name: &str, help: &str, metric: impl Metric) {
        self.registry.register(name, help, metric);
    }

    pub(super) fn response(&self) -> Response {
        Response::new(200)
            .header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            .header("Cache-Control", "no-store")
            .body(self.text().into_bytes())
    }

    fn text(&self) -> String {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry).expect("a string takes everything");
        text
    }
}

fn single(kind: MetricType, value: Value) -> Samples {
    Samples {
        kind,
        label: "",
        values: vec![("", value)],
    }
}

fn several(
    kind: MetricType,
    label: &'static str,
    values: impl IntoIterator<Item = (&'static str, u64)>,
) -> Samples {
    let values = values.into_iter();
    Samples {
        kind,
        label,
        values: values
            .map(|(of, value)| (of, Value::Count(value)))
            .collect(),
    }
}

impl EncodeMetric for Samples {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (of, value) in &self.values {
            if self.label.is_empty() {
                encoder.encode_gauge(value)?;
            } else {
                let label = [(self.label, *of)];
                encoder.encode_family(&label)?.encode_gauge(value)?;
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        self.kind
    }
}

impl EncodeGaugeValue for Value {
    fn encode(&self, encoder: &mut GaugeValueEncoder<'_>) -> fmt::Result {
        match self {
            // A number of more than 63 bits is none that anything here gets to.
            Self::Count(count) => i64::try_from(*count).unwrap_or(i64::MAX).encode(encoder),
            Self::Measure(measure) => measure.encode(encoder),
        }
    }
}

impl EncodeMetric for Distribution {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        encoder.encode_histogram::<NoLabelSet>(self.sum, self.total, &self.buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn counters_and_gauges_are_described_by_the_names_that_their_samples_have() {
        let mut report = Report::new();
        report.counter("a_total", "All of it", 7);
        report.gauges("b", "Some of it", "of", [("one", 1), ("two", 0)]);
        report.measure("c_seconds", "When", 1.5);
        let expected = "# HELP a_total All of it.\n# TYPE a_total counter\na_total 7\n\
            # HELP b Some of it.\n# TYPE b gauge\nb{of=\"one\"} 1\nb{of=\"two\"} 0\n\
            # HELP c_seconds When.\n# TYPE c_seconds gauge\nc_seconds 1.5\n";
        assert_eq!(report.text(), expected);
    }

    #[test]
    fn the_buckets_of_a_histogram_hold_all_that_is_shorter() {
        const BOUNDS: [Duration; 2] = [Duration::from_micros(10), Duration::from_secs(1)];
        let mut histogram = Histogram::new(&BOUNDS);
        for millis in [0, 500, 1500] {
            histogram.count(Duration::from_millis(millis));
        }
        let mut report = Report::new();
        report.histogram("a_seconds", "How long", &histogram);
        let expected = "# HELP a_seconds How long.\n# TYPE a_seconds histogram\n\
            a_seconds_sum 2.0\na_seconds_count 3\na_seconds_bucket{le=\"0.00001\"} 1\n\
            a_seconds_bucket{le=\"1.0\"} 2\na_seconds_bucket{le=\"+Inf\"} 3\n";
        assert_eq!(report.text(), expected);
    }
}
