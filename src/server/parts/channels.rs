//! Channels by name. A channel opens when an action asks for its name, and closes when its last subscriber has left.
//! An event gets its id from its channel's journal. Events wait here until the journal has answered, and then until the
//! sweep has offered earlier events to every subscriber.
//!
//! A subscriber has its channel's number in its cursor: the ring is found by an index, without a look-up of the name.

mod appends;
#[cfg(feature = "frame")]
mod carried;
mod known;
mod publish;
mod publishing;
mod shared;
mod sweep;
#[cfg(test)]
mod tests;

pub use appends::Ticket;
#[cfg(feature = "frame")]
pub use carried::Numbers;
pub use publish::{Outcome, Published};
pub use publishing::{NewEvent, Place};
pub use sweep::SLICE;

use super::owner::{ChannelKey, TimerKey};
use crate::{
    channel::{Channel, Frame},
    event::Id,
    journal::{Failure, Journal, Kept, Memory, Reporter},
    server::settings::Heartbeat,
};
use appends::Appends;
use known::KnownNames;
use publishing::Publishing;
use shared::restore;
use slab::Slab;
use std::{collections::HashMap, time::Duration};
use sweep::Sweep;

/// A channel that is open.
struct Open {
    key: ChannelKey,
    channel: Channel,
    journal: Box<dyn Journal>,
    subscribers: usize,
    /// The number of subscribers on other servers.
    others: usize,
    name: String,
    /// True if the channel stays open without subscribers.
    kept: bool,
    /// The timers that end with the channel.
    timers: Vec<TimerKey>,
    /// The heartbeat, and the number of subscribers that it was made for.
    heartbeat: Option<(usize, Frame)>,
}

/// All channels that are open. Each event that waits has a `T`, the call to be made when the event is published.
pub struct Channels<T> {
    open: Slab<Open>,
    names: HashMap<String, u16>,
    /// The number of channels that were ever opened.
    opened: u32,
    known: KnownNames,
    /// The numbers of the channels that were opened in this turn. A channel without subscribers closes at the turn's
    /// end.
    unread: Vec<u16>,
    history: usize,
    heartbeat: Heartbeat,
    /// An empty channel, for connections that read no channel.
    none: Channel,
    nones_heartbeat: Option<(usize, Frame)>,
    subscribers: usize,
    most_subscribers: usize,
    sweep: Sweep,
    publishing: Publishing<T>,
    /// The number of events with an id that were put into a ring.
    published: u64,
    appends: Appends<T>,
    /// The longest wait for a journal's answer.
    patience: Duration,
}

impl<T> Channels<T> {
    /// Makes an empty set of channels. Each channel will hold `history` events, and all channels together will have at
    /// most `most_subscribers` subscribers. A publisher waits for a journal's answer for `patience` at most.
    pub fn new(
        history: usize,
        heartbeat: Heartbeat,
        most_subscribers: usize,
        patience: Duration,
    ) -> Self {
        Self {
            open: Slab::new(),
            names: HashMap::new(),
            opened: 0,
            known: KnownNames::default(),
            unread: Vec::new(),
            history,
            heartbeat,
            none: Channel::new(1, Id::default()),
            nones_heartbeat: None,
            subscribers: 0,
            most_subscribers,
            sweep: Sweep::default(),
            publishing: Publishing::new(history),
            published: 0,
            appends: Appends::default(),
            patience,
        }
    }

    /// The number of channels that are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Opens a channel that stays open without subscribers, unless a channel of this name is open. The channel begins
    /// with the events that its journal has kept.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the journal cannot be used.
    ///
    /// # Panics
    ///
    /// With 65,535 channels open.
    pub fn keep(&mut self, name: &str, mut journal: Box<dyn Journal>) -> Result<(), Failure> {
        if !self.names.contains_key(name) {
            let kept = journal.open(self.history)?;
            self.add(name, journal, kept, true);
        }
        Ok(())
    }

    /// Starts the journals of the channels that are open. Each of them reports by the call that `report` makes.
    pub fn start_journals(&mut self, report: impl Fn(ChannelKey) -> Reporter) {
        for (_, open) in &mut self.open {
            open.journal.start(report(open.key));
        }
    }

    /// Opens a channel. The channel closes at the end of this turn if it has no subscriber then. `None` if a channel of
    /// this name is open.
    ///
    /// # Panics
    ///
    /// With 65,535 channels open.
    pub fn open(&mut self, name: &str, journal: Memory) -> Option<ChannelKey> {
        if self.names.contains_key(name) {
            return None;
        }
        let key = self.add(name, Box::new(journal), journal.kept(), false);
        self.unread.push(key.number);
        Some(key)
    }

    fn add(
        &mut self,
        name: &str,
        journal: Box<dyn Journal>,
        begins: Kept,
        kept: bool,
    ) -> ChannelKey {
        self.opened = self.opened.wrapping_add(1);
        let entry = self.open.vacant_entry();
        let number = u16::try_from(entry.key()).ok();
        let number = number.filter(|number| *number < u16::MAX);
        let key = ChannelKey {
            number: number.expect("fewer than 65,535 channels are open"),
            serial: self.opened,
        };
        entry.insert(Open {
            key,
            channel: restore(self.history, &*journal, begins).numbered(key.number),
            journal,
            subscribers: 0,
            others: 0,
            name: name.to_owned(),
            kept,
            timers: Vec::new(),
            heartbeat: None,
        });
        self.names.insert(name.to_owned(), key.number);
        self.known.add(name);
        key
    }

    /// True if a channel of this name may have been open at some time.
    pub fn has_known(&self, name: &str) -> bool {
        self.known.has(name)
    }

