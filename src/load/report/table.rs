//! A report as plain text, for a terminal: subscribers, events, times, memory, and the verdict last, where the reader
//! looks.

use super::{
    MemoryGrowth, Report, Verdict,
    units::{bytes, count, duration, many, printable, rate, time},
    which::Kind,
};
use std::fmt::Write;
use strum::IntoEnumIterator;

/// The width of a row's name, in columns.
const NAMES: usize = 15;
/// The width of a figure, in columns.
const FIGURES: usize = 11;

/// The instances of a kind of fault that are shown.
const SHOWN: usize = 3;

/// The table, each line ended. `unwritten` has a line for each file that could not be written.
pub(crate) fn render(report: &Report, unwritten: &[String]) -> String {
    let mut out = String::new();
    crowd(&mut out, report);
    deliveries(&mut out, report);
    times(&mut out, report);
    stages(&mut out, report);
    memory(&mut out, report.memory.as_ref());
    cpu(&mut out, report);
    out.push('\n');
    for (kind, number) in &report.errors {
        row(
            &mut out,
            "error",
            &format!("{} × {}", count(*number), printable(kind)),
        );
    }
    verdict(&mut out, report);
    for line in unwritten {
        row(&mut out, "NOT WRITTEN", line);
    }
    out
}

fn row(out: &mut String, name: &str, text: &str) {
    writeln!(out, "{name:<NAMES$}{text}").expect("a string takes all");
}

/// A row of figures, each aligned to the right under the others.
fn figures(out: &mut String, name: &str, figures: &[String]) {
    let cells: String = figures
        .iter()
        .map(|text| format!("{text:>FIGURES$}"))
        .collect();
    row(out, name, &cells);
}

fn crowd(out: &mut String, report: &Report) {
    let (asked, connections) = (&report.asked, &report.connections);
    row(out, "server", &printable(&asked.url));
    let held = format!(
        "{} of {} held at the end, {} at most, for {}",
        count(connections.held.into()),
        count(asked.subscribers.into()),
        count(connections.top.into()),
        duration(report.held())
    );
    row(out, "subscribers", &held);
    let opened = format!(
        "{} opened, {} a second at first; {}",
        count(connections.opened),
        rate(report.connect_rate()),
        many(connections.reconnects, "reconnect"),
    );
    row(out, "streams", &opened);
    if asked.stalled + asked.slow + asked.half_open > 0 {
        let text = format!(
            "{} stalled, {} slow, {} half-open; {}",
            asked.stalled,
            asked.slow,
            asked.half_open,
            report.totals.let_go_told()
        );
        row(out, "misbehaving", &text);
    }
}

fn deliveries(out: &mut String, report: &Report) {
    let totals = &report.totals;
    let text = format!(
        "{} published, {} of {} expected delivered ({} a second), {} of them by resuming",
        count(totals.published),
        count(totals.delivered),
        count(totals.expected),
        rate(report.rate()),
        count(totals.resumed)
    );
    row(out, "events", &text);
    if let Some(text) = report.traffic.told(totals.events) {
        row(out, "bytes", &text);
    }
    if let Some(fetches) = &report.fetches {
        let text = format!(
            "{} asked for over {}, {}{}; {} overtaken by newer ones, {} on other hosts",
            count(fetches.asked),
            many(fetches.connections, "connection"),
            bytes(fetches.bytes as f64),
            match fetches.answers() {
                none if none.is_empty() => none,
                answers => format!("; {answers}"),
            },
            count(fetches.overtaken),
            count(fetches.elsewhere),
        );
        row(out, "pictures", &text);
    }
    if let Some(storm) = &report.storm {
        let back = match storm.dropped - storm.returned {
            0 => format!("all back after {}", time(storm.back)),
            missing => format!(
                "{} back, {} not",
                count(storm.returned.into()),
                count(missing.into())
            ),
        };
        let text = format!(
            "{} dropped at once, {back}; {} failed; slowest publish meanwhile {}",
            count(storm.dropped.into()),
            many(storm.failures, "connection"),
            time(storm.slowest_publish)
        );
        row(out, "storm", &text);
    }
}

fn times(out: &mut String, report: &Report) {
    out.push('\n');
    let heads = ["median", "90 %", "99 %", "99.9 %", "most", "of"];
    figures(out, "time", &heads.map(str::to_owned));
    for (name, _, times) in report
        .times()
        .iter()
        .filter(|(_, _, times)| times.count > 0)
    {
        let [median, p90, p99, p999, most] =
            [times.median, times.p90, times.p99, times.p999, times.max].map(time);
        figures(
            out,
            name,
            &[median, p90, p99, p999, most, count(times.count)],
        );
    }
}

fn stages(out: &mut String, report: &Report) {
    if report.stages.is_empty() {
        return;
    }
    out.push('\n');
    let heads = ["held", "median", "99 %", "most", "a second", "errors"];
    figures(out, "stage", &heads.map(str::to_owned));
    for stage in &report.stages {
        let latency = &stage.latency;
        let mut cells = vec![count(stage.held.into())];
        cells.extend([latency.median, latency.p99, latency.max].map(time));
        cells.extend([rate(stage.deliveries_per_second), count(stage.errors)]);
        figures(out, &count(stage.subscribers.into()), &cells);
    }
}

