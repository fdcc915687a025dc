//! The README's pictures and the card of a link, made anew by `.pictures/make`.

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

/// The picture of the gallery on the card: the picture of a frame in which none has hung.
const PICTURE: &str = "mountain-lake-3e74ab83a4172ef6.svg";
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
        // The browser's driver hangs up after two minutes without news of a window, such as a new title.
        let url = page.evaluate("document.title = performance.now(), window.url");
        if let Some(url) = url.as_str() {
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
    page.resize(1280, 800);
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
    page.resize(1280, 800);
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
    page.resize(1280, 660);
    keep(&page, "report.jpg");
}

/// The card that sites show beside a link to the page: a picture of the gallery in a frame with a mat.
const CARD: &str = "<body style='margin:0;height:630px;display:grid;place-items:center;\
    background:radial-gradient(90% 110% at top,#8d8377,#5a534b 60%,#37332e)'>\
    <div style='border:20px solid #3a2c20;padding:44px;background:#f1ece2;box-shadow:0 16px 40px #0009'>\
    <img src='PICTURE' style='display:block;width:820px;height:420px;object-fit:cover;object-position:50% 55%;\
    box-shadow:0 0 0 2px #d8d0c2'></div>";

#[test]
#[ignore = "it makes the card of a link"]
fn the_sharing_card() {
    let browser = browser::start().expect("Chromium takes the picture");
    let server = Server::start(&[]);
    let page = Page::blank(&browser, true);
    page.resize(1200, 630);
    // A page without a policy, on which the card may be drawn.
    page.go(&format!("http://{}/healthz", server.address));
    let card = CARD.replace("PICTURE", &format!("/gallery/{PICTURE}"));
    page.evaluate(&format!("document.documentElement.innerHTML = {card:?}"));
    page.wait_until("document.images[0].naturalWidth > 0");
    let card = page.tab.capture_screenshot(Jpeg, Some(60), None, true);
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/frame/card.jpg");
    fs::write(place, card.unwrap()).unwrap();
}
