//! The page of the view, in a real Chromium.

use super::{get, start};
use crate::{
    page::barriers::{ACCESSIBLE, axe},
    support::{
        browser::{self, Page},
        client::{Client, Stream, publish},
    },
};
use std::net::SocketAddr;

const LIVE: &str = "document.querySelector('#state').textContent === 'live'";

fn open(browser: &browser::Browser, admin: SocketAddr) -> Page {
    let page = Page::blank(browser, true);
    page.go(&format!("http://{admin}/loop"));
    page.wait_until(LIVE);
    page
}

/// The number of elements that a selector finds.
fn count(selector: &str) -> String {
    format!("document.querySelectorAll({selector:?}).length")
}

#[test]
fn the_page_shows_turns_rows_the_ring_and_the_wheel_and_follows_them() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (server, admin) = start(&[]);
    let _streams: Vec<Stream> = (0..3).map(|_| Stream::open(server.address)).collect();
    let page = open(&browser, admin);
    page.wait_until(&format!("{} >= 4", count("#connections tbody tr")));
    page.wait_until(&format!("{} > 0", count("#turns rect.serve")));
    page.wait_until(&format!("{} > 0", count("#wheel circle.serve")));
    assert_eq!(
        page.evaluate(&count("#ring .event")),
        0,
        "nothing was published"
    );
    let label = "document.querySelector('#turns svg').getAttribute('aria-label')";
    let before = page.evaluate(label);
    publish(server.address, "sushi");
    page.wait_until(&format!("{} === 1", count("#ring .event")));
    page.wait_until(&format!("{} > 0", count("#turns rect.deliver")));
    page.wait_until(&format!("{label} !== {before}"));
    let states = "[...document.querySelectorAll('#connections td:nth-child(3)')].map((cell) => cell.textContent)";
    page.wait_until(&format!(
        "{states}.filter((state) => state === 'subscribed').length === 3"
    ));
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn the_buttons_of_the_page_hold_the_loop_and_let_it_go() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (server, admin) = start(&["--loop-control"]);
    let page = open(&browser, admin);
    let click = |name: &str| {
        page.evaluate(&format!(
            "document.querySelector('button[value={name}]').click()"
        ));
    };
    let pressed = |name: &str| {
        page.wait_until(&format!(
            "document.querySelector('button[value={name}]').ariaPressed === 'true'"
        ));
    };
    pressed("run");
    click("pause");
    pressed("pause");
    let mut client = Client::connect(server.address);
    client.send(get("/healthz"));
    let turn = "document.querySelector('#numbers').textContent.split(' ')[1]";
    let before = page.evaluate(turn);
    click("turn");
    page.wait_until(&format!("{turn} !== {before}"));
    click("slow");
    pressed("slow");
    click("run");
    pressed("run");
    assert_eq!(client.response().text(), "ok");
    assert_eq!(page.complaints(), [""; 0]);
}

#[test]
fn the_page_of_the_view_can_be_read_in_light_and_dark_and_on_a_phone() {
    let (Some(browser), Some(axe)) = (browser::start(), axe()) else {
        return;
    };
    let (server, admin) = start(&["--loop-control"]);
    let _streams: Vec<Stream> = (0..40).map(|_| Stream::open(server.address)).collect();
    let page = open(&browser, admin);
    page.evaluate(&axe);
    for number in 0..20 {
        publish(server.address, &format!("word{number}"));
    }
    page.wait_until(&format!("{} === 20", count("#ring .event")));
    for (scheme, width, height) in [
        ("light", 1280, 1700),
        ("dark", 1280, 1700),
        ("dark", 360, 740),
    ] {
        page.resize(width, height);
        page.evaluate(&format!(
            "document.documentElement.style.colorScheme = '{scheme}'"
        ));
        for is_open in [false, true] {
            page.evaluate(&format!(
                "document.querySelectorAll('details').forEach((part) => {{ part.open = {is_open}; }})"
            ));
            page.wait_until(&format!("innerWidth === {width}"));
            page.wait_until(&format!("{} > 0 || !{is_open}", count("#wheel details td")));
            let when = format!("{scheme}-{width}x{height}-{is_open}");
            let scrolls = "document.documentElement.scrollWidth > innerWidth";
            assert_eq!(page.evaluate(scrolls), false, "{when}");
            assert_eq!(page.evaluate(ACCESSIBLE), "[true,[]]", "{when}");
            page.screenshot(&format!("view-{when}.png"));
        }
    }
}
