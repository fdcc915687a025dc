//! The report of a run as a table, as JSON and as a page with the same figures, and lines of progress meanwhile.

use super::{
    command,
    lies::DROPS,
    stub::{CROWD, HONEST, Stub},
};
use crate::support::{
    programs,
    server::{PROGRAM, Server, program},
};
use serde_json::Value;
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Output},
};

const SMALL: [&str; 6] = ["--subscribers", "8", "--every", "20ms", "--for", "500ms"];
/// A longest wait that no machine reaches.
const PATIENT: [&str; 2] = ["--timeout", "60s"];

/// Tests the server at `address`, and leaves both files in `folder`.
fn load(address: SocketAddr, folder: &Path, options: &[&str]) -> (Output, Value, String) {
    let (json, html) = (folder.join("report.json"), folder.join("report.html"));
    let mut command = command(address, &SMALL);
    command.arg("--json").arg(&json).arg("--html").arg(&html);
    let output = command.args(options).output().unwrap();
    let read =
        |path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let (json, html) = (read(&json), read(&html));
    (output, serde_json::from_str(&json).unwrap(), html)
}

/// Checks that a page loads nothing, runs nothing, and closes each tag that it opens.
#[track_caller]
fn assert_self_contained(html: &str) {
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    for word in [
        "<script", "<link", "<img", "<iframe", "@import", "url(", " href", " src", " on",
    ] {
        let within: Vec<&str> = html
            .split('<')
            .filter(|tag| format!("<{}", tag.split('>').next().unwrap()).contains(word))
            .collect();
        assert!(within.is_empty(), "{word}: {within:?}");
    }
    for name in [
        "html", "head", "body", "header", "main", "figure", "svg", "title", "table", "tr", "td",
        "ul", "li", "p",
    ] {
        let opened =
            html.matches(&format!("<{name}>")).count() + html.matches(&format!("<{name} ")).count();
        assert_eq!(
            opened,
            html.matches(&format!("</{name}>")).count(),
            "{name}"
        );
    }
}

/// The fields that programs may read.
const NUMBERS: [&str; 50] = [
    "/connections_per_second",
    "/deliveries_per_second",
    "/asked/subscribers",
    "/asked/every",
    "/asked/hold",
    "/began",
    "/took",
    "/held_from",
    "/held_until",
    "/connections/ramp",
    "/connections/opened",
    "/connections/reconnects",
    "/connections/held",
    "/connections/connect/median",
    "/connections/answer/p99",
    "/totals/delivered",
    "/totals/resumed",
    "/totals/lost",
    "/totals/doubled",
    "/totals/misordered",
    "/totals/missed",
    "/totals/dropped",
    "/totals/published",
    "/latency/count",
    "/latency/median",
    "/latency/p90",
    "/latency/p99",
    "/latency/p999",
    "/latency/max",
    "/broadcasts/0/at",
    "/broadcasts/0/audience",
    "/broadcasts/0/live",
    "/broadcasts/0/first",
    "/broadcasts/0/median",
    "/broadcasts/0/p99",
    "/broadcasts/0/last",
    "/memory/before/resident",
    "/memory/top/own",
    "/read_late/count",
    "/cpu/own",
    "/traffic/received",
    "/traffic/data",
    "/machine/cores",
    "/samples/0/at",
    "/samples/0/held",
    "/samples/0/opened",
    "/samples/0/dropped",
    "/samples/0/events",
    "/samples/0/errors",
    "/samples/0/memory/resident",
];

#[test]
fn a_run_leaves_all_its_figures_with_stable_names() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&["--publish-rate", "0"]);
    let (output, json, _) = load(server.address, folder.path(), &PATIENT);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        (&json["format"], &json["passed"]),
        (&Value::from(2), &Value::from(true))
    );
    // A run this short may end before the second look at the processor time.
    assert!(json.pointer("/cpu/own_share").is_some(), "{json:#}");
    for path in NUMBERS {
        assert!(
            json.pointer(path).is_some_and(Value::is_number),
            "{path} in {json:#}"
        );
    }
    assert_eq!(
        (
            json["faults"].as_array().unwrap().len(),
            json["errors"].as_object().unwrap().len()
        ),
        (0, 0)
    );
    let names = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(names.count(), 2, "and nothing else");
}

