//! Work on reports: requirements, the reports of several processes as one, and two runs beside each other.

use super::{Told, command, lies::DROPS, load, start, stub::Stub, told};
use crate::support::server::{Server, program};
use serde_json::Value;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output},
};

const SMALL: [&str; 6] = ["--subscribers", "8", "--every", "20ms", "--for", "500ms"];
/// Options of a server without a limit on publishes.
const OPEN: [&str; 2] = ["--publish-rate", "0"];

fn with<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&SMALL[..], options].concat()
}

/// The text of standard output or standard error.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_requirement_that_is_met_passes_and_one_that_is_not_is_a_fault_with_its_value() {
    let server = Server::start(&OPEN);
    let met = [
        "--require",
        "delivery p99 < 60min",
        "--require",
        "lost == 0",
    ];
    let told = load(server.address, &with(&met));
    told.is_clean();
    assert_eq!(told.report["required"][0]["held"], true, "{}", told.all);
    let told = load(
        server.address,
        &with(&[
            "--require",
            "totals.published < 25",
            "--require",
            "lost == 0",
        ]),
    );
    told.is_found(&["required totals.published < 25 is not met: it is 25"]);
    assert_eq!(told.report["passed"], false, "{}", told.all);
    assert_eq!(told.report["required"][1]["held"], true, "{}", told.all);
}

#[test]
fn a_requirement_on_a_figure_that_does_not_exist_is_refused_before_the_run() {
    let nobody = "127.0.0.1:1".parse().unwrap();
    for (requirement, word) in [("lots == 0", "totals.lost"), ("delivery p99 < 9", "unit")] {
        let output = command(nobody, &["--require", requirement])
            .output()
            .unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(word) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn a_run_whose_moment_has_passed_says_so_in_a_line_and_begins_at_once() {
    let server = Server::start(&OPEN);
    let told = load(server.address, &with(&["--at", "2020-01-31T12:00:00Z"]));
    told.is_clean();
    let lines = told.all.lines().filter(|line| line.contains("--at: "));
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 1, "{}", told.all);
    assert!(
        lines[0].contains("passed") && lines[0].contains(" d "),
        "{}",
        told.all
    );
}

/// Runs `load` on reports, as `load merge a.json b.json`.
fn work(arguments: &[&str]) -> Output {
    program().arg("load").args(arguments).output().unwrap()
}

#[test]
fn a_run_does_not_differ_from_itself_and_every_figure_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json").display().to_string();
    let server = Server::start(&OPEN);
    let run = command(server.address, &with(&["--json", &file]))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let output = work(&["compare", &file, &file]);
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for name in [
        "delivery median",
        "delivery p99",
        "delivery to the last",
        "spread",
        "publish",
    ] {
        let row = table.lines().find(|row| row.starts_with(name)).unwrap();
        assert!(
            ["no difference", "cannot tell"]
                .iter()
                .any(|end| row.ends_with(end)),
            "{table}"
        );
    }
    let last = table.lines().last().unwrap();
    assert!(last.contains("no difference"), "{table}");
}

#[test]
fn a_file_that_is_no_report_is_one_line_and_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a").display().to_string();
    for content in ["", "{}", "{\"format\":99}", "[]"] {
        fs::write(&file, content).unwrap();
        for work_name in ["merge", "compare"] {
            let output = work(&[work_name, &file, &file]);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains(&file) && said.lines().count() == 1, "{said}");
        }
    }
}

/// A process that subscribes and leaves the publishing to others of the run `r`. Ended by [`Listener::end`].
struct Listener {
    run: Child,
    json: PathBuf,
}

impl Listener {
    /// Starts a process with a subscriber at each of these addresses. Returns when all of them hold their streams.
    fn start(address: SocketAddr, folder: &Path, name: &str, bind: &[&str]) -> Self {
        let json = folder.join(name);
        let mut command = program();
        command
            .args(["load", &format!("http://{address}/subscribe")])
            .args(["--run", "r", "--for", "1h", "--bind", &bind.join(",")])
            .args(["--subscribers", &bind.len().to_string()])
            .arg("--json")
            .arg(&json);
        Self {
            run: start(command),
            json,
        }
    }

