//! The comparison of two runs, figure by figure. Pure but for reading the reports.
//!
//! The broadcasts are the rounds of a run. A figure of the broadcasts is compared by the median of its rounds, with an
//! interval from a bootstrap over blocks of rounds. A figure of which a run has a single value is shown, and not judged.

mod bootstrap;
mod rounds;
mod single;

use super::report::{Report, json};
use bootstrap::change;
use rounds::ROUNDS;
use std::{fmt::Write, path::PathBuf};

/// The width of a figure's name, in columns.
const NAMES: usize = 34;
/// The width of a figure, in columns.
const FIGURES: usize = 12;

/// Compare two runs, figure by figure.
///
/// The broadcasts are the rounds of a run. A latency is compared by the median of its rounds, and the interval is that of
/// 95 of 100 resamples of the rounds, taken in blocks since neighbours are alike. "cannot tell" means that the interval has
/// room for no change, "no difference" that all of it lies within 5 %. A figure of which a run has a single value is
/// shown where it differs, and not judged.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The report of the first run, as --json wrote it
    first: PathBuf,

    /// The report of the second run
    second: PathBuf,
}

/// Compares the reports. Returns the comparison as a table.
pub(super) fn run(options: &Options) -> Result<String, String> {
    let [first, second] = [&options.first, &options.second].map(|path| json::read(path));
    Ok(table(&first?, &second?))
}

fn table(first: &Report, second: &Report) -> String {
    let mut out = String::new();
    row(
        &mut out,
        "",
        &["first", "second", "change"].map(str::to_owned),
        "95 % within",
    );
    let mut differences = Vec::new();
    for (name, of) in ROUNDS {
        let (one, other) = (of(first), of(second));
        if one.is_empty() && other.is_empty() {
            continue;
        }
        let change = change(&one, &other);
        row(&mut out, name, &change.figures(), &change.told());
        differences.extend(change.difference().map(|how| format!("{name} is {how}")));
    }
    for (name, figures) in single::differing(first, second) {
        let why = match name.starts_with("asked.") {
            true => "asked for differently",
            false => "a single value: cannot tell",
        };
        row(&mut out, &name, &figures, why);
    }
    let result = match &differences[..] {
        [] => "no difference that these rounds can tell".to_owned(),
        all => format!("in the second run {}", all.join(", ")),
    };
    writeln!(out, "\n{:<15}{result}", "result").expect("a string takes all");
    out
}

fn row(out: &mut String, name: &str, figures: &[String], rest: &str) {
    let cells: String = figures
        .iter()
        .map(|text| format!("{text:>FIGURES$}"))
        .collect();
    let row = format!("{name:<NAMES$}{cells}   {rest}");
    writeln!(out, "{}", row.trim_end()).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::Broadcast;

    /// A run of 100 broadcasts with latencies around `around`, in seconds.
    fn run(around: f64) -> Report {
        let broadcast = |number: u32| {
            let part = f64::from(number * 37 % 100) / 1000.0;
            Broadcast {
                at: number.into(),
                live: 10,
                first: around * (0.1 + part),
                median: around * (0.5 + part),
                p99: around * (0.9 + part),
                last: around * (1.0 + part),
                answered: Some(0.001),
                ..Broadcast::default()
            }
        };
        Report {
            broadcasts: (0..100).map(broadcast).collect(),
            ..Report::default()
        }
    }

    #[test]
    fn a_run_does_not_differ_from_itself() {
        let run = run(0.1);
        let table = table(&run, &run);
        assert_eq!(table.matches("no difference").count(), 6 + 1, "{table}");
        assert!(!table.contains("cannot tell"), "{table}");
    }

    #[test]
    fn a_run_that_is_slower_is_told_apart_by_every_latency() {
        let table = table(&run(0.1), &run(0.13));
        assert!(table.contains("+30"), "{table}");
        let last = table.lines().last().unwrap();
        assert_eq!(last.matches("greater").count(), 5, "{table}");
        assert!(!last.contains("publish"), "{table}");
    }

    #[test]
    fn a_figure_that_looks_the_same_has_no_row_and_one_that_is_not_there_is_not_0() {
        let (mut one, mut other) = (run(0.1), run(0.1));
        (one.cpu.server, other.cpu.server) = (Some(0.18), Some(0.18 + 1e-12));
        for it in &mut one.broadcasts {
            it.answered = None;
        }
        let table = table(&one, &other);
        assert!(!table.contains("cpu.server"), "{table}");
        let publish = table.lines().find(|line| line.starts_with("publish"));
        let cells: Vec<&str> = publish.unwrap().split_whitespace().collect();
        assert_eq!(cells[..4], ["publish", "?", "1.00", "ms"], "{table}");
    }

    #[test]
    fn too_few_rounds_tell_nothing_and_single_values_are_only_shown() {
        let (mut one, mut other) = (run(0.1), run(0.2));
        one.broadcasts.truncate(3);
        other.totals.lost = 3;
        let table = table(&one, &other);
        assert!(table.contains("too few rounds"), "{table}");
        assert!(table.contains("totals.lost"), "{table}");
        assert!(table.contains("no difference that these rounds can tell"));
    }
}
