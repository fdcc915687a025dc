//! The role of subscribers that compare the events that they get. When all events have come, or no more come, they write
//! a line with the number of their events, and of those subscribers that were dropped or had other events than the rest.

use crate::crowd::client;
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{Read, Write},
    net::SocketAddr,
    thread::park,
    time::Duration,
};

/// After this time without an event, no more events come.
const SILENCE: Duration = Duration::from_secs(10);
/// The beginning of a line with an event's id.
const ID: &[u8] = b"id: ";

struct Witness {
    stream: TcpStream,
    /// A line that has begun.
    line: Vec<u8>,
    had: usize,
    begun: bool,
    wronged: bool,
}

struct Witnesses {
    all: Vec<Witness>,
    /// The ids, in the order in which they were first seen.
    order: Vec<Vec<u8>>,
    had: usize,
    begun: usize,
}

/// Connects `count` subscribers to `address`, which wait for so many events each.
pub fn run(address: SocketAddr, count: usize, events: usize) {
    rlimit::increase_nofile_limit(u64::MAX).expect("the limit can be read");
    let mut poll = Poll::new().expect("epoll_create1(2)");
    let all = (0..count).map(|number| Witness::new(address, number, &poll));
    let mut witnesses = Witnesses {
        all: all.collect(),
        order: Vec::new(),
        had: 0,
        begun: 0,
    };
    let (mut ready, mut buffer) = (Events::with_capacity(1024), vec![0; 64 * 1024]);
    while witnesses.had < count * events {
        poll.poll(&mut ready, Some(SILENCE)).expect("epoll_wait(2)");
        if ready.is_empty() && witnesses.had > 0 {
            break;
        }
        for event in &ready {
            witnesses.read(event.token().0, &mut buffer);
        }
    }
    let wronged = witnesses.all.iter().filter(|witness| witness.wronged);
    println!("{} {}", witnesses.had, wronged.count());
    park();
}

impl Witness {
    fn new(address: SocketAddr, number: usize, poll: &Poll) -> Self {
        let mut stream = client(address, number);
        let registered = poll
            .registry()
            .register(&mut stream, Token(number), Interest::READABLE);
        registered.expect("epoll_ctl(2)");
        let request = b"GET /subscribe HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(request).expect("the server reads");
        Self {
            stream,
            line: Vec::new(),
            had: 0,
            begun: false,
            wronged: false,
        }
    }
}

impl Witnesses {
    fn read(&mut self, number: usize, buffer: &mut [u8]) {
        while let Ok(read) = self.all[number].stream.read(buffer) {
            if read == 0 {
                self.all[number].wronged = true;
                return;
            }
            if !self.all[number].begun {
                return self.begin(number);
            }
            for part in buffer[..read].split_inclusive(|byte| *byte == b'\n') {
                self.take(number, part);
            }
            if read < buffer.len() {
                return;
            }
        }
    }

    /// Takes a stream's beginning, which may tell the id to resume from.
    fn begin(&mut self, number: usize) {
        self.all[number].begun = true;
        self.begun += 1;
        if self.begun == self.all.len() {
            println!("all are there");
        }
    }

    /// Takes a line, or a part of one.
    fn take(&mut self, number: usize, part: &[u8]) {
        let witness = &mut self.all[number];
        witness.line.extend_from_slice(part);
        if !part.ends_with(b"\n") {
            return;
        }
        if witness.line.starts_with(ID) {
            match self.order.get(witness.had) {
                Some(id) if *id == witness.line => {}
                None if !self.order.contains(&witness.line) => {
                    self.order.push(witness.line.clone())
                }
                _ => witness.wronged = true,
            }
            witness.had += 1;
            self.had += 1;
        }
        witness.line.clear();
    }
}