    /// Ends the process, and returns its report.
    fn end(mut self) -> (String, Value) {
        let kill = Command::new("kill")
            .args(["-INT", &self.run.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        self.run.wait().unwrap();
        let report = serde_json::from_slice(&fs::read(&self.json).unwrap()).unwrap();
        (self.json.display().to_string(), report)
    }
}

/// The addresses of the publisher's subscribers, and of those of the listeners.
const PUBLISHER: [&str; 6] = [
    "127.0.0.3",
    "127.0.0.4",
    "127.0.0.5",
    "127.0.0.6",
    "127.0.0.7",
    "127.0.0.8",
];
const OTHER: &str = "127.0.0.1";
const VICTIM: &str = "127.0.0.2";

/// Publishes from a process of the run `r` with six subscribers. Returns its report.
fn publish(address: SocketAddr, folder: &Path) -> (String, Value) {
    let json = folder.join("publisher.json").display().to_string();
    let bind = PUBLISHER.join(",");
    let options = ["--run", "r", "--subscribers", "6", "--bind", &bind];
    let options = [
        &options,
        &SMALL[2..],
        &["--timeout", "60s", "--json", &json],
    ]
    .concat();
    let output = command(address, &options).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    (
        json.clone(),
        serde_json::from_slice(&fs::read(json).unwrap()).unwrap(),
    )
}

/// Merges reports.
fn merge(folder: &Path, reports: &[&str]) -> Told {
    let json = folder.join("whole.json");
    let mut command = program();
    command.args(["load", "merge"]).args(reports);
    let output = command.arg("--json").arg(&json).output().unwrap();
    let report = fs::read(json).unwrap_or_default();
    told(&output, serde_json::from_slice(&report).unwrap_or_default())
}

#[test]
fn two_processes_are_one_verdict_which_is_that_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&OPEN);
    let listener = Listener::start(
        server.address,
        folder.path(),
        "listener.json",
        &[OTHER, VICTIM],
    );
    let (publisher, _) = publish(server.address, folder.path());
    let (listener, part) = listener.end();
    assert_eq!(part["totals"]["delivered"], 2 * 25, "{part:#}");
    assert_eq!(part["totals"]["published"], 0, "{part:#}");
    let whole = merge(folder.path(), &[&publisher, &listener]);
    whole.is_clean();
    let one = load(
        server.address,
        &[
            "--subscribers",
            "8",
            "--every",
            "20ms",
            "--for",
            "500ms",
            "--timeout",
            "60s",
        ],
    );
    for path in [
        "/verdict",
        "/passed",
        "/asked/subscribers",
        "/connections/held",
        "/totals/expected",
        "/totals/delivered",
        "/totals/lost",
        "/totals/published",
        "/publish/count",
        "/spread/count",
    ] {
        assert_eq!(
            whole.report.pointer(path).unwrap(),
            one.report.pointer(path).unwrap(),
            "{path}: {}",
            whole.all
        );
    }
    // On a busy machine this program sends some publishes late, and measures them apart.
    let measured = |told: &Told| {
        let count = |of: &str| told.number(&format!("/{of}/count"));
        count("latency") + count("latency_sent_late")
    };
    assert_eq!(measured(&whole), measured(&one), "{}", whole.all);
    let broadcasts = whole.report["broadcasts"].as_array().unwrap();
    let reached = |it: &Value| it["live"] == 8 && it["audience"] == 8;
    assert!(broadcasts.iter().all(reached), "{}", whole.all);
}

