//! Requests and answers: none is lost or doubled, wherever an upgrade cuts them.

use super::Upgradable;
use crate::support::{
    client::{Client, Stream, form, get, publish},
    flickr::FlickrStub,
    process::{connections, eventually, metric},
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn an_idle_connection_is_answered_by_the_new_version() {
    let frame = Upgradable::start(&[]);
    let mut idle = Client::connect(frame.server.address);
    assert_eq!(idle.ask(HEALTH).text(), "ok");
    let mut fresh = Client::connect(frame.server.address);
    eventually("both are there", || {
        connections(frame.server.address, "idle") == 2
    });
    frame.upgrade();
    for client in [&mut idle, &mut fresh] {
        assert_eq!(client.ask(HEALTH).text(), "ok");
    }
}

#[test]
fn a_request_is_the_same_wherever_it_is_cut() {
    let frame = Upgradable::start(&[]);
    let address = frame.server.address;
    let chunked = "POST /publish HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n\
        8\r\nkeyword=\r\n6;x=y\r\nsu%73h\r\n1\r\ni\r\n0\r\nA: b\r\n\r\n";
    let counted = "POST /publish HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\
        Content-Type: application/x-www-form-urlencoded\r\n\r\nkeyword=sushi";
    let mut cut = Vec::new();
    for request in [chunked, counted] {
        for at in (1..request.len()).step_by(7) {
            let mut client = Client::connect(address);
            client.send(&request[..at]);
            cut.push((client, &request[at..]));
        }
    }
    let count = cut.len() as u64;
    eventually("all are being read", || {
        connections(address, "reading") == count
    });
    frame.upgrade();
    assert_eq!(connections(address, "reading"), count);
    for (client, rest) in &mut cut {
        client.send(*rest);
    }
    for (mut client, rest) in cut {
        let mut answer = client.head();
        if answer.status == 100 {
            answer = client.head();
        }
        assert_eq!(answer.status, 200, "before {rest:?}");
        let length = answer.header("content-length").unwrap().parse().unwrap();
        let body = String::from_utf8(client.exactly(length)).unwrap();
        assert!(body.contains("\"keyword\":\"sushi\""), "{body}");
        assert_eq!(client.ask(HEALTH).text(), "ok");
    }
    assert_eq!(metric(address, "picture_frame_pictures_total"), count);
}

#[test]
fn a_client_is_told_to_go_on_with_its_body_once() {
    let frame = Upgradable::start(&[]);
    let mut client = Client::connect(frame.server.address);
    client.send(
        "POST /publish HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
    );
    assert_eq!(client.head().status, 100);
    frame.upgrade();
    client.send("keyword=x");
    assert_eq!(client.response().status, 200);
}

#[test]
fn answers_that_are_half_written_and_requests_behind_them_go_on() {
    let frame = Upgradable::start(&[]);
    let address = frame.server.address;
    let whole = get(address, "/main.js");
    let request = "GET /main.js HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut readers: Vec<Client> = (0..5).map(|_| Client::connect(address)).collect();
    let count = 2_000_000 / whole.body.len();
    for reader in &mut readers {
        let mut sender = reader.socket().try_clone().unwrap();
        let requests = request.repeat(count);
        // The server stops reading, so that the requests are sent while they are answered.
        thread::spawn(move || std::io::Write::write_all(&mut sender, requests.as_bytes()));
    }
    eventually("all are being written", || {
        connections(address, "writing") == 5
    });
    frame.upgrade();
    for reader in &mut readers {
        for _ in 0..count {
            assert_eq!(reader.response().body, whole.body);
        }
    }
}

#[test]
fn a_client_that_half_closed_is_answered_and_then_closed() {
    let stub = FlickrStub::start();
    let frame = Upgradable::over(&stub, &[]);
    stub.mode("hang");
    let mut client = Client::connect(frame.server.address);
    client.send(form("keyword=sushi"));
    client.half_close();
    stub.wait_for_requests(1);
    frame.upgrade();
    stub.release();
    assert_eq!(client.response().json()["keyword"], "sushi");
    assert!(client.is_closed());
}

#[test]
fn a_look_up_that_ends_late_is_one_event_and_one_answer() {
    end_late(1);
    end_late(2);
}

/// Has look-ups end after so many upgrades.
fn end_late(upgrades: usize) {
    let stub = FlickrStub::start();
    let frame = Upgradable::over(&stub, &["--lookup-timeout", "60"]);
    let address = frame.server.address;
    let mut stream = Stream::open(address);
    stub.mode("hang");
    let mut publishers = ["sushi", "rice"].map(|keyword| {
        let mut client = Client::connect(address);
        client.send(form(&format!("keyword={keyword}")));
        client
    });
    let mut gone = Client::connect(address);
    gone.send(form("keyword=tea"));
    stub.wait_for_requests(3);
    drop(gone);
    // The second version is a mere stage on the way to the third.
    (0..upgrades).for_each(|_| frame.upgrade());
    stub.release();
    let mut seen: Vec<(String, String)> = (0..3)
        .map(|_| {
            let event = stream.next("picture");
            let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
            (
                data["keyword"].as_str().unwrap().to_owned(),
                event.id.unwrap(),
            )
        })
        .collect();
    for publisher in &mut publishers {
        let answer = publisher.response().json();
        let [keyword, id] = ["keyword", "id"].map(|name| answer[name].as_str().unwrap().to_owned());
        let place = seen
            .iter()
            .position(|seen| *seen == (keyword.clone(), id.clone()));
        seen.remove(place.expect("the answer names the event"));
        // The connection is the new version's.
        assert_eq!(publisher.ask(HEALTH).text(), "ok");
    }
    assert_eq!(seen[0].0, "tea");
    frame.wait_until("ended", || !super::runs(frame.server.pid()));
    assert!(super::runs(frame.pid()));
    assert_eq!(metric(address, "picture_frame_subscribers"), 1);
}

#[test]
fn a_look_up_that_ends_soon_is_awaited() {
    let stub = FlickrStub::start();
    let frame = Upgradable::over(&stub, &[]);
    let address = frame.server.address;
    let mut stream = Stream::open(address);
    stub.mode("hang");
    let mut publisher = Client::connect(address);
    publisher.send(form("keyword=sushi"));
    stub.wait_for_requests(1);
    frame.signal("USR2");
    stub.release();
    let id = publisher.response().json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(stream.next("picture").id, Some(id));
    frame.wait_for_heirs(1);
    assert_eq!(metric(address, "picture_frame_pictures_total"), 1);
    assert_eq!(publisher.ask(HEALTH).text(), "ok");
}

#[test]
fn a_look_up_that_takes_longer_than_a_stop_waits_has_all_its_time() {
    let stub = FlickrStub::start();
    let frame = Upgradable::over(&stub, &["--lookup-timeout", "13"]);
    stub.mode("hang");
    let mut publisher = Client::connect(frame.server.address);
    publisher.send(form("keyword=sushi"));
    stub.wait_for_requests(1);
    frame.upgrade();
    assert_eq!(
        publisher.response().status,
        504,
        "the source's time is over"
    );
    assert_eq!(publisher.ask(HEALTH).text(), "ok");
}

#[test]
fn no_client_is_refused_while_versions_come_and_go() {
    let frame = Upgradable::start(&[]);
    let (address, over) = (frame.server.address, AtomicBool::new(false));
    let asked: usize = thread::scope(|scope| {
        let clients = [0, 1, 2].map(|_| {
            scope.spawn(|| {
                let mut asked = 0;
                while !over.load(Ordering::Relaxed) {
                    assert_eq!(get(address, "/healthz").text(), "ok");
                    asked += 1;
                }
                asked
            })
        });
        (0..10).for_each(|_| frame.upgrade());
        over.store(true, Ordering::Relaxed);
        clients.map(|client| client.join().unwrap()).iter().sum()
    });
    assert!(asked > 10);
    assert_eq!(metric(address, "picture_frame_disconnects_total"), 0);
    assert_eq!(metric(address, "picture_frame_refused_total"), 0);
}

#[test]
fn a_rate_that_a_client_has_used_up_is_not_fresh_afterwards() {
    let frame = Upgradable::start(&["--publish-rate", "1"]);
    let address = frame.server.address;
    assert_eq!(publish(address, "one").status, 200);
    assert_eq!(publish(address, "two").status, 429);
    for _ in 0..2 {
        frame.upgrade();
        assert_eq!(publish(address, "two").status, 429);
    }
}
