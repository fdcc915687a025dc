//! The way of an event: into its channel's journal, into the ring when the sweep has room for it, and then the call of
//! its publisher.

use super::{
    Channels,
    appends::{Append, Ticket},
    publishing::{MAX_WAITING, NewEvent, Place, Waiting, push},
};
use crate::{
    event::Id,
    journal::{Appended, Entry},
    server::parts::owner::{ChannelKey, Purpose},
    timer_wheel::Tick,
};

/// The outcome of a [publish](Channels::publish).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// The event is in the ring. The id is the event's, or that of the last event with an id.
    Now(Id),
    /// The event has to [wait](Channels::wait) for the sweep.
    WaitsForSweep(Place),
    /// The event has to [wait](Channels::wait_for_journal) for the journal's answer.
    WaitsForJournal(Ticket),
    /// Too many events wait, or the journal is out of order. The event is dropped.
    Full,
    /// No channel of this name is open.
    Nowhere,
}

/// The end of an event's wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The event is in the ring.
    Published(Id),
    /// The channel has closed.
    Closed,
    /// The journal has not taken the event, or has not answered in time.
    Failed,
}

/// A call that has waited for an event.
pub struct Late<T> {
    pub purpose: Purpose,
    pub then: T,
    pub outcome: Outcome,
}

impl<T> Channels<T> {
    /// Publishes an event to the channel of this name, unless the event has to wait.
    pub fn publish(&mut self, name: &str, event: NewEvent<'_>) -> Published {
        let Some(number) = self.names.get(name) else {
            return Published::Nowhere;
        };
        if self.waiting() >= MAX_WAITING {
            return Published::Full;
        }
        let open = &mut self.open[usize::from(*number)];
        let channel = open.key;
        let mut id = None;
        if event.has_id {
            let token = self.appends.token();
            id = match open.journal.append(token, event.name, event.data) {
                Ok(Appended::Now(id)) => Some(id),
                Ok(Appended::Later) => {
                    return Published::WaitsForJournal(Ticket { channel, token });
                }
                Err(_) => return Published::Full,
            };
        }
        if !self.publishing.may_publish() {
            return Published::WaitsForSweep(Place { channel, id });
        }
        self.sweep.begin();
        self.published += u64::from(id.is_some());
        Published::Now(push(&mut open.channel, id, event.name, event.data))
    }

    /// Queues an event until the sweep has offered enough of the earlier events.
    pub fn wait(&mut self, place: Place, event: NewEvent<'_>, purpose: Purpose, then: T) {
        self.publishing.wait(Waiting::Event {
            place,
            name: event.name.to_owned(),
            data: event.data.to_owned(),
            then: Some((purpose, then)),
        });
    }

    /// Has a call wait for the journal's answer. Returns the time at which [`Channels::overdue`] is to be called, if no
    /// alarm is set for it.
    pub fn wait_for_journal(
        &mut self,
        ticket: Ticket,
        purpose: Purpose,
        then: T,
        now: Tick,
    ) -> Option<Tick> {
        self.appends.wait(ticket, purpose, then, now, self.patience)
    }

    /// Publishes an event that a channel's journal reports, or queues it. The event is dropped, with a line in the log,
    /// if its id does not grow.
    pub fn reported(&mut self, channel: ChannelKey, entry: Entry) {
        let Entry { id, name, data } = entry;
        let id = Some(id);
        if !self.publishing.may_publish() {
            return self.publishing.wait(Waiting::Event {
                place: Place { channel, id },
                name,
                data,
                then: None,
            });
        }
        if let Some(open) = self.keyed(channel) {
            push(&mut open.channel, id, &name, &data);
            self.published += 1;
        }
        self.sweep.begin();
    }

    /// The call that waits for the event of this token, which the journal has appended. `None` if no call waits, or if
    /// the event has to wait for the sweep: then the call waits with it.
    pub fn appended(&mut self, token: u64, id: Id) -> Option<Late<T>> {
        let append = self.appends.answered(token)?;
        let (purpose, then) = (append.purpose, append.then);
        if self.publishing.waiting() > 0 {
            self.publishing.wait(Waiting::Call { id, purpose, then });
            return None;
        }
        let outcome = Outcome::Published(id);
        Some(Late {
            purpose,
            then,
            outcome,
        })
    }

    /// The call that waits for the event of this token, which the journal has not taken.
    pub fn failed(&mut self, token: u64) -> Option<Late<T>> {
        self.appends.answered(token).map(failed)
    }

    /// The next call that has waited too long for the journal's answer.
    pub fn overdue(&mut self, now: Tick) -> Option<Late<T>> {
        let append = self.appends.overdue(now)?;
        let Ticket { channel, token } = append.ticket;
        if let Some(open) = self.keyed(channel) {
            open.journal.give_up(token);
        }
        Some(failed(append))
    }

    /// The time at which the next call has waited too long.
    pub fn next_overdue(&self) -> Option<Tick> {
        self.appends.next()
    }

    /// The number of events that wait.
    pub fn waiting(&self) -> usize {
        self.publishing.waiting() + self.appends.len()
    }

    /// True if the next event or call that waited for the sweep may be published or made.
    pub fn may_publish_next(&self) -> bool {
        self.publishing.has_next()
    }

    /// Publishes the event that has waited longest for the sweep, if enough of the earlier events were offered to every
    /// subscriber. Returns the call that waited with the event.
    pub fn publish_next(&mut self) -> Option<Late<T>> {
        match self.publishing.next()? {
            Waiting::Call { id, purpose, then } => {
                let outcome = Outcome::Published(id);
                Some(Late {
                    purpose,
                    then,
                    outcome,
                })
            }
            Waiting::Gap(channel) => {
                self.tell_gap(channel);
                None
            }
            Waiting::Batch(channel, number) => {
                self.took(channel, number);
                None
            }
            Waiting::Event {
                place,
                name,
                data,
                then,
            } => {
                let open = self.keyed(place.channel);
                let id = open.map(|open| push(&mut open.channel, place.id, &name, &data));
                self.published += u64::from(id.and(place.id).is_some());
                self.sweep.begin();
                let (purpose, then) = then?;
                let outcome = id.map_or(Outcome::Closed, Outcome::Published);
                Some(Late {
                    purpose,
                    then,
                    outcome,
                })
            }
        }
    }
}

fn failed<T>(append: Append<T>) -> Late<T> {
    Late {
        purpose: append.purpose,
        then: append.then,
        outcome: Outcome::Failed,
    }
}
