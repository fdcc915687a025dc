//! The looks. While the [view](super::view) is open, the loop calls the handler's [`look`](Handler::look) ten times a
//! second, between two turns or within the sleep of a turn. A look is no part of any turn, so that a view does not show
//! itself.

mod kernel;

use super::{Handler, Io, Reactor, Slot, Token, view::Turn};
use crate::timer_wheel::Tick;
use rustix::io::ioctl_fionread;
use std::time::Duration;

/// The buckets of the wheel that a look shows.
const BUCKETS: usize = 256;
/// A deadline that is further off, in ticks, was never set: 62 days.
const NEVER_SET: i32 = 1 << 29;

/// A connection, as a look shows it.
pub(crate) struct Sight {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
    /// True if the connection is one of the operator's.
    pub(crate) is_apart: bool,
    /// The time until the deadline in milliseconds, negative if it is past. None without a deadline.
    pub(crate) deadline: Option<i64>,
    /// The time until the wheel's entry comes up, in milliseconds. None without an entry.
    pub(crate) armed: Option<i64>,
    /// True if the handler wants no input.
    pub(crate) is_paused: bool,
    /// The bytes that have arrived and are not read.
    pub(crate) unread: Option<u64>,
    /// The bytes that the socket took and the peer has not acknowledged. None where the system does not tell.
    pub(crate) unacknowledged: Option<u64>,
}

/// A bucket of the wheel that has entries.
pub(crate) struct Bucket {
    /// The time until the entries come up, in milliseconds.
    pub(crate) until: i64,
    pub(crate) sockets: usize,
    pub(crate) alarms: usize,
}

impl<H: Handler> Reactor<H> {
    /// Has the handler look at the loop, if that is due. Returns true if it was, and the time until the next look, which is
    /// None while the view is closed.
    pub(super) fn look(&mut self, handler: &mut H) -> (bool, Option<Duration>) {
        let left = self.io.view.left();
        if left != Some(Duration::ZERO) {
            return (false, left);
        }
        self.io.view.looked();
        self.io.renew_budget();
        self.more |= handler.look(&mut self.io);
        self.bury(handler);
        (true, self.io.view.left())
    }
}

impl<H: Handler> Io<H> {
    /// Opens the view, unless it is open.
    pub(crate) fn open_view(&mut self) {
        self.view.open();
    }

    /// Closes the view: the loop looks no more.
    pub(crate) fn close_view(&mut self) {
        self.view.close();
    }

    /// The number of the last turn, and the turns since the last look whose parts were noted.
    pub(crate) fn take_turns(&mut self) -> (u64, Vec<Turn>) {
        self.view.take_turns()
    }

    /// The connections in the first `most` slots that are in use.
    pub(crate) fn first(&self, most: usize) -> Vec<Token> {
        let tokens = (0..self.top()).filter_map(|index| self.at(index));
        tokens.take(most).collect()
    }

    /// The connections, each as a look shows it.
    pub(crate) fn sights(&self, all: &[Token]) -> Vec<Sight> {
        let slots: Vec<_> = all
            .iter()
            .filter_map(|at| Some((*at, self.slots.get(at.index as usize)?)))
            .collect();
        let streams: Vec<_> = slots.iter().map(|(_, slot)| &slot.socket.stream).collect();
        let unacknowledged = kernel::unacknowledged(&streams);
        let sight = |(&(at, slot), unacknowledged): (&(Token, &Slot<_>), _)| {
            let socket = &slot.socket;
            Sight {
                slot: at.index,
                generation: at.generation.get(),
                is_apart: self.is_apart(at),
                deadline: self.until(socket.deadline),
                armed: self.until(socket.armed),
                is_paused: socket.paused,
                unread: ioctl_fionread(&socket.stream).ok(),
                unacknowledged,
            }
        };
        slots.iter().zip(unacknowledged).map(sight).collect()
    }

    /// The time until a tick, in milliseconds. None for a tick that stands for never.
    fn until(&self, at: Tick) -> Option<i64> {
        let ticks = at.distance(self.now());
        (ticks < NEVER_SET).then(|| millis(ticks))
    }

    /// The number of entries that the wheel has, and its next buckets.
    pub(crate) fn buckets(&self) -> (usize, Vec<Bucket>) {
        let (mut entries, mut buckets) = (0, Vec::new());
        for (tick, all) in self.wheel().buckets() {
            entries += all.len();
            if buckets.len() < BUCKETS {
                let sockets = all.iter().filter(|due| due.is_socket()).count();
                buckets.push(Bucket {
                    until: millis(tick.distance(self.now())),
                    sockets,
                    alarms: all.len() - sockets,
                });
            }
        }
        (entries, buckets)
    }
}

/// Ticks in milliseconds.
fn millis(ticks: i32) -> i64 {
    i64::from(ticks) * Tick::LENGTH.as_millis() as i64
}
