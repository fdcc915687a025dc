//! The role of clients that come back: they are connected, ask within a second when they are told to, and write a line
//! when all of them have every event.

use crate::crowd::{EVENT_END, client};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{Read, Write, stdin},
    net::SocketAddr,
    process::exit,
    thread::park,
    time::{Duration, Instant},
};

/// The time in which all clients ask, evenly.
const WITHIN: Duration = Duration::from_secs(1);
/// The last bytes that are kept of a stream: more than an event has.
const TAIL: usize = 1024;

struct Returner {
    stream: TcpStream,
    /// The last bytes that came.
    tail: Vec<u8>,
    length: usize,
    done: bool,
}

/// Connects `count` clients to `address` that have seen `after`, and wait for `last`; both empty for the bare loop.
pub fn run(address: SocketAddr, count: usize, after: &str, last: &str) {
    rlimit::increase_nofile_limit(u64::MAX).expect("the limit can be read");
    let mut poll = Poll::new().expect("epoll_create1(2)");
    let mut all: Vec<_> = (0..count)
        .map(|number| Returner::new(address, number, &poll))
        .collect();
    let request =
        format!("GET /subscribe HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {after}\r\n\r\n");
    // The bare loop has no ids. No bytes before its end look like the end of an event.
    let needle = match last {
        "" => EVENT_END.to_vec(),
        id => format!("id: {id}\n").into_bytes(),
    };
    let (mut events, mut buffer) = (Events::with_capacity(1024), vec![0; 256 * 1024]);
    println!("connected");
    stdin()
        .read_line(&mut String::new())
        .expect("the pipe holds");
    let (begun, each) = (Instant::now(), WITHIN / count as u32);
    let (mut asked, mut done) = (0, 0);
    while done < count {
        while asked < count && begun.elapsed() >= each * asked as u32 {
            all[asked]
                .stream
                .write_all(request.as_bytes())
                .expect("the server reads");
            asked += 1;
        }
        let wait = (asked < count).then(|| (each * asked as u32).saturating_sub(begun.elapsed()));
        poll.poll(&mut events, wait).expect("epoll_wait(2)");
        for event in &events {
            done += usize::from(all[event.token().0].is_done(&mut buffer, &needle));
        }
    }
    println!("{}", all[0].length);
    park();
}

impl Returner {
    fn new(address: SocketAddr, number: usize, poll: &Poll) -> Self {
        let mut stream = client(address, number);
        let registered = poll
            .registry()
            .register(&mut stream, Token(number), Interest::READABLE);
        registered.expect("epoll_ctl(2)");
        Self {
            stream,
            tail: Vec::new(),
            length: 0,
            done: false,
        }
    }

    /// Reads what has arrived. Returns whether that was the end of the last event.
    fn is_done(&mut self, buffer: &mut [u8], needle: &[u8]) -> bool {
        while let Ok(read) = self.stream.read(buffer) {
            if read == 0 {
                exit(0);
            }
            self.length += read;
            self.tail.extend_from_slice(&buffer[..read]);
            self.tail.drain(..self.tail.len().saturating_sub(TAIL));
            if read < buffer.len() {
                break;
            }
        }
        let has_last = self
            .tail
            .windows(needle.len())
            .any(|window| window == needle);
        let is_end = !self.done && has_last && self.tail.ends_with(EVENT_END);
        if is_end {
            self.done = true;
            self.tail = Vec::new();
        }
        is_end
    }
}
