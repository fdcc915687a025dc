//! An upgrade as a browser and as reverse proxies see it: not at all.

use super::Upgradable;
use crate::support::{
    browser::{self, Page},
    client::{Client, Stream, get, publish},
    reverse_proxy::ReverseProxy,
};

const LIVE: &str = "document.querySelector('#state').textContent === 'live'";

#[test]
fn an_open_page_and_an_event_source_see_no_error() {
    let Some(browser) = browser::start() else {
        return;
    };
    let frame = Upgradable::start(&[]);
    let page = Page::open(&browser, frame.server.address);
    page.wait_until(LIVE);
    page.evaluate(
        "window.seen = []; window.source = new EventSource('/subscribe'); \
         for (const kind of ['open', 'error', 'picture']) \
         source.addEventListener(kind, (event) => seen.push(event.type)); 0",
    );
    page.wait_until("seen.join() === 'open'");
    for version in 1..=3 {
        frame.upgrade();
        publish(frame.server.address, &format!("version{version}"));
        let shown =
            format!("document.querySelector('#caption b')?.textContent === 'version{version}'");
        page.wait_until(&shown);
        assert_eq!(page.evaluate(LIVE), true);
    }
    page.wait_until("seen.length >= 4");
    assert_eq!(page.evaluate("seen.join()"), "open,picture,picture,picture");
    page.publish("sushi");
    page.wait_until("document.querySelector('#caption b')?.textContent === 'sushi'");
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn reverse_proxies_see_no_error_of_their_upstream() {
    let frame = Upgradable::start(&["--trusted-proxy", "127.0.0.1"]);
    for proxy in ReverseProxy::start_all(frame.server.address, &[]) {
        let name = proxy.name;
        let mut stream = Stream::open(proxy.address);
        let mut client = Client::connect(proxy.address);
        let health = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(client.ask(health).text(), "ok", "{name}");
        for round in 0..3 {
            frame.upgrade();
            for _ in 0..20 {
                assert_eq!(client.ask(health).text(), "ok", "{name}");
                assert_eq!(get(proxy.address, "/healthz").status, 200, "{name}");
            }
            let keyword = format!("{name}{round}");
            assert_eq!(publish(proxy.address, &keyword).status, 200, "{name}");
            // A stream begins with the latest picture.
            while stream.picture()["keyword"] != *keyword {
                assert_eq!(round, 0, "{name}");
            }
        }
    }
}
