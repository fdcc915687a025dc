//! The library from outside, by a small server in this process that reports its timers and channels: they end with
//! their streams and subscribers, and a mistake costs only its own client.

mod exchange;
mod handle;
mod leaving;
mod mistakes;
mod server;

use crate::support::{
    PATIENCE,
    client::{Client, Stream, get},
    setups::{assert_problem, narrow},
};
use picture_frame::server::Server;
use server::{BURST, LARGE, await_counts, start};
use std::{
    io::{self, Read},
    net::{SocketAddr, TcpListener},
    thread,
    time::Instant,
};

/// Runs a server that lives as long as the process.
fn run<A: 'static>(make: impl FnOnce() -> io::Result<Server<A>> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || make().unwrap().run_on(listener).unwrap());
    address
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[test]
fn a_client_that_leaves_takes_its_timers_with_it() {
    let address = start();
    let drip = |_| Stream::open_with(address, "/drip", "");
    let mut streams: Vec<Stream> = (0..20).map(drip).collect();
    await_counts(address, 20, 0);
    for stream in &mut streams {
        assert!(stream.client.chunk().is_some());
    }
    for stream in streams.drain(..10) {
        stream.client.reset();
    }
    await_counts(address, 10, 0);
    drop(streams);
    await_counts(address, 0, 0);
}

#[test]
fn a_channel_and_its_timers_are_gone_with_its_last_subscriber() {
    let address = start();
    let subscribe = |name| Stream::open_with(address, name, "");
    let mut a = subscribe("/channels/a");
    let others = ["/channels/a", "/channels/b"].map(subscribe);
    await_counts(address, 2, 2);
    assert_eq!(a.next("tick").data, "a");
    drop(others);
    await_counts(address, 1, 1);
    assert_eq!(a.next("tick").data, "a");
    drop(a);
    await_counts(address, 0, 0);
}

