//! A server that is started anew with another page: every open tab learns of it, whichever worker the tab has.

use super::{LIVE, alive::start_at, tabs::copy_page};
use crate::support::{
    browser::{self, Browser, Page},
    client::get,
    firefox,
    port::Port,
    server::Server,
};
use std::{fs, path::Path};
use tempfile::TempDir;

/// A script that types a word.
const TYPE: &str = "document.querySelector('#keyword').value = 'typed'";
/// A script that deletes the word.
const DELETE: &str = "document.querySelector('#keyword').value = '', \
    document.querySelector('#keyword').dispatchEvent(new Event('input'))";
/// A script that hides the page.
const HIDE: &str = "Object.defineProperty(document, 'hidden', { value: true }), \
    dispatchEvent(new Event('visibilitychange'))";
const MARK: &str = "window.isOld = true";
const IS_OLD: &str = "window.isOld === true";

/// A server, and the folder of its page.
struct Site {
    folder: TempDir,
    kept: Port,
    server: Server,
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_page(folder.path());
        let kept = Port::keep();
        let server = start_at(kept.address, &options(folder.path()));
        Self {
            folder,
            kept,
            server,
        }
    }

    fn url(&self, query: &str) -> String {
        format!("http://{}/{query}", self.kept.address)
    }

    /// Ends the server, changes the page, and starts another server at the same address. Returns an expression that is
    /// true for the changed page.
    fn change(&mut self) -> String {
        self.server.signal("TERM");
        self.server.wait();
        let style = self.folder.path().join("style.css");
        let more = fs::read_to_string(&style).unwrap() + "\n";
        fs::write(style, more).unwrap();
        self.server = start_at(self.kept.address, &options(self.folder.path()));
        let page = get(self.server.address, "/");
        let tag = page.header("etag").unwrap().trim_matches('"').to_owned();
        format!("document.documentElement.dataset.page === {tag:?}")
    }
}

fn options(folder: &Path) -> [&str; 6] {
    let folder = folder.to_str().unwrap();
    ["--drain", "0", "--retry", "50", "--public", folder]
}

fn open(browser: &Browser, site: &Site, query: &str) -> Page {
    let page = Page::blank(browser, true);
    page.go(&site.url(query));
    page.wait_until(LIVE);
    page.evaluate(MARK);
    page
}

#[test]
fn after_a_restart_with_another_page_a_page_a_kiosk_and_a_hidden_tab_are_loaded_anew_at_once() {
    let Some(browser) = browser::start() else {
        return;
    };
    let mut site = Site::start();
    let hidden = open(&browser, &site, "");
    let _before = Page::blank(&browser, false);
    hidden.wait_until("document.hidden");
    let [plain, kiosk, typed] = ["", "?kiosk", ""].map(|query| open(&browser, &site, query));
    for page in [&hidden, &kiosk, &typed] {
        page.evaluate(TYPE);
    }
    let is_new = site.change();
    for page in [&plain, &kiosk, &hidden] {
        page.wait_until(&is_new);
    }
    // This page has another worker than the page in which a word is typed, and both are told.
    let newcomer = open(&browser, &site, "");
    assert_eq!(newcomer.evaluate(&is_new), true);
    assert_eq!(typed.evaluate(IS_OLD), true);
    typed.evaluate(DELETE);
    typed.wait_until(&is_new);
    for page in [&plain, &kiosk, &typed, &newcomer] {
        page.wait_until(LIVE);
    }
}

#[test]
fn in_firefox_after_a_restart_with_another_page_every_page_is_loaded_anew_as_it_may() {
    let mut site = Site::start();
    let Some(mut firefox) = firefox::start() else {
        return;
    };
    let open = |firefox: &mut firefox::Firefox, site: &Site, query: &str| {
        let window = firefox.window();
        firefox.go(&site.url(query));
        firefox.wait_until(LIVE);
        firefox.evaluate(MARK);
        window
    };
    let [plain, kiosk, hidden, typed] =
        ["", "?kiosk", "", ""].map(|query| open(&mut firefox, &site, query));
    for (window, scripts) in [
        (&kiosk, &[TYPE][..]),
        (&hidden, &[TYPE, HIDE]),
        (&typed, &[TYPE]),
    ] {
        firefox.turn_to(window);
        for script in scripts {
            firefox.evaluate(&format!("void ({script})"));
        }
    }
    let is_new = site.change();
    for window in [&plain, &kiosk, &hidden] {
        firefox.turn_to(window);
        firefox.wait_until(&is_new);
    }
    let newcomer = open(&mut firefox, &site, "");
    assert_eq!(firefox.evaluate(&is_new), true);
    firefox.turn_to(&typed);
    assert_eq!(firefox.evaluate(IS_OLD), true);
    firefox.evaluate(&format!("void ({DELETE})"));
    firefox.wait_until(&is_new);
    for window in [&plain, &kiosk, &typed, &newcomer] {
        firefox.turn_to(window);
        firefox.wait_until(LIVE);
    }
}
