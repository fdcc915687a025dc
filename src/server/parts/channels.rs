//! Channels by name: opened when first asked for, and gone when their last subscriber has left.
//!
//! A subscriber carries its channel's number in its cursor, so that finding the ring is an index and not a look-up.

use crate::server::{hub::unix_millis, timers::TimerKey};
use crate::{
    channel::{Channel, Frame},
    event::Id,
};
use slab::Slab;
use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

/// What a subscriber is sent when there is nothing to say, given how many there are: one or more whole blocks of the
/// event stream, each ended by an empty line. It must not be empty. Encoded once for all while their number stays the
/// same.
pub type Heartbeat = fn(usize) -> String;

/// Names a channel. The serial number tells it from an earlier one of the same number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChannelKey {
    pub(crate) number: u16,
    serial: u32,
}

/// A channel and what goes with it.
pub(crate) struct Open {
    pub(crate) key: ChannelKey,
    pub(crate) channel: Channel,
    pub(crate) subscribers: usize,
    name: String,
    /// Whether it stays without subscribers.
    kept: bool,
    timers: Vec<TimerKey>,
    heartbeat: Option<(usize, Frame)>,
}

/// Names that are remembered as known. Beyond it every name counts as known: names may be strangers'.
const MOST_KNOWN: usize = 1024;

pub(crate) struct Channels {
    open: Slab<Open>,
    names: HashMap<String, u16>,
    /// How many were ever opened.
    opened: u32,
    /// The hashes of the names that were ever opened, up to a bound.
    known: HashSet<u64>,
    hasher: RandomState,
    history: usize,
    heartbeat: Heartbeat,
    /// For whoever is in no channel.
    none: Channel,
    nobodys: Option<(usize, Frame)>,
}

impl Channels {
    pub(crate) fn new(history: usize, heartbeat: Heartbeat) -> Self {
        let none = Channel::new(1, Id::default());
        Self {
            open: Slab::new(),
            names: HashMap::new(),
            opened: 0,
            known: HashSet::new(),
            hasher: RandomState::new(),
            history,
            heartbeat,
            none,
            nobodys: None,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// The channel of this name, and whether it was opened just now.
    ///
    /// # Panics
    ///
    /// With 65,535 channels open.
    pub(crate) fn open(&mut self, name: &str, kept: bool) -> (ChannelKey, bool) {
        if let Some(open) = self.named(name) {
            return (open.key, false);
        }
        self.opened = self.opened.wrapping_add(1);
        let entry = self.open.vacant_entry();
        let number = u16::try_from(entry.key())
            .ok()
            .filter(|number| *number < u16::MAX);
        let number = number.expect("fewer than 65,535 channels are open");
        let key = ChannelKey {
            number,
            serial: self.opened,
        };
        entry.insert(Open {
            key,
            channel: Channel::new(self.history, Id::at(unix_millis())).numbered(number),
            subscribers: 0,
            name: name.to_owned(),
            kept,
            timers: Vec::new(),
            heartbeat: None,
        });
        self.names.insert(name.to_owned(), number);
        if self.known.len() < MOST_KNOWN {
            self.known.insert(self.hasher.hash_one(name));
        }
        (key, true)
    }

    /// Whether a channel of this name may have been open at some time.
    pub(crate) fn has_known(&self, name: &str) -> bool {
        self.known.len() >= MOST_KNOWN || self.known.contains(&self.hasher.hash_one(name))
    }

    /// The name of a channel that is open.
    pub(crate) fn name(&self, key: ChannelKey) -> Option<&str> {
        let open = self.open.get(usize::from(key.number))?;
        (open.key == key).then_some(&*open.name)
    }

    pub(crate) fn named(&mut self, name: &str) -> Option<&mut Open> {
        let number = *self.names.get(name)?;
        self.get(number)
    }

    /// The channel of this name, if it stays open whoever reads it.
    pub(crate) fn kept(&self, name: &str) -> Option<&Channel> {
        let open = &self.open[usize::from(*self.names.get(name)?)];
        open.kept.then_some(&open.channel)
    }

    pub(crate) fn get(&mut self, number: u16) -> Option<&mut Open> {
        self.open.get_mut(usize::from(number))
    }

    /// What a cursor of this number reads.
    pub(crate) fn read(&self, number: Option<u16>) -> &Channel {
        number
            .and_then(|number| self.open.get(usize::from(number)))
            .map_or(&self.none, |open| &open.channel)
    }

    /// The channel of this key, if it is still open.
    pub(crate) fn keyed(&mut self, key: ChannelKey) -> Option<&mut Open> {
        self.get(key.number).filter(|open| open.key == key)
    }

    /// Has a timer end with a channel. Whether there is that channel.
    pub(crate) fn own(&mut self, key: ChannelKey, timer: TimerKey) -> bool {
        let open = self.keyed(key);
        open.map(|open| open.timers.push(timer)).is_some()
    }

    /// A timer has ended by itself.
    pub(crate) fn disown(&mut self, key: ChannelKey, timer: TimerKey) {
        if let Some(open) = self.keyed(key) {
            open.timers.retain(|own| *own != timer);
        }
    }

    /// Closes a channel that nobody reads any more, and hands out the timers that end with it.
    pub(crate) fn close_unread(&mut self, number: u16) -> Vec<TimerKey> {
        match self.open.get(usize::from(number)) {
            Some(open) if open.subscribers == 0 && !open.kept => {
                let open = self.open.remove(usize::from(number));
                self.names.remove(&open.name);
                open.timers
            }
            _ => Vec::new(),
        }
    }

    /// The heartbeat of a channel, made anew when its audience has changed.
    pub(crate) fn heartbeat(&mut self, number: Option<u16>) -> &Frame {
        let open = number.and_then(|number| self.open.get_mut(usize::from(number)));
        let (audience, made) = match open {
            Some(open) => (open.subscribers, &mut open.heartbeat),
            None => (0, &mut self.nobodys),
        };
        if made.as_ref().is_none_or(|(of, _)| *of != audience) {
            *made = None;
        }
        let make = || (audience, Frame::new((self.heartbeat)(audience).as_bytes()));
        &made.get_or_insert_with(make).1
    }
}
