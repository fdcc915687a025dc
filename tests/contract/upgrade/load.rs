//! The load test in the middle of upgrades: every subscriber gets every picture once, and nobody has to come back.

use super::{Upgradable, signal};
use crate::support::{
    process::{eventually, metric},
    server::program,
};
use std::process::Stdio;

#[test]
fn the_load_test_upgrades_the_server_and_sees_no_reconnect_and_no_event_lost_or_doubled() {
    let frame = Upgradable::start(&[]);
    let (address, folder) = (frame.server.address, tempfile::tempdir().unwrap());
    let json = folder.path().join("report.json");
    let mut load = program();
    load.args(["load", &format!("http://{address}/subscribe")])
        .args(["--publish", &format!("http://{address}/publish")])
        .args(["--subscribers", "300", "--every", "100ms", "--for", "1h"])
        .args(["--upgrade-every", "1s", "--pid", &frame.pid().to_string()])
        .args(["--require", "lost == 0", "--json"])
        .arg(&json);
    load.stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = load.spawn().unwrap();
    frame.wait_until("upgraded three times", || frame.heirs().len() >= 3);
    signal(run.id(), "INT");
    let output = run.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{text:?}");
    let report = std::fs::read(json).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let number = |path: &str| report.pointer(path).and_then(serde_json::Value::as_u64);
    assert_eq!(number("/connections/reconnects"), Some(0), "{text:?}");
    assert_eq!(number("/connections/held"), Some(300), "{text:?}");
    let upgrades = text[1].matches("has taken over from").count();
    assert!(upgrades >= 2, "{text:?}");
    // The old process tells of an upgrade after the new one serves. The last upgrade may be over after the run.
    frame.wait_until("told of each upgrade", || frame.heirs().len() >= upgrades);
    assert!(frame.heirs().len() <= upgrades + 1, "{text:?}");
    eventually("all have left", || {
        metric(address, "picture_frame_subscribers") == 0
    });
}

#[test]
fn the_load_test_upgrades_no_server_whose_process_it_does_not_know() {
    let mut load = program();
    load.args(["load", "http://127.0.0.1:9/", "--upgrade-every", "1s"]);
    let output = load.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.contains("--pid"), "{line}");
}
