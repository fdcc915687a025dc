//! The role of clients that ask for the page again and again, each on a kept connection and with one question at a time.

use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{Read, Write, stdin},
    net::SocketAddr,
    time::Duration,
};

/// The request: shorter than that of a browser.
pub const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nAccept: text/html\r\n\
    User-Agent: ratios\r\nConnection: keep-alive\r\n\r\n";

struct Asker {
    stream: TcpStream,
    /// The bytes that are still to come of the present answer.
    left: usize,
}

/// Has `count` clients ask `address`, as many times as each line read says, and says when that is done. An answer has
/// `length` bytes.
///
/// The clients do not sleep until then. To wake them costs the server processor time, and only a server that is slower
/// than its clients would have to: the ratio would tell more of these two speeds than of the server's work.
pub fn run(address: SocketAddr, count: usize, length: usize) {
    let mut poll = Poll::new().expect("epoll_create1(2)");
    let mut askers: Vec<Asker> = (0..count)
        .map(|index| Asker::new(address, index, &poll))
        .collect();
    let mut events = Events::with_capacity(1024);
    for line in stdin().lines() {
        let times: usize = line.expect("the pipe holds").parse().expect("a number");
        let (mut begun, mut done) = (askers.len().min(times), 0);
        for asker in &mut askers[..begun] {
            asker.ask(length);
        }
        while done < times {
            poll.poll(&mut events, Some(Duration::ZERO))
                .expect("epoll_wait(2)");
            for event in &events {
                let asker = &mut askers[event.token().0];
                if !asker.has_answer() {
                    continue;
                }
                done += 1;
                if begun < times {
                    begun += 1;
                    asker.ask(length);
                }
            }
        }
        println!("done");
    }
}

impl Asker {
    fn new(address: SocketAddr, index: usize, poll: &Poll) -> Self {
        let stream = std::net::TcpStream::connect(address).expect("the server accepts");
        stream.set_nonblocking(true).expect("ioctl(2)");
        let mut stream = TcpStream::from_std(stream);
        let registered = poll
            .registry()
            .register(&mut stream, Token(index), Interest::READABLE);
        registered.expect("epoll_ctl(2)");
        Self { stream, left: 0 }
    }

    fn ask(&mut self, length: usize) {
        self.stream.write_all(REQUEST).expect("the server reads");
        self.left = length;
    }

    /// Reads what has arrived. Returns whether that was the end of the answer.
    fn has_answer(&mut self) -> bool {
        let mut buffer = [0; 8192];
        let before = self.left;
        while let Ok(read) = self.stream.read(&mut buffer) {
            assert!(
                0 < read && read <= self.left,
                "an answer has the length that it had before"
            );
            self.left -= read;
            if read < buffer.len() {
                break;
            }
        }
        before > 0 && self.left == 0
    }
}
