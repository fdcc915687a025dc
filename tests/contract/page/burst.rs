//! How long the last picture of a burst takes to hang, in each browser. Run by hand, since a machine's speed is no test:
//! `cargo test --release --test contract page::burst -- --ignored --nocapture`.

use super::{LIVE, is_keyword};
use crate::support::{
    browser::{self, Page},
    client::publish,
    firefox,
    server::Server,
};
use std::time::{Duration, Instant};

/// The number of pictures in a burst.
const PICTURES: usize = 250;
/// Bursts, of which each is measured.
const BURSTS: usize = 5;

fn server() -> Server {
    Server::start(&["--publish-rate", "0", "--broadcast-rate", "0"])
}

/// Publishes bursts, and prints the time from the answer to each burst's last publish until its picture hangs.
fn measure(browser: &str, server: &Server, mut wait_until: impl FnMut(&str)) {
    for burst in 0..BURSTS {
        let begun = Instant::now();
        let last = format!("word{burst}of{PICTURES}");
        for number in 1..PICTURES {
            publish(server.address, &format!("word{burst}of{number}"));
        }
        publish(server.address, &last);
        let published = Instant::now();
        wait_until(&is_keyword(&last));
        report(browser, published - begun, published.elapsed());
    }
}

fn report(browser: &str, publishing: Duration, hanging: Duration) {
    let [publishing, hanging] = [publishing, hanging].map(|time| time.as_millis());
    println!(
        "{browser}: {PICTURES} pictures in {publishing} ms, the last hangs {hanging} ms later"
    );
}

#[test]
#[ignore = "it measures"]
fn how_long_a_bursts_last_picture_takes_to_hang() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = server();
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    measure("Chromium", &server, |expression| {
        page.wait_until(expression)
    });
}

#[test]
#[ignore = "it measures"]
fn in_firefox_how_long_a_bursts_last_picture_takes_to_hang() {
    let Some(mut firefox) = firefox::start() else {
        return;
    };
    let server = server();
    firefox.go(&format!("http://{}/", server.address));
    firefox.wait_until(LIVE);
    measure("Firefox", &server, |expression| {
        firefox.wait_until(expression)
    });
}
