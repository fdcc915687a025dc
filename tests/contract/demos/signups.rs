//! Two kinds of events on one stream, and the page that shows both.

use super::{Demo, is_below_a_hundred};
use crate::support::{
    browser::{self, Page},
    client::{Client, get},
};

/// The next `count` blocks of the stream, each with its empty line.
fn blocks(client: &mut Client, count: usize) -> Vec<String> {
    let mut text = String::new();
    while text.matches("\n\n").count() < count {
        let chunk = client.chunk().expect("the stream goes on");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let blocks = text.split_inclusive("\n\n").map(str::to_owned);
    blocks.take(count).collect()
}

#[test]
fn the_stream_has_a_hello_each_second_and_a_signup_each_third() {
    let demo = Demo::start("signups");
    let mut client = Client::connect(demo.address);
    client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.head();
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    let number = |block: &str, kind: &str| {
        let rest = block.strip_prefix(kind)?.strip_suffix("\n\n")?;
        is_below_a_hundred(rest).then_some(())
    };
    for (place, block) in blocks(&mut client, 5).iter().enumerate() {
        let kind = match place {
            3 => "event:signup\ndata:signup event #",
            _ => "data:hello #",
        };
        assert!(number(block, kind).is_some(), "{place}: {block:?}");
    }
}

#[test]
fn the_page_is_html_with_a_source_of_its_own() {
    let demo = Demo::start("signups");
    let page = get(demo.address, "/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().contains("text/html"));
    assert!(page.text().contains("new EventSource(\"/events\")"));
}

#[test]
fn the_page_shows_both_kinds_of_events_and_the_state_of_the_stream() {
    let Some(browser) = browser::start() else {
        return;
    };
    let demo = Demo::start("signups");
    let page = Page::open(&browser, demo.address);
    let state = |text: &str| format!("document.querySelector('#state').textContent === {text:?}");
    page.wait_until(&state("open"));
    for (list, words) in [("messages", "hello #"), ("signups", "signup event #")] {
        let items = format!("[...document.querySelectorAll('#{list} li')]");
        page.wait_until(&format!("{items}.length > 0"));
        let number = format!("/^{words}[0-9]{{1,2}}$/.test(item.textContent)");
        assert_eq!(
            page.evaluate(&format!("{items}.every((item) => {number})")),
            true
        );
    }
    page.screenshot("signups.png");
    assert_eq!(page.complaints(), [] as [String; 0]);
    drop(demo);
    page.wait_until(&state("connecting"));
}
