//! A publisher that disconnects while waiting loses only its answer.

use crate::support::{
    client::{Client, Stream, form, publish},
    flickr::FlickrStub,
    server::Server,
    setups::{assert_problem, over_flickr, settle},
};

/// A server whose source hangs, a subscriber, and a publisher that waits for an answer about `sushi`.
fn waiting(stub: &FlickrStub) -> (Server, Stream, Client) {
    stub.mode("hang");
    let server = over_flickr(stub, &["--lookup-timeout", "60"]);
    let stream = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    publisher.send(form("keyword=sushi"));
    stub.wait_for_requests(1);
    (server, stream, publisher)
}

#[test]
fn a_publisher_that_closes_still_broadcasts() {
    let stub = FlickrStub::start();
    let (server, mut stream, publisher) = waiting(&stub);
    drop(publisher);
    settle(&server);
    stub.release();
    assert_eq!(stream.picture()["keyword"], "sushi");
}

#[test]
fn a_publisher_whose_connection_is_reset_still_broadcasts() {
    let stub = FlickrStub::start();
    let (server, mut stream, publisher) = waiting(&stub);
    publisher.reset();
    settle(&server);
    stub.release();
    assert_eq!(stream.picture()["keyword"], "sushi");
}

#[test]
fn a_publisher_that_half_closes_is_answered_too() {
    let stub = FlickrStub::start();
    let (server, mut stream, mut publisher) = waiting(&stub);
    publisher.half_close();
    settle(&server);
    stub.release();
    assert_eq!(stream.picture()["keyword"], "sushi");
    assert_eq!(publisher.response().status, 200);
    assert!(publisher.is_closed());
}

#[test]
fn no_stranger_gets_the_answer_of_a_publisher_that_left() {
    let stub = FlickrStub::start();
    let (server, mut stream, publisher) = waiting(&stub);
    publisher.reset();
    settle(&server);
    let mut strangers: Vec<Client> = (0..20).map(|_| Client::connect(server.address)).collect();
    let mut joined = Client::connect(server.address);
    joined.send(form("keyword=rice"));
    stub.wait_for_requests(2);
    stub.release();
    stream.next("picture");
    stream.next("picture");
    assert_eq!(joined.response().json()["keyword"], "rice");
    for stranger in &mut strangers {
        let response = stranger.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(response.text(), "ok");
    }
}

#[test]
fn publishers_that_share_the_question_of_one_that_left_are_answered() {
    let stub = FlickrStub::start();
    let (server, mut stream, publisher) = waiting(&stub);
    let mut joined: Vec<Client> = (0..3)
        .map(|_| {
            let mut client = Client::connect(server.address);
            client.send(form("keyword=sushi"));
            client
        })
        .collect();
    settle(&server);
    publisher.reset();
    joined.pop().unwrap().reset();
    settle(&server);
    stub.release();
    for client in &mut joined {
        assert_eq!(client.response().status, 200);
    }
    for _ in 0..4 {
        assert_eq!(stream.picture()["keyword"], "sushi");
    }
}

#[test]
fn the_failure_of_a_publisher_that_left_is_told_to_no_other() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &["--lookup-timeout", "2"]);
    let mut stream = Stream::open(server.address);
    stub.mode("hang");
    let mut publisher = Client::connect(server.address);
    publisher.send(form("keyword=sushi"));
    stub.wait_for_requests(1);
    publisher.reset();
    assert_problem(&publish(server.address, "rice"), 504);
    stub.mode("ok");
    assert_eq!(publish(server.address, "good").status, 200);
    assert_eq!(stream.picture()["keyword"], "good");
}
