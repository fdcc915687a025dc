//! Events on their way into the ring. Every event is offered to every subscriber before the ring drops it: events that
//! come faster than the sweep goes round wait for the sweep, and the answers to their publishers wait as long.

#[cfg(feature = "frame")]
use crate::handover::CarriedWaiting;
use crate::{
    channel::{Channel, place},
    event::Id,
    server::parts::owner::{ChannelKey, Purpose},
};
use std::collections::VecDeque;

/// The most events that wait, for the journal or for the sweep. Each has at most one publisher, whose answer waits with
/// the event.
pub const MAX_WAITING: usize = 1024;

/// An event to be published.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    pub name: &'a str,
    pub data: &'a str,
    /// True if a client can resume behind the event.
    pub has_id: bool,
}

/// The place of an event that waits for the sweep: its channel, and its id if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub channel: ChannelKey,
    pub id: Option<Id>,
}

/// Puts an event into a channel's ring, with the id if it has one. Returns the id of the channel's last event that has
/// an id, which may be this event.
pub fn push(channel: &mut Channel, id: Option<Id>, name: &str, data: &str) -> Id {
    match id {
        None => channel.tell(name, data),
        Some(id) => {
            if let Err(error) = channel.push(id, name, data) {
                log::error!("the event {id} is dropped: {error}");
            }
        }
    }
    let (number, event) = (channel.number(), channel.published());
    log::trace!(channel = number, published = event; "channel {number}: event {} is in the ring", place(event));
    channel.last()
}

/// An event, or a call alone, that waits for the sweep. `T` is the call.
pub enum Waiting<T> {
    Event {
        place: Place,
        name: String,
        data: String,
        then: Option<(Purpose, T)>,
    },
    /// The event with the `id` is in the ring or waits before this call.
    Call { id: Id, purpose: Purpose, then: T },
    /// The channel's events before this mark may lack successors.
    Gap(ChannelKey),
    /// The journal of the channel waits until the events before are in the ring.
    Batch(ChannelKey, u64),
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

    /// The number of events and calls that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The events and gaps of a channel that wait, as another process gets them.
    #[cfg(feature = "frame")]
    pub fn events(&self, of: ChannelKey) -> impl Iterator<Item = CarriedWaiting> {
        self.waiting
            .iter()
            .filter_map(move |waiting| match waiting {
                Waiting::Event {
                    place, name, data, ..
                } if place.channel == of => Some(CarriedWaiting {
                    id: place.id.map(Into::into),
                    name: name.clone(),
                    data: data.clone(),
                    is_gap: None,
                }),
                Waiting::Gap(channel) if *channel == of => Some(CarriedWaiting {
                    is_gap: Some(true),
                    ..CarriedWaiting::default()
                }),
                _ => None,
            })
    }

    /// Counts an event that is to be published at once. False if the event has to wait.
    pub fn may_publish(&mut self) -> bool {
        let may = self.waiting.is_empty() && self.unoffered < self.most;
        self.unoffered += usize::from(may);
        may
    }

    /// Queues an event or a call.
    pub fn wait(&mut self, waiting: Waiting<T>) {
        self.waiting.push_back(waiting);
    }

    /// Notes that every published event was offered to every subscriber.
    pub fn all_offered(&mut self) {
        self.unoffered = 0;
    }

    /// True if [`Publishing::next`] takes something out.
    pub fn has_next(&self) -> bool {
        match self.waiting.front() {
            None => false,
            Some(Waiting::Call { .. } | Waiting::Batch(..)) => true,
            Some(Waiting::Event { .. } | Waiting::Gap(_)) => self.unoffered < self.most,
        }
    }

    /// Takes out the event or the call that has waited longest, and counts an event as published. `None` if nothing
    /// waits, or if too many published events are unoffered.
    pub fn next(&mut self) -> Option<Waiting<T>> {
        if !self.has_next() {
            return None;
        }
        let next = self.waiting.pop_front()?;
        let is_event = matches!(next, Waiting::Event { .. } | Waiting::Gap(_));
        self.unoffered += usize::from(is_event);
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::parts::owner::{Owner, RouteName};

    fn event(count: usize) -> Waiting<usize> {
        let place = Place {
            channel: ChannelKey::default(),
            id: None,
        };
        Waiting::Event {
            place,
            name: String::new(),
            data: String::new(),
            then: Some((PURPOSE, count)),
        }
    }

    const PURPOSE: Purpose = Purpose {
        owner: Owner::Gone,
        route: RouteName {
            method: "POST",
            path: "/",
        },
    };

    fn next(publishing: &mut Publishing<usize>) -> Vec<usize> {
        let mut all = Vec::new();
        while let Some(waiting) = publishing.next() {
            all.extend(match waiting {
                Waiting::Event { then, .. } => then.map(|(_, then)| then),
                Waiting::Call { then, .. } => Some(then),
                Waiting::Gap(_) | Waiting::Batch(..) => None,
            });
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
        (0..3).for_each(|count| publishing.wait(event(count)));
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
    fn a_call_is_made_behind_its_event_however_far_behind_the_sweep_is() {
        let mut publishing = Publishing::new(1);
        assert!(publishing.may_publish());
        let call = |then| {
            let (id, purpose) = (Id::at(1), PURPOSE);
            Waiting::Call { id, purpose, then }
        };
        for count in [0, 2] {
            publishing.wait(event(count));
            publishing.wait(call(count + 1));
        }
        for expected in [&[][..], &[0, 1], &[2, 3]] {
            assert_eq!(next(&mut publishing), expected);
            publishing.all_offered();
        }
    }
}
