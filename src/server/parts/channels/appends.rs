//! Events on their way into a journal that answers later, and the calls that wait for the answers.

use crate::{
    server::parts::owner::{ChannelKey, Purpose},
    timer_wheel::Tick,
};
use std::{collections::BTreeMap, time::Duration};

/// The place of an event in the journal of its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub channel: ChannelKey,
    pub token: u64,
}

/// The call `then` that waits for the journal's answer to an appended event.
pub struct Append<T> {
    pub ticket: Ticket,
    pub purpose: Purpose,
    pub then: T,
    /// The time at which the call is made without the answer.
    until: Tick,
}

/// The calls that wait, by the tokens of their events. A later event has a greater token and a later time.
pub struct Appends<T> {
    waiting: BTreeMap<u64, Append<T>>,
    last: u64,
}

impl<T> Default for Appends<T> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            last: 0,
        }
    }
}

impl<T> Appends<T> {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The token of the next event.
    pub fn token(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Has `then` wait for the answer to the event of this ticket, for `patience` at most. Returns the time at which the
    /// wait is over, if no other call waits.
    pub fn wait(
        &mut self,
        ticket: Ticket,
        purpose: Purpose,
        then: T,
        now: Tick,
        patience: Duration,
    ) -> Option<Tick> {
        let until = now.after(patience);
        let append = Append {
            ticket,
            purpose,
            then,
            until,
        };
        self.waiting.insert(ticket.token, append);
        (self.waiting.len() == 1).then_some(until)
    }

    /// Takes out the call that waits for the answer to the event of this token. `None` if its time is over.
    pub fn answered(&mut self, token: u64) -> Option<Append<T>> {
        self.waiting.remove(&token)
    }

    /// Takes out the next call whose time is over.
    pub fn overdue(&mut self, now: Tick) -> Option<Append<T>> {
        let first = self.waiting.first_entry()?;
        first.get().until.is_due(now).then(|| first.remove())
    }

    /// The time at which the next wait for the journal of such a channel is over.
    #[cfg(feature = "frame")]
    pub fn next_of(&self, is_such: impl Fn(ChannelKey) -> bool) -> Option<Tick> {
        let mut waiting = self.waiting.values();
        let next = waiting.find(|append| is_such(append.ticket.channel));
        next.map(|append| append.until)
    }

    /// The time at which the next wait is over.
    pub fn next(&self) -> Option<Tick> {
        self.waiting.values().next().map(|first| first.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::parts::owner::{Owner, RouteName};

    const PURPOSE: Purpose = Purpose {
        owner: Owner::Gone,
        route: RouteName {
            method: "POST",
            path: "/",
        },
    };

    #[test]
    fn a_call_waits_for_its_answer_or_until_its_time_is_over() {
        let mut appends = Appends::default();
        let patience = Tick::LENGTH * 10;
        let at = |ticks| Tick::at(Tick::LENGTH * ticks);
        let tokens = [appends.token(), appends.token(), appends.token()];
        let channel = ChannelKey::default();
        let mut wait = |token, ticks| {
            let ticket = Ticket { channel, token };
            appends.wait(ticket, PURPOSE, token, at(ticks), patience)
        };
        assert_eq!(wait(tokens[0], 0), Some(at(0).after(patience)));
        assert_eq!((wait(tokens[1], 1), wait(tokens[2], 2)), (None, None));
        let then = |append: Option<Append<u64>>| append.map(|append| append.then);
        assert_eq!(then(appends.answered(tokens[1])), Some(tokens[1]));
        assert_eq!(then(appends.answered(tokens[1])), None);
        assert_eq!(then(appends.overdue(at(9))), None);
        let over = appends.next().unwrap();
        assert_eq!(then(appends.overdue(over)), Some(tokens[0]));
        assert_eq!(then(appends.overdue(over)), None);
        assert_eq!(
            (appends.next(), appends.len()),
            (Some(at(2).after(patience)), 1)
        );
    }
}