#[test]
fn a_channel_opened_for_no_subscriber_does_not_stay() {
    let address = start();
    let mut client = Client::connect(address);
    client.send("HEAD /channels/a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.head().status, 200);
    await_counts(address, 0, 0);
    assert_problem(&get(address, "/channel-panics"), 500);
    await_counts(address, 0, 0);
}

#[test]
fn a_timer_set_for_a_channel_that_has_closed_does_not_run() {
    let address = start();
    let stream = Stream::open_with(address, "/late", "");
    await_counts(address, 0, 1);
    drop(stream);
    await_counts(address, 0, 0);
    assert_eq!(get(address, "/open-the-gate").status, 200);
    // The only pool thread does one job after the other, so the job that waited is done by then.
    assert_eq!(get(address, "/deferred").text(), "deferred");
    await_counts(address, 0, 0);
}

#[test]
fn a_timer_set_for_a_channel_that_has_closed_does_not_go_to_the_next_channel() {
    let address = start();
    let stream = Stream::open_with(address, "/late", "");
    await_counts(address, 0, 1);
    drop(stream);
    await_counts(address, 0, 0);
    let _stream = Stream::open_with(address, "/later", "");
    await_counts(address, 0, 1);
    assert_eq!(get(address, "/open-the-gate").status, 200);
    assert_eq!(get(address, "/deferred").text(), "deferred");
    await_counts(address, 0, 1);
}

#[test]
fn a_once_only_timer_rings_once_and_may_set_the_next() {
    let address = start();
    assert_eq!(get(address, "/once").text(), "once\ntwice\nthrice\n");
    await_counts(address, 0, 0);
}

#[test]
fn a_streams_beginning_comes_first() {
    let address = start();
    let mut client = Client::connect(address);
    assert_eq!(
        client.ask(request("/first")).text(),
        "first\nsecond\nthird\n"
    );
    client.send("GET /first HTTP/1.0\r\n\r\n");
    client.head();
    assert_eq!(client.rest(), "first\nsecond\nthird\n");
}

#[test]
fn a_body_that_its_beginning_finishes_is_whole_however_long_it_is() {
    let address = start();
    let mut client = Client::connect(address);
    for _ in 0..2 {
        assert_eq!(client.ask(request("/at-once")).body.len(), LARGE);
    }
    await_counts(address, 0, 0);
}

#[test]
fn head_is_answered_with_a_streams_head_and_begins_nothing() {
    let address = start();
    let mut client = Client::connect(address);
    client.send("HEAD /counted HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.head();
    assert_eq!(
        (head.status, head.header("content-type")),
        (200, Some("text/plain"))
    );
    assert_eq!(client.ask(request("/written")).text(), "0");
    assert_eq!(client.ask(request("/counted")).text(), "counted");
    assert_eq!(client.ask(request("/written")).text(), "1");
}

#[test]
fn a_deferred_reply_may_be_a_stream() {
    let address = start();
    let mut client = Client::connect(address);
    for _ in 0..2 {
        let answer = client.ask(request("/stream-later"));
        assert_eq!(answer.text(), "later\nand later\n");
    }
    await_counts(address, 0, 0);
}

#[test]
fn bytes_and_timers_without_a_stream_reach_no_client() {
    let address = start();
    for path in ["/otherwise", "/otherwise-later"] {
        let mut client = Client::connect(address);
        client.send(request(path) + &request("/first"));
        assert_eq!(client.response().text(), "otherwise");
        assert_eq!(client.response().text(), "first\nsecond\nthird\n");
        await_counts(address, 0, 0);
    }
}

#[test]
fn a_body_that_fails_is_seen_not_to_be_whole() {
    let address = start();
    for path in ["/fails", "/timer-panics"] {
        let mut stream = Stream::open_with(address, path, "");
        assert_eq!(
            stream.client.chunk().as_deref(),
            Some(&b"half"[..]),
            "{path}"
        );
        assert!(stream.client.is_closed(), "{path}");
        await_counts(address, 0, 0);
    }
}

#[test]
fn a_body_that_fails_in_its_beginning_leaves_nothing() {
    let address = start();
    let mut client = Client::connect(address);
    client.send(request("/fails-at-once"));
    assert!(client.is_closed());
    await_counts(address, 0, 0);
}

#[test]
fn code_that_panics_costs_its_own_client_a_500_and_no_other() {
    let address = start();
    let mut other = Stream::open_with(address, "/drip", "");
    for path in ["/panics", "/begin-panics", "/job-panics", "/done-panics"] {
        let mut client = Client::connect(address);
        client.send(request(path) + &request("/first"));
        assert_problem(&client.response(), 500);
        assert_eq!(client.response().text(), "first\nsecond\nthird\n");
    }
    await_counts(address, 1, 0);
    assert!(other.client.chunk().is_some());
}

#[test]
fn a_slow_reader_is_cut_off_before_much_is_held_for_it() {
    let address = start();
    let mut client = narrow(address);
    client.send(request("/torrent"));
    client.head();
    await_counts(address, 0, 0);
    let written: usize = get(address, "/written").text().parse().unwrap();
    assert!((64 * 1024..512 * 1024).contains(&written), "{written}");
    let mut rest = Vec::new();
    let _ = client.socket().read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n"));
}

#[test]
fn a_reader_that_keeps_up_gets_what_is_written_in_one_large_piece() {
    let address = start();
    let mut client = Client::connect(address);
    client.send(request("/large"));
    client.head();
    assert_eq!(client.chunk().map(|chunk| chunk.len()), Some(LARGE));
    assert_eq!(client.chunk(), None);
}

#[test]
fn a_job_that_outlives_its_stream_does_not_write_into_the_next_one() {
    let address = start();
    let mut client = Client::connect(address);
    assert_eq!(client.ask(request("/too-late")).text(), "in time\n");
    client.send(request("/drip"));
    client.head();
    assert_eq!(client.chunk().unwrap(), b"drip\n");
    assert_eq!(get(address, "/open-the-gate").text(), "open");
    let begun = Instant::now();
    while get(address, "/written").text() != "1" {
        assert!(begun.elapsed() < PATIENCE);
    }
    for _ in 0..3 {
        assert_eq!(client.chunk().unwrap(), b"drip\n");
    }
}

#[test]
fn more_events_at_once_than_the_ring_holds_reach_every_subscriber_that_can_take_them() {
    let address = start();
    let mut listener = Stream::open_with(address, "/listen", "");
    assert!(listener.block().unwrap().id.is_some());
    assert_eq!(get(address, "/burst").text(), "published");
    for count in 0..BURST {
        assert_eq!(listener.block().unwrap().data, count.to_string());
    }
}

#[test]
fn a_channel_that_would_not_stay_open_between_two_polls_cannot_be_polled() {
    let address = start();
    assert_problem(&get(address, "/poll"), 500);
    let mut listener = Stream::open_with(address, "/listen", "");
    listener.block().expect("the channel is open");
    assert_problem(&get(address, "/poll"), 500);
}

#[test]
fn a_timer_without_a_period_is_called_once_a_tick() {
    let address = start();
    let text = get(address, "/hurry").text().to_owned();
    let (calls, ticks) = text.split_once(' ').unwrap();
    let (calls, ticks): (u32, u32) = (calls.parse().unwrap(), ticks.parse().unwrap());
    assert!((1..=ticks + 1).contains(&calls), "{calls} in {ticks} ticks");
}
