//! Quotes of many stocks and the news about them, each stock a channel of its own.

use super::Demo;
use crate::support::{
    PATIENCE,
    browser::{self, Page},
    client::{Client, Event, Stream, get},
    setups::{assert_problem, id},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::mpsc,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

/// The number of streams. Each stock has news every eighth second, so that one of so many soon has news.
const MANY: usize = 24;

fn symbols() -> Vec<String> {
    (0..MANY as u8)
        .map(|count| format!("S{}", char::from(b'A' + count)))
        .collect()
}

fn path(symbol: &str) -> String {
    format!("/stocks/{symbol}")
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis() as u64
}

/// Checks an event of a stream, behind the stream's beginning, against the grammar.
#[track_caller]
fn assert_block(symbol: &str, event: &Event, begun: u64) {
    match event.name.as_str() {
        "news" => {
            id(event.id.as_deref().expect("news have an id"));
            assert!(
                event.data.starts_with(&format!("{symbol} ")),
                "{event:?} on {symbol}"
            );
        }
        "" if event.data.is_empty() => assert_eq!(event.text, ": nothing to say"),
        "" => {
            assert_eq!(event.id, None);
            let quote: Value = serde_json::from_str(&event.data).unwrap();
            assert_eq!(quote.as_object().unwrap().len(), 2, "{quote}");
            assert!(quote["price"].as_f64().unwrap() >= 1.0);
            let time = quote["time"].as_u64().unwrap();
            assert!((begun..=now()).contains(&time), "{time}");
        }
        _ => panic!("neither a quote nor news: {event:?}"),
    }
}

#[test]
fn a_stream_begins_with_a_delay_a_place_to_resume_from_and_the_symbol_then_quotes_follow() {
    let (demo, begun) = (Demo::start("ticker"), now());
    let mut stream = Stream::open_with(demo.address, "/stocks/ACME", "");
    let content = stream.head.header("content-type");
    assert_eq!(content, Some("text/event-stream"));
    let first = stream.block().unwrap();
    let (retry, place) = (first.retry.unwrap(), first.id.clone().unwrap());
    id(&place);
    let expected = format!("retry: {retry}\nid: {place}\nevent: quotes\ndata: ACME");
    assert_eq!(first.text, expected);
    assert!((1500..=4500).contains(&retry));
    let quotes = std::iter::from_fn(|| stream.block())
        .inspect(|event| assert_block("ACME", event, begun))
        .filter(|event| event.data.starts_with('{'));
    assert_eq!(quotes.take(2).count(), 2);
}

#[test]
fn an_unknown_symbol_is_not_found() {
    let demo = Demo::start("ticker");
    for symbol in ["acme", "ACMe", "", "ABCDEF", "A/B", "A%2FB", "A1", "%C3%84"] {
        assert_problem(&get(demo.address, &path(symbol)), 404);
    }
    assert_problem(&get(demo.address, "/stocks"), 404);
    let encoded = Stream::open_with(demo.address, "/stocks/%41", "");
    assert_eq!(encoded.head.status, 200);
}

#[test]
fn head_is_answered_at_once() {
    let demo = Demo::start("ticker");
    let mut client = Client::connect(demo.address);
    for _ in 0..2 {
        client.send("HEAD /stocks/ACME HTTP/1.1\r\nHost: a\r\n\r\n");
        let head = client.head();
        let content = head.header("content-type");
        assert_eq!((head.status, content), (200, Some("text/event-stream")));
    }
}

/// Follows all of [`symbols`], each on a thread of its own, until the receiver is dropped.
fn follow(address: SocketAddr) -> mpsc::Receiver<(String, Event)> {
    let (tell, told) = mpsc::channel();
    let begun = now();
    for symbol in symbols() {
        let tell = tell.clone();
        let mut stream = Stream::open_with(address, &path(&symbol), "");
        let greeting = stream.block().unwrap();
        assert_eq!((&*greeting.name, &greeting.data), ("quotes", &symbol));
        thread::spawn(move || {
            while let Some(event) = stream.block() {
                assert_block(&symbol, &event, begun);
                if tell.send((symbol.clone(), event)).is_err() {
                    return;
                }
            }
        });
    }
    told
}

/// Waits until some stock has had `count` news. Returns its symbol and the news.
fn until_news(told: &mpsc::Receiver<(String, Event)>, count: usize) -> (String, Vec<Event>) {
    let mut news: HashMap<String, Vec<Event>> = HashMap::new();
    loop {
        let (symbol, event) = told.recv_timeout(PATIENCE).expect("every stream is right");
        if event.name != "news" {
            continue;
        }
        let had = news.entry(symbol.clone()).or_default();
        had.push(event);
        if had.len() == count {
            return (symbol, std::mem::take(had));
        }
    }
}

#[test]
fn many_streams_do_not_mix_and_a_client_that_comes_back_gets_the_news_it_missed() {
    let (demo, begun) = (Demo::start("ticker"), now());
    let told = follow(demo.address);
    let (symbol, news) = until_news(&told, 2);
    let seen = news[0].id.as_ref().unwrap();
    let fields = format!("Last-Event-ID: {seen}\r\n");
    let mut back = Stream::open_with(demo.address, &path(&symbol), &fields);
    let missed = back.next("news");
    assert_eq!(
        (missed.id, missed.data),
        (news[1].id.clone(), news[1].data.clone())
    );
    let mut fresh = Stream::open_with(demo.address, &path(&symbol), "");
    assert_eq!(fresh.block().unwrap().id, None, "an event follows at once");
    // The latest event: the news, or a quote that came behind them.
    assert_block(&symbol, &fresh.block().unwrap(), begun);
}

/// Shows a stock that has just had news. False if the page's stream begins with a quote that came behind the news.
fn lists_news(page: &Page, told: &mpsc::Receiver<(String, Event)>) -> bool {
    while told.try_recv().is_ok() {}
    let (symbol, _) = until_news(told, 1);
    page.evaluate(&format!(
        "document.querySelector('#price').textContent = ''; \
         document.querySelector('#symbol').value = {symbol:?}; document.forms[0].requestSubmit()"
    ));
    let news = "document.querySelector('#news').textContent";
    page.wait_until(&format!(
        "(document.querySelector('#price').textContent + {news}) !== ''"
    ));
    let news = page.evaluate(news);
    news.as_str().unwrap().starts_with(&format!("{symbol} "))
}

#[test]
fn the_page_draws_the_chart_and_lists_the_news() {
    let Some(browser) = browser::start() else {
        return;
    };
    let demo = Demo::start("ticker");
    let told = follow(demo.address);
    let page = Page::open(&browser, demo.address);
    page.wait_until("document.querySelector('#state').textContent === 'open'");
    let lists = (0..100).any(|_| lists_news(&page, &told));
    assert!(lists, "never in a hundred streams");
    drop(told);
    let drawn = "(() => {
        const chart = document.querySelector('#chart');
        const { width, height } = chart;
        return chart.getContext('2d').getImageData(0, 0, width, height).data.some((byte) => byte > 0);
    })()";
    page.wait_until(drawn);
    let price = "/^[0-9]+\\.[0-9]{2}$/.test(document.querySelector('#price').textContent)";
    assert_eq!(page.evaluate(price), true);
    page.screenshot("ticker.png");
    assert_eq!(page.complaints(), [] as [String; 0]);
}
