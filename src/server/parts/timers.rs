//! The application's timers. A timer belongs to a stream or a channel, and ends with its owner.
//!
//! A timer's key has a serial number, as a connection's token has a generation: the key of a timer that has ended names
//! no later timer in the same place.

use super::{
    alarm::{Alarm, FIRST_TIMER},
    owner::{Purpose, TimerKey},
};
use crate::timer_wheel::Tick;
use slab::Slab;
use std::time::Duration;

struct Timer<C> {
    serial: u32,
    purpose: Purpose,
    due: Tick,
    /// `None` for a timer that fires once.
    period: Option<Duration>,
    /// `None` while the timer is being called.
    call: Option<C>,
}

/// A timer that fires: its call, the purpose of the call, and the alarm to be set for the next time.
pub struct Fired<C> {
    pub key: TimerKey,
    pub purpose: Purpose,
    pub call: C,
    pub next: Option<Alarm>,
}

/// All timers that have not ended. Each timer has a `C`, its call.
pub struct Timers<C> {
    held: Slab<Timer<C>>,
    made: u32,
}

impl<C> Default for Timers<C> {
    fn default() -> Self {
        Self {
            held: Slab::new(),
            made: 0,
        }
    }
}

impl<C> Timers<C> {
    /// The number of timers.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Makes a timer. Returns its key, and the alarm to be set.
    pub fn set(
        &mut self,
        purpose: Purpose,
        due: Tick,
        period: Option<Duration>,
        call: C,
    ) -> (TimerKey, Alarm) {
        self.made = self.made.wrapping_add(1);
        let timer = Timer {
            serial: self.made,
            purpose,
            due,
            period,
            call: Some(call),
        };
        let key = TimerKey {
            index: self.held.insert(timer) as u32,
            serial: self.made,
        };
        (key, alarm(key.index, due))
    }

    /// Ends a timer. Returns the id of its alarm, which is to be cancelled; `None` if the timer has ended already.
    pub fn cancel(&mut self, key: TimerKey) -> Option<u32> {
        self.of(key)?;
        self.held.remove(key.index as usize);
        Some(FIRST_TIMER + key.index)
    }

    /// Takes out the call of the timer whose alarm has this id. A timer that fires once ends. `None` if the timer has
    /// ended, or is being called.
    pub fn fire(&mut self, id: u32, now: Tick) -> Option<Fired<C>> {
        let index = id.checked_sub(FIRST_TIMER)?;
        let timer = self.held.get_mut(index as usize)?;
        let (serial, purpose) = (timer.serial, timer.purpose);
        let call = timer.call.take()?;
        let next = timer.period.map(|period| {
            let next = timer.due.later(period);
            // Calls that could not be made in time are left out.
            timer.due = if next.is_due(now) {
                now.later(period)
            } else {
                next
            };
            alarm(index, timer.due)
        });
        if next.is_none() {
            self.held.remove(index as usize);
        }
        Some(Fired {
            key: TimerKey { index, serial },
            purpose,
            call,
            next,
        })
    }

    /// Puts back the call of a timer that has fired. False if the timer has ended.
    pub fn put_back(&mut self, key: TimerKey, call: C) -> bool {
        self.of(key).map(|timer| timer.call = Some(call)).is_some()
    }

    fn of(&mut self, key: TimerKey) -> Option<&mut Timer<C>> {
        let timer = self.held.get_mut(key.index as usize);
        timer.filter(|timer| timer.serial == key.serial)
    }
}

fn alarm(index: u32, at: Tick) -> Alarm {
    Alarm {
        id: FIRST_TIMER + index,
        at,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::owner::Owner, *};

    const STEP: Duration = Tick::LENGTH;
    const PURPOSE: Purpose = Purpose {
        owner: Owner::Gone,
        route: super::super::owner::RouteName {
            method: "GET",
            path: "/",
        },
    };

    fn at(steps: u32) -> Tick {
        Tick::default().later(STEP * steps)
    }

    /// Fires the timer whose alarm has this id, and gives its call back. Returns the call, and the tick of the next
    /// alarm.
    fn fire(
        timers: &mut Timers<&'static str>,
        id: u32,
        now: Tick,
    ) -> Option<(&'static str, Option<Tick>)> {
        let fired = timers.fire(id, now)?;
        timers.put_back(fired.key, fired.call);
        Some((fired.call, fired.next.map(|next| next.at)))
    }

    #[test]
    fn a_timer_that_rings_once_ends_with_its_call_and_a_periodic_timer_goes_on() {
        let mut timers = Timers::default();
        let (_, once) = timers.set(PURPOSE, at(5), None, "once");
        let (_, every) = timers.set(PURPOSE, at(5), Some(STEP * 5), "every");
        assert_eq!((once.at, every.at, timers.len()), (at(5), at(5), 2));
        for (id, now, expected) in [
            (once.id, 5, Some(("once", None))),
            (once.id, 5, None),
            (every.id, 5, Some(("every", Some(at(10))))),
            (every.id, 11, Some(("every", Some(at(15))))),
            (every.id, 15, Some(("every", Some(at(20))))),
            (FIRST_TIMER - 1, 20, None),
            (FIRST_TIMER + 9, 20, None),
        ] {
            assert_eq!(fire(&mut timers, id, at(now)), expected, "{id} at {now}");
        }
        assert_eq!(timers.len(), 1);
    }

    #[test]
    fn calls_that_a_busy_loop_could_not_make_in_time_are_left_out() {
        let mut timers = Timers::default();
        let (_, alarm) = timers.set(PURPOSE, at(5), Some(STEP * 5), "every");
        for (now, next) in [(9, 10), (15, 20), (99, 104), (104, 109)] {
            let expected = Some(("every", Some(at(next))));
            assert_eq!(fire(&mut timers, alarm.id, at(now)), expected, "at {now}");
        }
    }

    #[test]
    fn the_key_of_a_timer_that_has_ended_does_nothing_to_a_later_timer_in_its_place() {
        let mut timers = Timers::default();
        let (first, alarm) = timers.set(PURPOSE, at(1), None, "first");
        assert_eq!(timers.cancel(first), Some(alarm.id));
        let (second, again) = timers.set(PURPOSE, at(2), None, "second");
        assert_eq!(
            again.id, alarm.id,
            "the second timer has the place of the first"
        );
        assert_eq!(timers.cancel(first), None);
        assert!(!timers.put_back(first, "first"));
        assert_eq!(timers.cancel(second), Some(alarm.id));
        assert_eq!((timers.cancel(second), timers.len()), (None, 0));
    }

    #[test]
    fn a_timer_that_is_ended_by_its_own_call_does_not_go_on() {
        let mut timers = Timers::default();
        let (key, alarm) = timers.set(PURPOSE, at(1), Some(STEP), "every");
        let fired = timers.fire(alarm.id, at(1)).expect("the timer fires");
        assert!(
            timers.fire(alarm.id, at(2)).is_none(),
            "the timer is being called"
        );
        assert_eq!(timers.cancel(key), Some(alarm.id));
        assert!(!timers.put_back(fired.key, fired.call));
    }
}
