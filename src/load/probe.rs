//! How much memory the server has, its kernel's sockets and this program. On a thread of its own, since it may block.

use super::{report::Bytes, wire::target::Target};
use std::{fs, thread, time::Duration};

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(1);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most that is read of an answer.
const MOST: u64 = 1 << 20;
const RESIDENT: &str = "process_resident_memory_bytes";
/// What the kernel counts sockets' buffers in.
const PAGE: u64 = 4096;

/// Where the server's memory is told.
pub(super) struct Probe {
    source: Source,
    /// Whether this machine's kernel is the server's.
    local: bool,
}

enum Source {
    Process(u32),
    /// The URL, by the address that the run uses, what stands in `Host`, and who asks.
    Metrics(String, String, Box<ureq::Agent>),
    Unknown,
}

impl Probe {
    /// Looks where the memory is told: by the process' number if that is given, or else by the server itself.
    pub(super) fn new(pid: Option<u32>, target: &Target) -> Result<Self, String> {
        let source = match pid {
            Some(pid) if status(&pid.to_string()).is_none() => {
                return Err(format!(
                    "--pid {pid}: there is no such process on this machine"
                ));
            }
            Some(pid) => Source::Process(pid),
            None => {
                let url = format!("http://{}/metrics", target.address(0));
                Source::Metrics(url, target.host.clone(), Box::new(agent()))
            }
        };
        let mut probe = Self {
            source,
            local: pid.is_some() || target.is_loopback(),
        };
        if probe.resident().is_none() {
            probe.source = Source::Unknown;
            log::info!(
                "the server does not tell its memory: without /metrics, give its process by --pid"
            );
        }
        Ok(probe)
    }

    /// One look.
    pub(super) fn look(&self) -> Bytes {
        Bytes {
            resident: self.resident(),
            kernel: self.local.then(kernel).flatten(),
            own: status("self"),
        }
    }

    /// Looks again and again until nobody wants to know.
    pub(super) fn watch(self, tell: impl Fn(Bytes) + Send + 'static) {
        let watch = move || {
            loop {
                tell(self.look());
                thread::sleep(PERIOD);
            }
        };
        if let Err(error) = thread::Builder::new().name("probe".to_owned()).spawn(watch) {
            log::warn!("memory is not watched: {error}");
        }
    }

    fn resident(&self) -> Option<u64> {
        match &self.source {
            Source::Process(pid) => status(&pid.to_string()),
            Source::Metrics(url, host, agent) => metric(&ask(agent, url, host)?, RESIDENT),
            Source::Unknown => None,
        }
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .proxy(None)
        .build();
    config.into()
}

fn ask(agent: &ureq::Agent, url: &str, host: &str) -> Option<String> {
    let mut response = agent.get(url).header("Host", host).call().ok()?;
    response
        .body_mut()
        .with_config()
        .limit(MOST)
        .read_to_string()
        .ok()
}

/// A sample's value in the text format of Prometheus.
fn metric(text: &str, name: &str) -> Option<u64> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let mut values = lines.filter_map(|rest| {
        rest.strip_prefix(' ')?
            .split(' ')
            .next()?
            .parse::<f64>()
            .ok()
    });
    values.next().map(|value| value as u64)
}

/// A process' resident memory (proc(5), /proc/pid/status, `VmRSS` in KiB).
fn status(pid: &str) -> Option<u64> {
    number(&format!("/proc/{pid}/status"), "VmRSS:", "VmRSS:").map(|kibibytes| kibibytes * 1024)
}

/// What the kernel holds: its own objects, sockets among them (proc(5), /proc/meminfo, `Slab` in KiB), and what waits in
/// TCP's buffers (/proc/net/sockstat, in pages). Both are of the whole machine, so only a change tells something.
fn kernel() -> Option<u64> {
    let objects = number("/proc/meminfo", "Slab:", "Slab:")? * 1024;
    Some(objects + number("/proc/net/sockstat", "TCP:", " mem ")? * PAGE)
}

/// The number behind `word` in the line that begins with `begin`.
fn number(file: &str, begin: &str, word: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(begin))?;
    line.split_once(word)?
        .1
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_where_it_is_told() {
        let text = "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 1.5e6\n# EOF\n";
        assert_eq!(metric(text, RESIDENT), Some(1_500_000));
        assert_eq!(
            metric("process_resident_memory_bytes_total 1\n", RESIDENT),
            None
        );
        assert!(status("self").is_some_and(|bytes| bytes > 100_000));
        assert!(status("0").is_none() && kernel().is_some());
    }
}
