//! Resumption: every picture after the last one seen, or `missed` where that cannot be promised.

use crate::support::{
    client::{Client, Event, Stream, get, publish},
    server::Server,
    setups::publish_on,
};
use serde_json::{Value, json};

/// A server that has published pictures of these keywords in this order, and the pictures' ids.
fn after_publishing(keywords: &[&str], options: &[&str]) -> (Server, Vec<String>) {
    let server = Server::start(options);
    let mut client = Client::connect(server.address);
    let ids = keywords
        .iter()
        .map(|keyword| publish_on(&mut client, keyword))
        .collect();
    (server, ids)
}

fn keyword(event: &Event) -> String {
    let data: Value = serde_json::from_str(&event.data).unwrap();
    data["keyword"].as_str().unwrap().to_owned()
}

/// The block behind `hello`.
fn behind_hello(stream: &mut Stream) -> Event {
    assert_eq!(stream.block().unwrap().name, "hello");
    stream.block().unwrap()
}

/// Publishes `last`, and reads the keywords of all pictures up to it.
fn up_to(server: &Server, stream: &mut Stream, last: &str) -> Vec<String> {
    publish(server.address, last);
    let mut seen = Vec::new();
    loop {
        match keyword(&stream.next("picture")) {
            end if end == last => return seen,
            other => seen.push(other),
        }
    }
}

#[test]
fn every_later_picture_comes_in_order_and_once_and_then_the_live_ones() {
    let (server, ids) = after_publishing(&["a", "b", "c", "d"], &[]);
    for (seen, rest) in [(0, &["b", "c", "d"][..]), (2, &["d"]), (1, &["c", "d"])] {
        let mut stream = Stream::resume(server.address, &ids[seen]);
        let hello = stream.block().unwrap();
        assert!(hello.retry.is_some() && hello.text.starts_with("retry: "));
        assert_eq!((hello.name.as_str(), hello.id), ("hello", None));
        let held: Vec<Event> = rest.iter().map(|_| stream.block().unwrap()).collect();
        assert!(held.iter().map(keyword).eq(rest.iter().copied()));
        assert!(
            held.iter()
                .map(|event| event.id.clone().unwrap())
                .eq(ids[seen + 1..4].iter().cloned())
        );
        assert!(held.iter().all(|event| event.name == "picture"));
    }
}

#[test]
fn live_pictures_follow_the_held_pictures_without_gap_or_repeat() {
    let (server, ids) = after_publishing(&["a", "b", "c"], &[]);
    let mut stream = Stream::resume(server.address, &ids[0]);
    assert_eq!(up_to(&server, &mut stream, "d"), ["b", "c"]);
    assert!(up_to(&server, &mut stream, "e").is_empty());
}

#[test]
fn a_subscriber_that_has_seen_all_gets_its_place_again_and_then_the_live_pictures() {
    let (server, ids) = after_publishing(&["a", "b"], &[]);
    let mut stream = Stream::resume(server.address, &ids[1]);
    let first = stream.block().unwrap();
    assert_eq!(
        (first.name.as_str(), &first.id),
        ("hello", &Some(ids[1].clone()))
    );
    assert!(up_to(&server, &mut stream, "c").is_empty());
}

#[test]
fn the_place_told_before_the_first_picture_can_be_resumed_from() {
    let server = Server::start(&[]);
    let place = Stream::open(server.address).block().unwrap().id.unwrap();
    for keyword in ["a", "b"] {
        publish(server.address, keyword);
    }
    let mut stream = Stream::resume(server.address, &place);
    assert_eq!(
        behind_hello(&mut stream).name,
        "picture",
        "nothing is missed"
    );
    assert_eq!(up_to(&server, &mut stream, "c"), ["b"]);
}

