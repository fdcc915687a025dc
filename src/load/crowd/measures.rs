//! The looks of the probe over the course of a run, and the figures that follow from them. Knows no socket.

use crate::load::{
    judge::slope::Slope,
    probe::Look,
    report::{Cpu, MemoryGrowth, MemoryUse, Network},
};

/// The least processor time that tells a cost, in seconds: the kernel counts in hundredths.
const LEAST_TIME: f64 = 0.05;
/// The least time that tells a part of a core, in seconds.
const LEAST_HOLD: f64 = 0.2;
/// The least number of streams, and of events, that tell the cost of one.
const LEAST_STREAMS: u64 = 100;
const LEAST_EVENTS: u64 = 1000;

/// The looks of the probe.
pub(super) struct Measures {
    /// Before the first connection.
    pub(super) before: Look,
    /// The first since the crowd is held.
    held_from: Option<Look>,
    /// The latest while there are connections.
    held_until: Look,
    pub(super) latest: Look,
    /// The most memory until the last connection was closed.
    most: MemoryUse,
    /// The memory after the last connection was closed.
    pub(super) after: Option<MemoryUse>,
    /// Each memory over the connections, while the crowd comes: the server's, the kernel's and this program's own.
    slopes: [Slope; 3],
}

impl Measures {
    /// No looks but the first.
    pub(super) fn new(before: Look) -> Self {
        Self {
            before,
            held_from: None,
            held_until: before,
            latest: before,
            most: before.memory,
            after: None,
            slopes: [Slope::default(); 3],
        }
    }

    /// Takes a look while the crowd comes.
    pub(super) fn coming(&mut self, look: Look) {
        self.take(look);
        let memory = [look.memory.resident, look.memory.kernel, look.memory.own];
        for (slope, bytes) in self.slopes.iter_mut().zip(memory) {
            if let Some(bytes) = bytes.filter(|_| look.connections > 0) {
                slope.add(look.connections as f64, bytes as f64);
            }
        }
    }

    /// Takes a look while the crowd is held, or comes to the size of the next stage.
    pub(super) fn held(&mut self, look: Look, is_growing: bool) {
        self.held_from.get_or_insert(look);
        match is_growing {
            true => self.coming(look),
            false => self.take(look),
        }
    }

    fn take(&mut self, look: Look) {
        (self.latest, self.held_until) = (look, look);
        let (most, now) = (&mut self.most, look.memory);
        most.resident = most.resident.max(now.resident);
        most.kernel = most.kernel.max(now.kernel);
        most.own = most.own.max(now.own);
    }

    /// The connections that the server has let go because they did not read, if it tells.
    pub(super) fn let_go(&self) -> Option<u64> {
        self.latest.let_go?.checked_sub(self.before.let_go?)
    }

    /// The growth of memory.
    pub(super) fn memory(&self) -> MemoryGrowth {
        let [server, kernel, own] = self.slopes.map(|slope| slope.each());
        MemoryGrowth {
            before: self.before.memory,
            top: self.most,
            after: self.after.unwrap_or(self.latest.memory),
            per_subscriber: server,
            kernel_per_subscriber: kernel,
            own_per_subscriber: own,
        }
    }

    /// The processor time of the server and of this program.
    pub(super) fn cpu(&self) -> Cpu {
        let Some(from) = self.held_from else {
            return Cpu::default();
        };
        let until = self.held_until;
        let seconds = until.at.duration_since(from.at).as_secs_f64();
        let own = used(from.cpu.own, until.cpu.own);
        let server = used(from.cpu.server, until.cpu.server);
        let share = |used: Option<f64>| Some(used.filter(|_| seconds >= LEAST_HOLD)? / seconds);
        let per_stream = self.per_stream(&from);
        Cpu {
            own,
            own_share: share(own),
            server,
            server_share: share(server),
            per_stream,
            per_event: per_event(&from, &until, per_stream.unwrap_or_default()),
        }
    }

    /// The processor time of the server for each stream that was opened while the crowd came.
    fn per_stream(&self, from: &Look) -> Option<f64> {
        let opened = from.opened.saturating_sub(self.before.opened);
        let used = used(self.before.cpu.server, from.cpu.server)?;
        (opened >= LEAST_STREAMS && used >= LEAST_TIME).then(|| used / opened as f64)
    }

