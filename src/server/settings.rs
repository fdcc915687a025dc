//! What all connections share: the channel and its subscribers, the jobs under way, the time of day.

use super::{
    addresses::Addresses,
    channels::{Channels, Heartbeat},
    connection::{Connection, Next},
    jobs::{Joiner, Kind, Owed},
    limits::Limits,
    memory::Hand,
    metrics::Metrics,
    overflow::Overflow,
    publishing::Publishing,
    shutdown::Phase,
    sweep::Sweep,
    timers::Timers,
    unfinished::Unfinished,
    warnings::Warnings,
};
use crate::{pool::Pool, reactor::Slot, timer_wheel::Tick};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How long a connection may wait for each thing it waits for, in steps of 10 ms. See [`Settings`] for how to set one.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a whole request, first byte to last (then 408), and for a new connection's first byte (then a close).
    /// Default 10 s.
    pub request: Duration,
    /// For the next request of a kept-alive connection. Default 60 s.
    pub idle: Duration,
    /// For the peer to take a byte, and to acknowledge what it took. Default 30 s.
    pub write: Duration,
    /// For something to say to a subscriber, until [`Settings::heartbeat`] says that there is nothing. Default 15 s.
    pub heartbeat: Duration,
    /// At shutdown, for jobs under way. Default 10 s.
    pub finish: Duration,
    /// At shutdown, streams are ended evenly over this long, so that their clients do not all come back at once.
    /// Default 0: at once.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            finish: Duration::from_secs(10),
            drain: Duration::ZERO,
        }
    }
}

/// What a server is told besides its routes.
///
/// ```
/// use picture_frame::server::Settings;
/// use std::time::Duration;
///
/// let mut settings = Settings { threads: 2, history: 1000, ..Settings::default() };
/// settings.timeouts.heartbeat = Duration::from_secs(5);
/// settings.heartbeat = |audience| format!("event: audience\ndata: {audience}\n\n");
/// assert_eq!(settings.timeouts.idle, Duration::from_secs(60));
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long it waits for what.
    pub timeouts: Timeouts,
    /// Threads that run [deferred](super::Context::defer) jobs. Default 4; with 0 every job is refused.
    pub threads: usize,
    /// Jobs that may wait for a thread, besides those that run. Default 64.
    pub queue: usize,
    /// Events that each channel holds for those who come back, at least 1. It is also how far a subscriber may fall
    /// behind. Default 256.
    pub history: usize,
    /// What a subscriber is sent when there is nothing to say. Default: a comment.
    pub heartbeat: Heartbeat,
    /// The reconnection delay that subscribers are told, in milliseconds; each a random one within half of it more or
    /// less. Default 3000.
    pub retry: u32,
    /// Connections held at most. Further ones are answered 503 and closed, unless they ask for something
    /// [vital](super::Router::vital): 17 more descriptors are used for them. Default: no limit but that of descriptors,
    /// without which connections wait to be accepted.
    pub connections: usize,
    /// Connections of one client address; further ones are answered 503 and closed. Default: no limit but that of all.
    pub per_address: usize,
    /// Bytes that all connections together may make the server hold, in requests that are not whole and answers that are
    /// not taken. From three quarters of it on nothing more is read from those that hold most; beyond it they are closed,
    /// with 503 where that can still be said. Default 64 MiB.
    pub buffered: usize,
    /// Subscribers held at most; further ones are told to come back in 15 to 45 s, and everything else goes on.
    /// Default: no limit.
    pub subscribers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            threads: 4,
            queue: 64,
            history: 256,
            heartbeat: |_| ": nothing to say\n\n".to_owned(),
            retry: 3000,
            connections: usize::MAX,
            per_address: usize::MAX,
            buffered: 64 * 1024 * 1024,
            subscribers: usize::MAX,
        }
    }
}

