//! A report as plain text, for a terminal.

use super::report::{Broadcast, Bytes, Quantiles, Report};
use std::fmt::Write;

/// The table, ended by a line end.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    crowd(&mut out, report);
    deliveries(&mut out, report);
    storm(&mut out, report);
    memory(&mut out, report);
    for (kind, count) in &report.errors {
        row(&mut out, "error", &format!("{count} × {kind}"));
    }
    verdict(&mut out, report);
    out
}

fn row(out: &mut String, name: &str, text: &str) {
    writeln!(out, "{name:<14}{text}").expect("a string takes all");
}

fn crowd(out: &mut String, report: &Report) {
    let (asked, connections) = (&report.asked, &report.connections);
    let held = format!(
        "{} of {} held at the end of {:.1} s, {} at most; {} reconnects",
        connections.held, asked.subscribers, report.took, connections.top, connections.reconnects
    );
    row(out, "subscribers", &held);
    let opened = format!(
        "{:.0} a second; TCP {}; answered {}",
        report.connect_rate(),
        spread(&connections.connect),
        spread(&connections.answer)
    );
    row(out, "connecting", &opened);
    let others = asked.stalled + asked.slow + asked.half_open;
    if others > 0 {
        let text = format!(
            "{} stalled, {} slow, {} half-open; the server let go of {}",
            asked.stalled, asked.slow, asked.half_open, report.totals.let_go
        );
        row(out, "misbehaving", &text);
    }
}

fn deliveries(out: &mut String, report: &Report) {
    let totals = &report.totals;
    let text = format!(
        "{} published, {} deliveries ({:.0} a second), {} of them by resuming",
        totals.published,
        totals.deliveries,
        report.rate(),
        totals.resumed
    );
    row(out, "events", &text);
    if report.latency.count > 0 {
        row(out, "latency", &spread(&report.latency));
        row(out, "per broadcast", &worst(&report.broadcasts));
    }
}

/// The broadcast in the middle by its spread, and the worst.
fn worst(broadcasts: &[Broadcast]) -> String {
    let mut spreads: Vec<f64> = broadcasts.iter().map(Broadcast::spread).collect();
    spreads.sort_by(f64::total_cmp);
    let median = spreads.get(spreads.len() / 2).copied().unwrap_or_default();
    let most = spreads.last().copied().unwrap_or_default();
    format!(
        "from the first subscriber to the last: median {}, worst {}",
        time(median),
        time(most)
    )
}

fn storm(out: &mut String, report: &Report) {
    if let Some(storm) = &report.storm {
        let text = format!(
            "{} dropped at once, all back after {}; {} connections failed; slowest publish meanwhile {}",
            storm.dropped,
            time(storm.back),
            storm.failures,
            time(storm.slowest_publish)
        );
        row(out, "storm", &text);
    }
}

fn memory(out: &mut String, report: &Report) {
    let Some(memory) = &report.memory else { return };
    let moments = |of: fn(&Bytes) -> Option<u64>| {
        let all = [memory.before, memory.top, memory.after]
            .map(|bytes| of(&bytes).map_or("?".to_owned(), mebibytes));
        all.join(", ")
    };
    let rows = [
        (
            "server",
            moments(|bytes| bytes.resident),
            memory.per_subscriber,
        ),
        (
            "kernel",
            moments(|bytes| bytes.kernel),
            memory.kernel_per_subscriber,
        ),
        (
            "this program",
            moments(|bytes| bytes.own),
            memory.own_per_subscriber,
        ),
    ];
    for (name, moments, each) in rows {
        if let Some(each) = each {
            row(
                out,
                name,
                &format!("{moments} MiB before, at the top, after; {each:.0} bytes per connection"),
            );
        }
    }
}

fn verdict(out: &mut String, report: &Report) {
    let faults = report.faults();
    for fault in &faults {
        row(out, "FAULT", fault);
    }
    if report.interrupted {
        row(out, "interrupted", "this is what there was until then");
    }
    if faults.is_empty() {
        row(
            out,
            "result",
            "all were held, and each got every event once and in order",
        );
    }
}

fn spread(times: &Quantiles) -> String {
    format!(
        "median {}, 99 % {}, last {}",
        time(times.median),
        time(times.p99),
        time(times.max)
    )
}

/// A time with the unit that suits it.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}
