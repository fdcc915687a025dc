//! The frame below a path of another site: its page names no address outside of that path.

use crate::support::{
    browser::{self, Page},
    client::{Stream, ask, get, publish},
    readme,
    reverse_proxy::ReverseProxy,
    server::Server,
};

const LIVE: &str = "document.querySelector('#state').textContent === 'live'";

/// nginx with the README's lines for a path and no others, so that it answers every other path with its own 404.
fn nginx(server: &Server) -> Option<ReverseProxy> {
    let block =
        readme::block("Below a path").replace("127.0.0.1:4000", &server.address.to_string());
    let lines: Vec<&str> = block.split_terminator('\n').map(str::trim).collect();
    let [metrics, location, pass, ""] = lines[..] else {
        panic!("three lines: {block}");
    };
    let root = format!("proxy_pass http://{};", server.address);
    let changes = [
        ("location = /metrics { return 404; }", metrics),
        ("location / {", location),
        (root.as_str(), pass),
    ];
    ReverseProxy::start_one("nginx", server.address, &changes)
}

#[test]
fn below_a_path_the_frame_is_there_and_the_metrics_are_not() {
    let server = Server::start(&[]);
    let Some(proxy) = nginx(&server) else {
        return;
    };
    let mut stream = Stream::open_with(proxy.address, "/frame/subscribe", "");
    publish(server.address, "sushi");
    assert_eq!(stream.picture()["keyword"], "sushi");
    assert_eq!(get(proxy.address, "/frame/").status, 200);
    for target in [
        "/",
        "/frame/metrics",
        "/frame/%6detrics",
        "/frame/./metrics",
        "/metrics",
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_eq!(ask(proxy.address, request).status, 404, "{target}");
    }
}

#[test]
fn a_page_below_a_path_is_live_publishes_and_shows_the_picture() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let Some(proxy) = nginx(&server) else {
        return;
    };
    let page = Page::blank(&browser, true);
    page.go(&format!("http://{}/frame/", proxy.address));
    page.wait_until(LIVE);
    page.publish("sushi");
    page.wait_until("document.querySelector('#caption b')?.textContent === 'sushi'");
    page.wait_until("document.querySelector('#wall img')?.naturalWidth > 0");
    let outside = "performance.getEntriesByType('resource').map(({ name }) => name) \
        .filter((name) => !new URL(name).pathname.startsWith('/frame/')).join()";
    assert_eq!(page.evaluate(outside), "");
    let manifest = get(proxy.address, "/frame/manifest.webmanifest").json();
    for address in [&manifest["start_url"], &manifest["icons"][0]["src"]] {
        let address = address.as_str().unwrap();
        assert!(!address.starts_with('/'), "{address}");
    }
}