#[test]
fn an_event_that_one_subscriber_of_another_process_did_not_get_is_lost_in_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(DROPS);
    let listener = Listener::start(
        stub.address,
        folder.path(),
        "listener.json",
        &[OTHER, VICTIM],
    );
    let (publisher, _) = publish(stub.address, folder.path());
    let (listener, part) = listener.end();
    assert_eq!(part["totals"]["lost"], 1, "{part:#}");
    let whole = merge(folder.path(), &[&publisher, &listener]);
    whole.is_found(&["1 lost"]);
    assert_eq!(whole.number("/totals/expected"), 200.0, "{}", whole.all);
    assert_eq!(whole.number("/totals/delivered"), 199.0, "{}", whole.all);
    let lost = &whole.report["which"]["lost"][0];
    assert_eq!(lost["subscriber"]["number"], 6 + 1, "{}", whole.all);
}

#[test]
fn an_event_that_no_subscriber_of_a_process_got_is_lost_there_although_the_process_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(DROPS);
    let first = Listener::start(stub.address, folder.path(), "first.json", &[OTHER]);
    let second = Listener::start(stub.address, folder.path(), "second.json", &[VICTIM]);
    let (publisher, _) = publish(stub.address, folder.path());
    let ((first, _), (second, part)) = (first.end(), second.end());
    assert_eq!(part["verdict"], "passed", "{part:#}");
    assert_eq!(part["totals"]["expected"], 24, "{part:#}");
    let whole = merge(folder.path(), &[&publisher, &first, &second]);
    whole.is_found(&["1 lost"]);
    assert_eq!(whole.number("/totals/expected"), 200.0, "{}", whole.all);
    let lost = &whole.report["which"]["lost"][0];
    assert_eq!(lost["subscriber"]["number"], 7, "{}", whole.all);
    assert!(whole.table.contains("came to no subscriber of the process"));
    let required = work(&["merge", &publisher, &first, "--require", "lost == 1"]);
    assert_eq!(required.status.code(), Some(1), "{required:?}");
}

#[test]
fn reports_of_different_runs_are_not_merged() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&OPEN);
    let files = ["a", "b"].map(|name| folder.path().join(name).display().to_string());
    for file in &files {
        let run = command(server.address, &with(&["--json", file])).output();
        assert_eq!(run.unwrap().status.code(), Some(0));
    }
    let output = work(&["merge", &files[0], &files[1]]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("--run") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn a_crowd_grows_in_stages_and_the_knee_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("page.html").display().to_string();
    let server = Server::start(&OPEN);
    let told = load(
        server.address,
        &[
            "--stages",
            "20:1s,60:1s",
            "--churn",
            "600",
            "--every",
            "50ms",
            "--timeout",
            "60s",
            "--html",
            &html,
        ],
    );
    told.is_clean();
    let stages = told.report["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 2, "{}", told.all);
    for (stage, crowd) in stages.iter().zip([20, 60]) {
        assert_eq!(
            (&stage["subscribers"], &stage["held"]),
            (&crowd.into(), &crowd.into())
        );
        let broadcasts = stage["broadcasts"].as_u64().unwrap();
        let count = stage["latency"]["count"].as_u64().unwrap();
        // A subscriber that churn has dropped is held, and gets its events by resuming.
        assert!(
            broadcasts > 0 && (1..=broadcasts * crowd).contains(&count),
            "{}",
            told.all
        );
    }
    let notes = told.report["notes"].to_string();
    assert!(notes.contains("knee"), "{}", told.all);
    assert!(told.table.contains("stage"), "{}", told.all);
    assert!(
        fs::read_to_string(html)
            .unwrap()
            .contains("<figure id=stages>")
    );
}

#[test]
fn stages_that_do_not_grow_are_refused() {
    let nobody = "127.0.0.1:1".parse().unwrap();
    for options in [
        &["--stages", "20:1s,20:1s"][..],
        &["--stages", "20"],
        &["--stages", "20:1s", "--for", "5s"],
        &["--stages", "20:1s", "--subscribers", "5"],
    ] {
        let output = command(nobody, options).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("--stages") && said.lines().count() == 1,
            "{said}"
        );
    }
}
