//! The page over days: restarts, proxies that refuse or hold back, dead connections, networks that go and come.

use super::{LIVE, POLLING, is_keyword, shows};
use crate::support::{
    browser::{self, Page},
    client::{Stream, publish},
    port::Port,
    proxy::Proxy,
    server::{Server, program},
};
use headless_chrome::protocol::cdp::Network;
use std::net::SocketAddr;

const RECONNECTING: &str = "document.querySelector('#state').textContent !== 'live'";

fn start(options: &[&str]) -> Server {
    Server::start(&[&["--publish-rate", "0"], options].concat())
}

/// Starts a server at this address.
pub fn start_at(address: SocketAddr, options: &[&str]) -> Server {
    let mut command = program();
    command.args(["--listen", &address.to_string(), "--publish-rate", "0"]);
    command.args(options);
    Server::spawn_as_told(command)
}

fn published(address: SocketAddr, keyword: &str) -> String {
    publish(address, keyword).json()["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// True if the strip holds exactly these pictures in their order, the newest first.
fn holds(ids: &[String]) -> String {
    let newest_first: Vec<&str> = ids.iter().rev().map(String::as_str).collect();
    format!(
        "[...document.querySelectorAll('#strip button')].map((button) => button.id).join() === {:?}",
        newest_first.join(",")
    )
}

#[test]
fn a_server_that_is_killed_and_comes_back_is_found_and_nothing_is_lost_or_shown_twice() {
    let Some(browser) = browser::start() else {
        return;
    };
    for signal in ["KILL", "TERM"] {
        let options = ["--drain", "0.2"];
        let kept = Port::keep();
        let address = kept.address;
        let mut server = start_at(address, &options);
        let page = Page::open(&browser, address);
        let mut ids = vec![published(address, "before")];
        page.wait_until(&is_keyword("before"));
        server.signal(signal);
        server.wait();
        page.wait_until(RECONNECTING);
        let server = start_at(address, &options);
        for keyword in ["one", "two", "three"] {
            ids.push(published(server.address, keyword));
        }
        page.wait_until(&is_keyword("three"));
        page.wait_until(LIVE);
        page.wait_until(&holds(&ids));
    }
}

#[test]
fn of_pictures_that_the_server_no_longer_holds_the_rest_is_shown() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&["--history", "2"]);
    let proxy = Proxy::start(server.address);
    let page = Page::open(&browser, proxy.address);
    let mut ids = vec![published(server.address, "before")];
    page.wait_until(&is_keyword("before"));
    proxy.set_down(true);
    page.wait_until(RECONNECTING);
    for keyword in ["lost", "held", "newest"] {
        ids.push(published(server.address, keyword));
    }
    ids.remove(1);
    proxy.set_down(false);
    page.wait_until(&is_keyword("newest"));
    page.wait_until(&holds(&ids));
}

#[test]
fn a_proxy_that_answers_502_once_is_forgiven() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&[]);
    let proxy = Proxy::start(server.address);
    proxy.refuse_streams(1);
    let page = Page::open(&browser, proxy.address);
    page.wait_until(LIVE);
    assert_eq!((proxy.refused(), proxy.streams()), (1, 2));
    publish(server.address, "sushi");
    page.wait_until(&is_keyword("sushi"));
}

#[test]
fn a_proxy_that_holds_the_stream_back_makes_the_page_poll_until_it_no_longer_does() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&["--heartbeat", "0.5"]);
    let proxy = Proxy::start(server.address);
    proxy.hold_streams_back(true);
    let page = Page::open(&browser, proxy.address);
    page.wait_until(POLLING);
    for keyword in ["one", "two"] {
        publish(server.address, keyword);
        page.wait_until(&is_keyword(keyword));
    }
    page.wait_until(POLLING);
    proxy.hold_streams_back(false);
    page.wait_until(LIVE);
    publish(server.address, "three");
    page.wait_until(&is_keyword("three"));
    page.wait_until(&shows(3));
}

#[test]
fn without_event_source_the_page_polls() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&[]);
    let page = Page::blank(&browser, true);
    page.prepare("delete window.EventSource; delete window.SharedWorker");
    page.go(&format!("http://{}/", server.address));
    page.wait_until(POLLING);
    page.publish("ocean");
    page.wait_until(&is_keyword("ocean"));
    publish(server.address, "night");
    page.wait_until(&is_keyword("night"));
    page.wait_until(&shows(2));
    assert_eq!(page.complaints(), [] as [String; 0]);
}

