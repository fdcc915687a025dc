//! The costs of a run, in a table: processor time, bytes, and connects that the kernel had to ask for again.

use super::html::table;
use crate::load::report::{
    Report,
    costs::{fine, percent},
    units::{bytes, count, time},
};

/// The table; nothing if no cost is known.
pub(super) fn costs(report: &Report) -> String {
    let rows: Vec<Vec<String>> = [processor(report), traffic(report), connects(report)]
        .into_iter()
        .flatten()
        .map(|(name, value)| vec![name, value])
        .collect();
    match rows.is_empty() {
        true => String::new(),
        false => table("wide", "Costs", &["What", "How much"], &rows),
    }
}

type Rows = Vec<(String, String)>;

fn processor(report: &Report) -> Rows {
    let cpu = &report.cpu;
    let share = |seconds: Option<f64>, share: Option<f64>| {
        Some(format!("{}, {} of a core", time(seconds?), percent(share?)))
    };
    let rows = [
        (
            "server's processor time while the crowd was held",
            share(cpu.server, cpu.server_share),
        ),
        ("for each event", cpu.per_event.map(fine)),
        ("for each stream opened", cpu.per_stream.map(fine)),
        (
            "this program's processor time meanwhile",
            share(cpu.own, cpu.own_share),
        ),
    ];
    known(rows)
}

fn traffic(report: &Report) -> Rows {
    let (traffic, events) = (&report.traffic, report.totals.events);
    let each = |number: u64| (events > 0).then(|| bytes(number as f64 / events as f64));
    known([
        ("bytes for each event", each(traffic.received)),
        ("of data", each(traffic.data)),
        (
            "of fields, comments and line ends",
            each(traffic.body.saturating_sub(traffic.data)),
        ),
        (
            "of heads and chunks",
            each(traffic.received.saturating_sub(traffic.body)),
        ),
    ])
}

fn connects(report: &Report) -> Rows {
    let connections = &report.connections;
    let groups = connections.after_seconds.iter();
    let groups = groups.map(|(seconds, number)| {
        (
            format!("connects that took about {seconds} s"),
            count(*number),
        )
    });
    let network = report.network.iter().flat_map(|network| {
        [
            (
                "first packets (SYN) sent again by this machine",
                network.syn_sent_again,
            ),
            (
                "connections that found a listener's queue full, on this machine",
                network.listen_overflows,
            ),
        ]
    });
    let network = network.filter(|(_, number)| *number > 0);
    let network = network.map(|(name, number)| (name.to_owned(), count(number)));
    groups.chain(network).collect()
}

fn known<const N: usize>(rows: [(&str, Option<String>); N]) -> Rows {
    let rows = rows.into_iter();
    rows.filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}
