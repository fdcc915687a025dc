//! The looks at the loop: its state, as one line of JSON for all viewers.

use super::{
    Server,
    connection::{Connection, State},
    parts::{counters::Disconnected, owner::Owner},
};
use crate::{
    channel::Cursor,
    event,
    reactor::{Bucket, Io, STEPS, Sight, Slot, Token, Turn, steps},
    timer_wheel::SPAN,
};
use serde::Serialize;
use std::io::IoSlice;
use strum::VariantNames;

/// The connections that a look shows.
const ROWS: usize = 100;
/// The channels that a look shows.
const RINGS: usize = 4;
/// The newest events of a ring that a look shows.
const EVENTS: usize = 256;

/// A look at the loop. All times are in milliseconds but those of turns, which are in nanoseconds.
#[derive(Serialize)]
struct Look<'a> {
    /// The time since the loop began, as the loop knows it.
    at: u128,
    viewers: usize,
    /// The pace of the loop. None if viewers may not set it.
    pace: Option<&'static str>,
    /// The connections with edges that wait for a turn that is held.
    waiting: usize,
    /// The number of the last turn.
    turn: u64,
    steps: Vec<&'static str>,
    turns: Vec<ShownTurn>,
    /// The upper bound of each bucket of the histogram of turns, in seconds, and the turns since the start.
    lengths: Vec<(f64, u64)>,
    /// The number of all connections.
    connections: usize,
    rows: Vec<Row>,
    rings: Vec<Ring<'a>>,
    wheel: Wheel,
}

/// A turn: its number, the events that it served, and the lengths of its steps.
#[derive(Serialize)]
struct ShownTurn(u64, usize, [u64; STEPS]);

/// A connection.
#[derive(Serialize)]
struct Row {
    slot: u32,
    generation: u32,
    state: &'static str,
    is_operators: bool,
    is_view: bool,
    is_paused: bool,
    deadline: Option<i64>,
    armed: Option<i64>,
    unread: Option<u64>,
    unacknowledged: Option<u64>,
    cursor: Option<Place>,
}

/// A subscriber's place in a ring.
#[derive(Serialize)]
struct Place {
    ring: u16,
    /// The number of the event that the subscriber takes next, and the bytes of it that it has had.
    next: i64,
    sent: u32,
    behind: u64,
    is_blocked: bool,
}

/// A channel's ring.
#[derive(Serialize)]
struct Ring<'a> {
    number: u16,
    name: &'a str,
    subscribers: usize,
    capacity: usize,
    /// The number of the oldest event that is held.
    oldest: i64,
    held: usize,
    /// The lengths of the newest events, the oldest of them first.
    lengths: Vec<usize>,
}

/// The wheel.
#[derive(Serialize)]
struct Wheel {
    /// The time that the wheel covers.
    span: u128,
    /// The number of all entries.
    entries: usize,
    /// For each bucket that has entries the time until it comes up, and the entries for sockets and for alarms.
    buckets: Vec<(i64, usize, usize)>,
}

impl<A: 'static> Server<A> {
    /// Lets viewers set the pace of the loop, if they `may`.
    #[must_use]
    pub(crate) fn held_by_viewers(mut self, may: bool) -> Self {
        self.parts.viewers.may_hold = may;
        self
    }

    /// Tells the viewers the state of the loop. Closes the view if no viewer is left.
    pub(super) fn tell_viewers(&mut self, io: &mut Io<Self>) {
        let is_there = |at: Token, number| {
            let request = io.state(at).and_then(Connection::request);
            request == Some(number)
        };
        let viewers = self.parts.viewers.present(
            |viewer| matches!(viewer.owner, Owner::Stream(at, number) if is_there(at, number)),
        );
        let viewers: Vec<Token> = viewers
            .iter()
            .filter_map(|viewer| viewer.owner.connection())
            .collect();
        if viewers.is_empty() {
            return io.close_view();
        }
        self.parts.viewers.looked();
        let look = serde_json::to_string(&self.describe(io, &viewers));
        let mut text = Vec::new();
        event::encode(
            &mut text,
            None,
            "loop",
            &look.expect("numbers and names have a JSON form"),
        );
        for at in viewers {
            self.tell(io, at, &text);
        }
    }

    /// Writes to a viewer. A viewer that does not keep up is cut off, and comes back.
    fn tell(&mut self, io: &mut Io<Self>, at: Token, text: &[u8]) {
        let now = io.now();
        io.with(at, |slot| {
            let Slot { socket, state } = slot;
            let take = |slices: &[IoSlice<'_>]| socket.write_vectored(slices);
            let keeps_up = state.body().map(|body| body.write(text, now, take));
            if keeps_up == Some(false) {
                self.parts.cut(slot, Disconnected::Slow);
            }
        });
        self.drive(io, at);
    }

    fn describe<'a>(&'a self, io: &mut Io<Self>, viewers: &[Token]) -> Look<'a> {
        let (turn, turns) = io.take_turns();
        let all = io.first(ROWS);
        let sights = io.sights(&all);
        let (entries, buckets) = io.buckets();
        let row = |(at, sight): (&Token, Sight)| {
            let state = io.state(*at)?;
            Some(self.row(state, sight, viewers.contains(at)))
        };
        Look {
            at: io.now().since_start().as_millis(),
            viewers: viewers.len(),
            pace: self.parts.viewers.may_hold.then(|| io.pace().into()),
            waiting: io.kept_edges(),
            turn,
            steps: steps().collect(),
            turns: turns.iter().map(ShownTurn::from).collect(),
            lengths: io.meter().turns.buckets().collect(),
            connections: io.connections(),
            rows: all.iter().zip(sights).filter_map(row).collect(),
            rings: self.rings(),
            wheel: Wheel {
                span: SPAN.as_millis(),
                entries,
                buckets: buckets.iter().map(bucket).collect(),
            },
        }
    }

    fn row(&self, state: &Connection, sight: Sight, is_view: bool) -> Row {
        let place = |cursor: &Cursor| Place {
            ring: cursor.channel(),
            next: cursor.place(),
            sent: cursor.sent(),
            behind: self
                .parts
                .channels
                .read(Some(cursor.channel()))
                .behind(cursor),
            is_blocked: cursor.is_blocked(),
        };
        Row {
            slot: sight.slot,
            generation: sight.generation,
            state: State::VARIANTS[state.state() as usize],
            is_operators: sight.is_apart,
            is_view,
            is_paused: sight.is_paused,
            deadline: sight.deadline,
            armed: sight.armed,
            unread: sight.unread,
            unacknowledged: sight.unacknowledged,
            cursor: state.cursor().map(place),
        }
    }

    fn rings(&self) -> Vec<Ring<'_>> {
        let all = self.parts.channels.all().take(RINGS);
        all.map(|(name, channel, subscribers)| {
            let lengths = channel.lengths();
            let held = lengths.len();
            Ring {
                number: channel.number(),
                name,
                subscribers,
                capacity: channel.capacity(),
                oldest: channel.oldest(),
                held,
                lengths: lengths.skip(held.saturating_sub(EVENTS)).collect(),
            }
        })
        .collect()
    }
}

impl From<&Turn> for ShownTurn {
    fn from(turn: &Turn) -> Self {
        let took = turn.took.map(|took| took.as_nanos() as u64);
        Self(turn.number, turn.events, took)
    }
}

fn bucket(bucket: &Bucket) -> (i64, usize, usize) {
    (bucket.until, bucket.sockets, bucket.alarms)
}
