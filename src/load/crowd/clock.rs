//! The clock of a run: posts to the loop when publishes are due. On a thread of its own, for the loop's time has ticks of
//! 10 ms.

use super::Message;
use crate::reactor::Mailbox;
use std::{
    io, thread,
    time::{Duration, Instant},
};

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
    thread::Builder::new()
        .name("clock".to_owned())
        .spawn(tick)
        .map(drop)
}
