//! Prometheus' own check of names, types and help texts.

use crate::support::{
    client::{get, publish},
    programs::find,
    server::Server,
};
use std::{
    io::Write,
    process::{Command, Stdio},
};

#[test]
fn promtool_has_nothing_to_say() {
    let Some(promtool) = find(&["promtool"], "prometheus") else {
        return;
    };
    let server = Server::start(&[]);
    publish(server.address, "sushi");
    let metrics = get(server.address, "/metrics");
    let mut check = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    check
        .stdin
        .take()
        .unwrap()
        .write_all(&metrics.body)
        .unwrap();
    let said = check.wait_with_output().unwrap();
    let text = [said.stdout, said.stderr].concat();
    assert!(
        said.status.success() && text.is_empty(),
        "{}",
        String::from_utf8_lossy(&text)
    );
}
