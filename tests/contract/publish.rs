//! The contract's section on publish: the bodies accepted, the answers, and the events.

mod broadcast_rate;
mod gone;
mod proxy;
mod quota;
mod rate;
mod refusals;
mod shared;
mod source;
mod texts;

use crate::support::{
    client::{Client, Response, Stream, ask, form, publish},
    flickr::FlickrStub,
    server::Server,
    setups::{id, over_flickr},
};
use serde_json::Value;
use std::net::SocketAddr;

/// The bytes of a publish of `body` with its length and these fields, each ended by CR LF.
fn request(fields: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "POST /publish HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn post(address: SocketAddr, fields: &str, body: impl AsRef<[u8]>) -> Response {
    ask(address, request(fields, body))
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn a_form_or_json_is_taken_and_answered_with_json() {
    let server = Server::start(&[]);
    let mut stream = Stream::open(server.address);
    for (fields, body, keyword) in [
        (FORM, "keyword=sushi", "sushi"),
        (FORM, "a=b&keyword=raw+fish%21&c", "raw fish!"),
        (FORM, "keyword=%E5%AF%BF%E5%8F%B8", "寿司"),
        (JSON, r#"{"keyword":"sushi"}"#, "sushi"),
        (JSON, r#" { "x": [1], "keyword": "\u5bff司" } "#, "寿司"),
        (
            "content-type: Application/JSON; charset=utf-8\r\n",
            r#"{"keyword":"a"}"#,
            "a",
        ),
        (
            "Content-Type: application/x-www-form-urlencoded;charset=UTF-8\r\n",
            "keyword=b",
            "b",
        ),
    ] {
        let response = post(server.address, fields, body);
        assert_eq!(response.status, 200, "{body}: {}", response.text());
        assert_eq!(response.header("Content-Type"), Some("application/json"));
        assert_eq!(response.json()["keyword"], keyword, "{body}");
        assert_eq!(stream.picture()["keyword"], keyword, "{body}");
    }
}

#[test]
fn a_chunked_body_and_a_body_that_waits_for_continue_are_taken() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send(format!(
        "POST /publish HTTP/1.1\r\nHost: a\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n\
         3\r\nkey\r\n7\r\nword=hi\r\n0\r\n\r\n"
    ));
    assert_eq!(client.response().json()["keyword"], "hi");
    client.send(format!(
        "POST /publish HTTP/1.1\r\nHost: a\r\n{FORM}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    ));
    assert_eq!(client.head().status, 100);
    assert_eq!(client.ask("keyword=a").json()["keyword"], "a");
}

#[test]
fn the_answer_is_the_object_of_the_event_and_its_id() {
    let stub = FlickrStub::start();
    for server in [Server::start(&[]), over_flickr(&stub, &[])] {
        let mut stream = Stream::open(server.address);
        for keyword in ["sushi", "rice", "sushi"] {
            let mut answer = publish(server.address, keyword).json();
            let event = stream.next("picture");
            let told = answer.as_object_mut().unwrap().remove("id").unwrap();
            assert_eq!(told.as_str(), event.id.as_deref());
            id(told.as_str().unwrap());
            let data: Value = serde_json::from_str(&event.data).unwrap();
            assert_eq!(answer, data);
        }
    }
}

#[test]
fn white_space_around_a_keyword_is_trimmed() {
    let server = Server::start(&[]);
    let mut stream = Stream::open(server.address);
    for (fields, body) in [
        (FORM, "keyword=+raw+fish+"),
        (FORM, "keyword=%20%09%0D%0Araw fish%E3%80%80%C2%A0"),
        (JSON, "{\"keyword\":\"\\n\\u2003raw fish\\t \"}"),
    ] {
        let response = post(server.address, fields, body);
        assert_eq!(response.json()["keyword"], "raw fish", "{body}");
        assert_eq!(stream.picture()["keyword"], "raw fish", "{body}");
    }
}

#[test]
fn a_keyword_has_one_to_a_hundred_characters_whatever_their_bytes() {
    let server = Server::start(&[]);
    for (letter, count) in [("a", 1), ("a", 100), ("寿", 100), ("🍣", 100)] {
        let keyword = letter.repeat(count);
        let json = format!("{{\"keyword\":\"  {keyword}  \"}}");
        let response = post(server.address, JSON, json);
        assert_eq!(response.json()["keyword"], keyword);
    }
}

#[test]
fn publishes_of_one_connection_are_answered_and_broadcast_in_their_order() {
    let server = Server::start(&[]);
    let mut stream = Stream::open(server.address);
    let mut client = Client::connect(server.address);
    let requests = (0..50).map(|n| form(&format!("keyword=k{n}")));
    client.send(requests.collect::<String>());
    for n in 0..50 {
        let keyword = format!("k{n}");
        assert_eq!(client.response().json()["keyword"], keyword);
        assert_eq!(stream.picture()["keyword"], keyword);
    }
}

#[test]
fn the_photos_that_flickr_lists_are_the_pictures_shown() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    let picture = publish(server.address, "fixture:search-one.json").json();
    let url = picture["url"].as_str().unwrap();
    assert!(url.starts_with("https://live.staticflickr.com/"), "{url}");
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn a_picture_of_the_gallery_is_served_by_the_same_server() {
    let server = Server::start(&[]);
    let picture = publish(server.address, "sushi").json();
    let url = picture["url"].as_str().unwrap();
    let drawn = ask(
        server.address,
        format!("GET {url} HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
    assert_eq!(drawn.status, 200);
    assert_eq!(drawn.header("Content-Type"), Some("image/svg+xml"));
}
