//! The threads that run jobs, by the kind of jobs.

use crate::{
    pool::Pool,
    server::{parts::jobs::Threads, settings::Settings},
};
use std::io;

/// Reads of files that may wait: a page is a dozen of them.
const WAITING_FILES: usize = 256;
/// Computations that may wait: the last of so many that take a millisecond each is not late yet.
const WAITING_COMPUTATIONS: usize = 64;

/// The pools of threads.
pub struct Pools {
    jobs: Pool,
    files: Pool,
    computations: Pool,
}

impl Pools {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread (clone(2)).
    pub fn new(settings: &Settings) -> io::Result<Self> {
        Ok(Self {
            jobs: Pool::new("job", settings.threads, settings.queue)?,
            files: Pool::new("file", 1, WAITING_FILES)?,
            computations: Pool::new("compute", 1, WAITING_COMPUTATIONS)?,
        })
    }

    /// The pool of a kind.
    pub fn of(&self, threads: Threads) -> &Pool {
        match threads {
            Threads::Jobs => &self.jobs,
            Threads::Files => &self.files,
            Threads::Computations => &self.computations,
        }
    }
}