#[test]
fn the_query_may_bring_the_id_under_the_names_that_polyfills_use() {
    let (server, ids) = after_publishing(&["a", "b", "c"], &[]);
    for target in [
        format!("/subscribe?lastEventId={}", ids[0]),
        format!("/subscribe?last_event_id={}", ids[0]),
        format!("/subscribe?evs_last_event_id={}&evs_preamble", ids[0]),
        format!(
            "/subscribe?x=1&lastEventId={}&y",
            ids[0].replace('-', "%2D")
        ),
    ] {
        let mut stream = Stream::open_with(server.address, &target, "");
        assert_eq!(
            up_to(&server, &mut stream, "end")[..2],
            ["b", "c"],
            "{target}"
        );
    }
}

#[test]
fn the_header_beats_the_query() {
    let (server, ids) = after_publishing(&["a", "b", "c"], &[]);
    for name in ["lastEventId", "last_event_id", "evs_last_event_id"] {
        let target = format!("/subscribe?{name}={}", ids[0]);
        let fields = format!("last-event-id: {}\r\n", ids[1]);
        let mut stream = Stream::open_with(server.address, &target, &fields);
        assert_eq!(keyword(&behind_hello(&mut stream)), "c", "{name}");
    }
}

/// Texts that are no id.
const UNREADABLE: [&str; 9] = [
    "",
    "x",
    "1353283217345",
    "1353283217345-",
    "-0",
    "+1-0",
    "1-0-0",
    "99999999999999999999999-0",
    "\u{5bff}\u{53f8}",
];

#[test]
fn an_id_that_does_not_parse_counts_as_absent() {
    let (server, _) = after_publishing(&["a", "b"], &[]);
    for text in UNREADABLE {
        let mut header = Stream::resume(server.address, text);
        let first = behind_hello(&mut header);
        assert_eq!(
            (first.name.as_str(), keyword(&first)),
            ("picture", "b".into()),
            "{text}"
        );
        if text.is_ascii() {
            let target = format!("/subscribe?lastEventId={text}");
            let mut query = Stream::open_with(server.address, &target, "");
            assert_eq!(keyword(&behind_hello(&mut query)), "b", "{text}");
        }
    }
}

#[test]
fn an_id_that_does_not_parse_hides_none_that_does() {
    let (server, ids) = after_publishing(&["a", "b", "c"], &[]);
    let good = &ids[0];
    for text in UNREADABLE.iter().filter(|text| text.is_ascii()) {
        for (target, fields) in [
            (
                format!("?lastEventId={good}"),
                format!("Last-Event-ID: {text}\r\n"),
            ),
            (
                format!("?lastEventId={text}&evs_last_event_id={good}"),
                String::new(),
            ),
            (
                format!("?evs_last_event_id={text}&lastEventId={good}"),
                String::new(),
            ),
            (
                format!("?lastEventId={text}&lastEventId={good}"),
                String::new(),
            ),
        ] {
            let target = format!("/subscribe{target}");
            let mut stream = Stream::open_with(server.address, &target, &fields);
            assert_eq!(
                keyword(&behind_hello(&mut stream)),
                "b",
                "{target} {fields}"
            );
        }
        let fields = format!("Last-Event-ID: {text}\r\nLast-Event-ID: {good}\r\n");
        let mut stream = Stream::open_with(server.address, "/subscribe", &fields);
        assert_eq!(keyword(&behind_hello(&mut stream)), "b", "{fields}");
    }
}

