//! `picture-frame load`: holds a crowd of subscribers on one thread, and proves that each got every event once.
//!
//! | file | its part |
//! | --- | --- |
//! | `wire` | the strict readers, of an event stream and of an HTTP response, and the server's addresses; pure but for resolving a name |
//! | `judge` | which subscriber is to receive which event, how long it took, and all counts; pure |
//! | `report` | the report of a run as data, as a table, as JSON and as a page; pure but for writing the files |
//! | `options`, `plan`, `probe` | the options, the limits in the way, and the memory in use |
//! | `screen` | the standing of a run, in words and on a terminal |
//! | `crowd` | all subscribers on the reactor, the publisher, and the phases of a run |

mod crowd;
mod judge;
mod options;
mod plan;
mod probe;
mod report;
mod screen;
mod wire;

pub use options::Options;
pub use screen::Screen;

use crate::reactor::{Reactor, Signals, end_at_the_second, system};
use crowd::{Crowd, Message, clock};
use plan::Plan;
use probe::Probe;
use report::{Report, Verdict, files::OutputFile, json, page, table};
use screen::Display;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use std::{io, path::PathBuf};

/// The event by which picture-frame says that it could not bring every event.
const OUR_GAP_EVENT: &str = "missed";

/// The reason why a run has no report.
#[derive(Debug)]
pub enum Error {
    /// The options make no sense, or a limit stands in the way.
    Usage(String),
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
pub fn run(options: Options, screen: &Screen) -> Result<(String, Outcome), Error> {
    let outputs = Outputs::prepare(&options).map_err(Error::Usage)?;
    let mut plan = Plan::new(options).map_err(Error::Usage)?;
    let probe = Probe::new(plan.options.pid, &plan.target).map_err(Error::Usage)?;
    if plan.gap_event.is_none() && probe.is_picture_frame(&plan.target) {
        plan.gap_event = Some(OUR_GAP_EVENT.to_owned());
    }
    let allows_unchecked = plan.options.allow_unchecked;
    let report = hold(plan, probe, screen)?;
    let unwritten = outputs.write(&report);
    let outcome = match report.verdict() {
        _ if !unwritten.is_empty() => Outcome::Failed,
        Verdict::Failed => Outcome::Failed,
        Verdict::Passed => Outcome::Passed,
        Verdict::PartlyChecked | Verdict::NothingChecked if allows_unchecked => Outcome::Passed,
        Verdict::PartlyChecked | Verdict::NothingChecked => Outcome::Unchecked,
    };
    Ok((table::render(&report, &unwritten), outcome))
}

/// The files to be written at the end.
struct Outputs {
    json: Option<OutputFile>,
    html: Option<OutputFile>,
}

impl Outputs {
    fn prepare(options: &Options) -> Result<Self, String> {
        let prepare = |option, path: &Option<PathBuf>| {
            let path = path.as_deref();
            path.map(|path| OutputFile::prepare(option, path))
                .transpose()
        };
        let outputs = Self {
            json: prepare("--json", &options.json)?,
            html: prepare("--html", &options.html)?,
        };
        match (&outputs.json, &outputs.html) {
            (Some(json), Some(html)) if json.is(html) => {
                Err("--json and --html name the same file: give each its own".to_owned())
            }
            _ => Ok(outputs),
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

fn hold(plan: Plan, probe: Probe, screen: &Screen) -> io::Result<Report> {
    end_at_the_second(&[SIGINT, SIGTERM])?;
    end_at_the_second(&[SIGQUIT])?;
    let at = plan.options.together.at;
    let mut crowd = Crowd::new(plan, probe.look(), Display::start(screen)?);
    let reactor = Reactor::client(Signals::new(heard())?)?;
    let mailbox = reactor.mailbox();
    clock::begin(mailbox.clone(), at)?;
    probe.watch(move |memory| mailbox.post(Message::Memory(memory)));
    reactor.run(&mut crowd)?;
    Ok(crowd.report())
}

/// The signals that a run hears. A run that was started by nohup(1) goes on when its terminal is closed.
fn heard() -> Vec<i32> {
    let mut heard = vec![SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2];
    if !system::is_ignored(SIGHUP) {
        heard.push(SIGHUP);
    }
    heard
}
