//! A report as JSON, for programs: the fields of [`Report`], and figures that follow from them. Times are in seconds,
//! sizes in bytes, moments in seconds from the run's beginning.

use super::{Quantiles, Report, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fs, path::Path};

/// The version of the format: it grows when a field goes or changes its meaning, not when a field is added.
const FORMAT: u64 = 2;

#[derive(Serialize)]
struct Everything<'a> {
    format: u64,
    /// The program and its version.
    program: &'static str,
    verdict: Verdict,
    /// Whether the verdict is that the server passed.
    passed: bool,
    /// The faults of the server, in words.
    faults: Vec<String>,
    /// Streams opened per second until all were there.
    connections_per_second: f64,
    /// Events delivered per second from the first delivery to the last, over all subscribers.
    deliveries_per_second: f64,
    /// The times from when a publish was due to the publisher's answer.
    publish: Quantiles,
    /// The times from the first subscriber to the last, of each broadcast.
    spread: Quantiles,
    #[serde(flatten)]
    report: &'a Report,
}

/// The report as JSON, ended by a line end.
pub(crate) fn render(report: &Report) -> Vec<u8> {
    let mut text = text(&everything(report));
    text.push(b'\n');
    text
}

/// The report as a value, to look up its figures.
pub(crate) fn value(report: &Report) -> Value {
    fields(&everything(report))
}

/// The fields of a part of a report, as a value. The value is read from the text: code that makes values directly would
/// be there beside the code that makes text, for each type.
pub(crate) fn fields(part: &impl Serialize) -> Value {
    serde_json::from_slice(&text(part)).expect("it is JSON")
}

fn text(part: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(part).expect("its keys are strings")
}

fn everything(report: &Report) -> Everything<'_> {
    let verdict = report.verdict();
    Everything {
        format: FORMAT,
        program: concat!("picture-frame ", env!("CARGO_PKG_VERSION")),
        verdict,
        passed: verdict == Verdict::Passed,
        faults: report.faults(),
        connections_per_second: report.connect_rate(),
        deliveries_per_second: report.rate(),
        publish: Quantiles::of(report.answered()),
        spread: Quantiles::of(report.spreads()),
        report,
    }
}

/// Reads a report that was written as JSON. An error says what is wrong with the file.
pub(crate) fn read(path: &Path) -> Result<Report, String> {
    let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let bytes = fs::read(path).map_err(|error| wrong(&error))?;
    let value = serde_json::from_slice::<Value>(&bytes).unwrap_or_default();
    let Some(format) = value["format"].as_u64() else {
        return Err(wrong(&"not a report that load has written by --json"));
    };
    if format != FORMAT {
        let what = format!("a report of format {format}; this program reads format {FORMAT}");
        return Err(wrong(&what));
    }
    Report::deserialize(&value).map_err(|error| wrong(&error))
}

/// Calls `each` with the path of every value that has no fields, as `totals.lost`, and the value.
pub(crate) fn walk(value: &Value, each: &mut impl FnMut(&str, &Value)) {
    descend(value, &mut String::new(), each);
}

fn descend(value: &Value, path: &mut String, each: &mut impl FnMut(&str, &Value)) {
    let Value::Object(fields) = value else {
        return each(path, value);
    };
    for (name, field) in fields {
        let end = path.len();
        if end > 0 {
            path.push('.');
        }
        path.push_str(name);
        descend(field, path, each);
        path.truncate(end);
    }
}
