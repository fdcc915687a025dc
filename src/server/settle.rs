//! The end of a connection's step: its socket and its deadline.

use super::{
    Timeouts,
    connection::{Connection, Next, Waits},
    context::Parts,
};
use crate::{
    reactor::{NEVER, Slot},
    timer_wheel::Tick,
};
use std::time::Duration;

/// The time that a peer has to read its last answer.
const LINGER: Duration = Duration::from_secs(1);

/// Closes, pauses or resumes a connection's socket, and sets its deadline, as the connection's step asks. A request,
/// valid or not, is returned for an answer.
pub(super) fn settle<A>(
    slot: &mut Slot<Connection>,
    next: Next,
    parts: &mut Parts<A>,
    timeouts: &Timeouts,
    now: Tick,
) -> Option<Next> {
    let waits = match next {
        Next::Request(..) | Next::Bad(..) => return Some(next),
        Next::Wait(waits) => waits,
        Next::Finish => {
            slot.socket.finish();
            slot.state.linger(now)
        }
        Next::Close(why) => {
            if let Some(why) = why {
                parts.ends(slot, why);
            }
            slot.socket.close();
            return None;
        }
    };
    if slot.state.is_busy() {
        slot.socket.pause();
    } else {
        slot.socket.resume();
    }
    if let Some(deadline) = deadline(waits, timeouts, now) {
        slot.socket.set_deadline(deadline);
    }
    None
}

/// The deadline of a connection, by the cause of its wait. `None` leaves the deadline as it is.
fn deadline(waits: Waits, timeouts: &Timeouts, now: Tick) -> Option<Tick> {
    match waits {
        Waits::Unchanged => None,
        Waits::ForRequest => Some(now.after(timeouts.idle)),
        Waits::ForRest(since) => Some(since.after(timeouts.request)),
        Waits::ForAnswer => Some(now.after(NEVER)),
        Waits::ForRoom(moved) => Some(moved.after(timeouts.write)),
        Waits::ForNews => Some(now.after(timeouts.heartbeat)),
        Waits::ForEvent(until) => Some(until),
        Waits::ForEnd(since) => Some(since.after(LINGER)),
    }
}
