//! The names of a report's figures: paths into its JSON, and shorter names for the usual ones. Pure.

use crate::load::report::{Fetches, MemoryGrowth, Report, Storm, json};
use serde_json::Value;

/// Shorter names for the beginnings of paths.
const SHORT: [(&str, &str); 10] = [
    ("delivery", "latency"),
    ("tcp.connect", "connections.connect"),
    ("connect", "connections.connect"),
    ("stream.opened", "connections.answer"),
    ("answer", "connections.answer"),
    ("picture", "fetches.time"),
    ("pictures", "fetches"),
    ("server.memory.each", "memory.per_subscriber"),
    ("kernel.memory.each", "memory.kernel_per_subscriber"),
    ("own.memory.each", "memory.own_per_subscriber"),
];
/// The figures of a distribution that are times.
const QUANTILES: [&str; 6] = ["min", "median", "p90", "p99", "p999", "max"];
/// Other figures that are times.
const TIMES: [&str; 7] = [
    "took",
    "asked.every",
    "asked.hold",
    "connections.ramp",
    "storm.at",
    "storm.back",
    "storm.slowest_publish",
];

/// The measure of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Seconds.
    Time,
    /// Bytes.
    Size,
    /// Anything else.
    Number,
}

impl Measure {
    /// The measure of the figure at a path.
    pub(super) fn of(path: &str) -> Self {
        let last = path.rsplit('.').next().unwrap_or(path);
        match path {
            _ if QUANTILES.contains(&last) || TIMES.contains(&path) => Self::Time,
            _ if path.starts_with("memory.") || last == "bytes" => Self::Size,
            _ => Self::Number,
        }
    }
}

/// The path of the figure with this name: its path, a shorter name, a name of the totals, or the end of one path only.
pub(super) fn find(name: &str) -> Result<String, String> {
    let words = name.split([' ', '.']).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join(".").to_lowercase();
    let all = all();
    let total = format!("totals.{name}");
    for path in [&name, &long(&name), &total] {
        if all.contains(path) {
            return Ok(path.clone());
        }
    }
    let end = format!(".{name}");
    let ends: Vec<&String> = all.iter().filter(|path| path.ends_with(&end)).collect();
    match ends[..] {
        [path] if !name.is_empty() => Ok(path.clone()),
        [] | [_] => Err(format!(
            "{name:?} is no figure; the figures are {}",
            all.join(", ")
        )),
        _ => {
            let ends: Vec<&str> = ends.into_iter().map(String::as_str).collect();
            Err(format!("{name:?} may be {}", ends.join(" or ")))
        }
    }
}

fn long(name: &str) -> String {
    let long = SHORT.iter().find_map(|(short, long)| {
        let rest = name.strip_prefix(short)?;
        (rest.is_empty() || rest.starts_with('.')).then(|| format!("{long}{rest}"))
    });
    long.unwrap_or_else(|| name.to_owned())
}

/// The paths of all figures that a report may have.
fn all() -> Vec<String> {
    let report = Report {
        fetches: Some(Fetches::default()),
        storm: Some(Storm::default()),
        memory: Some(MemoryGrowth::default()),
        ..Report::default()
    };
    let mut paths = Vec::new();
    json::walk(&json::value(&report), &mut |path, value| {
        if matches!(value, Value::Number(_) | Value::Null) {
            paths.push(path.to_owned());
        }
    });
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_its_path_for_a_name_and_the_usual_ones_shorter_names() {
        for path in all() {
            assert_eq!(find(&path).as_ref(), Ok(&path));
        }
        for (_, long) in SHORT {
            let known = |path: &String| path == long || path.starts_with(&format!("{long}."));
            assert!(all().iter().any(known), "{long}");
        }
        for (name, path) in [
            ("delivery p99", "latency.p99"),
            ("Stream opened median", "connections.answer.median"),
            ("lost", "totals.lost"),
            ("back", "storm.back"),
            ("spread max", "spread.max"),
        ] {
            assert_eq!(find(name).as_deref(), Ok(path));
        }
    }
}
