//! The figures of a report: the most important in large letters, and all of them in tables.

use super::{
    costs::costs,
    html::{Escaped, table},
    setting,
};
use crate::load::report::{
    MemoryUse, Report,
    units::{bytes, count, duration, many, rate, time},
    which::{Instance, Kind},
};
use strum::IntoEnumIterator;

/// The heads of the tables of faults.
const WHICH: [&str; 6] = [
    "Event",
    "At",
    "After",
    "Reconnects",
    "Event before",
    "Event after",
];
/// The number of broadcasts in the table of the slowest.
const SLOWEST: usize = 8;

/// The most important figures.
pub(super) fn tiles(report: &Report) -> String {
    let all = [
        crowd_tiles(report),
        latency_tile(report),
        cost_tiles(report),
    ];
    format!("<dl class=tiles>\n{}</dl>\n", all.concat())
}

fn crowd_tiles(report: &Report) -> String {
    let (asked, totals) = (report.asked.subscribers, &report.totals);
    let held = format!(
        "of {}, for {}",
        count(asked.into()),
        duration(report.held())
    );
    let expected = count(totals.expected);
    let delivered = format!("of {expected} expected, {} a second", rate(report.rate()));
    tile("held", &count(report.connections.held.into()), &held)
        + &tile("delivered", &count(totals.delivered), &delivered)
}

fn latency_tile(report: &Report) -> String {
    if report.latency.count == 0 {
        return String::new();
    }
    let last = format!(
        "of when it was due; the last after {}",
        time(report.latency.max)
    );
    tile("99 % within", &time(report.latency.p99), &last)
}

fn cost_tiles(report: &Report) -> String {
    let connections = &report.connections;
    let answered = format!(
        "a second; 99 % answered within {}",
        time(connections.answer.p99)
    );
    let mut tiles = tile("connected", &rate(report.connect_rate()), &answered);
    let server = report
        .memory
        .as_ref()
        .and_then(|memory| memory.per_subscriber);
    if let Some(each) = server {
        tiles += &tile(
            "server memory",
            &bytes(each),
            "resident, for each further connection",
        );
    }
    let errors: u64 = report.errors.values().sum();
    let reconnects = format!("and {}", many(connections.reconnects, "reconnect"));
    tiles + &tile("errors", &count(errors), &reconnects)
}

fn tile(name: &str, figure: &str, rest: &str) -> String {
    let (figure, rest) = (Escaped(figure), Escaped(rest));
    format!("<div><dt>{name}</dt><dd><b>{figure}</b> <span>{rest}</span></dd></div>\n")
}

/// All figures, in tables.
pub(super) fn tables(report: &Report) -> String {
    let all = [
        errors(report),
        which(report),
        times(report),
        stages(report),
        slowest(report),
        memory(report),
        costs(report),
        counts(report),
        pictures(report),
        setting::asked(report),
        setting::machine(report),
    ];
    format!(
        "<section class=tables aria-label=\"All figures\">\n{}</section>\n",
        all.concat()
    )
}

fn errors(report: &Report) -> String {
    if report.errors.is_empty() {
        return String::new();
    }
    let mut kinds: Vec<(&String, u64)> = report
        .errors
        .iter()
        .map(|(kind, number)| (kind, *number))
        .collect();
    kinds.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let rows = kinds
        .iter()
        .map(|(kind, number)| vec![(*kind).clone(), count(*number)]);
    table(
        "wide texts",
        "Errors by kind",
        &["Kind", "How often"],
        &rows.collect::<Vec<_>>(),
    )
}

