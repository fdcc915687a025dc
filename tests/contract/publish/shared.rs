//! One question, many pictures: lists that are kept, and look-ups that publishers share.

use crate::support::{
    client::{Client, Stream, form, publish},
    flickr::FlickrStub,
    server::Server,
    setups::{assert_problem, over_flickr, settle},
};
use std::collections::HashSet;

/// Sends a publish of `keyword` from `count` clients, and returns when the server has read them all.
fn ask(server: &Server, keyword: &str, count: usize) -> Vec<Client> {
    let ask = |_| {
        let mut client = Client::connect(server.address);
        client.send(form(&format!("keyword={keyword}")));
        client
    };
    let asked = (0..count).map(ask).collect();
    settle(server);
    asked
}

#[test]
fn a_keyword_asked_for_again_soon_draws_another_photo_without_a_question() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &["--source-quota", "1"]);
    let mut stream = Stream::open(server.address);
    let mut urls = HashSet::new();
    for _ in 0..30 {
        let picture = publish(server.address, "sushi").json();
        assert_eq!(stream.picture()["url"], picture["url"]);
        urls.insert(picture["url"].as_str().unwrap().to_owned());
    }
    assert_eq!(urls.len(), 30, "all of the list, each once");
    let again = publish(server.address, "sushi").json();
    assert!(urls.contains(again["url"].as_str().unwrap()));
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn the_only_photo_of_a_keyword_is_shown_again() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    let url = |_| publish(server.address, "mode:one").json()["url"].clone();
    let urls: HashSet<String> = (0..3).map(url).map(|url| url.to_string()).collect();
    assert_eq!((urls.len(), stub.requests().len()), (1, 1));
}

#[test]
fn look_ups_of_a_keyword_at_the_same_time_share_one_question_and_each_gets_its_own_picture() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let server = over_flickr(&stub, &["--lookup-timeout", "60"]);
    let mut stream = Stream::open(server.address);
    let mut asked = ask(&server, "sushi", 12);
    stub.wait_for_requests(1);
    let mut others = ask(&server, "rice", 3);
    stub.wait_for_requests(2);
    stub.release();
    let mut answers = HashSet::new();
    for client in asked.iter_mut().chain(&mut others) {
        let answer = client.response().json();
        answers.insert((answer["id"].to_string(), answer["url"].to_string()));
    }
    let mut events = HashSet::new();
    for _ in 0..15 {
        let event = stream.next("picture");
        let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
        events.insert((format!("{:?}", event.id.unwrap()), data["url"].to_string()));
    }
    assert_eq!(answers, events);
    let urls: HashSet<&String> = answers.iter().map(|(_, url)| url).collect();
    assert_eq!(urls.len(), 15);
    assert_eq!((stub.by_keyword("sushi"), stub.by_keyword("rice")), (1, 1));
}

#[test]
fn publishers_that_share_a_question_share_its_failure_and_the_next_asks_anew() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let server = over_flickr(&stub, &["--lookup-timeout", "2"]);
    for client in &mut ask(&server, "sushi", 4) {
        assert_problem(&client.response(), 504);
    }
    assert_eq!(stub.requests().len(), 1);
    stub.mode("ok");
    assert_eq!(publish(server.address, "sushi").status, 200);
    assert_eq!(stub.requests().len(), 2);
}

#[test]
fn to_share_a_question_takes_no_place_in_the_queue() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let options = [
        "--lookup-threads",
        "1",
        "--lookup-queue",
        "1",
        "--lookup-timeout",
        "60",
    ];
    let server = over_flickr(&stub, &options);
    let mut asked = ask(&server, "sushi", 8);
    asked.extend(ask(&server, "rice", 8));
    stub.wait_for_requests(1);
    stub.mode("ok");
    stub.release();
    for client in &mut asked {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!(stub.requests().len(), 2);
}
