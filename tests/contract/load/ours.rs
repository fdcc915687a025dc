//! Our own server passes, with crowds that misbehave as well.

use super::{Told, command, load, start, told};
use crate::support::{
    dead::Dead,
    metrics::Metrics,
    poor::program_with,
    server::{Server, program, program_by},
};
use serde_json::Value;
use std::process::{Command, Stdio};

/// Options of a server without a limit on publishes, to which subscribers come back quickly.
const OPTIONS: [&str; 4] = ["--publish-rate", "0", "--retry", "200"];

/// A small crowd with every kind of trouble, and sixty events.
const EVERYTHING: [&str; 17] = [
    "--subscribers",
    "300",
    "--every",
    "50ms",
    "--for",
    "3s",
    "--churn",
    "1200",
    "--stalled",
    "5",
    "--slow",
    "5",
    "--half-open",
    "5",
    "--storm",
    "--timeout",
    "60s",
];

#[test]
fn a_crowd_gets_every_event_while_subscribers_come_go_stall_and_vanish() {
    let server = Server::start(&OPTIONS);
    let told = load(server.address, &EVERYTHING);
    told.is_clean();
    let published = 60.0;
    assert_eq!(told.number("/totals/published"), published, "{}", told.all);
    assert_eq!(
        told.number("/totals/delivered"),
        300.0 * published,
        "{}",
        told.all
    );
    assert!(
        told.number("/totals/resumed") > 0.0 && told.number("/storm/back") > 0.0,
        "{}",
        told.all
    );
    assert_all_reached(&told, 60);
    for moment in ["before", "top", "after"] {
        assert!(
            told.number(&format!("/memory/{moment}/resident")) > 1e6,
            "{}",
            told.all
        );
    }
}

/// Checks that each of so many broadcasts reached all subscribers, the first before the last.
#[track_caller]
fn assert_all_reached(told: &Told, published: usize) {
    let broadcasts = told.report["broadcasts"].as_array().unwrap();
    assert_eq!(broadcasts.len(), published, "{}", told.all);
    for broadcast in broadcasts {
        let times =
            ["first", "median", "p99", "last"].map(|name| broadcast[name].as_f64().unwrap());
        assert!(times.is_sorted(), "{broadcast}");
        assert_eq!(
            broadcast["live"].as_u64().unwrap() + broadcast["resumed"].as_u64().unwrap(),
            300,
            "{broadcast}"
        );
    }
}

#[test]
fn subscribers_that_vanish_acknowledge_nothing_and_are_given_up() {
    let mut options = OPTIONS.to_vec();
    options.extend(["--write-timeout", "1", "--heartbeat", "0.2"]);
    let server = Server::start(&options);
    let mut command = command(
        server.address,
        &[
            "--subscribers",
            "1",
            "--half-open",
            "3",
            "--every",
            "100ms",
            "--for",
            "60s",
        ],
    );
    let mut run = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Metrics::wait_for(server.address, |metrics| {
        metrics.of("disconnects_total", "write_timeout") == 3.0
    });
    run.kill().unwrap();
    run.wait().unwrap();
}

/// A run of a crowd of 20 for `time`, started by `launcher`, which gets these signals once the crowd is connected.
fn signalled(launcher: &[&str], time: &str, signals: &[&str]) -> Told {
    let server = Server::start(&OPTIONS);
    let crowd = ["--subscribers", "20", "--every", "20ms"];
    let options = [
        &crowd[..],
        &["--for", time, "--timeout", "60s", "--allow-unchecked"],
    ]
    .concat();
    let mut run = program_by(launcher);
    run.args(command(server.address, &options).get_args());
    let run = start(run);
    for name in signals {
        let kill = format!("kill -{name} {}", run.id());
        let killed = Command::new("sh").args(["-c", &kill]).status();
        assert!(killed.unwrap().success());
    }
    told(&run.wait_with_output().unwrap(), Value::Null)
}

#[test]
fn control_c_and_a_closed_terminal_end_a_run_which_reports_its_figures_until_then() {
    for signals in [&["INT"][..], &["HUP"], &["USR1", "USR2", "TERM"]] {
        // The tests themselves may have been started by nohup.
        let told = signalled(&["env", "--default-signal=HUP"], "1h", signals);
        told.is_clean();
        for words in ["interrupted", "20 of 20 held"] {
            assert!(told.table.contains(words), "{}", told.all);
        }
    }
}

#[test]
fn a_run_under_nohup_goes_on_when_its_terminal_is_closed() {
    let told = signalled(&["nohup"], "1s", &["HUP"]);
    told.is_clean();
    assert!(!told.table.contains("interrupted"), "{}", told.all);
}

#[test]
fn sigquit_ends_a_run_at_once_with_status_131() {
    assert_eq!(signalled(&["env"], "1h", &["QUIT"]).status, Some(131));
}

#[test]
fn only_the_addresses_of_a_name_that_answer_are_used() {
    let server = Server::start(&[&OPTIONS[..], &["--host", "frame.test"]].concat());
    let dead = Dead::with(server.address.port(), 3);
    let mut command = program_with(&[("ADDRESSES", &dead.and(server.address))]);
    let url = |path| format!("http://frame.test:{}/{path}", server.address.port());
    command.args(["load", &url("subscribe"), "--publish", &url("publish")]);
    command.args(["--subscribers", "20", "--every", "100ms", "--for", "1s"]);
    let told = told(&command.output().unwrap(), Value::Null);
    told.is_clean();
    assert!(
        told.all.contains("1 of the name's 4 addresses"),
        "{}",
        told.all
    );
}

/// A crowd as large as the open-file limit of this machine allows: `cargo test --release --test contract load -- --ignored --nocapture`.
#[test]
#[ignore = "takes most descriptors of the machine for two minutes"]
fn a_large_crowd_gets_every_event() {
    let files = rlimit::getrlimit(rlimit::Resource::NOFILE).unwrap().1;
    let crowd = files.saturating_sub(1000).min(18_000);
    let most = (crowd + 500).to_string();
    let server = Server::start(&["--publish-rate", "0", "--max-subscribers", &most]);
    let crowd = crowd.to_string();
    let told = load(
        server.address,
        &[
            "--subscribers",
            &crowd,
            "--every",
            "1s",
            "--for",
            "60s",
            "--churn",
            "600",
            "--stalled",
            "100",
            "--slow",
            "100",
            "--half-open",
            "100",
            "--storm",
            "--timeout",
            "20s",
        ],
    );
    println!("{}", told.table);
    told.is_clean();
    let few = idle(&server, "2000");
    let own = (idle(&server, &crowd) - few) / (told.number("/asked/subscribers") - 2000.0);
    println!("{own:.0} bytes of its own per idle subscriber");
    assert!(own <= 200.0);
}

/// The most memory of the load test itself with so many subscribers that get no events.
fn idle(server: &Server, crowd: &str) -> f64 {
    let url = format!("http://{}/subscribe", server.address);
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let mut command = program();
    command.args([
        "load",
        &url,
        "--subscribers",
        crowd,
        "--for",
        "3s",
        "--json",
    ]);
    let output = command.arg(&json).output().unwrap();
    let told = told(
        &output,
        serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap(),
    );
    told.is_clean();
    told.number("/memory/top/own")
}
