//! The README's two pictures, made anew by `.pictures/make`.

use super::{LIVE, is_keyword, shows};
use crate::support::{
    browser::{self, Page},
    client::publish,
    server::{PROGRAM, Server, program},
};
use headless_chrome::protocol::cdp::{
    Emulation::SetScrollbarsHidden, Page::CaptureScreenshotFormatOption::Jpeg,
};
use std::{fs, path::Path};

/// The quality of a JPEG, of 100.
const QUALITY: u32 = 82;

fn keep(page: &Page, name: &str) {
    let picture = page.tab.capture_screenshot(Jpeg, Some(QUALITY), None, true);
    let place = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(".pictures")
        .join(name);
    fs::write(place, picture.unwrap()).unwrap();
}

#[test]
#[ignore = "it makes the pictures of the README"]
fn the_readmes_pictures() {
    let browser = browser::start().expect("Chromium takes the pictures");
    let server = Server::start(&["--publish-rate", "0"]);
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    for keyword in ["city", "autumn", "planet", "ocean", "lighthouse", "cat"] {
        publish(server.address, keyword);
        page.wait_until(&is_keyword(keyword));
    }
    page.wait_until(&shows(6));
    page.wait_until("document.querySelectorAll('#wall > *').length === 1");
    keep(&page, "frame.jpg");
    let report = tempfile::Builder::new().suffix(".html").tempfile().unwrap();
    let report = report.path().to_str().unwrap();
    let mut load = program();
    let url = |path| format!("http://{}/{path}", server.address);
    load.args(["load", &url("subscribe"), "--publish", &url("publish")]);
    load.args([
        "--subscribers",
        "500",
        "--for",
        "20s",
        "--every",
        "0.5",
        "--html",
        report,
    ]);
    let load = load.output().unwrap();
    assert!(
        load.status.success(),
        "{PROGRAM}: {}",
        String::from_utf8_lossy(&load.stderr)
    );
    page.go(&format!("file://{report}"));
    let plain = SetScrollbarsHidden { hidden: true };
    page.tab.call_method(plain).unwrap();
    keep(&page, "report.jpg");
}
