//! The names of a report's figures: paths into its JSON, and shorter names for the usual ones. Pure.

use crate::load::report::{Fetches, MemoryGrowth, Network, Report, StageFigures, Storm, json};
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
/// The beginning of the paths of a stage.
const STAGE: &str = "stages.0.";
/// The figures of a distribution that are times.
const QUANTILES: [&str; 6] = ["min", "median", "p90", "p99", "p999", "max"];
/// Other figures that are times.
const TIMES: [&str; 11] = [
    "took",
    "asked.every",
    "asked.hold",
    "connections.ramp",
    "cpu.own",
    "cpu.server",
    "cpu.per_event",
    "cpu.per_stream",
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
            _ if ["memory.", "traffic."]
                .iter()
                .any(|it| path.starts_with(it)) =>
            {
                Self::Size
            }
            _ if last == "bytes" => Self::Size,
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
        if all.contains(&first(path)) {
            return Ok(path.clone());
        }
    }
    let end = format!(".{name}");
    let is_end = |path: &&String| path.ends_with(&end) && !path.starts_with(STAGE);
    let ends: Vec<&String> = all.iter().filter(is_end).collect();
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

/// A path with 0 in place of each number: that of the first stage, and of any status or second.
fn first(path: &str) -> String {
    let of = |part| if is_number(part) { "0" } else { part };
    path.split('.').map(of).collect::<Vec<_>>().join(".")
}

/// Whether a part of a path is a number: that of a stage, a status or a second.
pub(super) fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn long(name: &str) -> String {
    let long = SHORT.iter().find_map(|(short, long)| {
        let rest = name.strip_prefix(short)?;
        (rest.is_empty() || rest.starts_with('.')).then(|| format!("{long}{rest}"))
    });
    long.unwrap_or_else(|| name.to_owned())
}

/// The paths of all figures that a report may have, with 0 for the number of a stage, a status or a second.
fn all() -> Vec<String> {
    let mut paths = Vec::new();
    let mut add = |before: &str, value: &Value| {
        json::walk(value, &mut |path, value| {
            if matches!(value, Value::Number(_) | Value::Null) {
                paths.push(format!("{before}{path}"));
            }
        });
    };
    let whole = json::value(&full());
    add("", &whole);
    add(STAGE, &whole["stages"][0]);
    paths
}

/// A report with every part that a report may have. A text that may be absent is there, for it is no figure.
fn full() -> Report {
    let text = Some(String::new());
    let mut report = Report {
        limit: text.clone(),
        stages: vec![StageFigures::default()],
        fetches: Some(Fetches {
            statuses: [(0, 0)].into(),
            ..Fetches::default()
        }),
        storm: Some(Storm::default()),
        memory: Some(MemoryGrowth::default()),
        network: Some(Network::default()),
        ..Report::default()
    };
    report.connections.after_seconds.insert(0, 0);
    report.machine.processor = text.clone();
    let asked = &mut report.asked;
    (asked.title, asked.publish, asked.gap_event) = (text.clone(), text.clone(), text);
    report
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
            ("syn_sent_again", "network.syn_sent_again"),
            ("pictures statuses 404", "fetches.statuses.404"),
            ("stages.12.latency.p99", "stages.12.latency.p99"),
            ("held", "connections.held"),
        ] {
            assert_eq!(find(name).as_deref(), Ok(path));
        }
        for text in ["limit", "asked.title", "machine.processor", "stages.x.held"] {
            assert!(find(text).is_err(), "{text} is no figure");
        }
    }
}