fn times(report: &Report) -> String {
    let rows = report
        .times()
        .into_iter()
        .filter(|(_, _, times)| times.count > 0);
    let rows = rows.map(|(name, what, times)| {
        let figures = [
            times.min,
            times.median,
            times.p90,
            times.p99,
            times.p999,
            times.max,
        ]
        .map(time);
        let mut row = vec![format!("{name}: {what}")];
        row.extend(figures);
        row.push(count(times.count));
        row
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads = [
        "Time", "Least", "Median", "90 %", "99 %", "99.9 %", "Most", "Of",
    ];
    table("wide", "How long it took", &heads, &rows)
}

fn stages(report: &Report) -> String {
    if report.stages.is_empty() {
        return String::new();
    }
    let heads = [
        "Stage", "Held", "From", "Median", "99 %", "Most", "A second", "Errors",
    ];
    let rows = report.stages.iter().map(|stage| {
        let latency = &stage.latency;
        let mut row = vec![
            count(stage.subscribers.into()),
            count(stage.held.into()),
            format!("{:.1} s", stage.held_from),
        ];
        row.extend([latency.median, latency.p99, latency.max].map(time));
        row.extend([rate(stage.deliveries_per_second), count(stage.errors)]);
        row
    });
    table("wide", "The stages", &heads, &rows.collect::<Vec<_>>())
}

fn slowest(report: &Report) -> String {
    let mut all: Vec<_> = report.broadcasts.iter().enumerate().collect();
    all.sort_by(|(_, a), (_, b)| b.last.total_cmp(&a.last));
    let rows = all
        .iter()
        .filter(|(_, it)| it.live > 0)
        .take(SLOWEST)
        .map(|(number, it)| {
            let mut row = vec![format!("{number} at {:.1} s", it.at)];
            row.extend([it.first, it.median, it.p99, it.last].map(time));
            row.push(it.answered.map_or("–".to_owned(), time));
            row.push(format!(
                "{} + {}",
                count(it.live.into()),
                count(it.resumed.into())
            ));
            row
        });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads = [
        "Broadcast",
        "First",
        "Median",
        "99 %",
        "Last",
        "Answered",
        "At once + resumed",
    ];
    table("wide", "The slowest broadcasts", &heads, &rows)
}

fn memory(report: &Report) -> String {
    let Some(memory) = &report.memory else {
        return String::new();
    };
    let told = |size: Option<f64>| size.map_or("–".to_owned(), bytes);
    let rows = memory.rows().map(|(name, of, each)| {
        let at = |moment: &MemoryUse| told(of(moment).map(|bytes| bytes as f64));
        vec![
            name.to_owned(),
            at(&memory.before),
            at(&memory.top),
            at(&memory.after),
            told(each),
        ]
    });
    table(
        "wide",
        "Memory",
        &[
            "Whose",
            "Before",
            "At the top",
            "After",
            "Each further connection",
        ],
        &rows,
    )
}

fn counts(report: &Report) -> String {
    let (totals, connections) = (&report.totals, &report.connections);
    let rows = [
        ("published", totals.published),
        ("not published", totals.unpublished),
        ("published and seen by no subscriber", totals.unseen),
        ("delivered", totals.delivered),
        ("of these by resuming", totals.resumed),
        ("expected", totals.expected),
        ("not checked", totals.not_checked),
        ("lost", totals.lost),
        ("late", totals.late),
        ("doubled", totals.doubled),
        ("out of order", totals.misordered),
        ("altered", totals.altered),
        ("halved", totals.halved),
        ("invalid", totals.invalid),
        ("missed, as the server said", totals.missed),
        ("streams opened", connections.opened),
        ("streams ended by the server", totals.ended),
        ("streams broken", totals.dropped),
        ("subscribers given up", totals.given_up),
        ("private to some subscribers", totals.private),
        ("without a name", totals.unnamed),
        ("events received, of all kinds", totals.events),
        ("bytes received", totals.bytes),
    ];
    numbers(
        "Counted",
        rows.map(|(name, number)| (name.to_owned(), number)),
    )
}

/// The first instances of each kind of fault.
fn which(report: &Report) -> String {
    let tables = Kind::iter().filter(|kind| report.is_fault(*kind));
    let tables = tables.map(|kind| {
        let rows: Vec<_> = report.which.of(kind).iter().map(instance).collect();
        match rows.is_empty() {
            true => String::new(),
            false => table(
                "wide",
                &format!("Which were {}", kind.words()),
                &WHICH,
                &rows,
            ),
        }
    });
    tables.collect()
}

fn instance(it: &Instance) -> Vec<String> {
    vec![
        name(&it.event),
        name(&it.subscriber),
        format!("{:.3} s", it.at),
        count(it.reconnects.into()),
        name(&it.before),
        name(&it.after),
    ]
}

fn name(it: &Option<impl ToString>) -> String {
    it.as_ref().map_or("–".to_owned(), ToString::to_string)
}

fn pictures(report: &Report) -> String {
    let Some(fetches) = &report.fetches else {
        return String::new();
    };
    let rows = [
        ("named by events", fetches.named),
        ("overtaken by newer ones", fetches.overtaken),
        ("on other hosts", fetches.elsewhere),
        ("asked for", fetches.asked),
        ("not answered with success", fetches.failed),
        ("connections", fetches.connections),
        ("bytes of bodies", fetches.bytes),
    ];
    let rows = rows.map(|(name, number)| (name.to_owned(), number));
    let answers = fetches.statuses.iter();
    let answers = answers.map(|(status, number)| (format!("answered with {status}"), *number));
    numbers("Pictures", rows.into_iter().chain(answers))
}

fn numbers(title: &str, rows: impl IntoIterator<Item = (String, u64)>) -> String {
    let rows = rows.into_iter();
    let rows = rows.map(|(name, number)| vec![name, count(number)]);
    table("", title, &["What", "How many"], &rows.collect::<Vec<_>>())
}
