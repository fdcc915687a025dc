//! The contract's section on subscribe: the stream's head, its first events, and a picture's event.

mod crowd;
mod heartbeat;
mod resume;
mod slow;

use crate::support::{
    client::{Client, Stream, form, get, publish},
    flickr::FlickrStub,
    server::Server,
    setups::{KEY, id, over_flickr, publish_on},
};
use std::{
    collections::HashSet,
    time::{SystemTime, UNIX_EPOCH},
};

#[test]
fn the_head_says_that_it_is_a_stream_and_not_to_be_stored() {
    let server = Server::start(&[]);
    let stream = Stream::open(server.address);
    assert!(stream.head.head.starts_with("HTTP/1.1 200 "));
    for (name, value) in [
        ("Content-Type", "text/event-stream"),
        ("Cache-Control", "no-cache, no-store, no-transform"),
        ("X-Accel-Buffering", "no"),
        ("Transfer-Encoding", "chunked"),
    ] {
        assert_eq!(stream.head.header(name), Some(value));
    }
    assert_eq!(stream.head.header("Content-Length"), None);
}

#[test]
fn whatever_accept_says_is_accepted_and_a_range_is_ignored() {
    let server = Server::start(&[]);
    for fields in [
        "Accept: text/event-stream\r\n",
        "Accept: image/png\r\n",
        "Accept: text/event-stream;q=0\r\n",
        "Range: bytes=100-\r\n",
        "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n",
    ] {
        let mut stream = Stream::open_with(server.address, "/subscribe", fields);
        assert_eq!(stream.head.status, 200, "{fields}");
        assert_eq!(stream.head.header("Content-Range"), None, "{fields}");
        assert!(stream.block().unwrap().retry.is_some(), "{fields}");
    }
}

#[test]
fn on_http_1_0_the_stream_is_not_chunked_and_ends_with_the_connection() {
    for fields in ["", "Connection: keep-alive\r\n"] {
        let server = Server::start(&["--drain", "0"]);
        publish(server.address, "before");
        let mut client = Client::connect(server.address);
        client.send(format!("GET /subscribe HTTP/1.0\r\n{fields}\r\n"));
        let head = client.head();
        assert_eq!(head.status, 200);
        for (name, value) in [
            ("Transfer-Encoding", None),
            ("Content-Length", None),
            ("Connection", Some("close")),
        ] {
            assert_eq!(head.header(name), value);
        }
        publish(server.address, "after");
        server.signal("TERM");
        let text = client.rest();
        let blocks: Vec<&str> = text.split_inclusive("\n\n").collect();
        assert_eq!(blocks.len(), 3, "{text}");
        assert!(blocks[0].starts_with("retry: ") && blocks[0].contains("\nevent: hello\n"));
        assert!(blocks[1].starts_with("id: ") && blocks[1].contains("\"keyword\":\"before\""));
        assert!(blocks[2].starts_with("id: ") && blocks[2].contains("\"keyword\":\"after\""));
        assert!(text.ends_with("}\n\n"), "{text}");
    }
}

/// Reads `hello`, the first block of a stream: the page's tag in it, and its id if it has one.
#[track_caller]
fn hello(stream: &mut Stream) -> (String, Option<String>) {
    let block = stream.block().unwrap();
    let data: serde_json::Value = serde_json::from_str(&block.data).unwrap();
    let line = block.id.as_ref().map(|id| format!("id: {id}\n"));
    let (retry, line, page) = (
        block.retry.unwrap(),
        line.unwrap_or_default(),
        &data["page"],
    );
    let text =
        format!("retry: {retry}\n{line}event: hello\ndata: {{\"page\":{page},\"audience\":1}}");
    assert_eq!(block.text, text);
    (page.as_str().unwrap().to_owned(), block.id)
}

#[test]
fn without_a_picture_hello_has_the_place_to_resume_from() {
    let server = Server::start(&[]);
    let mut stream = Stream::open(server.address);
    id(&hello(&mut stream).1.expect("a place to resume from"));
    publish(server.address, "sushi");
    let second = stream.block().unwrap();
    assert_eq!((second.name.as_str(), second.retry), ("picture", None));
}

#[test]
fn where_a_picture_follows_at_once_hello_has_no_id() {
    let server = Server::start(&[]);
    let id = publish_on(&mut Client::connect(server.address), "sushi");
    let mut stream = Stream::open(server.address);
    assert_eq!(hello(&mut stream).1, None);
    let block = stream.block().unwrap();
    let data = &block.data;
    assert_eq!(
        block.text,
        format!("id: {id}\nevent: picture\ndata: {data}")
    );
}

