//! The application's timers. Each belongs to a stream or a channel, and ends with it.
//!
//! The wheel below never takes anything out again, so a timer's key has a serial number, as a connection's token has a
//! generation: what comes up for one that has ended finds another serial number, or nothing.

use crate::server::{Context, Server, channels::ChannelKey, warnings::RouteName};
use crate::{
    reactor::{Io, Token},
    timer_wheel::Tick,
};
use slab::Slab;
use std::time::Duration;

/// Alarms below this are the server's own.
pub(crate) const FIRST_ALARM: u32 = 16;

/// What a timer calls.
pub(crate) type Call<A> = Box<dyn FnMut(&mut Context<'_, A>)>;

/// Names a timer. The serial number tells it from an earlier one in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerKey {
    index: u32,
    serial: u32,
}

/// What a timer, or a job, works for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A connection's request, by its number, that is still to be answered.
    Request(Token, u32),
    /// The stream that answers the request of this number.
    Stream(Token, u32),
    /// What it was begun for is over.
    Nobody,
    Channel(ChannelKey),
}

struct Timer<A: 'static> {
    serial: u32,
    owner: Owner,
    route: RouteName,
    due: Tick,
    /// Nothing: once only.
    period: Option<Duration>,
    /// Nothing while it is being called.
    call: Option<Call<A>>,
}

/// A timer that rings: what it calls, and for what.
pub(crate) struct Rung<A: 'static> {
    pub(crate) key: TimerKey,
    pub(crate) owner: Owner,
    pub(crate) route: RouteName,
    pub(crate) call: Call<A>,
}

/// All timers that have not ended.
pub(crate) struct Timers<A: 'static> {
    held: Slab<Timer<A>>,
    made: u32,
}

impl<A: 'static> Timers<A> {
    pub(crate) fn new() -> Self {
        Self {
            held: Slab::new(),
            made: 0,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    pub(crate) fn set(
        &mut self,
        io: &mut Io<Server<A>>,
        owner: Owner,
        route: RouteName,
        wait: Duration,
        period: Option<Duration>,
        call: Call<A>,
    ) -> TimerKey {
        self.made = self.made.wrapping_add(1);
        let due = io.now().after(wait);
        let timer = Timer {
            due,
            serial: self.made,
            owner,
            route,
            period,
            call: Some(call),
        };
        let index = self.held.insert(timer) as u32;
        io.alarm_at(FIRST_ALARM + index, due);
        TimerKey {
            index,
            serial: self.made,
        }
    }

    /// Ends a timer, unless it has ended by itself.
    pub(crate) fn cancel(&mut self, io: &mut Io<Server<A>>, key: TimerKey) {
        let index = key.index as usize;
        if self
            .held
            .get(index)
            .is_some_and(|timer| timer.serial == key.serial)
        {
            self.held.remove(index);
            io.cancel_alarm(FIRST_ALARM + key.index);
        }
    }

    /// Takes out what the timer behind `alarm` calls, to be called with its owner. A periodic one is set again.
    pub(crate) fn ring(&mut self, io: &mut Io<Server<A>>, alarm: u32) -> Option<Rung<A>> {
        let index = alarm.checked_sub(FIRST_ALARM)?;
        let timer = self.held.get_mut(index as usize)?;
        let rung = Rung {
            key: TimerKey {
                index,
                serial: timer.serial,
            },
            owner: timer.owner,
            route: timer.route,
            call: timer.call.take()?,
        };
        match timer.period {
            Some(period) => {
                let next = timer.due.later(period);
                // What could not be called in time is not made up for.
                timer.due = if next.is_due(io.now()) {
                    io.now().later(period)
                } else {
                    next
                };
                io.alarm_at(alarm, timer.due);
            }
            None => drop(self.held.remove(index as usize)),
        }
        Some(rung)
    }

    /// Gives back what a timer calls, unless it was ended meanwhile. Whether it goes on.
    pub(crate) fn rang(&mut self, key: TimerKey, call: Call<A>) -> bool {
        let timer = self.held.get_mut(key.index as usize);
        let own = timer.filter(|timer| timer.serial == key.serial);
        own.map(|timer| timer.call = Some(call)).is_some()
    }
}
