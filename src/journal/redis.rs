//! A journal in a stream on Redis or Valkey, which several servers share.
//!
//! A thread appends the events of this server to the stream, and another thread reads the stream: each server sends the
//! events that it has read, its own included. So the stream's order is the order of all servers, and an event's id is
//! the id of its entry. The loop waits for neither thread.
//!
//! | file | subject |
//! | --- | --- |
//! | `url.rs`, `link.rs`, `fault.rs` | a connection, its commands, and its faults |
//! | `entry.rs` | an event as an entry of the stream |
//! | `shelf.rs` | the entries that were read: repetitions and gaps |
//! | `heal.rs` | the stream that has gone back |
//! | `reader.rs`, `writer.rs` | the two threads |
//! | `common.rs`, `health.rs` | the state that the threads share |
//! | `tally.rs` | audience and look-ups of all servers |
//! | `carried.rs` | the state that goes along into a new version |
//!
//! The events that a failure takes:
//!
//! | failure | lost |
//! | --- | --- |
//! | a server is killed | nothing |
//! | Redis hangs, is cut off, or restarts with its data | the events that are published meanwhile: their publishers get 503 |
//! | Redis loses its last second or all data, or a replica takes over that is behind | the same. A server that holds the lost events puts them back under their ids, unless Redis has taken a newer event before |
//! | the same, while no server holds the events | these events. Subscribers that may lack an event are sent `missed` |
//! | a server is cut off while Redis takes more events than it keeps | the older ones, for the subscribers of this server, who are sent `missed` |

#[cfg(feature = "frame")]
mod carried;
mod common;
mod entry;
mod fault;
mod heal;
mod health;
mod link;
mod reader;
mod shelf;
mod tally;
mod url;
mod writer;

pub use tally::LookUps;
pub use url::RedisUrl;

use super::{Appended, Failure, Full, Journal, Kept, Report, Reporter};
use crate::event::Id;
use common::{Begins, Common, Signals};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::Ordering::Relaxed,
        mpsc::{Receiver, SyncSender, channel, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};
use tally::Question;
use writer::{Job, NewEvent};

/// The most jobs that wait for the writer.
const QUEUE: usize = 2048;
/// The longest wait of a look-up for the count of all servers. Without an answer the server counts alone.
const COUNTING: Duration = Duration::from_millis(500);
/// The longest wait of the loop until the events that wait were read, when another process takes over.
const HOLDING: Duration = Duration::from_millis(300);
/// The longest wait at the end for the writer to take this server out of the audience.
const CLOSING: Duration = Duration::from_millis(500);

/// A journal in a stream on Redis or Valkey, which several servers share. Each of them sends the same events in the same
/// order, and a client that comes from another server resumes.
///
/// While Redis is away the streams go on, and no event can be published. Events that Redis has lost and that a server
/// still holds are put back with their ids.
///
/// ```no_run
/// use picture_frame::{journal::{RedisJournal, RedisUrl}, server::{Router, Server, Settings}};
///
/// let url = RedisUrl::parse("redis://localhost")?;
/// let journal = RedisJournal::new(url, "news");
/// let server = Server::new((), Router::new(), &Settings::default())?.keep_in("news", journal)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RedisJournal {
    url: RedisUrl,
    key: String,
    history: usize,
    signals: Arc<Signals>,
    jobs: Option<SyncSender<Job>>,
    /// The thread's end of `jobs`, before the start.
    waiting: Option<Receiver<Job>>,
    report: Option<Arc<Reporter>>,
    /// Closed when the writer has ended.
    ended: Option<Receiver<()>>,
    /// The state that another process has handed over.
    begins: Option<Begins>,
    /// The state of the threads, once they run.
    common: Option<Arc<Common>>,
}

impl fmt::Debug for RedisJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisJournal")
            .field("url", &self.url)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl RedisJournal {
    /// A journal in the stream under the key `key`. Other keys that the servers share begin with `key:`.
    #[must_use]
    pub fn new(url: RedisUrl, key: impl Into<String>) -> Self {
        let (jobs, waiting) = sync_channel(QUEUE);
        Self {
            url,
            key: key.into(),
            history: 0,
            signals: Arc::default(),
            jobs: Some(jobs),
            waiting: Some(waiting),
            report: None,
            ended: None,
            begins: None,
            common: None,
        }
    }

    /// A counter of the look-ups of all servers, for any thread.
    #[must_use]
    pub(crate) fn counter(&self) -> Counter {
        let jobs = self.jobs.clone().expect("the journal has not ended");
        let signals = Arc::clone(&self.signals);
        Counter { jobs, signals }
    }
}

