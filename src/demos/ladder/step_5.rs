//! Step 5: answers that come later, with a fault. A client that asks is remembered by its slot, and the slot is used again
//! when the client has left: the answer meets a stranger.
//!
//! ```text
//! C> hello
//! C< hello
//! A> ask
//! A leaves
//! B> good morning
//! B< good morning
//! C> answer: the secret
//! B< answer: the secret
//! ```
//!
//! The cost: 24 bytes for an idle client. An echo takes 1 turn and 4 system calls.

use mio::{Events, Interest, Poll, Token, net::TcpListener, net::TcpStream};
use slab::Slab;
use std::io::{self, ErrorKind, Read, Write};

const LISTENER: Token = Token(usize::MAX);
const INPUT: Interest = Interest::READABLE;

/// The clients, and the slot of the client that waits for an answer.
#[derive(Default)]
struct Desk {
    clients: Slab<TcpStream>,
    asker: Option<usize>,
}

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:4000".into());
    let mut listener = TcpListener::bind(address.parse().map_err(io::Error::other)?)?;
    println!("listening on {}", listener.local_addr()?);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(64));
    poll.registry().register(&mut listener, LISTENER, INPUT)?;
    let mut desk = Desk::default();
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                LISTENER => {
                    while let Ok((mut client, _)) = listener.accept() {
                        let entry = desk.clients.vacant_entry();
                        poll.registry()
                            .register(&mut client, Token(entry.key()), INPUT)?;
                        entry.insert(client);
                    }
                }
                Token(slot) => desk.read(slot),
            }
        }
    }
}

impl Desk {
    fn read(&mut self, slot: usize) {
        let mut line = [0; 1024];
        loop {
            let count = match self.clients[slot].read(&mut line) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => return drop(self.clients.remove(slot)),
                Ok(count) => count,
            };
            let to = match &line[..count] {
                b"ask\n" => self.asker.replace(slot).and(None),
                text if text.starts_with(b"answer") => self.asker.take(),
                _ => Some(slot),
            };
            if let Some(client) = to.and_then(|slot| self.clients.get_mut(slot)) {
                let _ = client.write_all(&line[..count]);
            }
        }
    }
}
