//! A process that is suspended for longer than its time-outs (SIGSTOP, as a freezer or a suspended virtual machine) and goes
//! on: peers that sent or read meanwhile lose nothing.

use crate::support::{
    client::{Client, Stream, form},
    metrics::Metrics,
    process::eventually,
    server::Server,
};
use std::{fs, path::PathBuf, thread, time::Duration};
use tempfile::{TempDir, tempdir};

/// A suspension longer than any delay of the loop itself, and longer than half of a time-out of 4 s.
const SUSPENSION: Duration = Duration::from_millis(2400);
/// Connections: more than a wait of the loop reports.
const CROWD: usize = 700;

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Suspends the server's process, calls `meanwhile`, and lets the process go on after its time-outs are over.
fn suspend(server: &Server, meanwhile: impl FnOnce()) {
    server.signal("STOP");
    let stat = format!("/proc/{}/stat", server.pid());
    eventually("the process is suspended", || {
        let stat = fs::read_to_string(&stat).unwrap();
        stat.rsplit(") ").next().unwrap().starts_with('T')
    });
    meanwhile();
    thread::sleep(SUSPENSION);
    server.signal("CONT");
}

#[test]
fn requests_that_arrived_while_the_process_was_suspended_are_answered() {
    // The crowd is there before the time of its first member is over.
    let server = Server::start(&["--request-timeout", "4", "--idle-timeout", "4"]);
    let (first, rest) = HEALTH.split_at(20);
    let mut clients: Vec<Client> = (0..CROWD)
        .map(|_| Client::connect(server.address))
        .collect();
    for (index, client) in clients.iter_mut().enumerate() {
        // A half-read request, an idle connection, a connection that has sent no byte.
        match index % 3 {
            0 => client.send(first),
            1 => assert_eq!(client.ask(HEALTH).status, 200),
            _ => {}
        }
    }
    let asker = &mut Client::connect(server.address);
    eventually("a third is half-read", || {
        Metrics::scrape_by(asker).of("connections", "reading") >= (CROWD / 3) as f64
    });
    suspend(&server, || {
        for (index, client) in clients.iter_mut().enumerate() {
            client.send(if index % 3 == 0 { rest } else { HEALTH });
        }
        thread::sleep(SUSPENSION);
    });
    let answered = clients.iter_mut().map(|client| client.response().status);
    assert_eq!(answered.filter(|status| *status == 200).count(), CROWD);
}

/// A server with a time-out of 4 s for writes, and the folder of its unix socket: of a TCP connection the kernel itself
/// would give up the peer (tcp(7), `TCP_USER_TIMEOUT`), also while the process is suspended.
fn with_a_write_timeout() -> (Server, TempDir) {
    let place = tempdir().unwrap();
    let listen = format!("unix:{}", socket(&place).display());
    let bounds = ["--write-timeout", "4", "--history", "10000"];
    let server = Server::start(&[&["--listen", &listen], &bounds[..]].concat());
    (server, place)
}

fn socket(place: &TempDir) -> PathBuf {
    place.path().join("socket")
}

fn subscribe(place: &TempDir) -> Stream {
    Stream::begin(Client::connect_unix(&socket(place)), "/subscribe", "")
}

/// Publishes until a subscriber is blocked. Returns the number of pictures.
fn publish_until_blocked(publisher: &mut Client) -> usize {
    for count in 1..2000 {
        let long = format!("keyword={count}{}", "%F0%9F%8D%A3".repeat(90));
        assert_eq!(publisher.ask(form(&long)).status, 200);
        // Up to five pictures may still be on their way.
        if Metrics::scrape_by(publisher).get("slowest_behind") > 5.0 {
            return count;
        }
    }
    panic!("no subscriber was ever behind");
}

#[test]
fn subscribers_that_read_all_while_the_process_was_suspended_are_not_dropped() {
    let (server, place) = with_a_write_timeout();
    let mut streams: Vec<Stream> = (0..40).map(|_| subscribe(&place)).collect();
    let last = publish_until_blocked(&mut Client::connect(server.address));
    suspend(&server, || {
        // The kernel's buffers are emptied while the process cannot notice.
        for stream in &mut streams {
            while !is_empty(stream) {
                stream.block().unwrap();
            }
        }
        thread::sleep(SUSPENSION);
    });
    for stream in &mut streams {
        let mut keyword = String::new();
        while !keyword.starts_with(&last.to_string()) {
            keyword = stream.picture()["keyword"].as_str().unwrap().to_owned();
        }
    }
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.of("disconnects_total", "write_timeout"), 0.0);
}

#[test]
fn after_a_suspension_a_blocked_subscribers_write_time_out_begins_anew() {
    let (server, place) = with_a_write_timeout();
    let _stalled = subscribe(&place);
    let publisher = &mut Client::connect(server.address);
    publish_until_blocked(publisher);
    // The deadline is due when the process goes on.
    suspend(&server, || thread::sleep(SUSPENSION));
    // The turn that answers the first scrape has looked at deadlines before the second scrape comes.
    let [_, metrics] = [(); 2].map(|()| Metrics::scrape(server.address));
    assert_eq!(metrics.of("disconnects_total", "write_timeout"), 0.0);
    assert_eq!(metrics.get("subscribers"), 1.0);
    Metrics::wait_for(server.address, |metrics| {
        metrics.of("disconnects_total", "write_timeout") == 1.0
    });
}

/// True if the kernel holds no bytes for the stream.
fn is_empty(stream: &Stream) -> bool {
    let socket = stream.client.socket();
    socket.set_nonblocking(true).unwrap();
    let empty = socket.peek(&mut [0]).is_err();
    socket.set_nonblocking(false).unwrap();
    empty
}
