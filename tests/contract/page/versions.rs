//! Versions of the page: an open page learns from a stream's first event that it is outdated, and reloads.

use super::{LIVE, tabs::copy_page};
use crate::support::{
    browser::{self, Page},
    client::get,
    process::eventually,
    proxy::Proxy,
    server::Server,
};
use std::{fs, path::Path};
use tempfile::TempDir;

/// A script that counts the page's loads.
const COUNT: &str = "sessionStorage.loads = 1 + (Number(sessionStorage.loads) || 0)";
const LOADS: &str = "sessionStorage.loads";

/// A server whose page can change, behind a proxy that can cut streams.
struct Site {
    folder: TempDir,
    server: Server,
    proxy: Proxy,
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_page(folder.path());
        let server = Server::start(&["--retry", "50", "--public", text(folder.path())]);
        let proxy = Proxy::start(server.address);
        Self {
            folder,
            server,
            proxy,
        }
    }

    fn open(&self, browser: &browser::Browser, target: &str) -> Page {
        let page = Page::blank(browser, true);
        page.prepare(COUNT);
        page.go(&format!("http://{}{target}", self.proxy.address));
        page.wait_until(LIVE);
        page
    }

    /// Changes a file of the page, and cuts all streams. Returns the page's tag, without quotes.
    fn change(&self) -> String {
        let style = self.folder.path().join("style.css");
        let more = fs::read_to_string(&style).unwrap() + "\n";
        fs::write(style, more).unwrap();
        let tag = self.tag();
        self.cut(1);
        tag
    }

    fn tag(&self) -> String {
        let page = get(self.server.address, "/");
        page.header("etag").unwrap().trim_matches('"').to_owned()
    }

    /// Cuts all streams, and waits until they are asked for again.
    fn cut(&self, streams: usize) {
        let before = self.proxy.streams();
        self.proxy.set_down(true);
        self.proxy.set_down(false);
        eventually("all streams are asked for again", || {
            self.proxy.streams() >= before + streams
        });
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn is(tag: &str) -> String {
    format!("document.documentElement.dataset.page === {tag:?}")
}

#[test]
fn a_page_in_which_nothing_is_typed_and_a_kiosk_are_loaded_anew() {
    let Some(browser) = browser::start() else {
        return;
    };
    let site = Site::start();
    let pages = ["/", "/?kiosk"].map(|target| site.open(&browser, target));
    pages[1].evaluate("document.querySelector('#keyword').value = 'typed'");
    let tag = site.change();
    for page in &pages {
        page.wait_until(&is(&tag));
        page.wait_until(LIVE);
        assert_eq!(page.evaluate(LOADS), "2");
    }
}

#[test]
fn a_page_with_typed_text_reloads_once_the_text_is_gone_or_the_page_is_hidden() {
    let Some(browser) = browser::start() else {
        return;
    };
    let site = Site::start();
    let pages = [(); 2].map(|()| site.open(&browser, "/"));
    for page in &pages {
        page.evaluate("document.querySelector('#keyword').value = 'sus'");
    }
    let tag = site.change();
    // A page opened at this point has the new worker; the other pages are told by the same server.
    let newcomer = site.open(&browser, "/");
    assert_eq!(newcomer.evaluate(&is(&tag)), true);
    for page in &pages {
        page.wait_until(LIVE);
        assert_eq!(page.evaluate(LOADS), "1");
    }
    pages[0].evaluate(
        "const field = document.querySelector('#keyword'); field.value = ''; field.dispatchEvent(new Event('input'))",
    );
    pages[0].wait_until(&is(&tag));
    pages[1].evaluate(
        "Object.defineProperty(document, 'hidden', { value: true }); dispatchEvent(new Event('visibilitychange'))",
    );
    pages[1].wait_until(&is(&tag));
}

#[test]
fn a_tab_that_is_opened_after_a_change_has_a_worker_of_the_new_page() {
    let Some(browser) = browser::start() else {
        return;
    };
    let site = Site::start();
    let old = site.open(&browser, "/");
    old.evaluate("document.querySelector('#keyword').value = 'typed'");
    let worker = site.folder.path().join("worker.js");
    let answers =
        "new BroadcastChannel('new').onmessage = ({ target }) => target.postMessage('');\n";
    fs::write(&worker, fs::read_to_string(&worker).unwrap() + answers).unwrap();
    site.tag();
    let new = site.open(&browser, "/");
    new.evaluate(
        "const channel = new BroadcastChannel('new'); channel.onmessage = () => (window.answered = true); channel.postMessage('')",
    );
    new.wait_until("window.answered");
    assert_eq!(old.evaluate(LOADS), "1");
}

#[test]
fn a_page_that_comes_back_as_old_as_it_was_is_not_loaded_for_ever() {
    let Some(browser) = browser::start() else {
        return;
    };
    let site = Site::start();
    let index = site.folder.path().join("index.html");
    let old = fs::read_to_string(&index)
        .unwrap()
        .replace("{{tag}}", "old");
    fs::write(&index, old).unwrap();
    let page = site.open(&browser, "/");
    for _ in 0..3 {
        page.wait_until(&format!("{LOADS} === '2' && {LIVE}"));
        site.cut(1);
    }
    page.wait_until(&format!("{LOADS} === '2' && {LIVE}"));
    let tag = site.change();
    page.wait_until(&format!("{LOADS} === '3' && {LIVE}"));
    let tried = page.evaluate("JSON.stringify(history.state)");
    assert!(tried.as_str().unwrap().contains(&tag), "{tried}");
}
