//! The faults of which a report tells the event, the subscriber and the moment: the first of each kind.

use super::units::{many, printable};
use serde::{Deserialize, Serialize, Serializer};
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    net::SocketAddr,
};
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

/// The most instances of a kind that are kept.
pub(crate) const MOST: usize = 20;

/// A kind of fault about a single event, stream, publish or subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Kind {
    Lost,
    Late,
    Doubled,
    Misordered,
    Altered,
    Halved,
    Invalid,
    Missed,
    Dropped,
    Ended,
    /// A publish was answered with success and reached no subscriber.
    Unseen,
    Unpublished,
    GivenUp,
    /// A subscriber had no stream at the end.
    Unheld,
}

/// The kinds of faults.
const KINDS: usize = 14;

/// The first instances of each kind of fault.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "BTreeMap<String, Vec<Instance>>")]
pub(crate) struct Which([Vec<Instance>; KINDS]);

/// A fault: the event that it is about, if any, and the subscriber that found it, if any.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Instance {
    /// The event.
    pub(crate) event: Option<EventName>,
    /// The subscriber; none if the fault is about a publish.
    pub(crate) subscriber: Option<SubscriberName>,
    /// The moment; of a lost event, that of its publish; of a subscriber without a stream, that of its latest connection.
    pub(crate) at: f64,
    /// The number of times that the subscriber had come back until then.
    pub(crate) reconnects: u32,
    /// The event that the subscriber got before, as far as it is known.
    pub(crate) before: Option<EventName>,
    /// The event that the subscriber got after, as far as it is known.
    pub(crate) after: Option<EventName>,
}

/// The names of an event, as far as it has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct EventName {
    /// The marker of this run in the event's data.
    pub(crate) marker: Option<String>,
    /// The event's id.
    pub(crate) id: Option<String>,
    /// The number of the broadcast, counted from 0.
    pub(crate) broadcast: Option<u32>,
}

/// The names of a subscriber.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct SubscriberName {
    /// The subscriber's number, counted from 0.
    pub(crate) number: u32,
    /// The local address and port of the subscriber's connection, as the server's log has it.
    pub(crate) address: Option<SocketAddr>,
}

impl Kind {
    /// The name of the kind in words.
    pub(crate) fn words(self) -> String {
        <&str>::from(self).replace('_', " ")
    }
}

impl Which {
    /// The instances of a kind, the first ones first.
    pub(crate) fn of(&self, kind: Kind) -> &[Instance] {
        &self.0[kind as usize]
    }

    /// Whether an instance of this kind would be kept.
    pub(crate) fn has_room(&self, kind: Kind) -> bool {
        self.0[kind as usize].len() < MOST
    }

    /// Keeps an instance, if there is room.
    pub(crate) fn keep(&mut self, kind: Kind, instance: Instance) {
        if self.has_room(kind) {
            self.0[kind as usize].push(instance);
        }
    }
}

impl Display for Instance {
    /// `broadcast 7 (id 12) at subscriber 3 (127.0.0.1:40000) after 1.250 s, between broadcast 6 and broadcast 8`.
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match (&self.event, &self.subscriber) {
            (Some(event), Some(subscriber)) => write!(to, "{event} at {subscriber}")?,
            (Some(event), None) => event.fmt(to)?,
            (None, Some(subscriber)) => subscriber.fmt(to)?,
            (None, None) => to.write_str("an event")?,
        }
        write!(to, " after {:.3} s", self.at)?;
        if self.reconnects > 0 {
            write!(to, " and {}", many(self.reconnects.into(), "reconnect"))?;
        }
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(to, ", between {before} and {after}"),
            (Some(before), None) => write!(to, ", after {before}"),
            (None, Some(after)) => write!(to, ", before {after}"),
            (None, None) => Ok(()),
        }
    }
}

impl Display for SubscriberName {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "subscriber {}", self.number)?;
        match self.address {
            Some(address) => write!(to, " ({address})"),
            None => Ok(()),
        }
    }
}

impl Display for EventName {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let id = self.id.as_deref().map(printable);
        match (self.broadcast, id) {
            (Some(number), Some(id)) => write!(to, "broadcast {number} (id {id})"),
            (Some(number), None) => write!(to, "broadcast {number}"),
            (None, Some(id)) => write!(to, "the event with id {id}"),
            (None, None) => to.write_str("an event"),
        }
    }
}

impl Serialize for Which {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kinds = Kind::iter().map(|kind| (<&str>::from(kind), self.of(kind)));
        serializer.collect_map(kinds)
    }
}

impl From<BTreeMap<String, Vec<Instance>>> for Which {
    fn from(mut kinds: BTreeMap<String, Vec<Instance>>) -> Self {
        let mut which = Self::default();
        for kind in Kind::iter() {
            let instances = kinds.remove(<&str>::from(kind)).unwrap_or_default();
            for instance in instances {
                which.keep(kind, instance);
            }
        }
        which
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_place_and_no_more_than_twenty_instances() {
        let mut which = Which::default();
        for kind in Kind::iter() {
            for _ in 0..30 {
                which.keep(kind, Instance::default());
            }
            assert_eq!(which.of(kind).len(), MOST);
        }
        let json = serde_json::to_value(&which).unwrap();
        assert_eq!(json["misordered"].as_array().unwrap().len(), MOST);
        assert_eq!(json.as_object().unwrap().len(), KINDS);
        assert_eq!(serde_json::from_value::<Which>(json).unwrap(), which);
    }
}
