//! What all connections share: the channel and its subscribers, the jobs under way, the time of day.

use super::{
    context::{Joiner, Reply},
    shutdown::Phase,
    sweep::Sweep,
};
use crate::{
    channel::{Channel, Frame},
    event::Id,
    pool::Pool,
    reactor::Token,
    timer_wheel::Tick,
};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How long a connection may wait for each thing it waits for.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a whole request, first byte to last, and for a new connection's first byte.
    pub request: Duration,
    /// For the next request of a kept-alive connection.
    pub idle: Duration,
    /// For the peer to take a byte.
    pub write: Duration,
    /// For something to say to a subscriber, until a heartbeat says that there is nothing.
    pub heartbeat: Duration,
    /// At shutdown, for jobs under way.
    pub finish: Duration,
    /// At shutdown, streams are ended evenly over this long.
    pub drain: Duration,
}

pub(super) struct Hub<A: 'static> {
    pub(super) channel: Channel,
    pub(super) sweep: Sweep,
    pub(super) pool: Pool,
    /// Jobs whose results have not been heard of.
    pub(super) jobs: usize,
    /// Those who wait for a job that someone else began, by its key.
    pub(super) shared: HashMap<String, Vec<Joiner<A>>>,
    /// Replies to others than the connection whose job is done.
    pub(super) replies: Vec<(Token, Reply)>,
    /// Connections that had more to be done than their turn allowed.
    pub(super) unfinished: HashSet<Token>,
    pub(super) subscribers: usize,
    pub(super) timeouts: Timeouts,
    pub(super) phase: Phase,
    heartbeat: Option<(usize, Frame)>,
    date: (u64, String),
}

impl<A: 'static> Hub<A> {
    pub(super) fn new(history: usize, pool: Pool, timeouts: Timeouts) -> Self {
        Self {
            channel: Channel::new(history, Id::at(unix_millis())),
            sweep: Sweep::default(),
            pool,
            jobs: 0,
            shared: HashMap::new(),
            replies: Vec::new(),
            unfinished: HashSet::new(),
            subscribers: 0,
            timeouts,
            phase: Phase::Serving,
            heartbeat: None,
            date: (0, String::new()),
        }
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

    /// The heartbeat, made anew when the audience has changed: bytes for proxies, and for pages an event, since a
    /// script cannot see a comment.
    pub(super) fn heartbeat(&mut self) -> &Frame {
        let audience = self.subscribers;
        if self
            .heartbeat
            .as_ref()
            .is_none_or(|(of, _)| *of != audience)
        {
            let text = format!(": ping\nevent: audience\ndata: {audience}\n\n");
            self.heartbeat = Some((audience, Frame::new(text.as_bytes())));
        }
        &self.heartbeat.as_ref().expect("just made").1
    }
}

/// Milliseconds since 1970, by a clock that may step.
pub(super) fn unix_millis() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
