//! Connections as another process gets them. A connection has no socket and no clock, and so is a value that can be
//! written down.
//!
//! A connection stays with its process while a job prepares its answer, while the application streams its body, and
//! while its peer reads the last answer.

use super::{After, Connection, Incoming, Outbox, Outgoing, Poll};
use crate::{
    channel::Cursor,
    handover::{Body, CarriedAfter, CarriedCursor, CarriedInput, CarriedState},
    http::{Bytes, Input},
    server::parts::channels::Numbers,
    timer_wheel::Tick,
};
use std::{collections::HashMap, sync::Arc};

/// The bodies that answers share, in the process that hands over: each is sent once.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    /// The numbers of bodies by their addresses and lengths.
    numbers: HashMap<(usize, usize), u32>,
    /// The bodies that were not sent.
    pub(crate) unsent: Vec<Body>,
}

/// The bodies by their numbers, in the process that takes over.
pub(crate) type CarriedBodies = HashMap<u32, Arc<[u8]>>;

impl Bodies {
    /// The number of a body.
    fn number(&mut self, bytes: &[u8]) -> u32 {
        let key = (bytes.as_ptr().addr(), bytes.len());
        let next = self.numbers.len() as u32;
        *self.numbers.entry(key).or_insert_with(|| {
            let bytes = bytes.to_vec();
            self.unsent.push(Body {
                number: next,
                bytes,
            });
            next
        })
    }
}

impl Connection {
    /// The connection's state as another process gets it. `None` if the connection stays.
    pub(crate) fn carry(&self, bodies: &mut Bodies, now: Tick) -> Option<CarriedState> {
        Some(match self {
            Self::Idle => CarriedState::Idle,
            Self::Reading(incoming) => CarriedState::Reading(incoming.carry(now)?),
            Self::Polling(poll) => CarriedState::Polling(
                poll.cursor.carry(),
                poll.bytes.clone(),
                poll.until.distance(now),
                poll.ended,
                poll.catches_up.then_some(true),
            ),
            Self::Writing(outgoing) => {
                let after = outgoing.after.carry(now)?;
                let (own, body) = outgoing.outbox.carry(bodies);
                let moved = outgoing.outbox.moved.distance(now);
                CarriedState::Writing(own, body, moved, after)
            }
            Self::Subscribed(cursor) => CarriedState::Subscribed(cursor.carry()),
            Self::Deferred(_) | Self::Streaming(_) | Self::Lingering(_) => return None,
        })
    }

    /// The connection that another process had. `None` if its channel or its body is not known here.
    pub(crate) fn carried(
        state: CarriedState,
        numbers: &Numbers,
        bodies: &CarriedBodies,
        now: Tick,
    ) -> Option<Self> {
        Some(match state {
            CarriedState::Idle => Self::Idle,
            CarriedState::Reading(input) => {
                Self::Reading(Box::new(Incoming::carried(input, numbers, now)?))
            }
            CarriedState::Polling(at, bytes, until, ended, catches_up) => {
                Self::Polling(Box::new(Poll {
                    cursor: cursor(at, numbers)?,
                    bytes,
                    until: now.at_distance(until),
                    ended,
                    catches_up: catches_up == Some(true),
                }))
            }
            CarriedState::Writing(own, body, moved, after) => {
                let (body, sent) = match body {
                    None => (Bytes::default(), 0),
                    Some((number, sent)) => {
                        let body = Arc::clone(bodies.get(&number)?);
                        let sent = body.len().min(sent as usize);
                        (body.into(), sent)
                    }
                };
                let outbox = Outbox {
                    bytes: own,
                    body,
                    sent,
                    moved: now.at_distance(moved),
                };
                let after = After::carried(after, numbers, now)?;
                Self::Writing(Box::new(Outgoing { outbox, after }))
            }
            CarriedState::Subscribed(at) => Self::Subscribed(cursor(at, numbers)?),
        })
    }
}

