//! The state of the journal as another process gets it: the place in the stream, and the memory of the entries before.
//! It is a map of CBOR (RFC 8949), whose unknown fields are passed over.

use super::{
    common::{Begins, Common},
    entry::Event,
    shelf::{Read, Shelf},
};
use crate::{event::Id, handover::CarriedId};
use minicbor::{Decode, Encode, decode::Error};
use std::sync::atomic::Ordering::Relaxed;

#[derive(Encode, Decode)]
#[cbor(map)]
struct Carried {
    /// The name of the server.
    #[n(0)]
    node: String,
    /// True if Redis is neither away nor refuses.
    #[n(1)]
    is_up: bool,
    /// The audience of the other servers.
    #[n(2)]
    others: u64,
    /// `None` before the beginning of the stream was read.
    #[n(3)]
    shelf: Option<CarriedShelf>,
}

/// The memory of the stream.
#[derive(Encode, Decode)]
#[cbor(map)]
struct CarriedShelf {
    /// The id of the newest entry that was read.
    #[n(0)]
    place: CarriedId,
    /// The newest entries that were read, each with the token of an event.
    #[n(1)]
    read: Vec<(CarriedId, Option<String>)>,
    /// The newest events.
    #[n(2)]
    events: Vec<CarriedEvent>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct CarriedEvent {
    #[n(0)]
    id: CarriedId,
    #[n(1)]
    token: String,
    #[n(2)]
    name: String,
    #[n(3)]
    data: String,
    /// The newest event that the event's server had read.
    #[n(4)]
    seen: Option<CarriedId>,
}

/// The state as bytes.
pub fn encode(common: &Common) -> Vec<u8> {
    let shelf = common.shelf();
    let carried = Carried {
        node: common.node.clone(),
        is_up: common.is_up(),
        others: common.signals.others.load(Relaxed) as u64,
        shelf: shelf.has_begun.then(|| carry(&shelf)),
    };
    minicbor::to_vec(carried).expect("a Vec takes every byte")
}

/// The state in these bytes, for a server that holds `history` events.
pub fn decode(bytes: &[u8], history: usize) -> Result<Begins, Error> {
    let carried: Carried = minicbor::decode(bytes)?;
    Ok(Begins {
        node: carried.node,
        shelf: match carried.shelf {
            Some(shelf) => restore(shelf, history),
            None => Shelf::new(history),
        },
        is_up: carried.is_up,
        others: usize::try_from(carried.others).unwrap_or(usize::MAX),
    })
}

fn carry(shelf: &Shelf) -> CarriedShelf {
    let event = |(id, event): &(Id, Event)| CarriedEvent {
        id: (*id).into(),
        token: event.token.clone(),
        name: event.name.clone(),
        data: event.data.clone(),
        seen: event.seen.map(Into::into),
    };
    let read = |read: &Read| (read.id.into(), read.token.clone());
    CarriedShelf {
        place: shelf.place().into(),
        read: shelf.entries().map(read).collect(),
        events: shelf.events().map(event).collect(),
    }
}

fn restore(carried: CarriedShelf, history: usize) -> Shelf {
    let event = |carried: CarriedEvent| {
        let event = Event {
            token: carried.token,
            name: carried.name,
            data: carried.data,
            seen: carried.seen.map(Into::into),
        };
        (carried.id.into(), event)
    };
    let read = |(id, token): (CarriedId, _)| Read {
        id: id.into(),
        token,
    };
    Shelf::begun(
        history,
        carried.place.into(),
        carried.read.into_iter().map(read),
        carried.events.into_iter().map(event),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::redis::{RedisUrl, common::Signals, entry::Content};
    use std::sync::Arc;

    fn common(begins: Begins) -> Common {
        let url = RedisUrl::parse("redis://localhost").unwrap();
        let names = (url, "key".to_owned());
        Common::new(
            names,
            4,
            begins,
            Arc::new(Signals::default()),
            Box::new(drop),
        )
    }

    fn event(token: &str, seen: Option<Id>) -> Content {
        Content::Event(Event {
            token: token.to_owned(),
            name: "picture".to_owned(),
            data: "{}".to_owned(),
            seen,
        })
    }

    #[test]
    fn the_memory_of_the_stream_goes_along() {
        let old = common(Begins::anew(4));
        old.shelf().has_begun = true;
        for millis in 1..=6 {
            let seen = Some(Id::at(millis - 1)).filter(|seen| *seen > Id::at(0));
            let content = event(&format!("a-{millis}"), seen);
            old.shelf().read(Id::at(millis), &content, false);
        }
        for history in [4, 2] {
            let begins = decode(&encode(&old), history).unwrap();
            assert_eq!((&*begins.node, begins.is_up), (&*old.node, false));
            let mut shelf = begins.shelf;
            assert!(shelf.has_begun && shelf.place() == Id::at(6));
            assert!(shelf.entries().eq(old.shelf().entries()));
            assert!(shelf.events().eq(old.shelf().events().skip(4 - history)));
            let repeated = shelf.read(Id::at(7), &event("a-2", Some(Id::at(1))), false);
            assert!(!repeated.is_event && !repeated.is_behind_gap);
        }
    }

    #[test]
    fn a_server_that_has_read_nothing_begins_under_its_name() {
        let old = common(Begins::anew(4));
        let begins = decode(&encode(&old), 4).unwrap();
        assert_eq!((&*begins.node, begins.shelf.has_begun), (&*old.node, false));
        assert!(decode(b"no state", 4).is_err());
    }
}
