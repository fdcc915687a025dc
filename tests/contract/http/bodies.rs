//! Chunked request bodies, `Expect: 100-continue`, and bytes that arrive in any pieces.

use super::{get, json, publish, with};
use crate::support::{
    client::{Client, Stream, ask},
    server::Server,
    setups::assert_problem,
};

const CHUNKED: &str = "Transfer-Encoding: chunked";

#[test]
fn a_chunked_request_body_is_accepted_with_extensions_and_trailers() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for body in [
        "13\r\n{\"keyword\":\"sushi\"}\r\n0\r\n\r\n",
        "0013\r\n{\"keyword\":\"sushi\"}\r\n000\r\n\r\n",
        "A\r\n{\"keyword\"\r\n9\r\n:\"sushi\"}\r\n0\r\n\r\n",
        "13;a=b;c=\"d e\"\r\n{\"keyword\":\"sushi\"}\r\n0;x\r\n\r\n",
        "13 ;a\t ;b = c\r\n{\"keyword\":\"sushi\"}\r\n0\t;x\r\n\r\n",
        "13\r\n{\"keyword\":\"sushi\"}\r\n0\r\nX: y\r\nChecksum: 1\r\n\r\n",
    ] {
        let response = client.ask(publish(CHUNKED, body));
        assert_eq!(response.status, 200, "{body:?}: {}", response.text());
        assert_eq!(response.json()["keyword"], "sushi");
    }
    let request = publish("TRANSFER-ENCODING: , Chunked ,", "0\r\n\r\n");
    assert_problem(&client.ask(request), 400);
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

#[test]
fn a_trailer_is_no_header() {
    let server = Server::start(&[]);
    let request = with("GET", "/healthz", "Transfer-Encoding: chunked\r\n")
        + "0\r\nConnection: close\r\nContent-Length: 9\r\n\r\n";
    let mut client = Client::connect(server.address);
    assert_eq!(client.ask(request).text(), "ok");
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

#[test]
fn an_unexpected_body_is_read_past() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for (method, target, status) in [("GET", "/healthz", 200), ("DELETE", "/healthz", 405)] {
        let request = with(method, target, "Content-Length: 38\r\n")
            + "GET /none HTTP/1.1\r\nHost: smuggled\r\n\r\n";
        assert_eq!(client.ask(request).status, status);
    }
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

#[test]
fn a_client_that_waits_to_be_told_to_continue_is_told() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for expect in ["Expect: 100-continue", "expect: 100-Continue"] {
        client.send(publish(&format!("{expect}\r\nContent-Length: 20"), ""));
        let interim = client.head();
        assert_eq!(interim.head, "HTTP/1.1 100 Continue");
        assert_eq!(client.ask(json(20)).status, 200);
    }
    client.send(publish(&format!("Expect: 100-continue\r\n{CHUNKED}"), ""));
    assert_eq!(client.head().status, 100);
    let response = client.ask(format!("14\r\n{}\r\n0\r\n\r\n", json(20)));
    assert_eq!(response.status, 200);
}

#[test]
fn a_client_is_told_to_continue_once_and_not_if_its_body_is_there_or_empty() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let whole = publish("Expect: 100-continue\r\nContent-Length: 20", &json(20));
    assert_eq!(client.ask(whole).status, 200);
    let none = with("GET", "/healthz", "Expect: 100-continue\r\n");
    assert_eq!(client.ask(none).status, 200);
    let empty = "Expect: 100-continue\r\nContent-Length: 0\r\n";
    assert_eq!(client.ask(with("GET", "/healthz", empty)).status, 200);

    client.send(publish("Expect: 100-continue\r\nContent-Length: 20", ""));
    assert_eq!(client.head().status, 100);
    for byte in json(20).as_bytes() {
        client.send([*byte]);
    }
    assert_eq!(client.response().status, 200);
}

#[test]
fn a_client_is_told_413_instead_if_its_body_would_be_too_long() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send(publish("Expect: 100-continue\r\nContent-Length: 8193", ""));
    assert_problem(&client.response(), 413);
    assert_eq!(client.rest(), "");
}

#[test]
fn a_1_0_client_is_not_told_to_continue() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.send(
        "POST /publish HTTP/1.0\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n\
         Content-Length: 20\r\n\r\n",
    );
    assert_eq!(client.ask(json(20)).status, 200);
}

#[test]
fn continue_waits_for_the_answers_before_it() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let expecting = publish("Expect: 100-continue\r\nContent-Length: 20", "");
    client.send(get("/none") + &expecting);
    assert_eq!(client.response().status, 404);
    assert_eq!(client.head().status, 100);
    assert_eq!(client.ask(json(20)).status, 200);
}

#[test]
fn requests_that_come_byte_by_byte_are_answered_as_if_they_came_whole() {
    let server = Server::start(&[]);
    let body = format!("14;x=y\r\n{}\r\n0\r\nX: y\r\n\r\n", json(20));
    let mut client = Client::connect(server.address);
    let requests = [
        get("/healthz"),
        format!("\r\n{}", get("/none")),
        publish("Content-Length: 20", &json(20)),
        publish(CHUNKED, &body),
        with("HEAD", "/", ""),
        get("/%zz"),
    ];
    for byte in requests.concat().as_bytes() {
        client.send([*byte]);
    }
    let statuses: Vec<u16> = (0..4).map(|_| client.response().status).collect();
    assert_eq!(statuses, [200, 404, 200, 200]);
    assert_eq!(client.head().status, 200);
    assert_eq!(client.response().status, 400);
    assert_eq!(client.rest(), "");
}

#[test]
fn a_subscriber_may_come_byte_by_byte_too() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for byte in get("/subscribe").as_bytes() {
        client.send([*byte]);
    }
    let mut stream = Stream::answered(client);
    assert_eq!(
        ask(server.address, publish("Content-Length: 20", &json(20))).status,
        200
    );
    assert_eq!(stream.picture()["keyword"], "sushi");
}
