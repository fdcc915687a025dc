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
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// The most appended events whose times are remembered.
const MOST_SENT: usize = 4096;

/// The signals between the loop and the two threads. The loop waits for the threads only while it lets the stream go.
#[derive(Default)]
pub struct Signals {
    /// True if the stream is read, so that an event which is appended is also sent.
    pub is_read: AtomicBool,
    /// True once the stream was read and has not been away for long: an event may wait until it is read again.
    pub is_near: AtomicBool,
    /// The number of this server's subscribers.
    pub audience: AtomicUsize,
    /// The number of the other servers' subscribers.
    pub others: AtomicUsize,
    turn: Mutex<Turn>,
    turned: Condvar,
}

#[derive(Default)]
struct Turn {
    /// The last batch of reports that the loop has acted on.
    taken: u64,
    /// The tokens of the events that wait for an answer.
    open: BTreeSet<u64>,
    /// The number of steps that the threads are taking.
    steps: usize,
    hold: Hold,
    /// The number of holds.
    holds: u64,
    is_over: bool,
}

/// The course of a journal that lets its stream go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hold {
    /// The threads do their work.
    #[default]
    No,
    /// The events that wait are appended and read.
    Nears,
    /// The threads report nothing, so that another process can go on at the place in the stream.
    Holds,
}

