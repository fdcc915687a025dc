//! What the system knows of this process (proc(5)). Reads files, so it runs on a pool thread; where there is no such
//! file, or no descriptor to read it with, that number is left out.

use super::Report;
use crate::reactor::system;

/// What could be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    resident: Option<u64>,
    processor: Option<f64>,
    open: Option<u64>,
    most: Option<u64>,
    start: Option<f64>,
}

impl Process {
    /// Reads it.
    pub(super) fn read() -> Self {
        Self {
            resident: system::resident(None),
            processor: system::processor_time(),
            open: system::open_descriptors(),
            most: rlimit::Resource::NOFILE.get_soft().ok(),
            start: system::start_time(),
        }
    }

    /// By the names that every program's numbers of this kind have.
    pub(super) fn report(&self, report: &mut Report) {
        if let Some(bytes) = self.resident {
            let help = "Resident memory in bytes";
            report.gauge("process_resident_memory_bytes", help, bytes);
        }
        if let Some(seconds) = self.processor {
            let help = "Processor time of user and system in seconds";
            report.measured_total("process_cpu_seconds_total", help, seconds);
        }
        if let Some(count) = self.open {
            report.gauge("process_open_fds", "Descriptors that are open", count);
        }
        if let Some(count) = self.most {
            report.gauge("process_max_fds", "Descriptors that may be open", count);
        }
        if let Some(seconds) = self.start {
            let help = "When the process began, in seconds since 1970";
            report.measure("process_start_time_seconds", help, seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_known() {
        let process = Process::read();
        assert!(process.resident.unwrap() > 100_000);
        assert!(process.open.unwrap() >= 3 && process.open < process.most);
        assert!(process.start.unwrap() > 1e9 && process.processor.is_some());
    }
}
