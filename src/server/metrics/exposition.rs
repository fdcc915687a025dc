//! Metrics as text: the exposition format of Prometheus, version 0.0.4.
//!
//! Nothing is escaped: names, help texts and labels are the program's own, without quotes, backslashes and line ends.

use crate::{histogram::Histogram, http::Response};
use std::fmt::{Display, Write};

/// A text of metrics that is being written: each metric's description, then its samples.
#[derive(Default)]
pub(crate) struct Exposition(String);

/// A metric whose description is written, and whose samples follow.
pub(crate) struct Metric<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Exposition {
    /// Adds a gauge: a value that goes up and down.
    pub(crate) fn gauge(&mut self, name: &'static str, help: &str) -> Metric<'_> {
        self.metric("gauge", name, help)
    }

    /// Adds a counter: a value that only goes up. Its `name` ends with `_total`.
    pub(crate) fn counter(&mut self, name: &'static str, help: &str) -> Metric<'_> {
        self.metric("counter", name, help)
    }

    /// Adds a histogram of durations, in seconds. Its `name` ends with `_seconds`.
    pub(crate) fn histogram(&mut self, name: &'static str, help: &str, histogram: &Histogram) {
        let mut metric = self.metric("histogram", name, help);
        metric.sample("_sum", decimal(histogram.sum().as_secs_f64()));
        metric.sample("_count", histogram.total());
        let mut up_to = 0;
        for (bound, count) in histogram.buckets() {
            up_to += count;
            metric.sample(&format!("_bucket{{le=\"{}\"}}", decimal(bound)), up_to);
        }
    }

    fn metric(&mut self, kind: &str, name: &'static str, help: &str) -> Metric<'_> {
        let text = &mut self.0;
        text.push_str(&format!("# HELP {name} {help}.\n# TYPE {name} {kind}\n"));
        Metric { text, name }
    }

    pub(super) fn into_response(self) -> Response {
        Response::new(200)
            .header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            .header("Cache-Control", "no-store")
            .body(self.0.into_bytes())
    }
}

impl Metric<'_> {
    /// Adds the only sample.
    pub(crate) fn is(mut self, value: impl Display) {
        self.sample("", value);
    }

    /// Adds a sample for each of the `names`, which are the values of the `label`.
    pub(crate) fn by(mut self, label: &str, names: &[&str], values: &[u64]) {
        for (name, value) in names.iter().zip(values) {
            self.sample(&format!("{{{label}=\"{name}\"}}"), value);
        }
    }

    fn sample(&mut self, suffix: &str, value: impl Display) {
        writeln!(self.text, "{}{suffix} {value}", self.name).expect("a string takes everything");
    }
}

/// A number with a decimal place and without an exponent. Series are told apart by the spelling of `le`.
pub(super) fn decimal(number: f64) -> String {
    match number {
        f64::INFINITY => "+Inf".to_owned(),
        whole if whole.fract() == 0.0 => format!("{whole:.1}"),
        number => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn counters_and_gauges_are_described_by_the_names_that_their_samples_have() {
        let mut report = Exposition::default();
        report.counter("a_total", "All of it").is(7);
        report
            .gauge("b", "Some of it")
            .by("of", &["one", "two"], &[1, 0]);
        report.gauge("c_seconds", "When").is(decimal(1.5));
        let expected = "# HELP a_total All of it.\n# TYPE a_total counter\na_total 7\n\
            # HELP b Some of it.\n# TYPE b gauge\nb{of=\"one\"} 1\nb{of=\"two\"} 0\n\
            # HELP c_seconds When.\n# TYPE c_seconds gauge\nc_seconds 1.5\n";
        assert_eq!(report.0, expected);
    }

    #[test]
    fn a_bucket_of_a_histogram_counts_all_durations_up_to_its_bound() {
        const BOUNDS: [Duration; 2] = [Duration::from_micros(10), Duration::from_secs(1)];
        let mut histogram = Histogram::new(&BOUNDS);
        for millis in [0, 500, 1500] {
            histogram.count(Duration::from_millis(millis));
        }
        let mut report = Exposition::default();
        report.histogram("a_seconds", "How long", &histogram);
        let expected = "# HELP a_seconds How long.\n# TYPE a_seconds histogram\n\
            a_seconds_sum 2.0\na_seconds_count 3\na_seconds_bucket{le=\"0.00001\"} 1\n\
            a_seconds_bucket{le=\"1.0\"} 2\na_seconds_bucket{le=\"+Inf\"} 3\n";
        assert_eq!(report.0, expected);
    }
}
