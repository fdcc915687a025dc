//! A channel whose journal is shared with other servers: its beginning, its gaps, and the subscribers elsewhere.

use super::{
    Channels, Open,
    publishing::{Waiting, push},
};
use crate::{
    channel::Channel,
    event::Id,
    journal::{Journal, Kept},
    server::parts::owner::ChannelKey,
};

/// A channel with the events that its journal has kept.
pub(super) fn restore(history: usize, journal: &dyn Journal, kept: Kept) -> Channel {
    let mut channel = Channel::new(history, kept.after);
    if journal.is_shared() {
        channel = channel.with_gaps();
    }
    let last = kept.last();
    let until = kept.until;
    add(&mut channel, kept);
    channel.lose(last.next(0)..until);
    channel
}

fn add(channel: &mut Channel, kept: Kept) {
    for entry in kept.events {
        push(channel, Some(entry.id), &entry.name, &entry.data);
    }
}

impl<T> Channels<T> {
    /// Begins a channel with the events that its journal has found. A subscriber that waits gets the newest of them.
    pub fn begin(&mut self, channel: ChannelKey, kept: Kept) {
        if let Some(open) = self.keyed(channel) {
            open.channel.begin(kept.after, kept.events.len());
            add(&mut open.channel, kept);
            self.sweep.begin();
        }
    }

    /// Tells the subscribers of a channel that events may be missing, behind the events that were reported before.
    pub fn gap(&mut self, channel: ChannelKey) {
        if self.publishing.may_publish() {
            self.tell_gap(channel);
        } else {
            self.publishing.wait(Waiting::Gap(channel));
        }
    }

    pub(super) fn tell_gap(&mut self, channel: ChannelKey) {
        if let Some(open) = self.keyed(channel) {
            open.channel.tell_gap();
        }
        self.sweep.begin();
    }

    /// Tells a channel's journal that the reports up to this batch were acted on, once the reported events are in the
    /// ring: a journal reads no faster than the sweep goes round.
    pub fn batch(&mut self, channel: ChannelKey, number: u64) {
        if self.publishing.waiting() > 0 {
            self.publishing.wait(Waiting::Batch(channel, number));
        } else {
            self.took(channel, number);
        }
    }

    pub(super) fn took(&mut self, channel: ChannelKey, number: u64) {
        if let Some(open) = self.keyed(channel) {
            open.journal.took(number);
        }
    }

    /// Notes the number of a channel's subscribers on other servers.
    pub fn note_others(&mut self, channel: ChannelKey, subscribers: usize) {
        if let Some(open) = self.keyed(channel) {
            open.others = subscribers;
        }
    }

    /// True if the channel of this name is shared, and the event `id` may be one that its journal has not reported.
    pub fn may_bring(&self, name: &str, id: Id) -> bool {
        let open = self.open_as(name);
        open.is_some_and(|open| open.journal.is_shared() && id > open.channel.last())
    }

    /// True if the journal of the channel of this name takes no event at present.
    pub fn is_away(&self, name: &str) -> bool {
        let open = self.open_as(name);
        open.is_some_and(|open| open.journal.is_away())
    }
}

impl Open {
    /// The number of the channel's subscribers, on all servers.
    pub(super) fn audience(&self) -> usize {
        self.subscribers.saturating_add(self.others)
    }
}
