//! `picture-frame tour`: shows the loop at work in nine steps. A server and its clients run in one process. Each step shows
//! what the clients send and receive, the lines that the loop writes meanwhile, and the functions to read.
//!
//! | file | its part |
//! | --- | --- |
//! | `step`, `plays` | the texts of the steps, and what the clients do in each of them |
//! | `stage`, `options`, `client` | the server with its options, on a thread of its own, and the clients, which block |
//! | `distant` | a source of pictures that takes its time |
//! | `transcript` | the lines of the loop, which are the log's, and of the clients |
//! | `shortage` | a shortage of descriptors |
//! | `newcomer` | the process that takes over in the step "an upgrade" |
//! | `page` | the layout of the text |

mod client;
mod distant;
mod fault;
mod newcomer;
mod options;
mod page;
mod plays;
mod shortage;
mod stage;
mod step;
mod transcript;

use crate::config::Tour;
use fault::Fault;
use page::Page;
use plays::{
    ends::{SHUTDOWN, UPGRADE},
    pressure::{DESCRIPTORS, SLOW, UNPLUGGED},
    requests::{HALVES, IDLE, PIPELINING, PUBLISH},
};
use stage::Stage;
use std::io::ErrorKind;
use step::Step;

/// The steps, in their order.
const STEPS: [Step; 9] = [
    IDLE,
    HALVES,
    PIPELINING,
    PUBLISH,
    SLOW,
    UNPLUGGED,
    DESCRIPTORS,
    UPGRADE,
    SHUTDOWN,
];

/// Shows all steps. Waits for Enter after each of them unless `options` say otherwise, or standard input has ended.
///
/// # Errors
///
/// The line that says which step does not show what it is to show, and why. Closed standard output is no error.
pub fn tour(options: Tour) -> Result<(), String> {
    let mut page = Page::new(!options.no_pause);
    match show(&mut page) {
        Err(Fault::Terminal(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(fault) => Err(format!("tour: {fault}")),
        Ok(()) => Ok(()),
    }
}

fn show(page: &mut Page) -> Result<(), Fault> {
    let mut stage = Stage::set()?;
    page.begin(stage.address.port(), stage.operators.port())?;
    for (at, step) in STEPS.iter().enumerate() {
        page.title(at + 1, STEPS.len(), step)?;
        stage.begin();
        let result = (step.play)(&mut stage);
        page.lines(&stage)?;
        let result = result.map_err(|fault| in_step(at + 1, step, fault))?;
        page.lesson(&result, step)?;
        if at + 1 < STEPS.len() {
            page.pause()?;
        }
    }
    page.end()
}

/// A fault, with the step in which it was found.
fn in_step(number: usize, step: &Step, fault: Fault) -> Fault {
    match fault {
        Fault::Step(why) => Fault::Step(format!("step {number}, {}: {why}", step.title)),
        Fault::Terminal(error) => Fault::Terminal(error),
    }
}
