//! The reports of several processes as one report: one crowd, one set of figures and one verdict. Pure but for the files.
//!
//! | file | its part |
//! | --- | --- |
//! | `whole` | the report that is put together: options, connections, memory |
//! | `sums` | counts and distributions, added |
//! | `broadcasts` | the broadcasts, joined by their markers |
//! | `events` | the events of the ledgers, compared across processes |
//! | `seconds` | the standing of all processes at the same moments |

mod broadcasts;
mod events;
mod resources;
mod seconds;
mod sums;
mod whole;

use super::{
    Error, Outcome, Outputs, options,
    report::{Report, json},
    require::Requirement,
};
use std::path::PathBuf;

/// Put the reports of several processes together, as one report with one verdict.
///
/// Each process ran with the same --run NAME against the same servers, and wrote its report with --json. The distributions
/// of times and the counts are added. An event is the same event in every report by its marker.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The reports, as --json wrote them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Requirement on a figure of the whole, as for load; repeatable
    #[arg(long, value_name = "REQUIREMENT", value_parser = Requirement::parse)]
    require: Vec<Requirement>,

    /// Exit with status 0 also if a part of the events, or nothing at all, could be checked
    #[arg(long)]
    allow_unchecked: bool,

    /// Write all figures of the whole to a file
    #[arg(long, value_name = "FILE", value_parser = options::file)]
    json: Option<PathBuf>,

    /// Write a page with the figures of the whole
    #[arg(long, value_name = "FILE", value_parser = options::file)]
    html: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Exit status: as that of load; 2 also if a file is no report, or the report of another run.";

/// Puts the reports together. Returns the whole as a table, and the outcome.
pub(super) fn run(options: &Options) -> Result<(String, Outcome), Error> {
    let outputs = Outputs::prepare(options.json.as_deref(), options.html.as_deref());
    let outputs = outputs.map_err(Error::Usage)?;
    let reports = options.files.iter().map(|path| json::read(path));
    let reports: Vec<Report> = reports.collect::<Result<_, _>>().map_err(Error::Usage)?;
    check(options, &reports).map_err(Error::Usage)?;
    let whole = whole::merge(&reports);
    outputs.conclude(whole, &options.require, options.allow_unchecked)
}

/// Refuses reports of different runs, and a report that is given twice.
fn check(options: &Options, reports: &[Report]) -> Result<(), String> {
    let named: Vec<(&PathBuf, &Report)> = options.files.iter().zip(reports).collect();
    let (first, one) = named[0];
    for (at, (path, report)) in named.iter().enumerate().skip(1) {
        let (run, other) = (&one.asked.run, &report.asked.run);
        if run != other {
            return Err(format!(
                "{} is a report of the run {run}, and {} of the run {other}: start each process with the same --run NAME",
                first.display(),
                path.display()
            ));
        }
        let same = |(_, other): &&(&PathBuf, &Report)| other.asked.process == report.asked.process;
        if let Some((other, _)) = named[..at].iter().find(same) {
            let (one, other) = (other.display(), path.display());
            return Err(format!("{one} and {other} are reports of the same process"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod parts;
#[cfg(test)]
mod tests;
