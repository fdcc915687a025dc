//! Events on their way into the ring. Every event is offered to every subscriber before the ring drops it: events that
//! come faster than the sweep goes round wait for the sweep, and the answers to their publishers wait as long.

use crate::{
    channel::Channel,
    event::Id,
    server::parts::owner::{ChannelKey, Purpose},
};
use std::collections::VecDeque;

/// The most events that wait. Each has at most one publisher, whose answer waits with the event.
const MAX_WAITING: usize = 1024;

/// An event to be published.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    pub name: &'a str,
    pub data: &'a str,
    /// True if a client can resume behind the event.
    pub has_id: bool,
}

impl NewEvent<'_> {
    /// Puts the event into a channel's ring, at `millis` since 1970. Returns the id of the channel's last event that
    /// has an id, which may be this event.
    pub fn push(&self, channel: &mut Channel, millis: u64) -> Id {
        if self.has_id {
            channel.publish(millis, self.name, self.data)
        } else {
            channel.tell(self.name, self.data);
            channel.last()
        }
    }
}

/// An event that waits, and the call `then` that is made when the event is published.
pub struct Waiting<T> {
    pub channel: ChannelKey,
    pub purpose: Purpose,
    pub then: T,
    name: String,
    data: String,
    has_id: bool,
}

impl<T> Waiting<T> {
    /// Copies an event, so that it can wait.
    pub fn new(channel: ChannelKey, event: NewEvent<'_>, purpose: Purpose, then: T) -> Self {
        Self {
            channel,
            purpose,
            then,
            name: event.name.to_owned(),
            data: event.data.to_owned(),
            has_id: event.has_id,
        }
    }

    /// The event itself.
    pub fn event(&self) -> NewEvent<'_> {
        NewEvent {
            name: &self.name,
            data: &self.data,
            has_id: self.has_id,
        }
    }
}

/// The events that wait, and the number of published events that were not offered to every subscriber.
pub struct Publishing<T> {
    waiting: VecDeque<Waiting<T>>,
    /// The number of events published since the last round of the sweep was over.
    unoffered: usize,
    /// The most that `unoffered` may be.
    most: usize,
}

impl<T> Publishing<T> {
    /// Makes an empty queue, for rings of `history` events. Half of a ring may be unoffered, and one
    /// event in any case.
    pub fn new(history: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            unoffered: 0,
            most: (history / 2).max(1),
        }
    }

    /// The number of events that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Counts an event that is to be published at once. False if the event has to wait.
    pub fn may_publish(&mut self) -> bool {
        let may = self.waiting.is_empty() && self.unoffered < self.most;
        self.unoffered += usize::from(may);
        may
    }

    /// Queues an event. False if the queue is full.
    pub fn wait(&mut self, waiting: Waiting<T>) -> bool {
        let may = self.waiting.len() < MAX_WAITING;
        if may {
            self.waiting.push_back(waiting);
        }
        may
    }

    /// Notes that every published event was offered to every subscriber.
    pub fn all_offered(&mut self) {
        self.unoffered = 0;
    }

    /// Takes out the event that has waited longest, and counts it as published. `None` if no event waits, or if
    /// too many published events are unoffered.
    pub fn next(&mut self) -> Option<Waiting<T>> {
        if self.unoffered >= self.most {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.unoffered += 1;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::parts::owner::{Owner, RouteName};

    fn event(count: usize) -> Waiting<usize> {
        let event = NewEvent {
            name: "",
            data: "",
            has_id: true,
        };
        let purpose = Purpose {
            owner: Owner::Gone,
            route: RouteName::default(),
        };
        Waiting::new(ChannelKey::default(), event, purpose, count)
    }

    fn next(publishing: &mut Publishing<usize>) -> Vec<usize> {
        let mut all = Vec::new();
        while let Some(waiting) = publishing.next() {
            all.push(waiting.then);
        }
        all
    }

    #[test]
    fn half_a_ring_may_be_ahead_and_the_rest_waits_in_order() {
        for (history, most) in [(1, 1), (2, 1), (3, 1), (4, 2), (256, 128)] {
            let mut publishing = Publishing::<()>::new(history);
            let ahead = (0..1000).take_while(|_| publishing.may_publish()).count();
            assert_eq!(ahead, most, "{history}");
        }
        let mut publishing = Publishing::new(4);
        assert!(publishing.may_publish() && publishing.may_publish());
        assert!((0..3).all(|count| publishing.wait(event(count))));
        assert_eq!(next(&mut publishing), [0; 0]);
        publishing.all_offered();
        assert!(
            !publishing.may_publish(),
            "no event overtakes the events that wait"
        );
        assert_eq!(next(&mut publishing), [0, 1]);
        publishing.all_offered();
        assert_eq!((next(&mut publishing), publishing.waiting()), (vec![2], 0));
        assert!(publishing.may_publish());
    }

    #[test]
    fn a_bounded_number_of_events_wait() {
        let mut publishing = Publishing::new(1);
        let waiting = (0..9999).take_while(|count| publishing.wait(event(*count)));
        assert_eq!(waiting.count(), MAX_WAITING);
    }
}
