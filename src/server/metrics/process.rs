//! The system's numbers of this process (proc(5)). They are read from files, and therefore on a pool thread. A number is
//! left out if its file does not exist or no descriptor is free to read it with.

use super::report::{Report, decimal};
use std::fs;

/// The unit of processor times and of the start (sysconf(3), `_SC_CLK_TCK`): a hundredth of a second on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// The numbers that could be read.
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
        let read = |path: &str| fs::read_to_string(path).ok();
        let stat = read("/proc/self/stat");
        let ticks = |field| stat.as_deref().and_then(|stat| in_stat(stat, field));
        let booted = read("/proc/stat").and_then(|stat| number(&stat, "btime"));
        let limit = rlimit::Resource::NOFILE.get_soft();
        Self {
            resident: read("/proc/self/status")
                .and_then(|status| number(&status, "VmRSS:"))
                .map(|kibibytes| kibibytes * 1024),
            processor: ticks(14)
                .zip(ticks(15))
                .map(|(user, system)| (user + system) / TICKS_PER_SECOND),
            open: open_descriptors(),
            most: limit.ok(),
            start: booted
                .zip(ticks(22))
                .map(|(booted, ticks)| booted as f64 + ticks / TICKS_PER_SECOND),
        }
    }

    /// Adds the numbers, by the names that they have for every program.
    pub(super) fn report(&self, report: &mut Report) {
        if let Some(bytes) = self.resident {
            report
                .gauge("process_resident_memory_bytes", "Resident memory in bytes")
                .is(bytes);
        }
        if let Some(seconds) = self.processor {
            let help = "Processor time of user and system in seconds";
            report
                .counter("process_cpu_seconds_total", help)
                .is(decimal(seconds));
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

/// The number of open descriptors. Since Linux 6.2 it is the folder's size. On older kernels that size is 0, and the
/// descriptors are counted one by one, which takes some 30 ms for 20,000.
fn open_descriptors() -> Option<u64> {
    const FOLDER: &str = "/proc/self/fd";
    match fs::metadata(FOLDER).ok()?.len() {
        // The folder is read through a descriptor of its own.
        0 => Some((fs::read_dir(FOLDER).ok()?.count() as u64).saturating_sub(1)),
        count => Some(count),
    }
}

/// A field of `stat`, counted from one as the manual does. The second field is a name in parentheses, which may itself
/// hold spaces and parentheses.
fn in_stat(stat: &str, field: usize) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(field - 3)?.parse().ok()
}

/// The number behind a name at the beginning of a line.
fn number(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_the_name_whatever_is_in_it() {
        let stat = "7 (a) b (c)) S 1 2 3";
        assert_eq!(in_stat(stat, 4), Some(1.0));
        assert_eq!(in_stat(stat, 6), Some(3.0));
        assert_eq!(in_stat(stat, 7), None);
    }

    #[test]
    fn a_number_is_found_by_its_line() {
        let text = "VmHWM:\t 5 kB\nVmRSS:\t   12 kB\n";
        assert_eq!(number(text, "VmRSS:"), Some(12));
        assert_eq!(number(text, "VmSwap:"), None);
    }

    #[test]
    fn this_process_is_known() {
        let process = Process::read();
        assert!(process.resident.unwrap() > 100_000);
        assert!(process.open.unwrap() >= 3 && process.open < process.most);
        assert!(process.start.unwrap() > 1e9 && process.processor.is_some());
    }
}
