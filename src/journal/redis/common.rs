//! The state that the two threads of the journal share.

use super::{
    fault::Fault,
    health::{Health, Side},
    link::Link,
    shelf::Shelf,
    url::RedisUrl,
};
use crate::journal::{self, Report, Reporter};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// The most appended events whose times are remembered.
const MOST_SENT: usize = 4096;

/// The signals between the loop and the two threads. The loop never waits for them.
#[derive(Default)]
pub struct Signals {
    /// True if the stream is read, so that an event which is appended is also sent.
    pub is_read: AtomicBool,
    /// True once the stream was read and has not been away for long: an event may wait until it is read again.
    pub is_near: AtomicBool,
    /// The greatest token whose event was given up.
    pub given_up: AtomicU64,
    /// The number of this server's subscribers.
    pub audience: AtomicUsize,
    turn: Mutex<Turn>,
    turned: Condvar,
}

#[derive(Default)]
struct Turn {
    /// The last batch of reports that the loop has acted on.
    taken: u64,
    is_over: bool,
}

impl Signals {
    /// Notes that the loop has acted on a batch.
    pub fn took(&self, batch: u64) {
        self.turn().taken = batch;
        self.turned.notify_all();
    }

    /// Ends the threads.
    pub fn end(&self) {
        self.turn().is_over = true;
        self.turned.notify_all();
    }

    /// True if the threads are to end.
    pub fn is_over(&self) -> bool {
        self.turn().is_over
    }

    /// Waits until the loop has acted on a batch, or the threads are to end.
    pub fn wait_for(&self, batch: u64) {
        let waits = |turn: &mut Turn| turn.taken < batch && !turn.is_over;
        drop(self.turned.wait_while(self.turn(), waits));
    }

    /// Waits for a time, unless the threads are to end.
    pub fn rest(&self, pause: Duration) {
        let waits = |turn: &mut Turn| !turn.is_over;
        drop(self.turned.wait_timeout_while(self.turn(), pause, waits));
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().expect("nothing panics while it holds it")
    }
}

/// The state of the threads.
pub struct Common {
    pub url: RedisUrl,
    pub key: String,
    /// The name of this server among those that share the stream.
    pub node: String,
    /// The number of events that are held.
    pub history: usize,
    pub signals: Arc<Signals>,
    pub report: Reporter,
    health: Health,
    shelf: Mutex<Shelf>,
    /// The times at which events were appended, by token.
    sent: Mutex<BTreeMap<u64, Instant>>,
}

impl Common {
    pub fn new(
        (url, key, node): (RedisUrl, String, String),
        history: usize,
        signals: Arc<Signals>,
        report: Reporter,
    ) -> Self {
        Self {
            health: Health::new(url.to_string()),
            url,
            key,
            node,
            history,
            signals,
            report,
            shelf: Mutex::new(Shelf::new(history)),
            sent: Mutex::default(),
        }
    }

    /// Connects to Redis.
    ///
    /// # Errors
    ///
    /// [`Fault`] if Redis cannot be reached.
    pub fn open(&self, patience: Duration) -> Result<Link, Fault> {
        Link::open(&self.url, patience)
    }

    /// The memory of the stream. A thread may hold it while it heals the stream.
    pub fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().expect("nothing panics while it holds it")
    }

    /// Notes that a side has met a fault.
    pub fn lost(&self, side: Side, fault: &Fault) {
        if side == Side::Reader {
            self.signals.is_read.store(false, Relaxed);
        }
        self.tell(self.health.lost(side, fault));
    }

    /// Notes that a side is well.
    pub fn well(&self, side: Side) {
        if side == Side::Reader {
            self.signals.is_read.store(true, Relaxed);
            self.signals.is_near.store(true, Relaxed);
        }
        self.tell(self.health.well(side));
    }

    /// Notes that Redis takes the writes of the tally.
    pub fn takes_writes(&self) {
        self.tell(self.health.takes_writes());
    }

    fn tell(&self, news: Option<journal::Link>) {
        if let Some(news) = news {
            (self.report)(Report::Link(news));
        }
    }

    /// The token of an event in the stream.
    pub fn token(&self, number: u64) -> String {
        format!("{}-{number}", self.node)
    }

    /// The number of the token, if the token is of this server.
    pub fn own(&self, token: &str) -> Option<u64> {
        token
            .strip_prefix(&*self.node)?
            .strip_prefix('-')?
            .parse()
            .ok()
    }

    /// Notes that an event is appended.
    pub fn sends(&self, token: u64, since: Instant) {
        let mut sent = self.sent();
        sent.entry(token).or_insert(since);
        if sent.len() > MOST_SENT {
            sent.pop_first();
        }
    }

    /// The time since an event was appended.
    pub fn reads(&self, token: u64) -> Option<Duration> {
        Some(self.sent().remove(&token)?.elapsed())
    }

    fn sent(&self) -> MutexGuard<'_, BTreeMap<u64, Instant>> {
        self.sent.lock().expect("nothing panics while it holds it")
    }
}
