//! Texts from strangers stay texts, and the key stays with the server.

use super::{FORM, JSON, post};
use crate::support::{
    client::{Client, Stream, publish},
    flickr::FlickrStub,
    server::{Server, program},
    setups::{KEY, assert_problem, over_flickr},
};
use serde_json::{Value, json};

const HOSTILE: [&str; 8] = [
    "<script>alert(\"x\")</script>",
    "</script><!--",
    "\"},{\"url\":\"javascript:alert(1)\"",
    "\\",
    "\\u0000\\n",
    "a\u{2028}b\u{2029}c",
    "data: x' OR 1=1 -- %0A%0Aevent: missed",
    "gpj.exe 👨‍👩‍👧‍👦 🇯🇵 ❤️ می‌خواهم",
];

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn a_hostile_keyword_is_text_in_the_event_and_the_answer() {
    let server = Server::start(&[]);
    let mut stream = Stream::open(server.address);
    for keyword in HOSTILE {
        let form = post(
            server.address,
            FORM,
            format!("keyword={}", percent(keyword)),
        );
        let json = json!({"keyword": keyword}).to_string();
        let json = post(server.address, JSON, json);
        for response in [form, json] {
            assert_eq!(response.json()["keyword"], keyword);
            let event = stream.next("picture");
            assert_eq!(event.text.lines().count(), event.text.split('\n').count());
            let data: Value = serde_json::from_str(&event.data).unwrap();
            assert_eq!(data["keyword"], keyword);
        }
    }
}

#[test]
fn subscribers_get_the_visible_characters_of_a_keyword() {
    let server = Server::start(&[]);
    let mut stream = Stream::open(server.address);
    for (keyword, seen) in [
        ("\u{202e}gpj.exe\u{202c}", "gpj.exe"),
        ("s\u{200b}u\u{ad}shi\u{feff}", "sushi"),
        ("\u{3164} a \u{e0041}\u{2069}", "a"),
        ("👨\u{200d}👩\u{200d}", "👨\u{200d}👩"),
    ] {
        let form = format!("keyword={}", percent(keyword));
        let response = post(server.address, FORM, form);
        assert_eq!(response.json()["keyword"], seen, "{keyword:?}");
        assert_eq!(stream.picture()["keyword"], seen, "{keyword:?}");
    }
    for keyword in [
        "\u{202e}",
        "\u{200b}\u{200d}",
        "\u{3164}",
        "\u{e0041}\u{e0042}",
        " \u{2066} ",
    ] {
        let json = json!({ "keyword": keyword }).to_string();
        assert_problem(&post(server.address, JSON, json), 400);
    }
    publish(server.address, "last");
    assert_eq!(
        stream.picture()["keyword"],
        "last",
        "nothing else was broadcast"
    );
}

#[test]
fn hostile_texts_and_urls_of_the_source_do_no_harm() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    let mut stream = Stream::open(server.address);
    let mut titles = Vec::new();
    for _ in 0..36 {
        publish(server.address, "mode:edge");
        let event = stream.next("picture");
        assert_eq!(event.text.matches("\ndata: ").count(), 1, "{}", event.text);
        let data: Value = serde_json::from_str(&event.data).unwrap();
        let url = data["url"].as_str().unwrap();
        assert!(
            url.starts_with("https://") && url.contains(".staticflickr.com/"),
            "{url}"
        );
        for name in ["title", "owner"] {
            let text = data[name].as_str().unwrap_or_default();
            assert!(text.chars().count() <= 300, "{text}");
            assert!(!text.contains(char::is_control), "{text:?}");
        }
        titles.push(data["title"].as_str().unwrap_or_default().to_owned());
    }
    let script = "<script>alert(\"x\")</script><b>bold</b> & &amp; &lt;i&gt;";
    for title in [script, &"x".repeat(300)] {
        assert!(titles.iter().any(|told| told == title), "{titles:#?}");
    }
    let three_hundred = |title: &&String| title.chars().count() == 300;
    assert_eq!(titles.iter().filter(three_hundred).count(), 2);
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn the_key_is_in_no_answer_no_event_and_no_log_line_at_any_level() {
    let stub = FlickrStub::start();
    let mut command = program();
    command
        .env("FLICKR_API_KEY", KEY)
        .env("RUST_LOG", "trace")
        .args([
            "--flickr-url",
            &stub.url(),
            "--drain",
            "0",
            "--lookup-timeout",
            "2",
        ]);
    let mut server = Server::spawn(command);
    let mut stream = Stream::open(server.address);
    let mut told = String::new();
    for mode in [
        "ok",
        "empty",
        "redirect",
        "http500",
        "malformed",
        "reset",
        "notHttp",
        "hugeheaders",
        "huge",
        "hangbody",
        "http429ra",
        "ok",
    ] {
        let response = publish(server.address, &format!("mode:{mode}"));
        told += &response.head;
        told += response.text();
    }
    let mut broken = Client::connect(server.address);
    broken.send("GET / HTTP/1.1\r\nHost\r\n\r\n");
    told += &broken.rest();
    server.signal("TERM");
    while let Some(block) = stream.block() {
        told += &block.text;
    }
    server.wait_for_log("stopped");
    assert!(server.wait().success());
    let log = server.log();
    assert!(log.contains("TRACE") && log.contains("Flickr"), "{log}");
    assert!(!log.contains(KEY), "{log}");
    assert!(!told.contains(KEY), "{told}");
    assert_eq!(stub.requests()[0].parameter("api_key"), Some(KEY));
}
