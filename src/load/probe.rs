//! The probe of memory and processor time: those of the server, of the kernel's sockets and of this program. On a thread
//! of its own, since it may block.

mod server;

use super::{
    plan::Plan,
    report::{CpuUse, MemoryUse},
};
use crate::reactor::system::{self, NetworkCounts};
use server::{Metrics, Server};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

/// The time between two looks once the crowd is there.
const PERIOD: Duration = Duration::from_secs(1);
/// The time between two looks while the crowd comes: the growth for each subscriber is told by many looks.
const RAMP: Duration = Duration::from_millis(100);

/// The probe.
pub(super) struct Probe {
    server: Server,
    /// Whether this machine's kernel is the server's.
    local: bool,
    tally: Arc<Tally>,
}

/// The counts of a run that the probe sets its looks against. The loop writes them in each turn.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) connections: AtomicU64,
    pub(super) opened: AtomicU64,
    pub(super) events: AtomicU64,
}

/// A look of the probe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// When the look began.
    pub(super) at: Instant,
    /// The connections at this moment, and the streams opened and events received until then.
    pub(super) connections: u64,
    pub(super) opened: u64,
    pub(super) events: u64,
    pub(super) memory: MemoryUse,
    pub(super) cpu: CpuUse,
    /// Connections that the server has ended because their peers did not read, if it tells.
    pub(super) let_go: Option<u64>,
    pub(super) network: Option<NetworkCounts>,
}

impl Probe {
    /// A probe of the process that the options name and its children, and of the metrics that the server offers.
    pub(super) fn new(plan: &Plan) -> Result<Self, String> {
        let pid = plan.options.pid;
        if let Some(pid) = pid.filter(|pid| system::resident(Some(*pid)).is_none()) {
            return Err(format!(
                "--pid {pid}: there is no such process on this machine"
            ));
        }
        // A server whose process is known is asked for nothing that is known without it.
        let is_asked = pid.is_none() || plan.misbehaving() > 0 || plan.gap_event.is_none();
        let metrics = is_asked.then(|| Metrics::all(plan)).transpose()?;
        let server = Server::new(pid, metrics.unwrap_or_default());
        if server.look().memory.is_none() {
            log::info!(
                "the server does not tell its memory: without /metrics, give its process by --pid"
            );
        }
        Ok(Self {
            server,
            local: plan.is_local(),
            tally: Arc::default(),
        })
    }

    /// The counts that the loop is to keep.
    pub(super) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// The number of the server's process, if it is known. A process that takes over has another one.
    pub(super) fn process(&self) -> Option<Arc<AtomicU32>> {
        self.server.pid.clone()
    }

    /// Whether the server is picture-frame, as its metrics tell.
    pub(super) fn is_picture_frame(&self) -> bool {
        self.server.is_ours
    }

    /// Looks once.
    pub(super) fn look(&self) -> Look {
        let at = Instant::now();
        let server = self.server.look();
        let tally = &self.tally;
        Look {
            at,
            connections: tally.connections.load(Relaxed),
            opened: tally.opened.load(Relaxed),
            events: tally.events.load(Relaxed),
            memory: MemoryUse {
                resident: server.memory,
                kernel: self.local.then(system::kernel_memory).flatten(),
                own: system::resident(None),
            },
            cpu: CpuUse {
                server: server.cpu,
                own: system::processor_time(),
            },
            let_go: server.let_go,
            network: system::network_counts(),
        }
    }

    /// Starts a thread that looks again and again, and tells what it finds: often until it is asked for the first time,
    /// then once a second and whenever it is asked. Returns the way to ask.
    pub(super) fn watch(self, tell: impl Fn(Look) + Send + 'static) -> Sender<()> {
        let (ask, asked) = mpsc::channel();
        let watch = move || self.look_on(&asked, tell);
        if let Err(error) = thread::Builder::new().name("probe".to_owned()).spawn(watch) {
            log::warn!("memory and processor time are not watched: {error}");
        }
        ask
    }

    fn look_on(&self, asked: &Receiver<()>, tell: impl Fn(Look)) {
        let mut period = RAMP;
        loop {
            tell(self.look());
            match asked.recv_timeout(period) {
                Ok(()) => period = PERIOD,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}
