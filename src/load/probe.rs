//! The probe of memory: that of the server, of the kernel's sockets and of this program. On a thread of its own, since it
//! may block.

use super::{plan::Plan, report::MemoryUse, wire::tls};
use crate::reactor::system;
use std::{thread, time::Duration};
use ureq::tls::TlsConfig;

/// The time between two looks.
const PERIOD: Duration = Duration::from_secs(1);
/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most bytes that are read of an answer.
const MOST: u64 = 1 << 20;
/// The beginning of the names of picture-frame's own metrics.
const OURS: &str = "picture_frame_";
const RESIDENT: &str = "process_resident_memory_bytes";

/// The probe.
pub(super) struct Probe {
    server: ServerMemory,
    /// Whether this machine's kernel is the server's.
    local: bool,
}

/// The way to the server's memory.
enum ServerMemory {
    /// The process with this number.
    Process(u32),
    /// The URL of the metrics, by the address that the run uses, the value of `Host`, and the client.
    Metrics(String, String, Box<ureq::Agent>),
    Unknown,
}

impl Probe {
    /// A probe of the process with the number `pid` if it is given, or else of the metrics that the server offers.
    pub(super) fn new(pid: Option<u32>, plan: &Plan) -> Result<Self, String> {
        let target = &plan.targets[0];
        let server = match pid {
            Some(pid) if system::resident(Some(pid)).is_none() => {
                return Err(format!(
                    "--pid {pid}: there is no such process on this machine"
                ));
            }
            Some(pid) => ServerMemory::Process(pid),
            None => {
                let (url, host, agent) = metrics(plan)?;
                ServerMemory::Metrics(url, host, Box::new(agent))
            }
        };
        let mut probe = Self {
            server,
            local: pid.is_some() || target.is_loopback(),
        };
        if probe.resident().is_none() {
            probe.server = ServerMemory::Unknown;
            log::info!(
                "the server does not tell its memory: without /metrics, give its process by --pid"
            );
        }
        Ok(probe)
    }

    /// Whether the server is picture-frame, as its metrics tell.
    pub(super) fn is_picture_frame(&self, plan: &Plan) -> bool {
        if matches!(self.server, ServerMemory::Unknown) {
            return false;
        }
        let metrics = metrics(plan).ok();
        let text = metrics.and_then(|(url, host, agent)| ask(&agent, &url, &host));
        text.is_some_and(|text| text.contains(OURS))
    }

    /// Looks once.
    pub(super) fn look(&self) -> MemoryUse {
        MemoryUse {
            resident: self.resident(),
            kernel: self.local.then(system::kernel_memory).flatten(),
            own: system::resident(None),
        }
    }

    /// Starts a thread that looks once a second, and tells what it finds.
    pub(super) fn watch(self, tell: impl Fn(MemoryUse) + Send + 'static) {
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
        match &self.server {
            ServerMemory::Process(pid) => system::resident(Some(*pid)),
            ServerMemory::Metrics(url, host, agent) => metric(&ask(agent, url, host)?, RESIDENT),
            ServerMemory::Unknown => None,
        }
    }
}

/// The URL of the server's metrics, the value of `Host`, and the client that asks for them.
fn metrics(plan: &Plan) -> Result<(String, String, ureq::Agent), String> {
    let (target, options) = (&plan.targets[0], &plan.options);
    // A certificate is for a name, and not for the address.
    let url = match target.scheme() {
        "http" => format!("http://{}/metrics", target.address(0)),
        scheme => format!("{scheme}://{}/metrics", target.host),
    };
    let tls = tls::of_ureq(options.ca.as_deref(), options.insecure)?;
    Ok((url, target.host.clone(), agent(tls)))
}

fn agent(tls: TlsConfig) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
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

/// The value of a metric in the text format of Prometheus.
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
    fn memory_is_read_from_metrics_and_from_proc() {
        let text = "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 1.5e6\n# EOF\n";
        assert_eq!(metric(text, RESIDENT), Some(1_500_000));
        assert_eq!(
            metric("process_resident_memory_bytes_total 1\n", RESIDENT),
            None
        );
    }
}
