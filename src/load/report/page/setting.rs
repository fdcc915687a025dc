//! The setting of a run, in tables: the options, the machine, and the command that repeats it.

use super::html::table;
use crate::load::report::{
    Report,
    units::{count, duration, time},
};

/// The options.
pub(super) fn asked(report: &Report) -> String {
    let asked = &report.asked;
    let mut rows = vec![
        ("events from", asked.url.clone()),
        (
            "published to",
            asked.publish.clone().unwrap_or("–".to_owned()),
        ),
        ("every", time(asked.every)),
        ("for", duration(asked.hold)),
        ("subscribers", count(asked.subscribers.into())),
        ("opened per second", count(asked.ramp.into())),
    ];
    let others = [
        ("dropping and back, per minute", asked.churn),
        ("that never read", asked.stalled),
        ("that read slowly", asked.slow),
        ("that vanish", asked.half_open),
        ("a storm", u32::from(asked.storm)),
        ("fetching pictures", u32::from(asked.fetch_picture)),
    ];
    let misbehaving = asked.stalled + asked.slow + asked.half_open;
    let others = others.into_iter().filter(|(_, number)| *number > 0);
    rows.extend(others.map(|(name, number)| (name, count(number.into()))));
    if misbehaving > 0 {
        rows.push(("of the misbehaving", report.totals.let_go_told()));
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    table("texts", "Asked for", &["What", "Value"], &rows)
}

/// The machine, and the command.
pub(super) fn machine(report: &Report) -> String {
    let machine = &report.machine;
    let server = if machine.has_server {
        "on this machine as well"
    } else {
        "on another machine"
    };
    let rows = [
        ("system", machine.system.clone()),
        (
            "processor",
            machine.processor.clone().unwrap_or("–".to_owned()),
        ),
        ("cores", count(machine.cores as u64)),
        ("server", server.to_owned()),
        (
            "load test",
            concat!("picture-frame ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("command", machine.command.clone()),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value]);
    table("wide texts", "Measured on", &["What", "Value"], &rows)
}
