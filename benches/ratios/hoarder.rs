//! The role of clients that ask for pictures and do not read them: they send one request after the other, as long as the
//! server takes any. Every other client asks for the same picture, the rest for a different picture each time.

use crate::{crowd::client, pages::request};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use socket2::SockRef;
use std::{
    io::{ErrorKind, Write},
    net::SocketAddr,
    time::Duration,
};

/// The receive buffer of a client, in bytes: small.
const NARROW: usize = 4096;
/// The most bytes of requests of each client: more than a server should hold.
const MOST: usize = 96 * 1024;
/// After this time without progress, the server takes no more.
const SILENCE: Duration = Duration::from_secs(2);

struct Hoarder {
    stream: TcpStream,
    asked: usize,
    is_over: bool,
}

/// Connects `count` clients to `address`, and writes a line when the server takes no more of their requests for the
/// picture at `path`.
pub fn run(address: SocketAddr, count: usize, path: &str) {
    rlimit::increase_nofile_limit(u64::MAX).expect("the limit can be read");
    let mut poll = Poll::new().expect("epoll_create1(2)");
    let mut all: Vec<_> = (0..count)
        .map(|number| Hoarder::new(address, number, &poll))
        .collect();
    let mut events = Events::with_capacity(1024);
    let mut is_told = false;
    loop {
        poll.poll(&mut events, (!is_told).then_some(SILENCE))
            .expect("epoll_wait(2)");
        if events.is_empty() && !is_told {
            let over = all.iter().filter(|hoarder| hoarder.is_over).count();
            println!("{over}");
            is_told = true;
        }
        for event in &events {
            let number = event.token().0;
            all[number].ask(|| match number % 2 {
                0 => request(path, "gzip"),
                _ => request(&any(), "gzip"),
            });
        }
    }
}

/// The path of a picture that no client has asked for.
fn any() -> String {
    format!("/gallery/vessels-{:016x}.svg", fastrand::u64(..))
}

impl Hoarder {
    fn new(address: SocketAddr, number: usize, poll: &Poll) -> Self {
        let mut stream = client(address, number);
        let socket = SockRef::from(&stream);
        // The window that was offered remains, but it does not grow (tcp(7)).
        socket.set_recv_buffer_size(NARROW).expect("setsockopt(2)");
        socket.set_send_buffer_size(NARROW).expect("setsockopt(2)");
        let registered = poll
            .registry()
            .register(&mut stream, Token(number), Interest::WRITABLE);
        registered.expect("epoll_ctl(2)");
        Self {
            stream,
            asked: 0,
            is_over: false,
        }
    }

    /// Sends as many requests as the server takes at present.
    fn ask(&mut self, request: impl Fn() -> String) {
        while self.asked < MOST && !self.is_over {
            match self.stream.write(request().as_bytes()) {
                Ok(written) => self.asked += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.is_over = true,
            }
        }
    }
}
