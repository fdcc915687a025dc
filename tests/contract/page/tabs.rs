//! A browser opens six connections to a server: its tabs share one stream, or close theirs while hidden.

use super::{LIVE, is_keyword, shows};
use crate::support::{
    browser::{self, Page},
    client::publish,
    metrics::Metrics,
    server::Server,
};
use std::{fs, net::SocketAddr, path::Path};

#[track_caller]
pub fn await_subscribers(address: SocketAddr, count: usize) {
    Metrics::wait_for(address, |metrics| {
        metrics.get("subscribers") == count as f64
    });
}

#[test]
fn eight_tabs_have_one_connection_also_when_the_first_is_closed() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let mut pages: Vec<Page> = (0..8)
        .map(|_| Page::open(&browser, server.address))
        .collect();
    for page in &pages {
        page.wait_until(LIVE);
    }
    await_subscribers(server.address, 1);
    publish(server.address, "all");
    for page in &pages {
        page.wait_until(&is_keyword("all"));
    }
    pages.remove(0).tab.close(true).unwrap();
    publish(server.address, "left");
    for page in &pages {
        page.wait_until(&is_keyword("left"));
        page.wait_until(LIVE);
    }
    await_subscribers(server.address, 1);
    let newcomer = Page::open(&browser, server.address);
    newcomer.wait_until(&is_keyword("left"));
    newcomer.wait_until("document.querySelectorAll('#strip button').length === 2");
    await_subscribers(server.address, 1);
}

#[test]
fn the_connection_ends_when_no_tab_is_seen_and_comes_back_with_what_was_missed() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let page = Page::blank(&browser, true);
    page.go(&format!("http://{}/", server.address));
    page.wait_until(LIVE);
    let other = Page::blank(&browser, false);
    page.wait_until("document.hidden");
    await_subscribers(server.address, 0);
    publish(server.address, "one");
    publish(server.address, "two");
    other.tab.close(true).unwrap();
    page.tab.bring_to_front().unwrap();
    page.wait_until(&is_keyword("two"));
    await_subscribers(server.address, 1);
}

#[test]
fn without_shared_workers_a_tab_has_a_connection_only_while_it_is_seen() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let open = |own_window| {
        let page = Page::blank(&browser, own_window);
        page.prepare("delete window.SharedWorker");
        page.go(&format!("http://{}/", server.address));
        page
    };
    let first = open(true);
    first.wait_until(LIVE);
    await_subscribers(server.address, 1);
    let second = open(false);
    second.wait_until(LIVE);
    first.wait_until("document.hidden");
    await_subscribers(server.address, 1);
    publish(server.address, "one");
    second.wait_until(&is_keyword("one"));
    first.tab.bring_to_front().unwrap();
    first.wait_until(&is_keyword("one"));
    await_subscribers(server.address, 1);
}

#[test]
fn a_worker_that_falls_silent_is_done_without_and_nothing_is_lost() {
    let Some(browser) = browser::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    copy_page(folder.path());
    let worker = folder.path().join("worker.js");
    let mortal = "new BroadcastChannel('end').onmessage = () => globalThis.close();\n";
    let script = fs::read_to_string(&worker).unwrap() + mortal;
    fs::write(&worker, script).unwrap();
    let server = Server::start(&["--public", folder.path().to_str().unwrap()]);
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    publish(server.address, "before");
    page.wait_until(&is_keyword("before"));
    page.evaluate("new BroadcastChannel('end').postMessage('')");
    await_subscribers(server.address, 0);
    for keyword in ["meanwhile", "last"] {
        publish(server.address, keyword);
    }
    page.evaluate("dispatchEvent(new Event('pageshow'))");
    page.wait_until(&is_keyword("last"));
    page.wait_until(&shows(3));
    await_subscribers(server.address, 1);
}

pub fn copy_page(to: &Path) {
    let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("public");
    for file in fs::read_dir(public).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn a_worker_that_cannot_be_loaded_is_done_without() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let page = Page::blank(&browser, true);
    page.prepare(
        "window.SharedWorker = class extends SharedWorker { constructor() { super('/none.js', { type: 'module' }); } }",
    );
    page.go(&format!("http://{}/", server.address));
    page.wait_until(LIVE);
    publish(server.address, "alone");
    page.wait_until(&is_keyword("alone"));
}