fn cursor(at: CarriedCursor, numbers: &Numbers) -> Option<Cursor> {
    let channel = numbers.get(&at.channel)?;
    Some(Cursor::carried(at, *channel))
}

impl Outbox {
    /// The own bytes that are left, and the shared bytes behind them: their number, and the bytes of them that were sent.
    fn carry(&self, bodies: &mut Bodies) -> (Vec<u8>, Option<(u32, u64)>) {
        let [own, rest] = self.rest();
        match &self.body {
            Bytes::Static(body) if !rest.is_empty() => {
                let sent = body.len() - rest.len();
                (own.to_vec(), Some((bodies.number(body), sent as u64)))
            }
            Bytes::Shared(body) if !rest.is_empty() => {
                let sent = body.len() - rest.len();
                (own.to_vec(), Some((bodies.number(body), sent as u64)))
            }
            _ => ([own, rest].concat(), None),
        }
    }
}

impl After {
    fn carry(&self, now: Tick) -> Option<CarriedAfter> {
        Some(match self {
            Self::Read(incoming) => CarriedAfter::Read(incoming.carry(now)?),
            Self::Subscribe(cursor) => CarriedAfter::Subscribe(cursor.carry()),
            Self::Close { ended } => CarriedAfter::Close(*ended),
        })
    }

    fn carried(carried: CarriedAfter, numbers: &Numbers, now: Tick) -> Option<Self> {
        Some(match carried {
            CarriedAfter::Read(input) => {
                Self::Read(Box::new(Incoming::carried(input, numbers, now)?))
            }
            CarriedAfter::Subscribe(at) => Self::Subscribe(cursor(at, numbers)?),
            CarriedAfter::Close(ended) => Self::Close { ended },
        })
    }
}

impl Incoming {
    fn carry(&self, now: Tick) -> Option<CarriedInput> {
        let (bytes, is_continued) = self.input.carry()?;
        Some(CarriedInput {
            bytes,
            is_continued,
            since: self.since.distance(now),
            ended: self.ended,
            held: self.held.as_ref().map(Cursor::carry),
            catches_up: self.catches_up.then(|| self.until.distance(now)),
        })
    }

    fn carried(carried: CarriedInput, numbers: &Numbers, now: Tick) -> Option<Self> {
        let held = carried.held.map(|at| cursor(at, numbers));
        Some(Self {
            input: Input::carried(&carried.bytes, carried.is_continued),
            since: now.at_distance(carried.since),
            ended: carried.ended,
            held: match held {
                Some(held) => Some(held?),
                None => None,
            },
            until: now.at_distance(carried.catches_up.unwrap_or_default()),
            catches_up: carried.catches_up.is_some(),
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        channel::{Channel, Framing},
        event::Id,
        http::Step,
    };
    use std::time::Duration;

    fn move_over(connection: &Connection, now: Tick) -> Connection {
        let state = connection.carry(&mut Bodies::default(), now);
        let numbers = [(0, 0)].into();
        let bodies = CarriedBodies::new();
        Connection::carried(state.unwrap(), &numbers, &bodies, now).unwrap()
    }

    #[test]
    fn a_request_waits_on_until_its_channel_has_read_as_far_as_the_client() {
        let now = Tick::at(Duration::from_secs(7));
        let until = now.after(Duration::from_secs(2));
        let cursor = Channel::new(1, Id::default()).end(Framing::Chunked);
        let mut incoming = Box::<Incoming>::default();
        incoming
            .input
            .push(b"GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(incoming.input.step(), Step::Ready);
        incoming.catches_up = true;
        let mut connection = Connection::Idle;
        connection.hold(incoming, cursor, until);
        let Connection::Polling(poll) = move_over(&connection, now) else {
            panic!("it is held no longer");
        };
        assert!(poll.catches_up && poll.until == until);
        let begun = Connection::Reading(poll.into_incoming());
        let Connection::Reading(incoming) = move_over(&begun, now) else {
            panic!("its request is not read");
        };
        assert!(incoming.catches_up && incoming.until == until);
        assert_eq!(incoming.held, Some(cursor));
    }
}