    /// The name of a channel that is open.
    pub fn name(&self, key: ChannelKey) -> Option<&str> {
        let open = self.open.get(usize::from(key.number))?;
        (open.key == key).then_some(&*open.name)
    }

    /// The channels that are open, each with its name and the number of its subscribers.
    #[cfg(feature = "frame")]
    pub fn all(&self) -> impl Iterator<Item = (&str, &Channel, usize)> {
        let all = self.open.iter();
        all.map(|(_, open)| (&*open.name, &open.channel, open.subscribers))
    }

    /// The channel of this name, if it is open.
    pub fn named(&self, name: &str) -> Option<&Channel> {
        self.open_as(name).map(|open| &open.channel)
    }

    /// The channel of this name, if it stays open without subscribers.
    pub fn kept(&self, name: &str) -> Option<&Channel> {
        let open = self.open_as(name)?;
        open.kept.then_some(&open.channel)
    }

    /// The channel that a cursor of this number reads.
    pub fn read(&self, number: Option<u16>) -> &Channel {
        number
            .and_then(|number| self.open.get(usize::from(number)))
            .map_or(&self.none, |open| &open.channel)
    }

    fn open_as(&self, name: &str) -> Option<&Open> {
        self.open.get(usize::from(*self.names.get(name)?))
    }

    fn keyed(&mut self, key: ChannelKey) -> Option<&mut Open> {
        let open = self.open.get_mut(usize::from(key.number));
        open.filter(|open| open.key == key)
    }

    /// Makes a timer end with a channel. False if the channel has closed.
    pub fn own(&mut self, key: ChannelKey, timer: TimerKey) -> bool {
        let open = self.keyed(key);
        open.map(|open| open.timers.push(timer)).is_some()
    }

    /// Forgets a timer that has ended by itself.
    pub fn disown(&mut self, key: ChannelKey, timer: TimerKey) {
        if let Some(open) = self.keyed(key) {
            open.timers.retain(|own| *own != timer);
        }
    }

    /// The number of events with an id that were published. The events that a journal had kept do not count.
    pub fn published(&self) -> u64 {
        self.published
    }

    /// Adds the events that another process published before this.
    pub fn add_published(&mut self, events: u64) {
        self.published += events;
    }

    /// The number of subscribers of all channels.
    pub fn subscribers(&self) -> usize {
        self.subscribers
    }

    /// True if the number of subscribers has reached its limit.
    pub fn is_full(&self) -> bool {
        self.subscribers >= self.most_subscribers
    }

    /// The number of subscribers of the channel of this name, on all servers that share the channel; 0 if the channel
    /// is not open.
    pub fn audience(&self, name: &str) -> usize {
        self.open_as(name).map_or(0, Open::audience)
    }

    /// Counts a new subscriber of the channel of this number.
    pub fn join(&mut self, number: u16) {
        self.subscribers += 1;
        if let Some(open) = self.open.get_mut(usize::from(number)) {
            open.subscribers += 1;
            open.journal.audience(open.subscribers);
        }
    }

    /// Stops counting a subscriber that has left, or whose stream ends. Closes the channel if the subscriber was the
    /// last. Returns the timers that are to end with the channel.
    pub fn leave(&mut self, number: u16) -> Vec<TimerKey> {
        self.subscribers -= 1;
        if let Some(open) = self.open.get_mut(usize::from(number)) {
            open.subscribers -= 1;
            open.journal.audience(open.subscribers);
        }
        self.close_unread(number)
    }

    /// Closes the channels that were opened in this turn and have no subscriber. Returns the timers that are to end
    /// with these channels.
    pub fn end_turn(&mut self) -> Vec<TimerKey> {
        let unread = std::mem::take(&mut self.unread).into_iter();
        unread
            .flat_map(|number| self.close_unread(number))
            .collect()
    }

    fn close_unread(&mut self, number: u16) -> Vec<TimerKey> {
        match self.open.get(usize::from(number)) {
            Some(open) if open.subscribers == 0 && !open.kept => {
                let open = self.open.remove(usize::from(number));
                self.names.remove(&open.name);
                open.timers
            }
            _ => Vec::new(),
        }
    }

    /// The heartbeat of a channel. It is made anew when the number of the channel's subscribers has changed.
    pub fn heartbeat(&mut self, number: Option<u16>) -> &Frame {
        let open = number.and_then(|number| self.open.get_mut(usize::from(number)));
        let (audience, made) = match open {
            Some(open) => (open.audience(), &mut open.heartbeat),
            None => (0, &mut self.nones_heartbeat),
        };
        if made.as_ref().is_none_or(|(of, _)| *of != audience) {
            *made = None;
        }
        let make = || (audience, Frame::new((self.heartbeat)(audience).as_bytes()));
        &made.get_or_insert_with(make).1
    }

    /// Makes the sweep visit every connection, though no event was published.
    pub fn visit_all(&mut self) {
        self.sweep.begin();
    }

    /// Begins the sweep's slice of a turn.
    pub fn begin_slice(&mut self) {
        self.sweep.begin_slice();
    }

    /// The next slot that the sweep is to visit, of a slab whose slots lie below `top`. `None` at the end of the slice,
    /// and when every subscriber was offered every event.
    pub fn next_slot(&mut self, top: usize) -> Option<usize> {
        let next = self.sweep.next(top);
        if !self.is_sweeping() {
            self.publishing.all_offered();
        }
        next
    }

    /// True while the sweep has slots to visit.
    pub fn is_sweeping(&self) -> bool {
        self.sweep.is_under_way()
    }
}
