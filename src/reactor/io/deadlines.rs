//! The deadlines of sockets and alarms, as the wheel's entries come up.

use super::{Due, Io, RETRY};
use crate::{
    reactor::{Handler, Token},
    timer_wheel::{NEVER, Tick},
};
use std::fmt;

/// An alarm, as the lines of the log name it.
struct Alarm(u32);

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RETRY => f.write_str("the alarm of the listeners"),
            id => write!(f, "alarm {id}"),
        }
    }
}

impl<H: Handler> Io<H> {
    /// The next entry of the wheel that has come up, with its tick.
    pub(in crate::reactor) fn pop(&mut self) -> Option<(Tick, Due)> {
        self.wheel.pop(self.clock.now())
    }

    /// True if the deadline or the alarm of an entry has come. An entry may come up too early, and a later entry of the same
    /// socket or alarm makes an entry void.
    pub(in crate::reactor) fn has_come(&mut self, tick: Tick, due: Due) -> bool {
        match due {
            Due::Socket(at) => self.has_deadline_come(at, tick),
            Due::Alarm(id) => self.has_alarm_come(id, tick),
        }
    }

    fn has_deadline_come(&mut self, at: Token, tick: Tick) -> bool {
        let now = self.now();
        let Some(slot) = self.slot(at).filter(|slot| slot.socket.armed == tick) else {
            log::trace!(connection = at.generation; "connection {at}: an entry of the wheel is void");
            return false;
        };
        slot.socket.armed = now.after(NEVER);
        if slot.socket.deadline.is_due(now) {
            log::trace!(connection = at.generation; "connection {at}: its deadline has come");
            return true;
        }
        log::trace!(connection = at.generation; "connection {at}: its entry of the wheel came up too early, since its deadline has moved");
        self.settle(at);
        false
    }

    fn has_alarm_come(&mut self, id: u32, tick: Tick) -> bool {
        let alarm = Alarm(id);
        let Some(&(at, _)) = self.alarms.get(&id).filter(|(_, armed)| *armed == tick) else {
            log::trace!("{alarm}: an entry of the wheel is void");
            return false;
        };
        self.alarms.remove(&id);
        if !at.is_due(self.now()) {
            log::trace!(
                "{alarm}: its entry of the wheel came up too early, since the alarm has moved"
            );
            self.alarm_at(id, at);
            return false;
        }
        log::trace!("{alarm}: has come");
        true
    }
}
