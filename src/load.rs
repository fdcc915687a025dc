//! `picture-frame load`: holds a crowd of subscribers on one thread, and proves that each got every event once.
//!
//! | file | its part |
//! | --- | --- |
//! | `wire` | the strict readers of an event stream and of an HTTP response, the requests, TLS, and the server's addresses; pure but for resolving a name and reading files of certificates and tokens |
//! | `judge` | which subscriber is to receive which event, how long it took, and all counts; pure |
//! | `report` | the report of a run as data, as a table, as JSON and as a page; pure but for writing the files |
//! | `options`, `values`, `plan`, `probe` | the options, the limits in the way, and the memory in use |
//! | `arrival` | the moment at which input arrived, by the kernel's stamp |
//! | `screen` | the standing of a run, in words and on a terminal |
//! | `require` | requirements on the figures of a report |
//! | `merge`, `compare` | the reports of several processes as one report, and the reports of two runs beside each other |
//! | `stages` | the stages of a run whose crowd grows, and the knee among them |
//! | `work` | the choice between these and a run |
//! | `crowd` | all subscribers on the reactor, the publisher, and the phases of a run |

mod arrival;
mod compare;
mod crowd;
mod judge;
mod merge;
mod options;
mod plan;
mod probe;
mod report;
mod require;
mod screen;
mod stages;
mod upgrades;
mod values;
pub(crate) mod wire;
mod work;

pub use options::Options;
pub use screen::Screen;
pub use work::Work;

use crate::reactor::{Reactor, Signals, end_at_the_second, system};
use crowd::{Crowd, Message};
use plan::Plan;
use probe::Probe;
use report::{Report, Verdict, files::OutputFile, json, page, table, units::duration};
use require::Requirement;
use screen::Display;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use std::{io, path::Path, thread, time::SystemTime};

/// The event by which picture-frame says that it could not bring every event.
const OUR_GAP_EVENT: &str = "missed";

/// The reason why a run has no report.
#[derive(Debug)]
pub enum Error {
    /// The options make no sense, or a limit stands in the way.
    Usage(String),
    /// A limit of this machine ended the run: the table of the figures until then, and the limit.
    Limit(String, String),
    /// The system refused something.
    System(io::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// The outcome of a run, as the exit status tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server passed, and every file was written.
    Passed,
    /// The server failed, or a file was not written.
    Failed,
    /// No fault was found, and a part of the events, or nothing at all, could be checked.
    Unchecked,
}

/// Runs a load test, shows its standing on `screen`, and writes the files that were asked for. Returns the report as a
/// table, and the outcome.
///
/// # Errors
///
/// [`Error`], when the run cannot begin, or the system fails.
pub(crate) fn run(options: Options, screen: &Screen) -> Result<(String, Outcome), Error> {
    let outputs = Outputs::prepare(options.json.as_deref(), options.html.as_deref());
    let outputs = outputs.map_err(Error::Usage)?;
    let mut plan = Plan::new(options).map_err(Error::Usage)?;
    let probe = Probe::new(&plan).map_err(Error::Usage)?;
    if plan.gap_event.is_none() && probe.is_picture_frame() {
        plan.gap_event = Some(OUR_GAP_EVENT.to_owned());
    }
    let requirements = plan.options.require.clone();
    let allows_unchecked = plan.options.allow_unchecked;
    if let Some(at) = plan.options.at {
        wait_until(at);
    }
    let report = hold(plan, probe, screen)?;
    outputs.conclude(report, &requirements, allows_unchecked)
}

/// Waits for the moment of `--at`. A moment that has passed is no reason to wait.
fn wait_until(at: SystemTime) {
    match at.duration_since(SystemTime::now()) {
        Ok(wait) => {
            log::info!("--at: the run begins in {}", duration(wait.as_secs_f64()));
            thread::sleep(wait);
        }
        Err(passed) => log::warn!(
            "--at: this moment passed {} ago, and the run begins at once",
            duration(passed.duration().as_secs_f64())
        ),
    }
}

impl Outcome {
    /// The outcome of a run with this report, of which these files were not written.
    fn of(report: &Report, unwritten: &[String], allows_unchecked: bool) -> Self {
        match report.verdict() {
            _ if !unwritten.is_empty() => Self::Failed,
            Verdict::Failed => Self::Failed,
            Verdict::Passed => Self::Passed,
            Verdict::PartlyChecked | Verdict::NothingChecked if allows_unchecked => Self::Passed,
            Verdict::PartlyChecked | Verdict::NothingChecked => Self::Unchecked,
        }
    }
}

/// The files to be written at the end.
struct Outputs {
    json: Option<OutputFile>,
    html: Option<OutputFile>,
}

impl Outputs {
    fn prepare(json: Option<&Path>, html: Option<&Path>) -> Result<Self, String> {
        let prepare = |option, path: Option<&Path>| {
            path.map(|path| OutputFile::prepare(option, path))
                .transpose()
        };
        let outputs = Self {
            json: prepare("--json", json)?,
            html: prepare("--html", html)?,
        };
        match (&outputs.json, &outputs.html) {
            (Some(json), Some(html)) if json.is(html) => {
                Err("--json and --html name the same file: give each its own".to_owned())
            }
            _ => Ok(outputs),
        }
    }

    /// Completes a report with the figures that follow from it, and writes the files. Returns the report as a table, and the
    /// outcome.
    fn conclude(
        self,
        mut report: Report,
        requirements: &[Requirement],
        allows_unchecked: bool,
    ) -> Result<(String, Outcome), Error> {
        stages::measure(&mut report);
        require::judge(&mut report, requirements);
        let unwritten = self.write(&report);
        let table = table::render(&report, &unwritten);
        let outcome = Outcome::of(&report, &unwritten, allows_unchecked);
        match report.limit {
            Some(limit) => Err(Error::Limit(table, limit)),
            None => Ok((table, outcome)),
        }
    }

    /// Writes the files. Returns a line for each file that could not be written.
    fn write(self, report: &Report) -> Vec<String> {
        let json = self.json.map(|file| file.write(&json::render(report)));
        let html = self
            .html
            .map(|file| file.write(page::render(report).as_bytes()));
        [json, html]
            .into_iter()
            .flatten()
            .filter_map(Result::err)
            .collect()
    }
}

/// Holds the crowd. A limit that shows before it is held leaves nothing to report.
fn hold(plan: Plan, probe: Probe, screen: &Screen) -> Result<Report, Error> {
    end_at_the_second(&[SIGINT, SIGTERM])?;
    end_at_the_second(&[SIGQUIT])?;
    let mut crowd = Crowd::new(plan, &probe, Display::start(screen)?);
    let reactor = Reactor::client(Signals::new(heard())?)?.receive_by(crowd.receive());
    let mailbox = reactor.mailbox();
    mailbox.post(Message::Begin);
    crowd.ask_by(probe.watch(move |look| mailbox.post(Message::Looked(look))));
    reactor.run(&mut crowd)?;
    match crowd.limit_before_hold() {
        Some(limit) => Err(Error::Usage(limit)),
        None => Ok(crowd.report()),
    }
}

/// The signals that a run hears. A run that was started by nohup(1) goes on when its terminal is closed.
fn heard() -> Vec<i32> {
    let mut heard = vec![SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2];
    if !system::is_ignored(SIGHUP) {
        heard.push(SIGHUP);
    }
    heard
}
