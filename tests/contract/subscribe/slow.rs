//! Subscribers that do not read: each is disconnected when its next picture leaves the ring, costs little until then,
//! and delays no other subscriber.

use crate::support::{
    client::{Client, Event, Stream, parse},
    metrics::Metrics,
    process::{eventually, kernel_memory, resident},
    programs::{self, skip},
    server::Server,
    setups::{await_audience, narrow, publish_on},
};
use std::{
    io::{Read, Write},
    thread,
    time::Duration,
};

const SUBSCRIBE: &str = "GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n";
/// A keyword that makes an event of some 600 bytes.
const LONG: &str = "%F0%9F%8D%A3";
/// A subscriber is disconnected because of its place, and not because it takes no byte for so long.
const PATIENT: [&str; 2] = ["--write-timeout", "600"];
/// Bound on the bytes that the server and its kernel hold for one subscriber.
const MOST: u64 = 64 * 1024;

fn start(options: &[&str]) -> Server {
    Server::start(&[&PATIENT, options].concat())
}

fn long(count: usize) -> String {
    format!("{count}{}", LONG.repeat(90))
}

/// Subscribes, and reads nothing but the head.
fn stall(mut client: Client) -> Client {
    client.send(SUBSCRIBE);
    assert_eq!(client.head().status, 200);
    client
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

/// The whole events of a stream that is cut somewhere.
fn events(client: &mut Client) -> Vec<Event> {
    let bytes = client.up_to_cut();
    let all = String::from_utf8_lossy(&bytes);
    let lines = || all.split_inclusive('\n');
    assert!(
        lines().all(|line| line != "0\r\n"),
        "a stream that lost its place does not end well"
    );
    // Only chunk sizes and the line ends behind chunks end with CR LF.
    let text: String = lines().filter(|line| !line.ends_with("\r\n")).collect();
    let (whole, _) = text.rsplit_once("\n\n").expect("an event");
    whole.split("\n\n").map(parse).collect()
}

#[test]
fn a_subscriber_that_never_reads_is_disconnected_while_the_others_get_all_in_order() {
    let server = start(&["--history", "8", "--heartbeat", "0.1"]);
    let mut slow = stall(narrow(server.address));
    let mut quick = Stream::open(server.address);
    await_audience(&mut quick, 2);
    let mut publisher = Client::connect(server.address);
    let mut ids = Vec::new();
    for count in 0..300 {
        ids.push(publish_on(&mut publisher, &long(count)));
        assert_eq!(quick.next("picture").id.as_ref(), ids.last());
    }
    await_audience(&mut quick, 1);

    let got = events(&mut slow);
    let seen: Vec<String> = got
        .iter()
        .filter(|event| event.name == "picture")
        .map(|event| event.id.clone().unwrap())
        .collect();
    assert!(seen.len() < 292 && ids.starts_with(&seen), "{seen:?}");

    let mut back = Stream::resume(server.address, seen.last().unwrap());
    for name in ["hello", "missed"] {
        assert_eq!(back.block().unwrap().name, name);
    }
    for id in &ids[292..] {
        assert_eq!(back.next("picture").id.as_ref(), Some(id));
    }
}

#[test]
fn a_subscriber_that_stalls_for_a_while_goes_on_where_it_was() {
    let server = start(&[]);
    let mut slow = Stream::begin(narrow(server.address), "/subscribe", "");
    let mut publisher = Client::connect(server.address);
    let ids: Vec<String> = (0..200)
        .map(|count| publish_on(&mut publisher, &long(count)))
        .collect();
    for id in &ids {
        assert_eq!(slow.next("picture").id.as_ref(), Some(id));
    }
}

#[test]
fn a_subscriber_that_reads_slowly_is_kept_for_longer_than_the_write_timeout() {
    const PICTURES: usize = 1000;
    let options = ["--write-timeout", "3", "--heartbeat", "0.2"];
    let server = Server::start(&[&options[..], &["--history", "4096"]].concat());
    // A client of the tests would read much at once.
    let mut slow = narrow(server.address).socket().try_clone().unwrap();
    slow.write_all(SUBSCRIBE.as_bytes()).unwrap();
    let mut publisher = Client::connect(server.address);
    let published = thread::spawn(move || {
        for count in 0..PICTURES {
            publish_on(&mut publisher, &long(count));
        }
    });
    // For two time-outs its window has no room for a whole segment.
    let (mut bytes, mut some) = (Vec::new(), [0; 500]);
    for _ in 0..300 {
        let count = slow.read(&mut some).unwrap();
        bytes.extend(&some[..count]);
        thread::sleep(Duration::from_millis(20));
    }
    published.join().unwrap();
    let last = format!("\"keyword\":\"{}", PICTURES - 1);
    while !contains(&bytes[bytes.len() - 2000..], &last) {
        let count = slow.read(&mut some).unwrap();
        assert!(count > 0, "the stream goes on");
        bytes.extend(&some[..count]);
    }
    let begins = |word: &&[u8]| *word == b"event: picture";
    assert_eq!(bytes.windows(14).filter(begins).count(), PICTURES);
    let ends = Metrics::scrape(server.address).of("disconnects_total", "write_timeout");
    assert_eq!(ends, 0.0);
}

#[test]
fn the_kernel_holds_at_most_64_kib_for_a_subscriber_that_stalls() {
    let Some(ss) = programs::find(&["ss"], "iproute2") else {
        return;
    };
    let server = start(&["--history", "4096"]);
    let stalled = [
        stall(narrow(server.address)),
        stall(Client::connect(server.address)),
    ];
    let mut publisher = Client::connect(server.address);
    for count in 0..1000 {
        publish_on(&mut publisher, &long(count));
    }
    let resumed = ["1-0", "2-0"].map(|place| {
        let mut client = narrow(server.address);
        client.send(format!(
            "GET /subscribe HTTP/1.1\r\nHost: a\r\nLast-Event-ID: {place}\r\n\r\n"
        ));
        assert_eq!(client.head().status, 200);
        client
    });
    let mut held = kernel_memory(&ss, server.address.port());
    if held.is_empty() {
        return skip("ss(8) does not tell what the kernel holds for a socket");
    }
    eventually("all of them stall", || {
        held = kernel_memory(&ss, server.address.port());
        let stalls = held.iter().filter(|held| **held > 0).count();
        stalls >= stalled.len() + resumed.len()
    });
    assert!(held.iter().all(|held| *held <= MOST), "{held:?}");
}

#[test]
fn the_server_holds_nothing_more_for_subscribers_that_stall() {
    const STALLED: usize = 100;
    let server = start(&["--history", "256"]);
    let mut publisher = Client::connect(server.address);
    let mut publish = |count| {
        for count in 0..count {
            publish_on(&mut publisher, &long(count));
        }
    };
    publish(300);
    let before = resident(server.pid());
    let stalled: Vec<Client> = (0..STALLED)
        .map(|_| stall(narrow(server.address)))
        .collect();
    publish(200);
    let grown = resident(server.pid()).saturating_sub(before);
    assert!(grown < STALLED as u64 * MOST / 4, "{grown} bytes");
    drop(stalled);
}
