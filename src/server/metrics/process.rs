//! The system's numbers of this process (proc(5)). The numbers are read from files, and therefore on a pool thread. A
//! number is left out if its file does not exist or no descriptor is free to read it with.

use super::exposition::{Exposition, decimal};
use crate::reactor::system;
use std::time::Duration;

/// The process's numbers, each if it could be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    resident: Option<u64>,
    processor: Option<f64>,
    open: Option<u64>,
    most: Option<u64>,
    start: Option<f64>,
}

impl Process {
    /// Reads the numbers.
    pub(super) fn read() -> Self {
        Self {
            resident: system::resident(None),
            processor: system::processor_time(),
            open: system::open_descriptors(),
            most: rlimit::Resource::NOFILE.get_soft().ok(),
            start: system::start_time(),
        }
    }

    /// Adds the numbers to a report, by the names that Prometheus has for every program. The processor time begins with
    /// `earlier` microseconds, those of the processes from which this one took over, so that it never goes back.
    pub(super) fn report(&self, report: &mut Exposition, earlier: u64) {
        if let Some(bytes) = self.resident {
            report
                .gauge("process_resident_memory_bytes", "Resident memory in bytes")
                .is(bytes);
        }
        if let Some(seconds) = self.processor {
            let micros = Duration::from_secs_f64(seconds).as_micros() as u64 + earlier;
            let help = "Processor time of user and system in seconds";
            report
                .counter("process_cpu_seconds_total", help)
                .is(decimal(micros as f64 / 1e6));
        }
        if let Some(count) = self.open {
            report
                .gauge("process_open_fds", "Descriptors that are open")
                .is(count);
        }
        if let Some(count) = self.most {
            report
                .gauge("process_max_fds", "Descriptors that may be open")
                .is(count);
        }
        if let Some(seconds) = self.start {
            let help = "When the process began, in seconds since 1970";
            report
                .gauge("process_start_time_seconds", help)
                .is(decimal(seconds));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_this_process_can_be_read() {
        let process = Process::read();
        assert!(process.resident.unwrap() > 100_000);
        assert!(process.open.unwrap() >= 3 && process.open < process.most);
        assert!(process.start.unwrap() > 1e9 && process.processor.is_some());
    }
}
