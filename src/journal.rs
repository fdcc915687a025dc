//! A journal: it puts the events of a channel in order, gives them their ids, and keeps them.
//!
//! A channel's ring holds the events that subscribers read. The journal comes before the ring: an event is appended to
//! the journal, which answers with the event's id, at once or later. The event then goes into the ring, and after that
//! to every subscriber. The journal knows neither HTTP nor the loop.
//!
//! | journal | keeps events | answers |
//! | --- | --- | --- |
//! | [`Memory`] | not at all: the ring holds them as long as the process lives | at once |
//! | `FileJournal`, with the feature `history` | in a file that outlives the process | later, from a thread that writes |
//!
//! An application has `server::Server::keep_in` give a channel a journal. All other channels have a [`Memory`].

use crate::event::Id;
use std::{
    error::Error,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[cfg(feature = "history")]
pub use file::{FileJournal, SyncPolicy};
pub use memory::Memory;

#[cfg(feature = "history")]
mod file;
mod memory;

/// Puts the events of a channel in order, gives them ids that grow, and keeps them.
///
/// No call but [`Journal::open`] blocks. A journal that waits for a disk or for another server has a thread of its own,
/// which reports into the loop.
pub trait Journal: Send {
    /// Opens the journal, before any other call. Returns the newest `most` events that it keeps.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the journal cannot be used. The server then does not start.
    fn open(&mut self, most: usize) -> Result<Kept, Failure>;

    /// Gives the journal the call by which it reports. A journal that always answers at once has no use for it.
    fn start(&mut self, report: Reporter);

    /// Has the journal give no more ids up to `last`, which subscribers may have seen. Called before [`Journal::start`], by a
    /// process that goes on where another process ended.
    fn continue_behind(&mut self, last: Id) {
        let _ = last;
    }

    /// Lets the file go, so that another process can open it, after all events that wait were kept and reported. Returns
    /// false if that takes too long. A journal that has let its file go takes no event before it was
    /// [opened](Journal::open) and [started](Journal::start) again.
    fn let_go(&mut self) -> bool {
        true
    }

    /// Appends an event, unless too many events wait to be appended. A report about this event will have the `token`,
    /// which is greater than the tokens before.
    ///
    /// # Errors
    ///
    /// [`Full`] if too many events wait, or if the journal is out of order. The event is dropped.
    fn append(&mut self, token: u64, name: &str, data: &str) -> Result<Appended, Full>;

    /// Tells that the publishers of all events up to this token were told that their events have failed. The journal
    /// may drop such an event, if it has not begun to keep it.
    fn give_up(&mut self, token: u64) {
        let _ = token;
    }
}

/// The call by which a journal reports, from any thread.
pub type Reporter = Box<dyn Fn(Report) + Send + Sync>;

/// The answer of [`Journal::append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The event has this id. The journal does not report the event.
    Now(Id),
    /// The journal will report the event.
    Later,
}

/// The error of a journal for which too many events wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// A report of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// This event is next in the journal's order. It goes into the ring and to every subscriber.
    Event(Entry),
    /// The appended event of this token has this id. The report of the event itself comes before.
    Appended {
        /// The token that [`Journal::append`] got.
        token: u64,
        /// The event's id.
        id: Id,
    },
    /// The appended event of this token was not taken.
    Failed {
        /// The token that [`Journal::append`] got.
        token: u64,
    },
    /// The journal keeps events, so many at present. A journal that keeps no events does not report this.
    Up {
        /// The number of events kept.
        events: usize,
    },
    /// The journal gives ids, but cannot keep events at present.
    Down,
    /// The journal has kept events together.
    Committed {
        /// The time that it took.
        took: Duration,
        /// The number of events kept after that.
        events: usize,
    },
}

/// An event that a journal keeps or reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The event's id.
    pub id: Id,
    /// The event's name.
    pub name: String,
    /// The event's data.
    pub data: String,
}

/// The events that a journal has kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The id of the newest event that is no longer kept. Before any event, an id from which a client can resume.
    pub after: Id,
    /// The events, oldest first.
    pub events: Vec<Entry>,
    /// Ids from here on may be new. Smaller ids that are greater than those of `events` may be of events that were sent
    /// and lost: a client that names such an id may have missed others.
    pub until: Id,
}

impl Kept {
    /// The id of the newest event that is known.
    #[must_use]
    pub fn last(&self) -> Id {
        self.events.last().map_or(self.after, |newest| newest.id)
    }
}

/// The reason why a journal cannot be used, on one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failure {}

/// Milliseconds from 1970 to `now`; 0 for a time before.
pub(crate) fn unix_millis(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
