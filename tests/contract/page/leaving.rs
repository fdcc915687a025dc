//! A visitor that goes on to another page does not count, even where the browser keeps the page for the way back.

use super::{LIVE, is_keyword, tabs::await_subscribers};
use crate::support::{
    browser::{self, Page},
    client::publish,
    server::Server,
};

/// True if the browser had kept the page.
const WAS_KEPT: &str = "window.kept === true";

/// Opens a live page that remembers whether the browser kept it.
fn open(browser: &browser::Browser, server: &Server, script: &str) -> Page {
    let page = Page::blank(browser, true);
    page.prepare(&format!(
        "{script}; addEventListener('pageshow', (event) => (window.kept = event.persisted))"
    ));
    page.go(&format!("http://{}/", server.address));
    page.wait_until(LIVE);
    page
}

#[test]
fn a_visitor_that_goes_on_is_no_longer_counted_and_counts_again_when_back() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (server, elsewhere) = (Server::start(&[]), Server::start(&[]));
    for script in ["", "delete window.SharedWorker"] {
        let page = open(&browser, &server, script);
        await_subscribers(server.address, 1);
        page.go(&format!("http://{}/healthz", elsewhere.address));
        await_subscribers(server.address, 0);
        publish(server.address, "meanwhile");
        page.evaluate("history.back()");
        page.wait_until("location.pathname === '/'");
        page.wait_until(WAS_KEPT);
        page.wait_until(LIVE);
        page.wait_until(&is_keyword("meanwhile"));
        await_subscribers(server.address, 1);
        page.tab.close(true).unwrap();
        await_subscribers(server.address, 0);
    }
}

#[test]
fn visitors_that_stay_keep_the_line_when_another_goes_on() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let pages = [(); 2].map(|()| open(&browser, &server, ""));
    await_subscribers(server.address, 1);
    pages[0].go(&format!("http://{}/healthz", server.address));
    publish(server.address, "one");
    pages[1].wait_until(&is_keyword("one"));
    pages[1].wait_until(LIVE);
    await_subscribers(server.address, 1);
}
