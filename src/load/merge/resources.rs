//! The resources of all processes: the server and the kernel are the same for all, the processes add up. Pure.

use crate::load::{
    judge::slope::Slope,
    report::{Cpu, CpuUse, MemoryGrowth, MemoryUse, Network, Report, Sample, machine::Machine},
};

/// The memory. That of each connection is told by the samples while the crowd came, until `held_from`.
pub(super) fn memory(
    reports: &[Report],
    samples: &[Sample],
    held_from: f64,
) -> Option<MemoryGrowth> {
    let all: Vec<&MemoryGrowth> = reports.iter().filter_map(|it| it.memory.as_ref()).collect();
    let at = |of: fn(&MemoryGrowth) -> &MemoryUse, of_two: fn(u64, u64) -> u64| {
        let known = |field: fn(&MemoryUse) -> Option<u64>, of_two: fn(u64, u64) -> u64| {
            all.iter().filter_map(|it| field(of(it))).reduce(of_two)
        };
        MemoryUse {
            resident: known(|it| it.resident, of_two),
            kernel: known(|it| it.kernel, of_two),
            own: known(|it| it.own, |one, other| one + other),
        }
    };
    let each = |of: fn(&MemoryUse) -> Option<u64>| {
        let mut slope = Slope::default();
        for it in samples
            .iter()
            .filter(|it| it.connections > 0 && it.at <= held_from)
        {
            slope.add(f64::from(it.connections), of(&it.memory)? as f64);
        }
        slope.each()
    };
    all.first().map(|_| MemoryGrowth {
        before: at(|it| &it.before, u64::min),
        top: at(|it| &it.top, u64::max),
        after: at(|it| &it.after, u64::min),
        per_subscriber: each(|it| it.resident),
        kernel_per_subscriber: each(|it| it.kernel),
        own_per_subscriber: each(|it| it.own),
    })
}

/// The processor time. The part of a core is that of the busiest process, for the processes may be on several machines.
pub(super) fn cpu(reports: &[Report]) -> Cpu {
    let all = |of: fn(&Cpu) -> Option<f64>| reports.iter().map(move |it| of(&it.cpu));
    let most = |of| all(of).flatten().reduce(f64::max);
    // Each process has divided the time of the whole server by its own number.
    let each = |of| {
        let rate = all(of).map(|seconds| Some(1.0 / seconds?));
        rate.sum::<Option<f64>>().map(f64::recip)
    };
    Cpu {
        own: all(|it| it.own).sum(),
        own_share: most(|it| it.own_share),
        server: most(|it| it.server),
        server_share: most(|it| it.server_share),
        per_stream: each(|it| it.per_stream),
        per_event: each(|it| it.per_event),
    }
}

/// The processor time used until a moment by the server and by two processes.
pub(super) fn cpu_use(one: CpuUse, other: CpuUse) -> CpuUse {
    CpuUse {
        server: most(one.server, other.server),
        own: match (one.own, other.own) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        },
    }
}

fn most(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

/// The counts of the kernels. Processes on one machine count the same packets, so that the greatest count stands for all.
pub(super) fn network(reports: &[Report]) -> Option<Network> {
    let all = reports.iter().filter_map(|report| report.network.as_ref());
    all.cloned().reduce(|one, other| Network {
        syn_sent_again: one.syn_sent_again.max(other.syn_sent_again),
        listen_overflows: one.listen_overflows.max(other.listen_overflows),
        listen_drops: one.listen_drops.max(other.listen_drops),
    })
}

/// The first machine, and the commands of all processes.
pub(super) fn machine(reports: &[Report]) -> Machine {
    let commands: Vec<&str> = reports.iter().map(|it| &*it.machine.command).collect();
    Machine {
        command: commands.join(" & "),
        ..reports[0].machine.clone()
    }
}