#[test]
fn of_a_list_of_ids_the_last_that_parses_counts() {
    let (server, ids) = after_publishing(&["a", "b", "c"], &[]);
    let (first, second) = (&ids[0], &ids[1]);
    for list in [
        format!("{first}, {second}"),
        format!("{second},{second}"),
        format!("{first} ,{second}, x,"),
        format!("{first}\r\nLast-Event-ID: {second}"),
        format!("{first}, {second}\r\nLast-Event-ID: yesterday, 1-"),
    ] {
        let mut stream = Stream::resume(server.address, &list);
        assert_eq!(keyword(&behind_hello(&mut stream)), "c", "{list}");
    }
    for query in [
        format!("lastEventId={first},{second}"),
        format!("lastEventId={first}&lastEventId={second}&lastEventId=x"),
    ] {
        let target = format!("/subscribe?{query}");
        let mut stream = Stream::open_with(server.address, &target, "");
        assert_eq!(keyword(&behind_hello(&mut stream)), "c", "{query}");
        let target = format!("/poll?{}", query.replace("lastEventId", "after"));
        let events = get(server.address, &target).json()["events"].clone();
        assert_eq!(events[0]["data"]["keyword"], "c", "{query}");
    }
}

#[test]
fn missed_comes_first_when_pictures_after_the_id_may_have_been_dropped() {
    let (server, ids) = after_publishing(&["a", "b", "c", "d", "e", "f"], &["--history", "3"]);
    let older_than_the_last_dropped = ids[1].as_str();
    let older_than_the_start = "1353283217345-0";
    let newer_than_anything = "99999999999999-0";
    for seen in [
        older_than_the_last_dropped,
        older_than_the_start,
        newer_than_anything,
    ] {
        let mut stream = Stream::resume(server.address, seen);
        let first = behind_hello(&mut stream);
        let missed = format!("event: missed\ndata: {{\"after\":\"{seen}\"}}");
        assert_eq!(first.text, missed);
        let held: Vec<Event> = (0..3).map(|_| stream.block().unwrap()).collect();
        assert!(held.iter().map(keyword).eq(["d", "e", "f"]), "{seen}");
        assert!(held.iter().all(|event| event.retry.is_none()));
    }
}

#[test]
fn after_the_last_picture_dropped_nothing_is_missed() {
    let (server, ids) = after_publishing(&["a", "b", "c", "d"], &["--history", "2"]);
    let mut stream = Stream::resume(server.address, &ids[1]);
    let first = behind_hello(&mut stream);
    assert_eq!(
        (first.name.as_str(), keyword(&first)),
        ("picture", "c".into())
    );
}

#[test]
fn a_restart_is_told_even_when_nothing_is_held_yet() {
    let (old, ids) = after_publishing(&["a"], &[]);
    drop(old);
    let server = Server::start(&[]);
    let mut stream = Stream::resume(server.address, &ids[0]);
    let place = stream
        .block()
        .unwrap()
        .id
        .expect("no picture follows at once");
    assert!(place > ids[0], "{place}");
    let first = stream.block().unwrap();
    assert_eq!((first.name.as_str(), first.id), ("missed", None));
    let data: Value = serde_json::from_str(&first.data).unwrap();
    assert_eq!(data, json!({"after": ids[0]}));
    assert!(up_to(&server, &mut stream, "b").is_empty());
}

#[test]
fn a_full_ring_is_replayed_whole_also_over_http_1_0() {
    let server = Server::start(&[]);
    let mut publisher = Client::connect(server.address);
    let keyword = "%F0%9F%8D%A3".repeat(100);
    let ids: Vec<String> = (0..300)
        .map(|_| publish_on(&mut publisher, &keyword))
        .collect();
    let mut stream = Stream::resume(server.address, &ids[43]);
    assert_eq!(stream.block().unwrap().name, "hello");
    for id in &ids[44..] {
        let event = stream.block().unwrap();
        assert_eq!(
            (event.name.as_str(), event.id.as_ref()),
            ("picture", Some(id))
        );
    }
    let mut plain = Client::connect(server.address);
    plain.send(format!(
        "GET /subscribe?lastEventId={} HTTP/1.0\r\n\r\n",
        ids[43]
    ));
    plain.head();
    let mut lines = plain.raw_lines().filter_map(|line| {
        let id = line.strip_prefix("id: ")?;
        Some(id.trim_end().to_owned())
    });
    for id in &ids[44..] {
        assert_eq!(lines.next().as_ref(), Some(id));
    }
}