#[test]
fn a_run_leaves_a_page_that_needs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&["--publish-rate", "0"]);
    let (_, _, html) = load(server.address, folder.path(), &PATIENT);
    assert_self_contained(&html);
    assert!(html.contains("Held and delivered") && html.contains("8 of 8 subscribers"));
    for id in ["latency", "connections", "turnover", "events", "memory"] {
        assert!(html.contains(&format!("<figure id={id}>")), "{id}");
    }
    let elsewhere = html.matches("http").count();
    let target = html.matches(&format!("http://{}/", server.address)).count();
    assert_eq!(
        elsewhere - html.matches("http-equiv").count(),
        target,
        "no other address"
    );
}

#[test]
fn the_faults_stand_on_top_of_the_page_and_last_in_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let (output, json, html) = load(
        Stub::start(DROPS).address,
        folder.path(),
        &["--timeout", "5s", "--bind", CROWD],
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_self_contained(&html);
    let top = html.split("<main>").next().unwrap();
    assert!(
        top.contains("1 lost") && top.contains("events that did not arrive"),
        "{top}"
    );
    assert!(json["faults"][0].as_str().unwrap().starts_with("1 lost") && json["passed"] == false);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.lines().last().unwrap().starts_with("FAULT"),
        "{table}"
    );
}

#[test]
fn a_hostile_address_does_no_harm_in_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("report.html");
    let address = Stub::start(HONEST).address;
    let url = format!("http://{address}/?&lt;script&gt;='{{");
    let mut command = program();
    command
        .args(["load", &url])
        .args(SMALL)
        .args(PATIENT)
        .arg("--html")
        .arg(&html);
    let output = command.output().unwrap();
    // The answer is no event stream, which is a fault, and the page shows the address.
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let html = fs::read_to_string(&html).unwrap();
    assert_self_contained(&html);
    assert!(html.contains("/?&amp;lt;script&amp;gt;=&#39;"));
}

#[test]
fn a_file_that_cannot_be_written_is_refused_before_the_run() {
    let nobody = "127.0.0.1:1".parse().unwrap();
    for option in ["--json", "--html"] {
        let output = command(nobody, &[option, "/nowhere/report"])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(option) && said.contains("/nowhere/report"),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one").display().to_string();
    let output = command(nobody, &["--json", &file, "--html", &file])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn without_a_terminal_plain_lines_show_the_progress() {
    let server = Server::start(&["--publish-rate", "0"]);
    let options = ["--subscribers", "8", "--every", "100ms", "--for", "8s"];
    let output = command(server.address, &options).output().unwrap();
    let lines = String::from_utf8(output.stderr).unwrap();
    let told: Vec<&str> = lines
        .lines()
        .filter(|line| line.contains("holding: "))
        .collect();
    assert!((1..=6).contains(&told.len()), "{lines}");
    for word in [
        "8 of 8 held",
        "events a second",
        "latest broadcast",
        "no errors",
    ] {
        assert!(told[0].contains(word), "{word}: {lines}");
    }
    assert!(
        !lines.contains(['\x1b', '\r']),
        "nothing for a terminal: {lines:?}"
    );
}

#[test]
fn on_a_terminal_a_bar_shows_the_progress_and_is_gone_in_the_end() {
    let Some(script) = programs::find(&["script"], "bsdutils") else {
        return;
    };
    let url = format!("http://{}/subscribe", Stub::start(HONEST).address);
    let run = format!("{PROGRAM} load {url} --subscribers 8 --for 3s --allow-unchecked");
    let mut command = Command::new(script);
    command
        .args(["-qec", &run, "/dev/null"])
        .env("TERM", "xterm");
    let output = command.output().unwrap();
    let drawn = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{drawn}");
    assert!(
        drawn.contains("holding") && drawn.contains("8 of 8 held"),
        "{drawn:?}"
    );
    let (_, end) = drawn.split_once("server         ").expect("a table");
    assert!(
        !end.contains("holding") && end.contains("result"),
        "{drawn:?}"
    );
}