/// A counter of the look-ups of all servers.
#[derive(Clone)]
pub(crate) struct Counter {
    jobs: SyncSender<Job>,
    signals: Arc<Signals>,
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter").finish_non_exhaustive()
    }
}

impl Counter {
    /// Counts a look-up, and waits half a second at most. `None` if Redis does not answer.
    #[must_use]
    pub(crate) fn count(&self) -> Option<LookUps> {
        if !self.signals.is_read.load(Relaxed) {
            return None;
        }
        let (tell, told) = sync_channel(1);
        self.jobs.try_send(Job::Count(Question(tell))).ok()?;
        told.recv_timeout(COUNTING).ok()
    }
}

impl Journal for RedisJournal {
    fn open(&mut self, most: usize) -> Result<Kept, Failure> {
        self.history = most;
        if self.url.has_tls() {
            // Another part of the program may have installed a provider.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        Ok(Kept {
            after: Id::default(),
            events: Vec::new(),
            until: Id::default(),
        })
    }

    fn start(&mut self, report: Reporter) {
        let Some(jobs) = self.waiting.take() else {
            return self.signals.release();
        };
        let report = Arc::new(report);
        self.report = Some(Arc::clone(&report));
        let begins = self.begins.take();
        let begins = begins.unwrap_or_else(|| Begins::anew(self.history));
        report(Report::Link(match begins.is_up {
            true => super::Link::Up,
            false => super::Link::Down,
        }));
        self.signals.others.store(begins.others, Relaxed);
        report(Report::Others(begins.others));
        let common = Arc::new(Common::new(
            (self.url.clone(), self.key.clone()),
            self.history,
            begins,
            Arc::clone(&self.signals),
            Box::new(move |news| report(news)),
        ));
        self.common = Some(Arc::clone(&common));
        let (end, ended) = channel();
        self.ended = Some(ended);
        let reads = Arc::clone(&common);
        let threads = [
            spawn("redis-read", move || reader::read(&reads)),
            spawn("redis-write", move || {
                writer::write(&common, &jobs);
                drop::<std::sync::mpsc::Sender<()>>(end);
            }),
        ];
        for refused in threads.into_iter().flatten() {
            log::error!(
                "the system refused a thread for Redis: {refused}; nothing can be published"
            );
        }
    }

    fn append(&mut self, token: u64, name: &str, data: &str) -> Result<Appended, Full> {
        if self.is_away()
            && let Some(report) = &self.report
        {
            report(Report::Failed { token });
            return Ok(Appended::Later);
        }
        let event = NewEvent {
            token,
            name: name.to_owned(),
            data: data.to_owned(),
            since: Instant::now(),
        };
        let jobs = self.jobs.as_ref().ok_or(Full)?;
        self.signals.opens(token);
        jobs.try_send(Job::Append(event)).map_err(|_| {
            self.signals.closes(token);
            Full
        })?;
        Ok(Appended::Later)
    }

    /// Holds the stream. Events that Redis has not answered by then fail in this process, and may be read by the other.
    fn let_go(&mut self) -> bool {
        self.signals.hold(HOLDING);
        true
    }

    #[cfg(feature = "frame")]
    fn carry(&self) -> Option<Vec<u8>> {
        self.common.as_ref().map(|common| carried::encode(common))
    }

    #[cfg(feature = "frame")]
    fn continue_from(&mut self, state: &[u8]) {
        match carried::decode(state, self.history) {
            Ok(begins) => {
                self.signals.is_near.store(begins.is_up, Relaxed);
                self.begins = Some(begins);
            }
            Err(error) => log::error!("the stream is read anew: {error}"),
        }
    }

    fn give_up(&mut self, token: u64) {
        self.signals.gives_up(token);
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn is_away(&self) -> bool {
        !self.signals.is_near.load(Relaxed)
    }

    fn took(&mut self, batch: u64) {
        self.signals.took(batch);
    }

    fn audience(&mut self, subscribers: usize) {
        self.signals.audience.store(subscribers, Relaxed);
    }
}

/// Starts a thread. Returns the system's error if it refuses the thread.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Option<std::io::Error> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(work).err()
}

impl Drop for RedisJournal {
    /// Ends the threads. The reader ends when Redis has answered it.
    fn drop(&mut self) {
        self.signals.end();
        if let Some(jobs) = self.jobs.take() {
            // The thread may be busy, and then looks at the signals.
            let _ = jobs.try_send(Job::End);
        }
        // A writer that is held has nothing to do at the end.
        if let Some(ended) = &self.ended
            && !self.signals.is_held()
        {
            let _ = ended.recv_timeout(CLOSING);
        }
    }
}