#[test]
fn hello_tells_the_audience_as_the_heartbeat_does_the_new_subscriber_included() {
    let server = Server::start(&["--heartbeat", "0.05"]);
    let mut streams: Vec<Stream> = Vec::new();
    for audience in 1..=3 {
        let mut stream = Stream::open(server.address);
        let first = stream.block().unwrap();
        let data: serde_json::Value = serde_json::from_str(&first.data).unwrap();
        assert_eq!(data["audience"], audience);
        assert_eq!(stream.next("audience").data, audience.to_string());
        streams.push(stream);
    }
}

#[test]
fn hello_names_the_page_by_its_tag() {
    let server = Server::start(&[]);
    let (page, _) = hello(&mut Stream::open(server.address));
    for target in ["/", "/index.html"] {
        assert_eq!(get(server.address, target).header("etag"), Some(&*page));
    }
}

#[test]
fn each_subscriber_is_told_a_random_delay_within_half_of_the_set_delay() {
    for (options, range) in [
        (&[][..], 1500..=4500),
        (&["--retry", "100"], 50..=150),
        (&["--retry", "0"], 0..=0),
    ] {
        let server = Server::start(options);
        let told = |_| Stream::open(server.address).block().unwrap().retry.unwrap();
        let delays: HashSet<u64> = (0..40).map(told).collect();
        assert!(
            delays.iter().all(|delay| range.contains(delay)),
            "{delays:?}"
        );
        assert!(delays.len() > 5 || range == (0..=0), "{delays:?}");
    }
}

#[test]
fn a_new_subscriber_gets_the_latest_picture_at_once_and_no_other() {
    let server = Server::start(&[]);
    for keyword in ["first", "second", "third"] {
        publish(server.address, keyword);
    }
    let mut stream = Stream::open(server.address);
    assert_eq!(stream.picture()["keyword"], "third");
    publish(server.address, "fourth");
    assert_eq!(stream.picture()["keyword"], "fourth");
}

#[test]
fn lines_end_with_a_line_feed_alone() {
    let server = Server::start(&["--heartbeat", "0.05"]);
    publish(server.address, "sushi");
    let mut stream = Stream::open(server.address);
    for _ in 0..3 {
        let block = stream.block().unwrap();
        assert!(!block.text.contains('\r'), "{:?}", block.text);
    }
}

#[test]
fn a_pictures_data_is_one_line_of_json_that_begins_with_url_and_keyword() {
    let server = Server::start(&[]);
    publish(server.address, "sushi");
    let event = Stream::open(server.address).next("picture");
    assert_eq!(event.text.matches("data:").count(), 1);
    let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
    let url = data["url"].as_str().unwrap();
    let beginning = format!("{{\"url\":\"{url}\",\"keyword\":\"sushi\"");
    assert!(event.data.starts_with(&beginning), "{}", event.data);
}

#[test]
fn known_fields_of_a_picture_follow_in_their_order() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    let mut stream = Stream::open(server.address);
    publish(server.address, "fixture:search-one.json");
    let data = stream.next("picture").data;
    let names = [
        "url",
        "keyword",
        "title",
        "owner",
        "page",
        "license",
        "license_url",
    ];
    let places: Vec<usize> = names
        .iter()
        .map(|name| data.find(&format!("\"{name}\":\"")).expect(name))
        .collect();
    assert!(places.is_sorted(), "{data}");
    let picture: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(picture.as_object().unwrap().len(), names.len());
    let page = picture["page"].as_str().unwrap();
    assert!(page.starts_with("https://www.flickr.com/photos/"), "{page}");
    let license = picture["license_url"].as_str().unwrap();
    assert!(license.starts_with("https://"), "{license}");
    assert!(!data.contains(KEY));
}

#[test]
fn unknown_fields_of_a_picture_are_left_out() {
    let server = Server::start(&[]);
    publish(server.address, "sushi");
    let picture = Stream::open(server.address).picture();
    for name in ["page", "license", "license_url", "id"] {
        assert!(picture.get(name).is_none(), "{picture}");
    }
}

#[test]
fn ids_are_the_time_and_a_sequence_and_grow_strictly() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (server, begun) = (Server::start(&[]), now());
    let mut stream = Stream::open(server.address);
    let mut last = id(&stream.block().unwrap().id.unwrap());
    let mut publisher = Client::connect(server.address);
    publish_on(&mut publisher, "sushi");
    publisher.send(form("keyword=sushi").repeat(100));
    for _ in 0..101 {
        let event = stream.next("picture");
        let next = id(&event.id.unwrap());
        assert!(next > last, "{next:?} after {last:?}");
        let moment = u128::from(next.0);
        assert!((begun.as_millis()..=now().as_millis()).contains(&moment));
        last = next;
    }
}

#[test]
fn ids_grow_across_a_restart() {
    let published = || {
        let server = Server::start(&[]);
        let mut client = Client::connect(server.address);
        id(&publish_on(&mut client, "sushi"))
    };
    let before = published();
    assert!(published() > before);
}
