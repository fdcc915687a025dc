//! The threads that run jobs, by the kind of jobs.

use crate::{
    pool::Pool,
    server::{parts::jobs::Threads, settings::Settings},
};
use std::io;

/// The most reads of files that wait. A page is a dozen files.
const WAITING_FILES: usize = 256;
/// The most computations that wait. If each takes a millisecond, the last is not late.
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

    /// The pool of these threads.
    pub fn of(&self, threads: Threads) -> &Pool {
        match threads {
            Threads::Jobs => &self.jobs,
            Threads::Files => &self.files,
            Threads::Computations => &self.computations,
        }
    }
}
