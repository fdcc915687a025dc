//! The ways to the server's figures: its processes on this machine, and the metrics that it offers.

use crate::{
    load::{
        options::Options,
        plan::Plan,
        wire::{target::Target, tls},
    },
    reactor::system::{self, Process},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};
use ureq::tls::TlsConfig;

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most bytes that are read of an answer.
const MOST: u64 = 1 << 20;
/// The beginning of the names of picture-frame's own metrics.
const OURS: &str = "picture_frame_";
const RESIDENT: &str = "process_resident_memory_bytes";
const PROCESSOR: &str = "process_cpu_seconds_total";
/// The connections that our own server has ended because their peers did not read or acknowledge.
const LET_GO: [&str; 2] = [
    "picture_frame_disconnects_total{reason=\"slow\"}",
    "picture_frame_disconnects_total{reason=\"write_timeout\"}",
];

/// The ways to the server's figures.
pub(super) struct Server {
    /// The server's first process, if it is given.
    pub(super) pid: Option<Arc<AtomicU32>>,
    /// The metrics of each server that the run uses; none unless each offers them.
    metrics: Vec<Metrics>,
    /// Whether each server is picture-frame, as its metrics tell.
    pub(super) is_ours: bool,
}

/// The figures of the server at a moment, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// The resident memory, in bytes.
    pub(super) memory: Option<u64>,
    /// The processor time used so far, in seconds.
    pub(super) cpu: Option<f64>,
    /// Connections that the server has ended because their peers did not read.
    pub(super) let_go: Option<u64>,
}

/// The metrics by HTTP: their URL by the address that the run uses, the value of `Host`, and the client.
pub(super) struct Metrics {
    url: String,
    host: String,
    agent: ureq::Agent,
}

impl Server {
    /// The server whose first process has the number `pid`, if it is given, and that may offer `metrics`.
    pub(super) fn new(pid: Option<u32>, mut metrics: Vec<Metrics>) -> Self {
        let texts: Vec<String> = metrics.iter().filter_map(Metrics::ask).collect();
        let tells = |text: &String| Figures::of(text) != Figures::default();
        if texts.len() < metrics.len() || !texts.iter().all(tells) {
            metrics.clear();
        }
        Self {
            pid: pid.map(|pid| Arc::new(pid.into())),
            is_ours: !metrics.is_empty() && texts.iter().all(|text| text.contains(OURS)),
            metrics,
        }
    }

    /// Looks once. The processes tell more exactly than the metrics.
    pub(super) fn look(&self) -> Figures {
        let told = self.metrics.iter().map(|metrics| {
            let text = metrics.ask();
            text.map_or_else(Figures::default, |text| Figures::of(&text))
        });
        let told = told.reduce(Figures::and).unwrap_or_default();
        match &self.pid {
            None => told,
            Some(pid) => Figures {
                let_go: told.let_go,
                ..of_processes(&tree(&system::processes(), pid.load(Relaxed)))
            },
        }
    }
}

impl Metrics {
    /// The metrics of each server that has the streams.
    pub(super) fn all(plan: &Plan) -> Result<Vec<Self>, String> {
        let mut all: Vec<Self> = Vec::new();
        for target in &plan.targets {
            let metrics = Self::new(target, &plan.options)?;
            if all.iter().all(|it| it.url != metrics.url) {
                all.push(metrics);
            }
        }
        Ok(all)
    }

    fn new(target: &Target, options: &Options) -> Result<Self, String> {
        // A certificate is for a name, and not for the address.
        let url = match target.scheme() {
            "http" => format!("http://{}/metrics", target.address(0)),
            scheme => format!("{scheme}://{}/metrics", target.host),
        };
        let tls = tls::of_ureq(options.ca.as_deref(), options.insecure)?;
        Ok(Self {
            url,
            host: target.host.clone(),
            agent: agent(tls),
        })
    }

    fn ask(&self) -> Option<String> {
        let request = self.agent.get(&self.url).header("Host", &self.host);
        let mut response = request.call().ok()?;
        let body = response.body_mut().with_config();
        body.limit(MOST).read_to_string().ok()
    }
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

impl Figures {
    /// The figures that metrics tell.
    fn of(text: &str) -> Self {
        let let_go = LET_GO.iter().map(|name| metric(text, name));
        Self {
            memory: metric(text, RESIDENT).map(|bytes| bytes as u64),
            cpu: metric(text, PROCESSOR),
            let_go: let_go.sum::<Option<f64>>().map(|number| number as u64),
        }
    }

