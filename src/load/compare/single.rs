//! The figures of which a run has a single value. Pure.

use crate::load::{
    report::{Report, json},
    require,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Fields that differ from run to run and tell nothing, and distributions whose rounds are compared.
const LEFT_OUT: [&str; 9] = [
    "began",
    "took",
    "held_from",
    "held_until",
    "arrived_from",
    "arrived_until",
    "latency.",
    "publish.",
    "spread.",
];
/// The figures of a distribution that are not compared: its median and its p99 tell enough.
const MINOR: [&str; 5] = [".min", ".p90", ".p999", ".max", ".count"];

/// The figures that differ as they are shown, by their paths in the JSON: those of both runs, and the change.
pub(super) fn differing(first: &Report, second: &Report) -> Vec<(String, [String; 3])> {
    let (one, mut other) = (figures(first), figures(second));
    let mut rows = Vec::new();
    for (path, value) in one {
        let beside = other.remove(&path).flatten();
        let cells = cells(&path, value, beside);
        if cells[0] != cells[1] {
            rows.push((path, cells));
        }
    }
    let others = other.into_iter().filter(|(_, value)| value.is_some());
    rows.extend(others.map(|(path, value)| {
        let cells = cells(&path, None, value);
        (path, cells)
    }));
    rows
}

fn cells(path: &str, one: Option<f64>, other: Option<f64>) -> [String; 3] {
    let told =
        |value: Option<f64>| value.map_or("?".to_owned(), |value| require::told(path, value));
    let change = match (one, other) {
        (Some(one), Some(other)) if one != 0.0 => super::bootstrap::percent(other / one),
        _ => String::new(),
    };
    [told(one), told(other), change]
}

fn figures(report: &Report) -> BTreeMap<String, Option<f64>> {
    // Lists are not compared, so that they need not be copied.
    let report = Report {
        broadcasts: Vec::new(),
        samples: Vec::new(),
        histograms: BTreeMap::new(),
        required: Vec::new(),
        ..report.clone()
    };
    let mut found = BTreeMap::new();
    json::walk(&json::value(&report), &mut |path, value| {
        let is_left_out = LEFT_OUT.iter().any(|left| path.starts_with(left))
            || MINOR.iter().any(|minor| path.ends_with(minor));
        if matches!(value, Value::Number(_) | Value::Null) && !is_left_out {
            found.insert(path.to_owned(), value.as_f64());
        }
    });
    found
}
