//! The page in a real Firefox: what differs most between browsers.

use super::{
    LIVE, POLLING, SHOWN,
    barriers::{ACCESSIBLE, axe},
    is_keyword,
    kiosk::{COVERED, INVITES},
    picture::{SEEN, is_wide},
    shows,
    tabs::{await_subscribers, copy_page},
    with_flickr,
};
use crate::support::{
    client::publish,
    firefox::{self, Firefox},
    flickr::FlickrStub,
    metrics::Metrics,
    proxy::Proxy,
    server::Server,
};
use serde_json::json;
use std::fs;

/// The keys as WebDriver names them.
const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";

const OPACITY: &str = "getComputedStyle(document.querySelector('#form')).opacity";

fn open(server: &Server, query: &str) -> Option<Firefox> {
    let mut firefox = firefox::start()?;
    firefox.go(&format!("http://{}/{query}", server.address));
    firefox.wait_until(LIVE);
    Some(firefox)
}

fn photographs() -> (FlickrStub, Server) {
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    (stub, server)
}

#[test]
fn in_firefox_a_word_becomes_the_picture_of_every_window_with_one_connection() {
    let server = Server::start(&[]);
    let Some(mut firefox) = open(&server, "") else {
        return;
    };
    firefox.wait_until("document.querySelector('#wall img')?.naturalWidth > 0");
    let first = firefox.evaluate("location.href");
    let other = firefox.window();
    firefox.go(first.as_str().unwrap());
    firefox.wait_until(LIVE);
    firefox.wait_until("document.activeElement.id === 'keyword'");
    firefox.press(&format!("sushi{ENTER}{ENTER}"));
    firefox.wait_until(&is_keyword("sushi"));
    await_subscribers(server.address, 1);
    assert_eq!(Metrics::scrape(server.address).get("pictures_total"), 1.0);
    let shown = firefox.evaluate(SHOWN);
    firefox.evaluate("window.isOld = true, location.reload()");
    firefox.wait_until("!window.isOld");
    firefox.wait_until(&shows(1));
    firefox.wait_until(&format!("({SHOWN}) === {shown}"));
    firefox.turn_to(&other);
    firefox.wait_until("document.activeElement.id === 'keyword'");
    firefox.press(TAB);
    firefox.wait_until("document.activeElement.id === 'send'");
    let ring = "(({ outlineStyle, outlineWidth, boxShadow }) => `${outlineStyle} ${outlineWidth} ${boxShadow !== 'none'}`)\
        (getComputedStyle(document.activeElement))";
    assert_eq!(firefox.evaluate(ring), "solid 2px true");
}

#[test]
fn in_firefox_a_photograph_is_neither_cut_nor_blown_up() {
    let (_stub, server) = photographs();
    let Some(mut firefox) = open(&server, "") else {
        return;
    };
    for keyword in ["upright", "wide", "small"] {
        publish(server.address, keyword);
        firefox.wait_until(&is_keyword(keyword));
        for (width, height) in [(844, 390), (1280, 800), (1080, 1920)] {
            firefox.resize(width, height);
            firefox.wait_until(&is_wide(width));
            let seen = firefox.evaluate(SEEN);
            let (share, enlarged) = (seen[0].as_f64().unwrap(), seen[1].as_f64().unwrap());
            let least = if keyword == "upright" && width > height {
                0.95
            } else {
                0.8
            };
            assert!(
                share >= least && enlarged <= 1.5001,
                "{keyword} {width}: {seen}"
            );
        }
        firefox.resize(1280, 800);
    }
}

#[test]
fn in_firefox_controls_fade_after_six_seconds_and_come_back_at_a_key() {
    let server = Server::start(&[]);
    publish(server.address, "ocean");
    let Some(mut firefox) = open(&server, "") else {
        return;
    };
    firefox.wait_until(&format!("{OPACITY} === '0'"));
    firefox.press("s");
    firefox.wait_until(&format!("{OPACITY} === '1'"));
}

#[test]
fn in_firefox_a_kiosks_keyword_is_read_across_a_room() {
    let (_stub, server) = photographs();
    publish(server.address, "ocean");
    let Some(mut firefox) = open(&server, "?kiosk") else {
        return;
    };
    firefox.wait_until(&is_keyword("ocean"));
    firefox.wait_until("document.querySelector('#caption img')?.naturalWidth > 0");
    let share = "Number.parseFloat(getComputedStyle(document.querySelector('#caption span')).fontSize) \
        / Math.min(innerWidth, innerHeight)";
    assert!(firefox.evaluate(share).as_f64().unwrap() >= 0.024);
}

