//! The cost of the program, as a ratio to the least possible: the real binary beside a bare loop of the same system
//! calls, both in processes of their own, with the same clients, in the same run.
//!
//! `cargo bench --bench ratios` takes some minutes; words after `--` choose among the parts by their names. Without
//! cargo's `--bench` (as `cargo test --benches` runs it) each part runs once, with a few connections.
//!
//! Processor time is compared, as the kernel counts it. Both sides take turns for as many rounds, and the best round of
//! each counts: a machine that is shared, or whose clock changes, makes some rounds slower, and none faster.

#![forbid(unsafe_code)]

mod accept;
mod asker;
mod burst;
mod crowd;
mod exchange;
mod fairness;
mod fan_out;
mod floor;
mod health;
mod hoarder;
mod hoarders;
mod idle;
mod ladder;
mod load;
mod page;
mod pages;
mod process;
mod requests;
mod resume;
mod returner;
mod start;
mod story;
mod table;
mod view;
mod witness;

use table::Row;

/// The scale of the measurements.
#[derive(Clone, Copy)]
pub struct Scale {
    /// Rounds on either side, of which the best counts.
    pub rounds: usize,
    /// The most clients of a crowd.
    pub most: usize,
}

impl Scale {
    /// Crowds as large as the server's limit on subscribers: nine tenths of the open-file limit, less the descriptors that
    /// the server keeps back.
    fn full() -> Self {
        let files = rlimit::increase_nofile_limit(u64::MAX).expect("the limit can be read");
        let most = (usize::try_from(files).unwrap_or(usize::MAX) - 100) / 10 * 9;
        Self {
            rounds: 20,
            most: most.min(18_000),
        }
    }

    /// Crowds that suffice to see that everything runs.
    const TINY: Self = Self {
        rounds: 1,
        most: 20,
    };
}

type Part = (&'static str, fn(Scale) -> Vec<Row>);

const PARTS: [Part; 12] = [
    ("start", start::measure),
    ("requests", requests::measure),
    ("story", story::measure),
    ("view", view::measure),
    ("accept", accept::measure),
    ("idle", idle::measure),
    ("fairness", fairness::measure),
    ("fan-out", fan_out::measure),
    ("pages", pages::measure),
    ("resume", resume::measure),
    ("burst", burst::measure),
    ("hoarders", hoarders::measure),
];

/// Parts that run only if they are chosen: they measure the program's clients, or the programs of the ladder.
const ON_DEMAND: [Part; 2] = [("load", load::measure), ("ladder", ladder::measure)];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["floor", head, event, answer] => floor::run([head, event, answer].map(number)),
        ["crowd", address, count, path] => crowd::run(parse(address), number(count), path),
        ["asker", address, count, length] => {
            asker::run(parse(address), number(count), number(length))
        }
        ["pages", address, count, encoding] => page::run(parse(address), number(count), encoding),
        ["returners", address, count, after, last] => {
            returner::run(parse(address), number(count), after, last);
        }
        ["witnesses", address, count, events] => {
            witness::run(parse(address), number(count), number(events));
        }
        ["hoarders", address, count, path] => hoarder::run(parse(address), number(count), path),
        ref words => run(words),
    }
}

fn run(words: &[&str]) {
    let scale = if words.contains(&"--bench") {
        Scale::full()
    } else {
        Scale::TINY
    };
    let chosen: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with("--"))
        .collect();
    let mut rows = Vec::new();
    let usual = PARTS.into_iter().map(|part| (part, chosen.is_empty()));
    let others = ON_DEMAND.into_iter().map(|part| (part, false));
    for ((name, measure), is_usual) in usual.chain(others) {
        if is_usual || chosen.contains(&name) {
            eprintln!("{name} …");
            rows.extend(measure(scale));
        }
    }
    table::print(&rows);
}

fn number(text: &str) -> usize {
    parse(text)
}

fn parse<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a role is given what it needs")
}