#[test]
fn a_publisher_sees_its_picture_even_while_the_server_is_full() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&["--max-subscribers", "1"]);
    let mut full = Stream::open(server.address);
    publish(server.address, "before");
    full.next("picture");
    let page = Page::open(&browser, server.address);
    page.wait_until("document.querySelector('#state').textContent === 'reconnecting'");
    page.publish("ocean");
    page.wait_until(&is_keyword("ocean"));
    page.wait_until(POLLING);
}

#[test]
fn a_connection_that_died_without_a_word_is_noticed_by_its_silence() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&["--heartbeat", "0.5"]);
    let proxy = Proxy::start(server.address);
    let page = Page::open(&browser, proxy.address);
    page.wait_until(LIVE);
    publish(server.address, "before");
    page.wait_until(&is_keyword("before"));
    let mut stream = Stream::open(server.address);
    for _ in 0..5 {
        stream.next("audience");
    }
    proxy.go_deaf();
    publish(server.address, "meanwhile");
    page.wait_until(&is_keyword("meanwhile"));
    page.wait_until(LIVE);
}

#[test]
fn a_page_that_was_offline_says_so_and_comes_back_with_what_it_missed() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&[]);
    let proxy = Proxy::start(server.address);
    let page = Page::open(&browser, proxy.address);
    publish(server.address, "before");
    page.wait_until(&is_keyword("before"));
    set_offline(&page, true);
    proxy.set_down(true);
    page.wait_until("document.querySelector('#state').textContent === 'offline'");
    page.publish("unheard");
    page.wait_until("document.querySelector('#words').textContent === 'You are offline.'");
    publish(server.address, "meanwhile");
    publish(server.address, "last");
    proxy.set_down(false);
    set_offline(&page, false);
    page.wait_until(&is_keyword("last"));
    page.wait_until(LIVE);
    page.wait_until(&shows(3));
}

#[test]
fn the_browsers_network_state_counts_only_while_the_server_is_silent() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&[]);
    let proxy = Proxy::start(server.address);
    let page = Page::blank(&browser, true);
    page.prepare("Object.defineProperty(navigator, 'onLine', { get: () => false })");
    page.go(&format!("http://{}/", proxy.address));
    page.wait_until(LIVE);
    page.wait_until("document.querySelector('#audience').checkVisibility()");
    page.wait_until("document.querySelector('#audience').textContent === 'just you'");
    proxy.set_down(true);
    page.wait_until("document.querySelector('#state').textContent === 'offline'");
    assert_eq!(
        page.evaluate("document.querySelector('#audience').hidden"),
        true
    );
    proxy.set_down(false);
    page.wait_until(LIVE);
}

#[test]
fn a_stream_that_is_held_back_when_the_browser_opens_it_anew_is_not_taken_for_live() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start(&["--retry", "100"]);
    let proxy = Proxy::start(server.address);
    let page = Page::open(&browser, proxy.address);
    page.wait_until(LIVE);
    page.evaluate(
        "window.said = []; new MutationObserver(() => said.push(document.querySelector('#state').textContent))
           .observe(document.querySelector('#state'), { childList: true })",
    );
    proxy.hold_streams_back(true);
    proxy.set_down(true);
    proxy.set_down(false);
    page.wait_until(POLLING);
    publish(server.address, "meanwhile");
    page.wait_until(&is_keyword("meanwhile"));
    assert_eq!(page.evaluate("said.join()"), "reconnecting,delayed");
    proxy.hold_streams_back(false);
    proxy.set_down(true);
    proxy.set_down(false);
    page.wait_until(LIVE);
}

fn set_offline(page: &Page, offline: bool) {
    let conditions = Network::EmulateNetworkConditions {
        offline,
        latency: 0.0,
        download_throughput: -1.0,
        upload_throughput: -1.0,
        connection_Type: None,
        packet_loss: None,
        packet_queue_length: None,
        packet_reordering: None,
    };
    page.tab.call_method(conditions).unwrap();
}
