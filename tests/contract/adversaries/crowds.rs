//! Crowds of hundreds that send slowly, or never read: the other clients notice nothing, and the server holds little.

use crate::support::{
    client::{Client, Stream, form, get},
    flickr::FlickrStub,
    process::{connections, eventually, kernel_memory, metric, resident},
    programs,
    server::Server,
    setups::{narrow, over_flickr, publish_on},
};

const CROWD: usize = 200;
/// Bound on the bytes that the server and its kernel hold for one subscriber.
const MOST: u64 = 64 * 1024;

/// Checks that a watcher, a publisher and a newcomer are served as if they were alone.
fn others_are_served(server: &Server, watcher: &mut Stream, publisher: &mut Client) {
    let id = publish_on(publisher, "sushi");
    assert_eq!(watcher.next("picture").id, Some(id));
    assert_eq!(get(server.address, "/healthz").text(), "ok");
    assert_eq!(get(server.address, "/").status, 200);
}

#[test]
fn hundreds_of_clients_that_send_byte_by_byte_delay_no_other_and_are_answered() {
    let server = Server::start(&["--request-timeout", "600"]);
    let mut watcher = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    let mut slow: Vec<Client> = (0..CROWD)
        .map(|_| Client::connect(server.address))
        .collect();
    let request = "GET /none HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyyyyyy\r\n\r\n";
    for (count, byte) in request.bytes().enumerate() {
        for client in &mut slow {
            client.send([byte]);
        }
        if count % 4 == 0 {
            others_are_served(&server, &mut watcher, &mut publisher);
        }
    }
    for client in &mut slow {
        assert_eq!(client.response().status, 404);
    }
}

#[test]
fn hundreds_of_clients_that_never_end_their_requests_are_answered_408_and_the_others_are_served() {
    let server = Server::start(&["--request-timeout", "2"]);
    let mut watcher = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    let part = form("keyword=sushi");
    let begin = |count: usize| {
        let mut client = Client::connect(server.address);
        client.send(&part[..1 + count % (part.len() - 1)]);
        client
    };
    let mut slow: Vec<Client> = (0..CROWD).map(begin).collect();
    while connections(server.address, "reading") > 0 {
        others_are_served(&server, &mut watcher, &mut publisher);
    }
    for client in &mut slow {
        assert_eq!(client.response().status, 408);
        assert!(client.is_closed());
    }
}

#[test]
fn hundreds_of_subscribers_that_never_read_large_pictures_cost_little_and_the_others_get_all() {
    let Some(ss) = programs::find(&["ss"], "iproute2") else {
        return;
    };
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &["--history", "64", "--heartbeat", "0.1"]);
    let mut watcher = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    let mut tell_all = |count: usize| {
        for _ in 0..count {
            let id = publish_on(&mut publisher, "mode%3Alarge+sushi");
            assert_eq!(watcher.next("picture").id, Some(id));
        }
    };
    tell_all(100);
    let before = resident(server.pid());
    let slow: Vec<Client> = (0..CROWD).map(|_| stall(&server)).collect();
    tell_all(50);
    let held = kernel_memory(&ss, server.address.port());
    assert!(
        held.len() > CROWD && held.iter().all(|held| *held <= MOST),
        "{held:?}"
    );
    assert!(held.iter().sum::<u64>() > MOST, "they do stall: {held:?}");
    tell_all(150);
    eventually("subscribers that never read have left", || {
        metric(server.address, "picture_frame_subscribers") == 1
    });
    let grown = resident(server.pid()).saturating_sub(before);
    assert!(grown < CROWD as u64 * MOST / 8, "{grown} bytes");
    let reason = "picture_frame_disconnects_total{reason=\"slow\"}";
    assert_eq!(metric(server.address, reason), CROWD as u64);
    drop(slow);
    tell_all(1);
}

/// Subscribes, and reads nothing but the head.
fn stall(server: &Server) -> Client {
    let mut client = narrow(server.address);
    client.send("GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().status, 200);
    client
}

#[test]
fn hundreds_of_clients_that_pipeline_without_reading_are_held_back_and_cost_little() {
    const ASKED: usize = 64 * 1024;
    let server = Server::start(&[]);
    let mut watcher = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    let before = resident(server.pid());
    let page = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let begin = |_| {
        let mut client = narrow(server.address);
        client.send(page.repeat(ASKED / page.len()));
        client
    };
    let flood: Vec<Client> = (0..CROWD).map(begin).collect();
    others_are_served(&server, &mut watcher, &mut publisher);
    eventually("all are refused", || {
        connections(server.address, "writing") == CROWD as u64
    });
    others_are_served(&server, &mut watcher, &mut publisher);
    let grown = resident(server.pid()).saturating_sub(before);
    // The requests, in input buffers that may be twice as large.
    assert!(grown < (CROWD * 2 * ASKED) as u64, "{grown} bytes");
    drop(flood);
    eventually("they have left", || connections(server.address, "") == 3);
}
