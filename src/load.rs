//! `picture-frame load`: holds a crowd of subscribers on one thread, and proves that each got every event once.
//!
//! | file | what it is |
//! | --- | --- |
//! | `wire` | the strict readers, of an event stream and of an HTTP response, and the server's addresses |
//! | `judge` | which subscriber is to receive which event, how long it took, and what is counted; pure |
//! | `options`, `plan`, `probe` | what is to be done, what stands in the way, and how much memory that takes |
//! | `crowd` | all subscribers on the reactor, the publisher, and the course of a run |
//! | `report` | what a run found, as data, as a table, for programs and as a page |
//! | `screen` | how it goes, in words and on a terminal |

mod crowd;
mod judge;
mod options;
mod plan;
mod probe;
mod report;
mod screen;
mod wire;

pub use options::Options;
pub use report::Report;
pub use screen::Screen;

use crate::reactor::{Reactor, Signals, end_at_the_second};
use crowd::{Crowd, Message};
use plan::Plan;
use probe::Probe;
use report::{files::Output, json, page, table};
use screen::Display;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use std::{fs, io, path::PathBuf};

/// Why a run did not come to a report.
#[derive(Debug)]
pub enum Failure {
    /// What was asked for makes no sense, or a limit stands in the way.
    Usage(String),
    /// The system refused something.
    System(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Runs a load test, shows on `screen` how it goes, and says in words what it found. Whether all were held and got everything, and that is written
/// where it was asked for.
///
/// # Errors
///
/// [`Failure`], when it cannot begin, or the system fails.
pub fn run(options: Options, screen: &Screen) -> Result<(String, bool), Failure> {
    let files = Files::prepare(&options).map_err(Failure::Usage)?;
    let plan = Plan::new(options).map_err(Failure::Usage)?;
    let probe = Probe::new(plan.options.pid, &plan.target).map_err(Failure::Usage)?;
    let report = hold(plan, probe, screen)?;
    let unwritten = files.write(&report);
    let is_good = report.faults().is_empty() && unwritten.is_empty();
    Ok((table::render(&report, &unwritten), is_good))
}

/// What is to be left behind.
struct Files {
    json: Option<Output>,
    html: Option<Output>,
}

impl Files {
    fn prepare(options: &Options) -> Result<Self, String> {
        let prepare = |option, path: &Option<PathBuf>| {
            let path = path.as_deref();
            path.map(|path| Output::prepare(option, path)).transpose()
        };
        let files = Self {
            json: prepare("--json", &options.json)?,
            html: prepare("--html", &options.html)?,
        };
        match (&files.json, &files.html) {
            (Some(json), Some(html)) if json.is(html) => {
                Err("--json and --html name the same file: give each its own".to_owned())
            }
            _ => Ok(files),
        }
    }

    /// What went wrong, if anything.
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
    let mut crowd = Crowd::new(plan, probe.look(), Display::start(screen)?);
    let reactor = Reactor::client(Signals::new(heard())?)?;
    let mailbox = reactor.mailbox();
    mailbox.post(Message::Begin);
    probe.watch(move |bytes| mailbox.post(Message::Memory(bytes)));
    reactor.run(&mut crowd)?;
    Ok(crowd.report())
}

/// The signals that a run hears. A run that was started by nohup(1) goes on when its terminal is closed.
fn heard() -> Vec<i32> {
    let mut heard = vec![SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2];
    if !is_ignored(SIGHUP) {
        heard.push(SIGHUP);
    }
    heard
}

/// Whether the process was started with `signal` ignored (proc(5), /proc/pid/status, `SigIgn`).
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut masks = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"));
    let mask = masks
        .next()
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