pub(super) struct Hub<A: 'static> {
    pub(super) channels: Channels,
    /// Channels opened by what runs now, which nobody reads yet.
    pub(super) opened: Vec<u16>,
    pub(super) timers: Timers<A>,
    pub(super) sweep: Sweep,
    pub(super) publishing: Publishing<A>,
    pub(super) pool: Pool,
    /// For files that are read while the jobs' threads hang.
    pub(super) files: Pool,
    /// For what computes, of which a stranger can ask for much: it takes one thread, and none of the jobs'.
    pub(super) computations: Pool,
    /// Requests that have been handed to the application.
    pub(super) requests: u32,
    /// Jobs whose results have not been heard of, replies that are owed, and events that wait.
    pub(super) jobs: usize,
    /// Those who wait for a job that someone else began, by its key.
    pub(super) shared: HashMap<(Kind, String), Vec<Joiner<A>>>,
    /// Connections that wait for a job which another one began and which is done.
    pub(super) owed: VecDeque<Owed<A>>,
    /// Connections that had more to be done than their turn allowed.
    pub(super) unfinished: Unfinished,
    pub(super) subscribers: usize,
    pub(super) metrics: Metrics,
    pub(super) limits: Limits,
    pub(super) hand: Hand,
    pub(super) addresses: Addresses,
    pub(super) warnings: Warnings,
    /// Connections beyond the limit.
    pub(super) overflow: Overflow,
    /// Subscribers there may be.
    pub(super) most_subscribers: usize,
    pub(super) timeouts: Timeouts,
    pub(super) phase: Phase,
    /// The reconnection delay that subscribers are told, in milliseconds, before it is spread by half.
    pub(super) retry: u32,
    date: (u64, String),
}

/// The threads, by what they are for.
pub(super) struct Pools {
    pub(super) jobs: Pool,
    pub(super) files: Pool,
    pub(super) computations: Pool,
}

impl<A: 'static> Hub<A> {
    pub(super) fn new(settings: &Settings, pools: Pools) -> Self {
        Self {
            channels: Channels::new(settings.history, settings.heartbeat),
            opened: Vec::new(),
            timers: Timers::new(),
            sweep: Sweep::default(),
            publishing: Publishing::new(settings.history),
            pool: pools.jobs,
            files: pools.files,
            computations: pools.computations,
            requests: 0,
            jobs: 0,
            shared: HashMap::new(),
            owed: VecDeque::new(),
            unfinished: Unfinished::default(),
            subscribers: 0,
            metrics: Metrics::default(),
            limits: Limits::default(),
            hand: Hand::default(),
            addresses: Addresses::new(settings.per_address),
            warnings: Warnings::default(),
            overflow: Overflow::default(),
            most_subscribers: settings.subscribers,
            timeouts: settings.timeouts,
            phase: Phase::Serving,
            retry: settings.retry,
            date: (0, String::new()),
        }
    }

    /// Moves a connection on as far as what has come and what its socket takes allow.
    pub(super) fn step(&mut self, slot: &mut Slot<Connection>, now: Tick) -> Next {
        self.step_within(slot, now, usize::MAX)
    }

    /// As [`Hub::step`], with at most `most` bytes in a write.
    pub(super) fn step_within(
        &mut self,
        slot: &mut Slot<Connection>,
        now: Tick,
        most: usize,
    ) -> Next {
        let channel = self.channels.read(slot.state.channel());
        let before = slot.state.cursor().copied();
        let next = slot.state.step(channel, now, |slices| {
            slot.socket.write_within(slices, most)
        });
        if let (Some(before), Some(after)) = (before, slot.state.cursor()) {
            self.metrics.deliveries += after.since(&before);
        }
        next
    }

    /// True if this turn has left work to the next one, which then must not sleep.
    pub(super) fn has_more(&self) -> bool {
        self.sweep.is_under_way() || !self.unfinished.is_empty() || !self.owed.is_empty()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.phase != Phase::Serving
    }

    /// At shutdown, what is left of the drain: all of it while jobs are waited for.
    pub(super) fn drain_left(&self, now: Tick) -> Option<Duration> {
        match self.phase {
            Phase::Serving => None,
            Phase::Finishing => Some(self.timeouts.drain),
            Phase::Ending { began, .. } => {
                Some(self.timeouts.drain.saturating_sub(began.elapsed(now)))
            }
            Phase::Leaving => Some(Duration::ZERO),
        }
    }

    /// The time of day for the `Date` field, made anew each second.
    pub(super) fn date(&mut self) -> &str {
        let now = SystemTime::now();
        let seconds = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        if self.date.0 != seconds {
            self.date = (seconds, httpdate::fmt_http_date(now));
        }
        &self.date.1
    }
}

/// Milliseconds since 1970, by a clock that may step.
pub(super) fn unix_millis() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
