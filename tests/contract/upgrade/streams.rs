//! Subscribers and held polls: they get the same bytes as without an upgrade.

use super::Upgradable;
use crate::support::{
    client::{Client, Stream, form, parse, publish},
    process::{connections, eventually, metric},
    setups::narrow,
};

const POLL: &str = "HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn subscribers_see_each_picture_once_and_in_order() {
    let frame = Upgradable::start(&[]);
    let address = frame.server.address;
    let mut streams: Vec<Stream> = (0..300).map(|_| Stream::open(address)).collect();
    let mut late = None;
    for round in 0..3 {
        let keyword = format!("before {round}").replace(' ', "+");
        assert_eq!(publish(address, &keyword).status, 200);
        frame.upgrade();
        assert_eq!(publish(address, &format!("after+{round}")).status, 200);
        late.get_or_insert_with(|| Stream::open(address));
    }
    for stream in &mut streams {
        for round in 0..3 {
            for word in ["before", "after"] {
                assert_eq!(stream.picture()["keyword"], format!("{word} {round}"));
            }
        }
    }
    assert_eq!(connections(address, "subscribed"), 301);
}

#[test]
fn a_stream_that_stands_within_an_event_goes_on_at_the_same_byte() {
    for version in ["1.1", "1.0"] {
        let frame = Upgradable::start(&["--history", "4000"]);
        let address = frame.server.address;
        let mut reader = narrow(address);
        reader.send(format!("GET /subscribe HTTP/{version}\r\nHost: a\r\n\r\n"));
        eventually("a subscriber", || connections(address, "subscribed") == 1);
        let mut publisher = Client::connect(address);
        let mut published = 0;
        while metric(address, "picture_frame_slowest_behind") < 5 {
            let body = format!("keyword={published}");
            assert_eq!(publisher.ask(form(&body)).status, 200);
            published += 1;
        }
        let before = metric(address, "picture_frame_deliveries_total");
        frame.upgrade();
        assert_eq!(metric(address, "picture_frame_deliveries_total"), before);
        frame.upgrade();
        assert_eq!(publish(address, &published.to_string()).status, 200);
        let last = published.to_string();
        let keywords = if version == "1.1" {
            let mut stream = Stream::answered(reader);
            let next = || stream.picture()["keyword"].as_str().unwrap().to_owned();
            std::iter::repeat_with(next)
                .take(published + 1)
                .collect::<Vec<_>>()
        } else {
            reader.head();
            plain_keywords(&mut reader, &last)
        };
        let expected: Vec<String> = (0..=published).map(|number| number.to_string()).collect();
        assert_eq!(keywords, expected, "HTTP/{version}");
    }
}

/// The keywords of a stream that is not chunked, up to the keyword `last`.
fn plain_keywords(reader: &mut Client, last: &str) -> Vec<String> {
    let (mut block, mut found) = (String::new(), Vec::new());
    for line in reader.raw_lines() {
        if line != "\n" {
            block += &line;
            continue;
        }
        let event = parse(block.trim_end());
        block.clear();
        if event.name == "picture" {
            let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
            found.push(data["keyword"].as_str().unwrap().to_owned());
        }
        if found.last().is_some_and(|keyword| keyword == last) {
            break;
        }
    }
    found
}

#[test]
fn heartbeats_go_on_and_tell_the_same_audience() {
    let frame = Upgradable::start(&["--heartbeat", "0.3"]);
    let address = frame.server.address;
    let mut streams = [Stream::open(address), Stream::open(address)];
    frame.upgrade();
    for stream in &mut streams {
        let told = (0..3).map(|_| stream.next("audience").data);
        assert_eq!(told.last().unwrap(), "2");
    }
}

#[test]
fn a_stream_that_is_carried_over_can_be_resumed_from_any_of_its_ids() {
    let frame = Upgradable::start(&[]);
    let address = frame.server.address;
    let id = |keyword: &str| {
        publish(address, keyword).json()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = id("one");
    frame.upgrade();
    let second = id("two");
    let mut stream = Stream::resume(address, &first);
    assert_eq!(stream.next("picture").id.as_deref(), Some(&*second));
    let mut stream = Stream::resume(address, "1-0");
    assert_eq!(stream.next("missed").data, "{\"after\":\"1-0\"}");
    assert_eq!(stream.next("picture").id.as_deref(), Some(&*first));
}

#[test]
fn a_held_poll_is_answered_by_the_next_picture_or_when_its_wait_is_over() {
    let frame = Upgradable::start(&[]);
    let address = frame.server.address;
    let last = publish(address, "one").json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut polls = ["60", "60", "2"].map(|wait| {
        let mut client = Client::connect(address);
        client.send(format!("GET /poll?after={last}&wait={wait} {POLL}"));
        client
    });
    eventually("three polls are held", || {
        connections(address, "polling") == 3
    });
    frame.upgrade();
    let [first, second, short] = &mut polls;
    assert_eq!(short.response().status, 204);
    second.half_close();
    let left = second.response();
    assert_eq!(
        (left.status, left.header("connection")),
        (204, Some("close"))
    );
    publish(address, "two");
    let events = first.response().json();
    assert_eq!(events["events"][0]["data"]["keyword"], "two");
    // The connection goes on.
    first.send(format!("GET /poll?after=1-0&wait=0 {POLL}"));
    assert_eq!(first.response().json()["events"][0]["event"], "missed");
}

#[test]
fn a_subscriber_that_leaves_after_an_upgrade_is_no_longer_counted() {
    let frame = Upgradable::start(&[]);
    let address = frame.server.address;
    let stream = Stream::open(address);
    let closing = Stream::open(address);
    frame.upgrade();
    drop((stream, closing));
    eventually("no subscriber", || {
        metric(address, "picture_frame_subscribers") == 0
    });
    assert_eq!(
        metric(address, "picture_frame_disconnects_total{reason=\"left\""),
        2
    );
}

#[test]
fn a_stalled_reader_is_disconnected_after_its_time_and_not_by_the_upgrade() {
    let frame = Upgradable::start(&["--write-timeout", "6", "--history", "4000"]);
    let address = frame.server.address;
    let mut reader = narrow(address);
    reader.send("GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n");
    eventually("a subscriber", || connections(address, "subscribed") == 1);
    let mut publisher = Client::connect(address);
    while metric(address, "picture_frame_slowest_behind") < 2 {
        publisher.ask(form("keyword=x"));
    }
    frame.upgrade();
    assert_eq!(connections(address, "subscribed"), 1);
    eventually("the reader is cut off", || {
        connections(address, "subscribed") == 0
    });
    let cut = "picture_frame_disconnects_total{reason=\"write_timeout\"";
    assert_eq!(metric(address, cut), 1);
}
