//! Axe looks for barriers in each state of the page.

use super::{is_keyword, with_flickr};
use crate::support::{
    browser::{self, Browser, Page},
    client::publish,
    flickr::FlickrStub,
    server::Server,
};
use headless_chrome::protocol::cdp::Emulation::{MediaFeature, SetEmulatedMedia};
use std::{env, fs, path::Path, process::Command, sync::OnceLock};

/// A promise of `[true,[]]` from a page without barriers.
pub const ACCESSIBLE: &str = "axe.run().then(({ passes, violations }) => JSON.stringify([passes.length > 10, \
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' '))]))";

/// The rules, fetched once. None where npm is missing.
pub fn axe() -> Option<String> {
    static AXE: OnceLock<Option<String>> = OnceLock::new();
    AXE.get_or_init(fetch).clone()
}

/// Has npm fetch the rules as the lock file says.
fn fetch() -> Option<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe");
    fs::create_dir_all(&folder).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/axe");
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), folder.join(name)).unwrap();
    }
    let npm = Command::new("npm").arg("ci").current_dir(&folder).output();
    if npm.is_ok_and(|npm| npm.status.success()) {
        return Some(fs::read_to_string(folder.join("node_modules/axe-core/axe.min.js")).unwrap());
    }
    assert_ne!(
        env::var("CI").as_deref(),
        Ok("true"),
        "npm does not bring axe-core"
    );
    eprintln!("skipped: no axe-core here (on Debian: apt-get install npm, and a network)");
    None
}

/// A page of this server with axe in it. `query` is a query or nothing.
fn open(browser: &Browser, server: &Server, query: &str, (axe, script): (&str, &str)) -> Page {
    let page = Page::blank(browser, true);
    page.prepare(script);
    page.go(&format!("http://{}/{query}", server.address));
    // In any language.
    page.wait_until("document.querySelector('#status').dataset.state === 'live'");
    page.evaluate(axe);
    page
}

#[track_caller]
fn assert_accessible(page: &Page, when: &str) {
    // A picture that comes lets writing behind it show through.
    page.wait_until("document.querySelectorAll('#wall figure').length < 2");
    assert_eq!(page.evaluate(ACCESSIBLE), "[true,[]]", "{when}");
}

/// Has the page believe in this preference of its visitor.
fn prefer(page: &Page, name: &str, value: &str) {
    let features = vec![MediaFeature {
        name: name.into(),
        value: value.into(),
    }];
    let media = SetEmulatedMedia {
        media: None,
        features: Some(features),
    };
    page.tab.call_method(media).unwrap();
}

#[test]
fn axe_finds_no_barrier_between_a_first_visit_and_an_earlier_picture() {
    let (Some(browser), Some(axe)) = (browser::start(), axe()) else {
        return;
    };
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    let page = open(&browser, &server, "", (&axe, ""));
    page.wait_until("document.querySelector('#wall figure')");
    assert_accessible(&page, "first visit");
    stub.mode("hang");
    page.publish("church");
    page.wait_until("document.querySelector('#words').textContent !== ''");
    assert_accessible(&page, "looking");
    stub.mode("ok");
    stub.release();
    page.wait_until(&is_keyword("church"));
    page.publish("upright");
    page.wait_until(&is_keyword("upright"));
    assert_accessible(&page, "photograph");
    page.publish("mode:http429ra");
    page.wait_until("document.querySelector('#clock').textContent !== ''");
    assert_accessible(&page, "error");
    page.evaluate("document.querySelector('#strip button:last-child').click()");
    page.wait_until("document.querySelector('#back').checkVisibility()");
    assert_accessible(&page, "earlier picture");
    page.resize(320, 568);
    assert_accessible(&page, "phone");
    page.evaluate("document.body.classList.add('rests')");
    page.wait_until("getComputedStyle(document.querySelector('#form')).opacity === '0'");
    assert_accessible(&page, "faded");
}

#[test]
fn axe_finds_no_barrier_in_a_kiosk_by_day_or_by_night() {
    let (Some(browser), Some(axe)) = (browser::start(), axe()) else {
        return;
    };
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    let script = "Date.prototype.getHours = () => 23; \
        Object.defineProperty(window, 'isSecureContext', { value: false })";
    let page = open(&browser, &server, "?kiosk", (&axe, script));
    page.wait_until("document.querySelector('#caption img')?.naturalWidth > 0");
    assert_accessible(&page, "empty kiosk");
    publish(server.address, "upright");
    for query in ["?kiosk", "?kiosk&dim=22-7"] {
        let page = open(&browser, &server, query, (&axe, script));
        page.wait_until(&is_keyword("upright"));
        page.wait_until("document.querySelector('#caption img')?.naturalWidth > 0");
        assert_accessible(&page, query);
    }
}

#[test]
fn axe_finds_no_barrier_in_any_language_and_with_any_preference() {
    let (Some(browser), Some(axe)) = (browser::start(), axe()) else {
        return;
    };
    let server = Server::start(&["--publish-rate", "0"]);
    for language in ["de", "fr", "es"] {
        let script = format!(
            "Object.defineProperty(navigator, 'languages', {{ get: () => [{language:?}] }})"
        );
        let page = open(&browser, &server, "", (&axe, &script));
        page.wait_until(&format!("document.documentElement.lang === {language:?}"));
        page.wait_until("document.querySelector('#wall figure')");
        assert_accessible(&page, language);
    }
    publish(server.address, "snow");
    publish(server.address, "sushi");
    let page = open(&browser, &server, "", (&axe, ""));
    page.wait_until(&is_keyword("sushi"));
    for (name, value) in [
        ("prefers-color-scheme", "light"),
        ("prefers-color-scheme", "dark"),
        ("prefers-reduced-motion", "reduce"),
        ("prefers-contrast", "more"),
        ("forced-colors", "active"),
    ] {
        prefer(&page, name, value);
        assert_eq!(
            page.evaluate(&format!("matchMedia('({name}: {value})').matches")),
            true
        );
        assert_accessible(&page, value);
    }
}