    /// The figures of two servers: a figure that one of them does not tell is not known.
    fn and(self, other: Self) -> Self {
        Self {
            memory: self
                .memory
                .zip(other.memory)
                .map(|(one, other)| one + other),
            cpu: self.cpu.zip(other.cpu).map(|(one, other)| one + other),
            let_go: self
                .let_go
                .zip(other.let_go)
                .map(|(one, other)| one + other),
        }
    }
}

/// The value of a metric in the text format of Prometheus.
fn metric(text: &str, name: &str) -> Option<f64> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let mut values = lines.filter_map(|rest| {
        rest.strip_prefix(' ')?
            .split(' ')
            .next()?
            .parse::<f64>()
            .ok()
    });
    values.next()
}

/// The process with this number, its children, their children and so on.
fn tree(all: &[Process], root: u32) -> Vec<&Process> {
    let mut found: Vec<&Process> = all.iter().filter(|it| it.id == root).collect();
    let mut seen = 0;
    while let Some(parent) = found.get(seen).map(|it| it.id) {
        seen += 1;
        let is_child = |it: &&Process| it.parent == parent && it.id != root;
        found.extend(all.iter().filter(is_child));
    }
    found
}

/// The sum of the processes' figures. Processes that were forked share pages, of which each has its part.
fn of_processes(processes: &[&Process]) -> Figures {
    let of = |it: &&Process| match processes.len() {
        1 => system::resident(Some(it.id)),
        _ => system::proportional(it.id).or_else(|| system::resident(Some(it.id))),
    };
    let known: Vec<u64> = processes.iter().filter_map(of).collect();
    let cpu = processes.iter().map(|it| it.seconds).sum();
    Figures {
        memory: (!known.is_empty()).then(|| known.iter().sum()),
        cpu: (!processes.is_empty()).then_some(cpu),
        let_go: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_tell_memory_processor_time_and_the_connections_let_go() {
        let ours = "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 1.5e6\n\
                    process_cpu_seconds_total 2.25 1795255720\n\
                    picture_frame_disconnects_total{reason=\"left\"} 9\n\
                    picture_frame_disconnects_total{reason=\"slow\"} 3\n\
                    picture_frame_disconnects_total{reason=\"write_timeout\"} 4\n# EOF\n";
        let all = Figures {
            memory: Some(1_500_000),
            cpu: Some(2.25),
            let_go: Some(7),
        };
        let others = "process_resident_memory_bytes_total 1\nprocess_cpu_seconds_total 0.5\n";
        let some = Figures {
            cpu: Some(0.5),
            ..Figures::default()
        };
        for (text, figures) in [(ours, all), (others, some), ("", Figures::default())] {
            assert_eq!(Figures::of(text), figures);
        }
    }

    #[test]
    fn several_servers_are_added_up_as_far_as_all_tell_a_figure() {
        let figures = |memory, cpu| Figures {
            memory,
            cpu,
            let_go: Some(1),
        };
        let sum = figures(Some(5), Some(1.5)).and(figures(Some(7), None));
        assert_eq!((sum.memory, sum.cpu, sum.let_go), (Some(12), None, Some(2)));
    }

    #[test]
    fn a_tree_has_the_children_of_children_and_no_other_process() {
        let all = [(1, 0), (7, 1), (8, 7), (9, 1), (10, 8), (11, 7), (12, 9)];
        let all = all.map(|(id, parent)| Process {
            id,
            parent,
            seconds: f64::from(id),
        });
        for (root, ids) in [(7, &[7, 8, 11, 10][..]), (12, &[12]), (13, &[])] {
            let found: Vec<u32> = tree(&all, root).iter().map(|it| it.id).collect();
            assert_eq!(found, ids, "{root}");
        }
        assert_eq!(of_processes(&tree(&all, 7)).cpu, Some(36.0));
        assert_eq!(of_processes(&[]), Figures::default());
    }
}
