//! The role of open pages: each has a stream, and asks for the picture of an event up to a second after the event came.
//! Each time that all pages have another picture, they write a line.

use crate::{crowd::client, exchange::field, pages::request};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::{Read, Write},
    net::SocketAddr,
    process::exit,
    time::{Duration, Instant},
};

/// The longest wait of a page, in seconds.
const WAIT: f64 = 1.0;
const HEAD_END: &[u8] = b"\r\n\r\n";

struct Page {
    stream: TcpStream,
    /// The stream has begun.
    begun: bool,
    pictures: TcpStream,
    path: String,
    /// The head of the answer until it is whole, and then the length of the body that is to come.
    head: Vec<u8>,
    left: usize,
}

struct Pages {
    poll: Poll,
    all: Vec<Page>,
    encoding: String,
    /// The pages that are to ask for their pictures, by the moments when they ask.
    agenda: BinaryHeap<Reverse<(Instant, usize)>>,
    begun: usize,
    shown: usize,
}

/// Opens `count` pages at `address`, which accept pictures in this encoding.
pub fn run(address: SocketAddr, count: usize, encoding: &str) {
    rlimit::increase_nofile_limit(u64::MAX).expect("the limit can be read");
    let poll = Poll::new().expect("epoll_create1(2)");
    let mut pages = Pages {
        all: (0..count)
            .map(|number| Page::new(address, number, &poll))
            .collect(),
        poll,
        encoding: encoding.to_owned(),
        agenda: BinaryHeap::new(),
        begun: 0,
        shown: 0,
    };
    let (mut events, mut buffer) = (Events::with_capacity(1024), vec![0; 64 * 1024]);
    loop {
        let next = pages.agenda.peek().map(|Reverse((at, _))| *at);
        let wait = next.map(|at| at.saturating_duration_since(Instant::now()));
        pages.poll.poll(&mut events, wait).expect("epoll_wait(2)");
        for event in &events {
            let number = event.token().0;
            match number % 2 {
                0 => pages.hear(number / 2, &mut buffer),
                _ => pages.see(number / 2, &mut buffer),
            }
        }
        pages.ask();
    }
}

impl Page {
    fn new(address: SocketAddr, number: usize, poll: &Poll) -> Self {
        let mut both = [2 * number, 2 * number + 1].map(|number| {
            let mut stream = client(address, number);
            let registered =
                poll.registry()
                    .register(&mut stream, Token(number), Interest::READABLE);
            registered.expect("epoll_ctl(2)");
            stream
        });
        let request = b"GET /subscribe HTTP/1.1\r\nHost: localhost\r\n\r\n";
        both[0].write_all(request).expect("the server reads");
        let [stream, pictures] = both;
        Self {
            stream,
            begun: false,
            pictures,
            path: String::new(),
            head: Vec::new(),
            left: 0,
        }
    }

    /// Takes some of a picture. Returns whether that was its end.
    fn take(&mut self, bytes: &[u8]) -> bool {
        if self.left > 0 {
            self.left = self
                .left
                .checked_sub(bytes.len())
                .expect("no more than announced");
            return self.left == 0;
        }
        self.head.extend_from_slice(bytes);
        let mut places = self.head.windows(HEAD_END.len());
        let Some(end) = places.position(|window| window == HEAD_END) else {
            return false;
        };
        let head = String::from_utf8_lossy(&self.head[..end]).into_owned();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let mut lengths = head
            .lines()
            .filter_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = lengths.next().expect("a length").parse().expect("a number");
        self.left = length + end + HEAD_END.len() - self.head.len();
        self.head.clear();
        self.left == 0
    }
}

impl Pages {
    /// Reads a page's stream.
    fn hear(&mut self, number: usize, buffer: &mut [u8]) {
        let page = &mut self.all[number];
        while let Ok(read) = page.stream.read(buffer) {
            if read == 0 {
                // The server is gone, as the process that started both knows.
                exit(0);
            }
            if !page.begun {
                page.begun = true;
                self.begun += 1;
                if self.begun == self.all.len() {
                    println!("all are there");
                }
                return;
            }
            if let Some(path) = field(&String::from_utf8_lossy(&buffer[..read]), "url") {
                path.clone_into(&mut page.path);
                let at = Instant::now() + Duration::from_secs_f64(WAIT * fastrand::f64());
                self.agenda.push(Reverse((at, number)));
            }
            if read < buffer.len() {
                return;
            }
        }
    }

    /// Reads a page's picture.
    fn see(&mut self, number: usize, buffer: &mut [u8]) {
        let all = self.all.len();
        let page = &mut self.all[number];
        while let Ok(read) = page.pictures.read(buffer) {
            if read == 0 {
                exit(0);
            }
            if page.take(&buffer[..read]) {
                self.shown += 1;
                if self.shown.is_multiple_of(all) {
                    println!("all have it");
                }
            }
            if read < buffer.len() {
                return;
            }
        }
    }

    /// Asks for the pictures that are due.
    fn ask(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, number))) = self.agenda.peek().copied() {
            if at > now {
                return;
            }
            self.agenda.pop();
            let page = &mut self.all[number];
            let request = request(&page.path, &self.encoding);
            page.pictures
                .write_all(request.as_bytes())
                .expect("the server reads");
        }
    }
}
