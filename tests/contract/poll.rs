//! The contract's section on `GET /poll`: the answers, their times and their content.

mod held;
mod query;

use crate::support::{
    client::{Client, Response, Stream, get, publish},
    server::Server,
    setups::{id, publish_on, settle},
};
use serde_json::{Value, json};

/// A server that has published pictures of these keywords, and the pictures' ids.
fn after_publishing(keywords: &[&str], options: &[&str]) -> (Server, Vec<String>) {
    let server = Server::start(options);
    let mut client = Client::connect(server.address);
    let publish = |keyword: &&str| publish_on(&mut client, keyword);
    let ids = keywords.iter().map(publish).collect();
    (server, ids)
}

fn request(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// A client whose request is held.
fn held(server: &Server, target: &str) -> Client {
    let mut client = Client::connect(server.address);
    client.send(request(target));
    settle(server);
    client
}

#[track_caller]
fn assert_nothing(response: &Response) {
    assert_eq!(response.status, 204, "{}", response.text());
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("content-length"), None);
    assert_eq!(response.header("transfer-encoding"), None);
}

/// The elements of a 200, and the id to resume from.
#[track_caller]
fn news(response: &Response) -> (Vec<Value>, String) {
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let body = response.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    let last = body["last"].as_str().unwrap().to_owned();
    id(&last);
    (body["events"].as_array().unwrap().clone(), last)
}

/// The keywords of a 200 that holds only pictures, and the id to resume from.
#[track_caller]
fn pictures(response: &Response) -> (Vec<String>, String) {
    let (events, last) = news(response);
    let keyword = |event: &Value| {
        assert_eq!(event["event"], "picture", "{event}");
        event["data"]["keyword"].as_str().unwrap().to_owned()
    };
    assert_eq!(events.last().unwrap()["id"], last.as_str());
    (events.iter().map(keyword).collect(), last)
}

#[test]
fn pictures_after_the_id_come_at_once() {
    let (server, ids) = after_publishing(&["a", "b", "c"], &[]);
    for (seen, rest) in [(0, &["b", "c"][..]), (1, &["c"])] {
        let response = get(server.address, &format!("/poll?after={}", ids[seen]));
        let (keywords, last) = pictures(&response);
        assert_eq!(keywords, rest);
        assert_eq!(last, ids[2]);
    }
}

#[test]
fn without_a_readable_after_the_latest_picture_comes_at_once() {
    let (server, ids) = after_publishing(&["a", "b"], &[]);
    for query in [
        "",
        "?",
        "?after",
        "?after=",
        "?after=yesterday",
        "?after=1",
        "?after=1-2-3",
        "?after=-1-0",
        "?after=%2B1-0",
        "?after=99999999999999999999999-0",
        "?After=1-0",
        "?lastEventId=1-0",
    ] {
        let response = get(server.address, &format!("/poll{query}"));
        let expected = (vec!["b".to_owned()], ids[1].clone());
        assert_eq!(pictures(&response), expected, "{query}");
    }
}

#[test]
fn an_answer_is_made_of_the_very_bytes_that_a_stream_gets() {
    let (server, ids) = after_publishing(&["a", "caf%C3%A9+%22%5C%3C%2F"], &[]);
    let mut stream = Stream::resume(server.address, &ids[0]);
    let (data, id) = (stream.next("picture").data, &ids[1]);
    let expected = format!(
        "{{\"events\":[{{\"id\":\"{id}\",\"event\":\"picture\",\"data\":{data}}}],\"last\":\"{id}\"}}"
    );
    let response = get(server.address, &format!("/poll?after={}", ids[0]));
    assert_eq!(response.text(), expected);
}

