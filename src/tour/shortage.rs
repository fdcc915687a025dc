//! A shortage of descriptors, which ends when it is dropped.

use rlimit::Resource;
use std::{fs::File, io, os::fd::AsRawFd};

/// The descriptors that are within the lowered limit, beside those in use.
const WITHIN: u64 = 4;

/// A shortage: a lowered limit, and files that take the descriptors within it.
pub(super) struct Shortage {
    soft: u64,
    hard: u64,
    files: Vec<File>,
}

impl Shortage {
    /// Leaves `left` free descriptors to this process, fewer than four.
    pub(super) fn of_all_but(left: usize) -> io::Result<Self> {
        let (soft, hard) = Resource::NOFILE.get()?;
        let mut shortage = Self {
            soft,
            hard,
            files: vec![open()?],
        };
        // A new descriptor has the lowest free number (open(2)), and the limit is a bound on the numbers.
        let lowest = shortage.files[0].as_raw_fd() as u64;
        Resource::NOFILE.set(soft.min(lowest + WITHIN), hard)?;
        while let Ok(file) = open() {
            shortage.files.push(file);
        }
        shortage
            .files
            .truncate(shortage.files.len().saturating_sub(left));
        Ok(shortage)
    }
}

impl Drop for Shortage {
    fn drop(&mut self) {
        // A process may always set its soft limit up to the hard limit (setrlimit(2)).
        let _ = Resource::NOFILE.set(self.soft, self.hard);
    }
}

fn open() -> io::Result<File> {
    File::open("/dev/null")
}
