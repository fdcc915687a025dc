//! A journal that keeps nothing.

use super::{Appended, Failure, Full, Journal, Kept, Reporter, unix_millis};
use crate::event::Id;
use std::time::SystemTime;

/// A journal that keeps nothing, and gives each event an id at once: the present time, or the id after the last one if
/// the clock does not grow. The first id is greater than the ids of an earlier run, unless the clock was set back
/// between the two runs.
///
/// ```
/// use picture_frame::journal::{Appended, Journal, Memory};
///
/// let mut journal = Memory::default();
/// let Ok(Appended::Now(first)) = journal.append(1, "news", "one") else { panic!("memory answers at once") };
/// let Ok(Appended::Now(second)) = journal.append(2, "news", "two") else { panic!("memory answers at once") };
/// assert!(first < second);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The newest id.
    last: Id,
}

impl Default for Memory {
    fn default() -> Self {
        let last = Id::at(unix_millis(SystemTime::now()));
        Self { last }
    }
}

impl Memory {
    /// The beginning of a channel without events.
    pub(crate) fn kept(&self) -> Kept {
        Kept {
            after: self.last,
            events: Vec::new(),
            until: self.last,
        }
    }
}

impl Journal for Memory {
    fn open(&mut self, _: usize) -> Result<Kept, Failure> {
        Ok(self.kept())
    }

    fn start(&mut self, _: Reporter) {}

    fn continue_behind(&mut self, last: Id) {
        self.last = self.last.max(last);
    }

    fn append(&mut self, _: u64, _: &str, _: &str) -> Result<Appended, Full> {
        self.last = self.last.next(unix_millis(SystemTime::now()));
        Ok(Appended::Now(self.last))
    }
}
