//! The thread that writes a journal's file, and the keeping that ends and begins again with the disk.

use super::{NewEvent, store::Store};
use crate::{
    event::Id,
    journal::{Entry, Report, Reporter, unix_millis},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant, SystemTime},
};

/// The time between two checkpoints while events come.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// The most events of a commit.
const TOGETHER: usize = 1024;

/// The writer of a journal's file. It gives the events their ids.
pub struct Writer {
    store: Store,
    /// The newest id.
    last: Id,
    report: Reporter,
    /// The greatest token whose event was given up.
    given_up: Arc<AtomicU64>,
    /// The time of the next checkpoint, if the log has something to move.
    due: Option<Instant>,
}

/// Writes the events that come, until no more can come.
pub fn write(mut writer: Writer, events: &Receiver<NewEvent>) {
    writer.begin();
    loop {
        let first = match writer.patience() {
            Some(patience) => events.recv_timeout(patience),
            None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match first {
            Ok(first) => {
                let rest = events.try_iter().take(TOGETHER - 1);
                writer.append([first].into_iter().chain(rest));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        writer.checkpoint();
    }
}

impl Writer {
    /// A writer that goes on behind the id `last`.
    pub fn new(store: Store, last: Id, report: Reporter, given_up: Arc<AtomicU64>) -> Self {
        Self {
            store,
            last,
            report,
            given_up,
            due: None,
        }
    }

    fn begin(&self) {
        let (place, events) = (self.store.place(), self.store.events());
        let plural = if events == 1 { "" } else { "s" };
        log::info!("the history in {place} has {events} event{plural}");
        (self.report)(match self.store.has_hole() {
            true => Report::Down,
            false => Report::Up { events },
        });
    }

    /// The time to the next checkpoint.
    fn patience(&self) -> Option<Duration> {
        let due = self.due?;
        Some(due.saturating_duration_since(Instant::now()))
    }

    /// Commits events together, and reports them. They are reported also if the disk does not take them.
    fn append(&mut self, events: impl Iterator<Item = NewEvent>) {
        let given_up = self.given_up.load(Ordering::Relaxed);
        let before = self.last;
        let (mut tokens, mut entries) = (Vec::new(), Vec::new());
        for event in events.filter(|event| event.token > given_up) {
            self.last = self.last.next(unix_millis(SystemTime::now()));
            tokens.push(event.token);
            entries.push(Entry {
                id: self.last,
                name: event.name,
                data: event.data,
            });
        }
        if entries.is_empty() {
            return;
        }
        self.commit(&entries, before);
        for (token, entry) in tokens.into_iter().zip(entries) {
            let id = entry.id;
            (self.report)(Report::Event(entry));
            (self.report)(Report::Appended { token, id });
        }
    }

    fn commit(&mut self, entries: &[Entry], before: Id) {
        let began = Instant::now();
        let appended = self.store.append(entries, before);
        let took = began.elapsed();
        match appended {
            Ok(()) if self.store.has_hole() => self.recover(took),
            Ok(()) => {
                let events = self.store.events();
                (self.report)(Report::Committed { took, events });
                self.due.get_or_insert(began + CHECKPOINT);
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Ends the keeping, if it has not ended.
    fn fail(&mut self, error: &rusqlite::Error) {
        self.due = None;
        let is_known = self.store.has_hole();
        self.store.open_hole();
        if !is_known {
            let place = self.store.place();
            log::error!(
                "the history cannot be written to {place}: {error}; events go on from memory alone, and are kept \
                 again once the disk takes them"
            );
            (self.report)(Report::Down);
        }
    }

    /// Begins the keeping again behind a commit, if the disk takes a checkpoint as well.
    fn recover(&mut self, took: Duration) {
        if self.store.checkpoint().is_err() {
            return;
        }
        self.store.close_hole();
        let (place, events) = (self.store.place(), self.store.events());
        log::info!("the history is written to {place} again");
        (self.report)(Report::Up { events });
        (self.report)(Report::Committed { took, events });
    }

    /// Moves the log into the database, if it is time for it.
    fn checkpoint(&mut self) {
        if self.patience() != Some(Duration::ZERO) {
            return;
        }
        self.due = None;
        match self.store.checkpoint() {
            Ok(false) => {}
            Ok(true) => self.due = Some(Instant::now() + CHECKPOINT),
            Err(error) => self.fail(&error),
        }
    }
}
