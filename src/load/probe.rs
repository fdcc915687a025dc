//! How much memory the server has, its kernel's sockets and this program. On a thread of its own, since it may block.

use super::{report::Bytes, wire::target::Target};
use crate::reactor::system;
use std::{thread, time::Duration};

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(1);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most that is read of an answer.
const MOST: u64 = 1 << 20;
const RESIDENT: &str = "process_resident_memory_bytes";

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
            Some(pid) if system::resident(Some(pid)).is_none() => {
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
            kernel: self.local.then(system::kernel_memory).flatten(),
            own: system::resident(None),
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
            Source::Process(pid) => system::resident(Some(*pid)),
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
    }
}
