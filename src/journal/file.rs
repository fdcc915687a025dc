//! A journal in a file: an SQLite database that outlives the process.
//!
//! A thread of its own writes the file. All events that wait for it are one commit, with the removal of the oldest
//! events. An event is reported when its commit is done, so that an id which a client has seen is known after a crash.
//! The loop puts events into a bounded queue, and never waits.
//!
//! | file | subject |
//! | --- | --- |
//! | `place.rs` | the path: whose file lies there, who uses it, and the files beside it |
//! | `rows.rs` | the rows: a chain of events, each with a checksum |
//! | `store.rs` | the database: opened, checked, appended to |
//! | `writer.rs` | the thread, and what happens when the disk does not take a commit |

mod place;
mod rows;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use super::{Appended, Failure, Full, Journal, Kept, Reporter};
use crate::event::Id;
use place::{Fault, Place};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel},
    },
    thread,
    time::Duration,
};
use store::Store;
use writer::{Writer, write};

/// The most events that wait for the writer.
const QUEUE: usize = 1024;
/// The longest wait at the end for the writer to close the file. A file that was not closed is whole all the same.
const CLOSING: Duration = Duration::from_secs(2);

/// The time at which a journal's file is forced to the disk (fsync(2)). The death of the process loses no event with
/// any of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncPolicy {
    /// The system decides. A power cut may damage the file.
    Never,
    /// Once a second. A power cut loses about a second of events.
    #[default]
    EachSecond,
    /// Before an event is reported. A power cut loses nothing.
    Always,
}

/// A journal in a file: the newest events are there again after a restart or a crash. Only one process at a time uses
/// a file.
///
/// A commit that fails ends the keeping, and not the service: events go on from memory alone, with a line in the log,
/// and are kept again once the disk takes a commit. The events before such a hole are then given up.
///
/// ```
/// use picture_frame::{journal::{FileJournal, SyncPolicy}, server::{Router, Server, Settings}};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("news.db");
/// let journal = FileJournal::new(path, SyncPolicy::EachSecond);
/// let server = Server::new((), Router::new(), &Settings::default())?.keep_in("news", journal)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileJournal {
    path: PathBuf,
    sync: SyncPolicy,
    thread: Option<Thread>,
    /// The id behind which the ids are to begin, beside those in the file.
    last: Id,
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileJournal")
            .field("path", &self.path)
            .field("sync", &self.sync)
            .finish_non_exhaustive()
    }
}

/// The ways to the thread that writes.
struct Thread {
    start: Sender<(Reporter, Id)>,
    queue: SyncSender<NewEvent>,
    /// The greatest token whose event was given up.
    given_up: Arc<AtomicU64>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
}

/// An event that waits for the writer.
struct NewEvent {
    token: u64,
    name: String,
    data: String,
}

impl FileJournal {
    /// A journal in the file at `path`. [`Journal::open`] makes the file if there is none.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, sync: SyncPolicy) -> Self {
        Self {
            path: path.into(),
            sync,
            thread: None,
            last: Id::default(),
        }
    }

    /// Looks at the file at `path` as a start would, without a lock and without a change.
    ///
    /// # Errors
    ///
    /// [`Failure`] if a start would refuse the file, as far as the beginning of the file tells.
    pub fn check(path: &Path) -> Result<(), Failure> {
        match Place::new(path)?.look() {
            Err(Fault::Refused(failure)) => Err(failure),
            Err(Fault::Damaged(_)) | Ok(_) => Ok(()),
        }
    }
}

impl Journal for FileJournal {
    fn open(&mut self, most: usize) -> Result<Kept, Failure> {
        let (start, reporter) = channel();
        let (queue, events) = sync_channel(QUEUE);
        let (end, ended) = channel();
        let (opened, result) = channel();
        let given_up = Arc::new(AtomicU64::new(0));
        let (path, sync, given) = (self.path.clone(), self.sync, Arc::clone(&given_up));
        let work = move || {
            let _end: Sender<()> = end;
            let store = Place::new(&path).and_then(|place| Store::open(place, sync, most));
            let (store, kept) = match store {
                Ok(opened) => opened,
                Err(failure) => return drop(opened.send(Err(failure))),
            };
            let last = kept.last();
            if opened.send(Ok(kept)).is_ok()
                && let Ok((report, behind)) = reporter.recv()
            {
                write(Writer::new(store, last.max(behind), report, given), &events);
            }
        };
        let builder = thread::Builder::new().name("history".to_owned());
        builder.spawn(work).map_err(|error| {
            Failure(format!(
                "the system refused a thread for the history: {error}"
            ))
        })?;
        self.thread = Some(Thread {
            start,
            queue,
            given_up,
            ended,
        });
        let died = || Failure("the thread of the history died; the log says why".to_owned());
        result.recv().map_err(|_| died())?
    }

    fn start(&mut self, report: Reporter) {
        if let Some(thread) = &self.thread {
            // A thread that has died takes no event either, and each publisher hears of that.
            let _ = thread.start.send((report, self.last));
        }
    }

    fn continue_behind(&mut self, last: Id) {
        self.last = last;
    }

    fn let_go(&mut self) -> bool {
        let Some(thread) = self.thread.take() else {
            return true;
        };
        drop((thread.start, thread.queue));
        thread.ended.recv_timeout(CLOSING) == Err(RecvTimeoutError::Disconnected)
    }

    fn append(&mut self, token: u64, name: &str, data: &str) -> Result<Appended, Full> {
        let event = NewEvent {
            token,
            name: name.to_owned(),
            data: data.to_owned(),
        };
        let queue = &self.thread.as_ref().ok_or(Full)?.queue;
        queue.try_send(event).map_err(|_| Full)?;
        Ok(Appended::Later)
    }

    fn give_up(&mut self, token: u64) {
        if let Some(thread) = &self.thread {
            thread.given_up.fetch_max(token, Ordering::Relaxed);
        }
    }
}

impl Drop for FileJournal {
    /// Has the thread write the events that wait, and close the file.
    fn drop(&mut self) {
        let _ = self.let_go();
    }
}