/// A step of a thread, which changes the memory of the stream and reports the change.
pub struct Step<'a>(&'a Signals);

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.0.turn().steps -= 1;
        self.0.turned.notify_all();
    }
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

    /// Waits until the loop has acted on a batch, or the threads are to end. The loop acts on no batch while it lets
    /// the stream go.
    pub fn wait_for(&self, batch: u64) {
        let waits = |turn: &mut Turn| turn.taken < batch && turn.hold == Hold::No && !turn.is_over;
        drop(self.turned.wait_while(self.turn(), waits));
    }

    /// Notes that an event waits for an answer.
    pub fn opens(&self, token: u64) {
        self.turn().open.insert(token);
    }

    /// True while an event waits for an answer.
    pub fn is_open(&self, token: u64) -> bool {
        self.turn().open.contains(&token)
    }

    /// Notes that an event waits no longer.
    pub fn closes(&self, token: u64) {
        self.turn().open.remove(&token);
        self.turned.notify_all();
    }

    /// Notes that the publishers of all events up to this token wait no longer.
    pub fn gives_up(&self, token: u64) {
        let turn = &mut *self.turn();
        turn.open = turn.open.split_off(&token.saturating_add(1));
    }

    /// Begins a step, once the stream is not held. `None` if the threads are to end.
    pub fn step(&self) -> Option<Step<'_>> {
        let waits = |turn: &mut Turn| turn.hold == Hold::Holds && !turn.is_over;
        let turn = self.turned.wait_while(self.turn(), waits);
        let mut turn = turn.expect("nothing panics while it holds it");
        if turn.is_over {
            return None;
        }
        turn.steps += 1;
        Some(Step(self))
    }

    /// Holds the stream: no step begins. Waits for half of the time until no event waits for an answer, and for the other
    /// half until the steps that were begun are over. A Redis that hangs keeps neither from being given up.
    pub fn hold(&self, patience: Duration) {
        let half = patience / 2;
        let mut turn = self.turn();
        turn.hold = Hold::Nears;
        self.turned.notify_all();
        let waits = |turn: &mut Turn| !turn.open.is_empty();
        let nears = self.turned.wait_timeout_while(turn, half, waits);
        turn = nears.expect("nothing panics while it holds it").0;
        (turn.hold, turn.holds) = (Hold::Holds, turn.holds + 1);
        let waits = |turn: &mut Turn| turn.steps > 0;
        drop(self.turned.wait_timeout_while(turn, half, waits));
    }

    /// Lets the threads go on after a hold.
    pub fn release(&self) {
        self.turn().hold = Hold::No;
        self.turned.notify_all();
    }

    /// True while the stream is held.
    pub fn is_held(&self) -> bool {
        self.turn().hold == Hold::Holds
    }

    /// The number of holds. Another process may have acted for this server during a hold.
    pub fn holds(&self) -> u64 {
        self.turn().holds
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

/// The state that the threads begin with.
pub struct Begins {
    /// The name of this server.
    pub node: String,
    pub shelf: Shelf,
    /// True if Redis counts as well until it shows otherwise.
    pub is_up: bool,
    /// The audience of the other servers.
    pub others: usize,
}

impl Begins {
    /// The state of a server that was not there before.
    pub fn anew(history: usize) -> Self {
        Self {
            node: format!("{:016x}", fastrand::u64(..)),
            shelf: Shelf::new(history),
            is_up: false,
            others: 0,
        }
    }
}

/// The state of the threads.
pub struct Common {
    pub url: RedisUrl,
    pub key: String,
    /// The name of this server among those that share the stream. It is the same in each process that takes over.
    pub node: String,
    /// The name of this process, with which the tokens of its events begin.
    process: String,
    /// The number of events that are held.
    pub history: usize,
    pub signals: Arc<Signals>,
    pub report: Reporter,
    /// True if the next event is to leave ids out: the stream has gone back since this server's last event.
    pub has_gone_back: AtomicBool,
    health: Health,
    shelf: Mutex<Shelf>,
    healing: Mutex<()>,
    /// The times at which events were appended, by token.
    sent: Mutex<BTreeMap<u64, Instant>>,
}

impl Common {
    pub fn new(
        (url, key): (RedisUrl, String),
        history: usize,
        begins: Begins,
        signals: Arc<Signals>,
        report: Reporter,
    ) -> Self {
        Self {
            health: Health::new(url.to_string(), begins.is_up),
            url,
            key,
            node: begins.node,
            process: format!("{:016x}", fastrand::u64(..)),
            history,
            signals,
            report,
            has_gone_back: AtomicBool::new(false),
            shelf: Mutex::new(begins.shelf),
            healing: Mutex::default(),
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

    /// True if Redis is neither away nor refuses.
    pub fn is_up(&self) -> bool {
        self.health.is_up()
    }

    /// The right to heal the stream. No event is appended meanwhile: it would keep lost events from being put back.
    pub fn healing(&self) -> MutexGuard<'_, ()> {
        self.healing
            .lock()
            .expect("nothing panics while it holds it")
    }

    /// The memory of the stream. No thread holds it while it waits for Redis.
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

    /// Reports the number of the other servers' subscribers.
    pub fn tell_others(&self, subscribers: usize) {
        self.signals.others.store(subscribers, Relaxed);
        (self.report)(Report::Others(subscribers));
    }

    /// The token of an event in the stream.
    pub fn token(&self, number: u64) -> String {
        format!("{}-{number}", self.process)
    }

    /// The number of the token, if the token is of this process.
    pub fn own(&self, token: &str) -> Option<u64> {
        token
            .strip_prefix(&*self.process)?
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc::channel, thread};

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_stream_is_held_once_every_event_is_answered_and_every_step_is_over() {
        let signals = Signals::default();
        [1, 2, 3].iter().for_each(|token| signals.opens(*token));
        signals.gives_up(2);
        assert!(!signals.is_open(2) && signals.is_open(3));
        let (tell, told) = channel();
        thread::scope(|scope| {
            let step = signals.step();
            let (signals, held, stepped) = (&signals, tell.clone(), tell);
            let holder = scope.spawn(move || {
                signals.hold(LONG);
                held.send("held").unwrap();
            });
            // A batch is not waited for while the stream is let go.
            signals.wait_for(1);
            signals.closes(3);
            while !signals.is_held() {
                thread::yield_now();
            }
            assert!(told.try_recv().is_err());
            drop(step);
            holder.join().unwrap();
            scope.spawn(move || drop((signals.step(), stepped.send("stepped"))));
            assert_eq!(told.recv(), Ok("held"));
            assert!(told.try_recv().is_err());
            signals.release();
            assert_eq!(told.recv(), Ok("stepped"));
        });
        assert_eq!((signals.is_held(), signals.holds()), (false, 1));
    }

    #[test]
    fn an_event_without_an_answer_keeps_no_stream_from_being_held() {
        let signals = Signals::default();
        signals.opens(1);
        let _step = signals.step();
        signals.hold(Duration::ZERO);
        assert!(signals.is_held());
        signals.end();
        assert!(signals.step().is_none());
    }
}
