//! Events on their way into the ring. The ring drops nothing that a subscriber was not offered: events that come faster
//! than the sweep goes round wait for it, and so do the answers to their publishers.

use crate::server::{
    Context, Reply, channels::ChannelKey, hub::unix_millis, timers::Owner, warnings::RouteName,
};
use crate::{channel::Channel, event::Id};
use std::collections::VecDeque;

/// Events that may wait, each with at most one publisher.
const MAX_WAITING: usize = 1024;

/// Runs on the loop when an event was published: with its id, or without if its channel is not open.
pub(crate) type Then<A> = Box<dyn FnOnce(&mut Context<'_, A>, Option<Id>) -> Option<Reply<A>>>;

/// An event that waits.
pub(crate) struct Waiting<A: 'static> {
    pub(crate) channel: ChannelKey,
    pub(crate) event: Event,
    pub(crate) owner: Owner,
    pub(crate) route: RouteName,
    pub(crate) then: Then<A>,
}

/// An event to be published.
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
    /// A client can resume behind it.
    pub(crate) has_id: bool,
}

impl Event {
    /// Puts the event into a channel's ring. Its id, or that of the last event which had one.
    pub(crate) fn push(&self, channel: &mut Channel) -> Id {
        if self.has_id {
            channel.publish(unix_millis(), &self.name, &self.data)
        } else {
            channel.tell(&self.name, &self.data);
            channel.last()
        }
    }
}

/// How far the rings are ahead of what subscribers were offered.
pub(crate) struct Publishing<A: 'static> {
    waiting: VecDeque<Waiting<A>>,
    /// Events published since the last round of the sweep was over.
    unoffered: usize,
    /// As many as may be.
    most: usize,
}

impl<A: 'static> Publishing<A> {
    /// For rings of so many events: half of a ring may be ahead, but one event in any case.
    pub(crate) fn new(history: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            unoffered: 0,
            most: (history / 2).max(1),
        }
    }

    /// Counts an event that is to be published at once. False if it has to wait.
    pub(crate) fn may_publish(&mut self) -> bool {
        let may = self.waiting.is_empty() && self.unoffered < self.most;
        self.unoffered += usize::from(may);
        may
    }

    /// Has an event wait. False if too many do.
    pub(crate) fn wait(&mut self, waiting: Waiting<A>) -> bool {
        let may = self.waiting.len() < MAX_WAITING;
        if may {
            self.waiting.push_back(waiting);
        }
        may
    }

    /// Every subscriber was offered what was published.
    pub(crate) fn all_offered(&mut self) {
        self.unoffered = 0;
    }

    /// Takes out the event whose turn it is, and counts it as published.
    pub(crate) fn next(&mut self) -> Option<Waiting<A>> {
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

    fn event(count: usize) -> Waiting<()> {
        Waiting {
            channel: ChannelKey::default(),
            event: Event {
                name: String::new(),
                data: count.to_string(),
                has_id: true,
            },
            owner: Owner::Nobody,
            route: RouteName::default(),
            then: Box::new(|_, _| None),
        }
    }

    fn next(publishing: &mut Publishing<()>) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(waiting) = publishing.next() {
            all.push(waiting.event.data);
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
        assert_eq!(next(&mut publishing), [""; 0]);
        publishing.all_offered();
        assert!(!publishing.may_publish(), "none overtakes those that wait");
        assert_eq!(next(&mut publishing), ["0", "1"]);
        publishing.all_offered();
        assert_eq!(next(&mut publishing), ["2"]);
        assert!(publishing.may_publish());
    }

    #[test]
    fn only_so_many_may_wait() {
        let mut publishing = Publishing::new(1);
        let waiting = (0..9999).take_while(|count| publishing.wait(event(*count)));
        assert_eq!(waiting.count(), MAX_WAITING);
    }
}
