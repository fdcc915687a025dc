//! The README's pictures, made anew by `.pictures/make`.

use super::{LIVE, is_keyword, shows, with_flickr};
use crate::support::{
    browser::{self, Browser, Page},
    client::publish,
    flickr::FlickrStub,
    server::{PROGRAM, Server, program},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use headless_chrome::protocol::cdp::{
    Emulation::SetScrollbarsHidden, Page::CaptureScreenshotFormatOption::Jpeg,
};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// The quality of a JPEG, of 100.
const QUALITY: u32 = 76;

/// A picture of the folder, or what makes one.
fn place(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pictures");
    folder.join(name)
}

fn keep(page: &Page, name: &str) {
    let picture = page.tab.capture_screenshot(Jpeg, Some(QUALITY), None, true);
    fs::write(place(name), picture.unwrap()).unwrap();
}

/// Renders the stand-in for a photograph, which takes a minute or more.
fn photograph(browser: &Browser) -> Vec<u8> {
    let page = Page::blank(browser, true);
    let script = fs::read_to_string(place("photograph.js")).unwrap();
    page.evaluate(&format!(
        "({script})(400, 600, 24).then((url) => (window.url = url)), 0"
    ));
    loop {
        if let Some(url) = page.evaluate("window.url").as_str() {
            let (_, data) = url.split_once(',').unwrap();
            break BASE64_STANDARD.decode(data).unwrap();
        }
        thread::sleep(Duration::from_secs(1));
    }
}

#[test]
#[ignore = "it makes a picture of the README"]
fn the_readmes_photograph() {
    let browser = browser::start().expect("Chromium takes the pictures");
    let stub = FlickrStub::start();
    stub.serve_photograph(photograph(&browser));
    let server = with_flickr(&stub);
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    publish(server.address, "fruit");
    page.wait_until(&is_keyword("fruit"));
    page.wait_until("document.querySelectorAll('#wall > *').length === 1");
    keep(&page, "photograph.jpg");
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
