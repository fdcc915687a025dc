//! `picture-frame load`: holds a crowd of subscribers on one thread, and proves that each got every event once.
//!
//! | file | what it is |
//! | --- | --- |
//! | `sse`, `response` | the strict readers: an event stream, an HTTP response; pure |
//! | `ledger`, `broadcasts`, `books` | who is to get what, how long it took, and what is counted; pure |
//! | `member` | one subscriber's state |
//! | `crowd`, `phases`, `publisher`, `watch` | all of them on the reactor, the course of a run, publishing at a fixed rate, a look once a second |
//! | `options`, `plan`, `target`, `limits`, `probe` | what is to be done, where, what stands in the way, how much memory that takes |
//! | `report`, `closing`, `table` | what a run found, as data and as text |

mod books;
mod broadcasts;
mod closing;
mod crowd;
mod ledger;
mod limits;
mod member;
mod options;
mod phases;
mod plan;
mod probe;
mod publisher;
mod report;
mod response;
mod sse;
mod table;
mod target;
mod watch;

pub use options::Options;
pub use report::Report;

use crate::reactor::{Reactor, Signals};
use crowd::{Crowd, Message};
use plan::Plan;
use probe::Probe;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

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

/// Runs a load test, and says in words what it found. Whether all were held and got everything.
///
/// # Errors
///
/// [`Failure`], when it cannot begin, or the system fails.
pub fn run(options: Options) -> Result<(String, bool), Failure> {
    let plan = Plan::new(options).map_err(Failure::Usage)?;
    let json = plan
        .options
        .json
        .as_deref()
        .map(open)
        .transpose()
        .map_err(Failure::Usage)?;
    let probe = Probe::new(plan.options.pid, &plan.target).map_err(Failure::Usage)?;
    let report = hold(plan, probe)?;
    let table = table::render(&report);
    if let Some(file) = json
        && let Err(error) = write(file, &report)
    {
        log::error!("the report could not be written: {error}");
        return Ok((table, false));
    }
    Ok((table, report.faults().is_empty()))
}

/// Opens a file to report to, before there is anything to lose.
fn open(path: &Path) -> Result<File, String> {
    File::create(path).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn write(mut file: File, report: &Report) -> io::Result<()> {
    file.write_all(&serde_json::to_vec_pretty(report)?)
}

fn hold(plan: Plan, probe: Probe) -> io::Result<Report> {
    stop_at_once_the_second_time()?;
    let mut crowd = Crowd::new(plan, probe.look());
    let reactor = Reactor::client(Signals::new([SIGINT, SIGTERM])?)?;
    let mailbox = reactor.mailbox();
    mailbox.post(Message::Begin);
    probe.watch(move |bytes| mailbox.post(Message::Memory(bytes)));
    reactor.run(&mut crowd)?;
    Ok(crowd.report())
}

/// Has a second signal end the process, as one that is not waited for would.
fn stop_at_once_the_second_time() -> io::Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked))?;
        flag::register(signal, Arc::clone(&asked))?;
    }
    Ok(())
}
