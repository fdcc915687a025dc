//! `picture-frame load` against our own server, which passes, and against servers that lie, which fail.

mod cases;
mod dialects;
mod hub;
mod lies;
mod lies_about_events;
mod lies_about_streams;
mod many;
mod measures;
mod misuse;
mod odd_events;
mod oddities;
mod ours;
mod pictures;
mod ports;
mod publishing;
mod reach;
mod report;
mod run;
mod stamped;
mod strangers;
mod stub;
mod tap;
mod tls;

use crate::support::server::program;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Output, Stdio},
    thread,
};

/// The output of a test run.
struct Told {
    status: Option<i32>,
    /// The table.
    table: String,
    /// The report as JSON.
    report: Value,
    /// The table, the log and the report, to be shown when a test fails.
    all: String,
}

impl Told {
    /// Checks that the server passed.
    #[track_caller]
    fn is_clean(&self) {
        assert_eq!(self.status, Some(0), "{}", self.all);
        assert!(!self.table.contains("FAULT"), "{}", self.all);
    }

    /// Checks that the server failed, and that lines about faults and errors say each of `words`.
    #[track_caller]
    fn is_found(&self, words: &[&str]) {
        assert_eq!(self.status, Some(1), "{}", self.all);
        let wrong = |line: &&str| line.starts_with("FAULT") || line.starts_with("error");
        let lines: Vec<&str> = self.table.lines().filter(wrong).collect();
        for word in words {
            assert!(
                lines.iter().any(|line| line.contains(word)),
                "{word:?} is not in {lines:#?}: {}",
                self.all
            );
        }
    }

    /// A number of the report, by its path.
    #[track_caller]
    fn number(&self, path: &str) -> f64 {
        let value = self.report.pointer(path).and_then(Value::as_f64);
        value.unwrap_or_else(|| panic!("no {path} in {}", self.all))
    }
}

/// The command that tests the server at `address`, with publishes.
fn command(address: SocketAddr, options: &[&str]) -> Command {
    let mut command = program();
    command
        .args(["load", &format!("http://{address}/subscribe")])
        .args(["--publish", &format!("http://{address}/publish")])
        .args(options);
    command
}

/// Tests the server at `address`.
fn load(address: SocketAddr, options: &[&str]) -> Told {
    run(command(address, options))
}

/// Tests the server at `address`, to which others publish.
fn listen(address: SocketAddr, options: &[&str]) -> Told {
    let mut command = program();
    command.args(["load", &format!("http://{address}/subscribe")]);
    command.args(options);
    run(command)
}

/// Runs a test to its end.
fn run(mut command: Command) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let output = command.arg("--json").arg(&json).output().unwrap();
    let report = std::fs::read(json).unwrap_or_default();
    told(&output, serde_json::from_slice(&report).unwrap_or_default())
}

/// Starts a test run, and returns when all subscribers are connected. A thread reads the log to its end.
fn start(mut command: Command) -> Child {
    let run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut run = run.unwrap();
    let mut log = BufReader::new(run.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("are there") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it has ended");
    }
    thread::spawn(move || log.read_to_string(&mut String::new()));
    run
}

fn told(output: &Output, report: Value) -> Told {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (table, log) = (text(&output.stdout), text(&output.stderr));
    Told {
        status: output.status.code(),
        all: format!("{:?}\n{table}\n{log}\n{report:#}", output.status),
        table,
        report,
    }
}