#[test]
fn missed_is_the_first_element_where_a_stream_would_bring_it() {
    let (server, ids) = after_publishing(&["a", "b", "c", "d"], &["--history", "2"]);
    for after in [&ids[0], "1-0", "99999999999999-0"] {
        let (events, last) = news(&get(server.address, &format!("/poll?after={after}")));
        let missed = json!({"event": "missed", "data": {"after": after}});
        assert_eq!(events[0], missed);
        let rest: Vec<_> = events[1..].iter().map(|event| &event["id"]).collect();
        assert_eq!(rest, [ids[2].as_str(), ids[3].as_str()]);
        assert_eq!(last, ids[3]);
    }
    let response = get(server.address, &format!("/poll?after={}", ids[1]));
    assert_eq!(
        pictures(&response).0,
        ["c", "d"],
        "the last one dropped was seen"
    );
}

#[test]
fn last_is_the_place_to_resume_from_also_where_no_picture_is_held() {
    let server = Server::start(&[]);
    let (events, place) = news(&get(server.address, "/poll?after=1-0"));
    let missed = json!({"event": "missed", "data": {"after": "1-0"}});
    assert_eq!(events, [missed]);
    let mut waiting = held(&server, &format!("/poll?after={place}"));
    publish(server.address, "a");
    let (keywords, last) = pictures(&waiting.response());
    assert_eq!(keywords, ["a"]);
    publish(server.address, "b");
    let next = |last| get(server.address, &format!("/poll?after={last}"));
    assert_eq!(pictures(&next(last)).0, ["b"]);
    let (keywords, last) = pictures(&next(place));
    assert_eq!(keywords, ["a", "b"], "nothing is missed");
    let vain = get(server.address, &format!("/poll?after={last}&wait=0"));
    assert_nothing(&vain);
}

#[test]
fn a_client_that_goes_on_from_last_gets_every_picture_once() {
    let (server, ids) = after_publishing(&["first"], &[]);
    let address = server.address;
    let publisher = std::thread::spawn(move || {
        let mut client = Client::connect(address);
        (0..50).for_each(|count| drop(publish_on(&mut client, &count.to_string())));
    });
    let (mut client, mut seen, mut last) = (Client::connect(address), Vec::new(), ids[0].clone());
    while seen.len() < 50 {
        let response = client.ask(request(&format!("/poll?after={last}")));
        let (more, place) = pictures(&response);
        seen.extend(more);
        last = place;
    }
    assert!(seen.into_iter().eq((0..50).map(|count| count.to_string())));
    publisher.join().unwrap();
}

#[test]
fn a_long_answer_is_cut_where_the_next_one_goes_on() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let long = "%F0%9F%8D%A3".repeat(100);
    let ids: Vec<String> = (0..200).map(|_| publish_on(&mut client, &long)).collect();
    let (mut seen, mut answers) = (vec![ids[0].clone()], 0);
    while seen.len() < ids.len() {
        let target = format!("/poll?after={}", seen.last().unwrap());
        let response = client.ask(request(&target));
        assert!(response.body.len() < 80 * 1024, "{}", response.body.len());
        let (events, last) = news(&response);
        let id = |event: &Value| event["id"].as_str().unwrap().to_owned();
        seen.extend(events.iter().map(id));
        assert_eq!(seen.last(), Some(&last));
        answers += 1;
    }
    assert_eq!(seen, ids);
    assert!(answers > 1);
}

#[test]
fn head_is_answered_at_once_as_get_would_be_and_without_a_body() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send("HEAD /poll HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_nothing(&client.head());
    publish(server.address, "a");
    client.send("HEAD /poll HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.head();
    assert_eq!(head.status, 200);
    let whole = client.ask(request("/poll"));
    let length = whole.body.len().to_string();
    assert_eq!(head.header("content-length"), Some(&*length));
}

#[test]
fn http_1_0_is_answered_too() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send("GET /poll HTTP/1.0\r\n\r\n");
    settle(&server);
    publish(server.address, "a");
    assert_eq!(pictures(&client.response()).0, ["a"]);
    assert!(client.is_closed());
}
