//! Work on reports: requirements, the reports of several processes as one, and two runs beside each other.

use super::{command, load};
use crate::support::server::{Server, program};
use std::{fs, process::Output};

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
    told.is_found(&["required totals.published < 25: it is 25"]);
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
