//! The floor: a bare loop on one thread, which makes the system calls and nothing else. It knows requests by their first
//! bytes, and its answers are fixed bytes, as long as those of the real server.

use crate::crowd::EVENT_END;
use mio::{Events, Interest, Poll, Token, net::TcpListener, net::TcpStream};
use slab::Slab;
use std::{
    io::{ErrorKind, Read, Write},
    time::Duration,
};

const LISTENER: Token = Token(usize::MAX);
const PATIENCE: Duration = Duration::from_secs(30);
/// The field of an event that a page looks for.
const EVENT: &[u8] = b"data: {\"url\":\"/gallery/floor.svg\"}";
const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 00000\r\n\r\n";

struct Connection {
    stream: TcpStream,
    subscribed: bool,
}

struct Floor {
    poll: Poll,
    listener: TcpListener,
    connections: Slab<Connection>,
    /// A stream's beginning, an event, and the answer to any other request.
    head: Vec<u8>,
    event: Vec<u8>,
    answer: Vec<u8>,
}

/// Serves until it is killed, with answers of these lengths.
pub fn run([head, event, answer]: [usize; 3]) {
    let listener = picture_frame::reactor::bind(([127, 0, 0, 1], 0).into(), PATIENCE);
    let mut listener = TcpListener::from_std(listener.expect("there is a free port"));
    let poll = Poll::new().expect("epoll_create1(2)");
    let registry = poll.registry();
    registry
        .register(&mut listener, LISTENER, Interest::READABLE)
        .expect("epoll_ctl(2)");
    println!(
        "listening on http://{}",
        listener.local_addr().expect("it is bound")
    );
    let mut floor = Floor {
        poll,
        listener,
        connections: Slab::new(),
        head: filler(head),
        event: filler(event),
        answer: whole(answer),
    };
    let mut events = Events::with_capacity(1024);
    loop {
        floor.poll.poll(&mut events, None).expect("epoll_wait(2)");
        for event in &events {
            match event.token() {
                LISTENER => floor.accept(),
                Token(index) => floor.serve(index),
            }
        }
    }
}

/// So many bytes, which end as an event does, and begin with a picture if they are enough.
fn filler(length: usize) -> Vec<u8> {
    let mut bytes = EVENT.to_vec();
    bytes.resize(length.saturating_sub(EVENT_END.len()), b'.');
    bytes.extend_from_slice(EVENT_END);
    bytes
}

/// An answer of so many bytes, or a few more.
fn whole(length: usize) -> Vec<u8> {
    let body = length.saturating_sub(EMPTY.len());
    let head = String::from_utf8_lossy(EMPTY).replace("00000", &format!("{body:05}"));
    [head.as_bytes(), &vec![b'.'; body]].concat()
}

impl Floor {
    fn accept(&mut self) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let entry = self.connections.vacant_entry();
            let token = Token(entry.key());
            let registry = self.poll.registry();
            let registered = registry.register(&mut stream, token, Interest::READABLE);
            registered.expect("epoll_ctl(2)");
            entry.insert(Connection {
                stream,
                subscribed: false,
            });
        }
    }

    fn serve(&mut self, index: usize) {
        let mut buffer = [0; 4096];
        let Some(connection) = self.connections.get_mut(index) else {
            return;
        };
        let read = match connection.stream.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => 0,
        };
        let answer = match &buffer[..read] {
            [] => return drop(self.connections.remove(index)),
            [b'P', ..] => {
                broadcast(&mut self.connections, &self.event);
                EMPTY
            }
            [b'G', b'E', b'T', b' ', b'/', b's', ..] => {
                connection.subscribed = true;
                &self.head
            }
            _ => &self.answer,
        };
        let _ = self.connections[index].stream.write(answer);
    }
}

fn broadcast(connections: &mut Slab<Connection>, event: &[u8]) {
    for (_, connection) in connections {
        if connection.subscribed {
            let _ = connection.stream.write(event);
        }
    }
}