    /// The counts of the kernel over the run.
    pub(super) fn network(&self) -> Option<Network> {
        let (before, now) = (self.before.network?, self.latest.network?);
        Some(Network {
            syn_sent_again: now.syn_sent_again.saturating_sub(before.syn_sent_again),
            listen_overflows: now.listen_overflows.saturating_sub(before.listen_overflows),
            listen_drops: now.listen_drops.saturating_sub(before.listen_drops),
        })
    }
}

fn used(from: Option<f64>, until: Option<f64>) -> Option<f64> {
    Some((until? - from?).max(0.0))
}

/// The processor time of the server for each event that arrived while the crowd was held, less that of streams opened
/// anew.
fn per_event(from: &Look, until: &Look, per_stream: f64) -> Option<f64> {
    let events = until.events.saturating_sub(from.events);
    let opened = until.opened.saturating_sub(from.opened) as f64;
    let used = used(from.cpu.server, until.cpu.server)? - opened * per_stream;
    (events >= LEAST_EVENTS && used >= LEAST_TIME).then(|| used / events as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::CpuUse;
    use std::time::{Duration, Instant};

    /// A look after so many seconds, at these counts, when the server and this program had used so much.
    fn look(
        seconds: u64,
        [connections, opened, events]: [u64; 3],
        [server, own]: [f64; 2],
    ) -> Look {
        Look {
            at: Instant::now() + Duration::from_secs(seconds),
            connections,
            opened,
            events,
            memory: MemoryUse {
                resident: Some(5_000_000 + 80 * connections),
                kernel: None,
                own: Some(9_000_000),
            },
            cpu: CpuUse {
                server: Some(server),
                own: Some(own),
            },
            let_go: Some(events / 1000),
            network: None,
        }
    }

    #[test]
    fn memory_for_each_subscriber_is_what_the_next_one_takes_and_nothing_that_is_there_anyhow() {
        let mut measures = Measures::new(look(0, [0; 3], [1.0; 2]));
        for number in 0..5 {
            assert_eq!(measures.memory().per_subscriber, None, "{number} looks");
            measures.coming(look(1, [number * 100 + 1, 0, 0], [1.0; 2]));
        }
        let memory = measures.memory();
        assert!((memory.per_subscriber.unwrap() - 80.0).abs() < 1e-6);
        assert_eq!(memory.kernel_per_subscriber, None);
        assert_eq!(memory.own_per_subscriber, Some(0.0));
    }

    #[test]
    fn processor_time_is_that_of_the_hold_without_the_streams_opened_anew() {
        let mut measures = Measures::new(look(0, [0; 3], [1.0, 0.5]));
        assert_eq!(measures.cpu(), Cpu::default());
        measures.coming(look(1, [900, 900, 0], [1.5, 0.6]));
        measures.held(look(2, [1000, 1000, 0], [2.0, 0.7]), false);
        measures.held(look(3, [1000, 1000, 5000], [2.5, 1.0]), false);
        measures.held(look(12, [1000, 2000, 10_000], [4.0, 3.7]), false);
        let cpu = measures.cpu();
        let near = |figure: Option<f64>, of: f64| {
            assert!((figure.unwrap() - of).abs() < 1e-3, "{figure:?}")
        };
        near(cpu.per_stream, 1e-3);
        near(cpu.per_event, 1e-4);
        near(cpu.own_share, 0.3);
        near(cpu.server_share, 0.2);
        assert_eq!(measures.let_go(), Some(10));
    }

    #[test]
    fn too_few_events_or_too_little_time_tell_no_cost() {
        let of = |events, server| {
            let mut measures = Measures::new(look(0, [0; 3], [0.0; 2]));
            measures.held(look(1, [10, 10, 0], [0.0; 2]), false);
            measures.held(look(2, [10, 10, events], [server, 0.0]), false);
            measures.cpu()
        };
        assert_eq!(of(999, 1.0).per_event, None);
        assert_eq!(of(1000, 0.04).per_event, None);
        assert!(of(1000, 0.06).per_event.is_some());
        assert_eq!(of(1000, 1.0).per_stream, None);
    }
}