fn memory(out: &mut String, memory: Option<&MemoryGrowth>) {
    let Some(memory) = memory else { return };
    let rows: Vec<_> = memory
        .rows()
        .into_iter()
        .filter(|(_, of, _)| of(&memory.top).is_some())
        .collect();
    if rows.is_empty() {
        return;
    }
    out.push('\n');
    let heads = ["before", "at the top", "after", "each"];
    figures(out, "memory", &heads.map(str::to_owned));
    for (name, of, each) in rows {
        let moments = [memory.before, memory.top, memory.after];
        let mut cells = moments
            .map(|moment| size(of(&moment).map(|bytes| bytes as f64)))
            .to_vec();
        cells.push(each.map_or(String::new(), bytes));
        figures(out, name, &cells);
    }
}

fn cpu(out: &mut String, report: &Report) {
    if let Some(text) = report.cpu.told() {
        out.push('\n');
        row(out, "processor", &text);
    }
}

fn size(known: Option<f64>) -> String {
    known.map_or("?".to_owned(), bytes)
}

/// The first instances of each kind of fault, the notes, and the verdict.
fn verdict(out: &mut String, report: &Report) {
    for kind in Kind::iter().filter(|kind| report.is_fault(*kind)) {
        for instance in report.which.of(kind).iter().take(SHOWN) {
            row(out, &kind.words(), &instance.to_string());
        }
    }
    if report.interrupted {
        row(out, "interrupted", "these are the figures until then");
    }
    for note in &report.notes {
        row(out, "note", &printable(note));
    }
    let totals = &report.totals;
    if totals.not_checked > 0 {
        row(out, "not checked", &count(totals.not_checked));
    }
    for fault in &report.faults() {
        row(out, "FAULT", fault);
    }
    let verdict = report.verdict();
    if verdict != Verdict::Failed {
        row(out, "result", verdict.sentence(report.interrupted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::{
        Storm,
        which::{EventName, Instance, SubscriberName},
    };

    fn last_line(report: &Report) -> String {
        let table = render(report, &[]);
        table.lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_table_of_a_run_that_was_interrupted_claims_no_more_than_was_seen() {
        let mut report = Report {
            interrupted: true,
            ..Report::default()
        };
        (report.asked.subscribers, report.totals.expected) = (50, 1);
        assert!(
            last_line(&report).contains("50 not held"),
            "nobody ever came"
        );
        report.connections.top = 10;
        assert!(last_line(&report).contains("until then nothing was lost"));
        report.interrupted = false;
        report.connections.held = 50;
        assert!(last_line(&report).contains("all were held"));
    }

    #[test]
    fn a_storm_that_not_all_survive_has_its_line() {
        let mut report = Report {
            storm: Some(Storm {
                dropped: 9,
                returned: 9,
                back: 1.0,
                ..Storm::default()
            }),
            ..Report::default()
        };
        assert!(render(&report, &[]).contains("9 dropped at once, all back after 1.00 s;"));
        if let Some(storm) = &mut report.storm {
            (storm.returned, storm.back) = (2, 0.0);
        }
        assert!(render(&report, &[]).contains("9 dropped at once, 2 back, 7 not;"));
    }

    #[test]
    fn the_first_three_faults_of_a_kind_are_named_and_those_that_are_none_are_not() {
        let mut report = Report::default();
        for number in 0..5 {
            let name = |number: u32| {
                Some(EventName {
                    id: Some(format!("{number}")),
                    broadcast: Some(number),
                    ..EventName::default()
                })
            };
            let instance = Instance {
                event: name(number),
                subscriber: Some(SubscriberName {
                    number: 7,
                    address: "127.0.0.1:40000".parse().ok(),
                }),
                at: 1.25,
                reconnects: 2,
                before: name(8),
                after: None,
            };
            report.which.keep(Kind::Lost, instance.clone());
            report.which.keep(Kind::Ended, instance);
        }
        let table = render(&report, &[]);
        let named = table.lines().filter(|line| line.starts_with("lost "));
        assert_eq!(named.count(), 3, "{table}");
        let first = "lost           broadcast 0 (id 0) at subscriber 7 (127.0.0.1:40000) after 1.250 s and 2 \
                     reconnects, after broadcast 8 (id 8)\n";
        assert!(
            table.contains(first) && !table.contains("\nended "),
            "{table}"
        );
        report.asked.ends_fail = true;
        assert!(render(&report, &[]).contains("\nended "));
    }

    #[test]
    fn a_fault_about_a_publish_names_no_subscriber_and_one_about_a_subscriber_no_event() {
        let mut report = Report::default();
        let event = Some(EventName {
            broadcast: Some(4),
            ..EventName::default()
        });
        let of_publish = Instance {
            event,
            ..Instance::default()
        };
        let of_subscriber = Instance {
            subscriber: Some(SubscriberName::default()),
            ..Instance::default()
        };
        report.which.keep(Kind::Unseen, of_publish);
        report.which.keep(Kind::GivenUp, of_subscriber.clone());
        report.which.keep(Kind::Unheld, of_subscriber);
        let table = render(&report, &[]);
        assert!(table.contains("\nunseen         broadcast 4 after 0.000 s\n"));
        assert!(table.contains("\ngiven up       subscriber 0 after 0.000 s\n"));
        assert!(!table.contains("\nunheld "), "all were held");
        report.asked.subscribers = 1;
        assert!(render(&report, &[]).contains("\nunheld "));
    }
}
