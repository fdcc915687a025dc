//! The role of clients that do little: they connect, may send a request, and read. Each time that all of them have had
//! another event, they write a line with its length.

use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, SockRef, Socket, Type};
use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::exit,
    thread::park,
    time::Duration,
};

/// The end of an event in a chunk, and of a stream's beginning.
pub const EVENT_END: &[u8] = b"\n\n\r\n";

/// Connections from one address. It has some 28,000 ports, and a free port takes long to find when half are taken.
const PER_ADDRESS: usize = 10_000;

struct Crowd {
    poll: Poll,
    streams: Vec<mio::net::TcpStream>,
    /// The events of all clients together, and the bytes of the first client since its latest event.
    had: usize,
    length: usize,
}

/// Connects `count` clients to `address`. They ask for `path`, unless it is empty.
pub fn run(address: SocketAddr, count: usize, path: &str) {
    rlimit::increase_nofile_limit(u64::MAX).expect("the limit can be read");
    let mut crowd = Crowd {
        poll: Poll::new().expect("epoll_create1(2)"),
        streams: Vec::new(),
        had: 0,
        length: 0,
    };
    for _ in 0..count {
        crowd.connect(address, path);
    }
    if path.is_empty() {
        println!("connected");
        park();
    }
    let mut events = Events::with_capacity(1024);
    loop {
        crowd.poll.poll(&mut events, None).expect("epoll_wait(2)");
        for event in &events {
            crowd.read(event.token().0);
        }
    }
}

impl Crowd {
    fn connect(&mut self, address: SocketAddr, path: &str) {
        let mut stream = client(address, self.streams.len());
        if !path.is_empty() {
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            stream
                .write_all(request.as_bytes())
                .expect("the server reads");
        }
        let token = Token(self.streams.len());
        let registered = self
            .poll
            .registry()
            .register(&mut stream, token, Interest::READABLE);
        registered.expect("epoll_ctl(2)");
        self.streams.push(stream);
    }

    fn read(&mut self, index: usize) {
        let mut buffer = [0; 4096];
        while let Ok(read) = self.streams[index].read(&mut buffer) {
            if read == 0 {
                // The server is gone, as the process that started both knows.
                exit(0);
            }
            if index == 0 {
                self.length += read;
            }
            if buffer[..read].ends_with(EVENT_END) {
                self.had += 1;
                self.report();
            }
            // A short read has emptied the socket (epoll(7)).
            if read < buffer.len() {
                return;
            }
        }
    }

    fn report(&mut self) {
        if self.had.is_multiple_of(self.streams.len()) {
            println!("{}", self.length);
            self.length = 0;
        }
    }
}

/// The `number`-th connection of a crowd, which does not block.
pub fn client(address: SocketAddr, number: usize) -> mio::net::TcpStream {
    let stream = connect(address, number / PER_ADDRESS).expect("the server accepts");
    // Otherwise the next crowds could not have the ports of this crowd for a minute (tcp(7), TIME_WAIT).
    let reset = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    reset.expect("setsockopt(2)");
    stream.set_nonblocking(true).expect("ioctl(2)");
    mio::net::TcpStream::from_std(stream)
}

/// Connects from the usual address, or from the `other`-th further address.
fn connect(address: SocketAddr, other: usize) -> io::Result<TcpStream> {
    if other == 0 {
        return TcpStream::connect(address);
    }
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let from = Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + other as u32);
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect(&address.into())?;
    Ok(socket.into())
}