#[test]
fn in_firefox_an_empty_kiosk_shows_the_code_of_its_address() {
    let server = Server::start(&[]);
    let Some(mut firefox) = open(&server, "?kiosk") else {
        return;
    };
    firefox.wait_until(INVITES);
}

#[test]
fn in_firefox_a_kiosks_keyword_and_credit_are_seen_whole_on_a_phone_on_its_side() {
    let (stub, server) = photographs();
    stub.mode("large");
    let keyword = "word ".repeat(20).trim().to_owned();
    publish(server.address, &keyword);
    let Some(mut firefox) = open(&server, "?kiosk") else {
        return;
    };
    firefox.wait_until(&is_keyword(&keyword));
    firefox.wait_until("document.querySelector('#caption img')?.naturalWidth > 0");
    for (width, height) in [(844, 390), (667, 375)] {
        firefox.resize(width, height);
        firefox.wait_until(&format!(
            "innerWidth === {width} && innerHeight === {height}"
        ));
        assert_eq!(firefox.evaluate(COVERED), "", "{width} × {height}");
    }
    firefox.resize(1280, 800);
}

#[test]
fn in_firefox_of_a_burst_the_last_picture_hangs() {
    let server = Server::start(&["--publish-rate", "0", "--broadcast-rate", "0"]);
    let Some(mut firefox) = open(&server, "") else {
        return;
    };
    for number in 0..250 {
        publish(server.address, &format!("word{number}"));
    }
    firefox.wait_until(&is_keyword("word249"));
    firefox.wait_until(&shows(12));
}

#[test]
fn in_firefox_a_proxy_that_holds_the_stream_back_makes_the_page_poll() {
    let server = Server::start(&["--publish-rate", "0", "--heartbeat", "0.5"]);
    let proxy = Proxy::start(server.address);
    proxy.hold_streams_back(true);
    let Some(mut firefox) = firefox::start() else {
        return;
    };
    firefox.go(&format!("http://{}/", proxy.address));
    firefox.wait_until(POLLING);
    Metrics::wait_for(server.address, |metrics| {
        metrics.of("connections", "polling") == 1.0
    });
    publish(server.address, "one");
    firefox.wait_until(&is_keyword("one"));
    proxy.hold_streams_back(false);
    firefox.wait_until(LIVE);
}

#[test]
fn in_firefox_a_new_version_is_seen_by_a_page_and_by_a_kiosk() {
    let folder = tempfile::tempdir().unwrap();
    copy_page(folder.path());
    let server = Server::start(&["--retry", "50", "--public", folder.path().to_str().unwrap()]);
    let proxy = Proxy::start(server.address);
    let Some(mut firefox) = firefox::start() else {
        return;
    };
    let kiosk = firefox.window();
    let windows = [kiosk, firefox.window()];
    for (window, query) in windows.iter().zip(["?kiosk", ""]) {
        firefox.turn_to(window);
        firefox.go(&format!("http://{}/{query}", proxy.address));
        firefox.wait_until(LIVE);
        firefox.evaluate("window.isOld = true");
    }
    let style = folder.path().join("style.css");
    fs::write(&style, fs::read_to_string(&style).unwrap() + "\n").unwrap();
    crate::support::client::get(server.address, "/");
    proxy.set_down(true);
    proxy.set_down(false);
    for window in &windows {
        firefox.turn_to(window);
        firefox.wait_until("!window.isOld");
        firefox.wait_until(LIVE);
    }
}

#[test]
fn in_firefox_axe_finds_no_barrier() {
    let (_stub, server) = photographs();
    let (Some(mut firefox), Some(axe)) = (open(&server, ""), axe()) else {
        return;
    };
    for keyword in ["", "church"] {
        if !keyword.is_empty() {
            publish(server.address, keyword);
            firefox.wait_until(&is_keyword(keyword));
        }
        firefox.evaluate(&format!("new Function({})() ?? null", json!(axe)));
        firefox.evaluate(&format!(
            "{ACCESSIBLE}.then((found) => (window.found = found)) && null"
        ));
        firefox.wait_until("window.found");
        assert_eq!(firefox.evaluate("window.found"), "[true,[]]", "{keyword}");
        firefox.evaluate("delete window.found");
    }
}
