//! The clock of a run: posts to the loop when the run is to begin, and when publishes are due. On a thread of its own, for the loop's time has ticks of
//! 10 ms.

use super::Message;
use crate::{load::options::together::Moment, reactor::Mailbox};
use std::{
    io, thread,
    time::{Duration, Instant},
};

/// The longest sleep until the moment to begin: the system's clock may be set meanwhile.
const NAP: Duration = Duration::from_secs(1);

/// Has the run begin, at this moment if there is one.
pub(crate) fn begin(mailbox: Mailbox<Message>, at: Option<Moment>) -> io::Result<()> {
    let Some(at) = at else {
        mailbox.post(Message::Begin);
        return Ok(());
    };
    log::info!("the run begins in {} s", at.left().as_secs());
    spawn(move || {
        while !at.left().is_zero() {
            thread::sleep(at.left().min(NAP));
        }
        mailbox.post(Message::Begin);
    })
}

/// Posts when each of `count` publishes is due: the first at `start` after `began`, the others `every` apart.
pub(super) fn tick(
    mailbox: Mailbox<Message>,
    began: Instant,
    start: Duration,
    every: Duration,
    count: u32,
) -> io::Result<()> {
    let tick = move || {
        for due in (0..count).map(|number| start + every * number) {
            thread::sleep((began + due).saturating_duration_since(Instant::now()));
            mailbox.post(Message::Due(due));
        }
    };
    spawn(tick)
}

fn spawn(clock: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name("clock".to_owned())
        .spawn(clock)
        .map(drop)
}
