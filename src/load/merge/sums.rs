//! Counts and distributions, added over all reports. Pure.

use crate::load::report::{Fetches, Quantiles, Report, histogram, json};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The counts of all reports, added field by field: a figure that a report does not know is not known of the whole.
pub(super) fn counts<'a, T: Serialize + DeserializeOwned + 'a>(
    reports: &'a [Report],
    of: fn(&'a Report) -> Option<&'a T>,
) -> Option<T> {
    let values = reports.iter().filter_map(of).map(json::fields);
    let sum = values.reduce(|mut sum, value| {
        add(&mut sum, value);
        sum
    })?;
    T::deserialize(&sum).ok()
}

fn add(sum: &mut Value, value: Value) {
    match (&mut *sum, value) {
        (Value::Object(fields), Value::Object(others)) => add_fields(fields, others),
        (Value::Number(number), Value::Number(other)) => {
            *sum = match (number.as_u64(), other.as_u64()) {
                (Some(number), Some(other)) => number.saturating_add(other).into(),
                _ => (number.as_f64().unwrap_or_default() + other.as_f64().unwrap_or_default())
                    .into(),
            };
        }
        _ => *sum = Value::Null,
    }
}

fn add_fields(fields: &mut Map<String, Value>, others: Map<String, Value>) {
    for (name, value) in others {
        match fields.get_mut(&name) {
            Some(sum) => add(sum, value),
            None => drop(fields.insert(name, value)),
        }
    }
}

/// The distributions of all reports in full, each added.
pub(super) fn histograms(reports: &[Report]) -> BTreeMap<String, String> {
    let names: BTreeSet<&String> = reports
        .iter()
        .flat_map(|report| report.histograms.keys())
        .collect();
    let whole = names.into_iter().filter_map(|name| {
        let texts = reports.iter().filter_map(|it| it.histograms.get(name));
        let sum = histogram::added(texts.map(|text| &**text))?;
        Some((name.clone(), histogram::compressed(&sum)))
    });
    whole.collect()
}

/// The figures of a distribution over all reports.
pub(super) fn times(
    reports: &[Report],
    name: &str,
    of: fn(&Report) -> Option<Quantiles>,
) -> Quantiles {
    let texts = reports.iter().filter_map(|it| it.histograms.get(name));
    let Some(sum) = histogram::added(texts.map(|text| &**text)) else {
        return Quantiles::default();
    };
    let parts = reports.iter().filter_map(of).filter(|part| part.count > 0);
    let (min, max) = parts.fold((f64::INFINITY, 0.0f64), |(min, max), part| {
        (min.min(part.min), max.max(part.max))
    });
    histogram::quantiles(&sum, min.min(max), max)
}

/// The pictures of all reports.
pub(super) fn fetches(reports: &[Report]) -> Option<Fetches> {
    let sum = counts(reports, |report| report.fetches.as_ref())?;
    let time = times(reports, "picture", |report| {
        report.fetches.as_ref().map(|fetches| fetches.time)
    });
    Some(Fetches { time, ..sum })
}

/// The errors of all reports.
pub(super) fn errors(reports: &[Report]) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for (kind, number) in reports.iter().flat_map(|report| &report.errors) {
        *sum.entry(kind.clone()).or_default() += number;
    }
    sum
}
