//! Step 4: the edges of step 3, drained. Each edge is followed by reads until the socket would block.
//!
//! ```text
//! A> This line is longer than the buffer.
//! A< This line is longer than the buffer.
//! B> ping
//! B< ping
//! A> Hello?
//! A< Hello?
//! ```
//!
//! The cost: 24 bytes for an idle client. An echo takes 1 turn and 4 system calls, the last of which finds nothing.

use mio::{Events, Interest, Poll, Token, net::TcpListener, net::TcpStream};
use slab::Slab;
use std::io::{self, ErrorKind, Read, Write};

const LISTENER: Token = Token(usize::MAX);
const INPUT: Interest = Interest::READABLE;

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:4000".into());
    let mut listener = TcpListener::bind(address.parse().map_err(io::Error::other)?)?;
    println!("listening on {}", listener.local_addr()?);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(64));
    poll.registry().register(&mut listener, LISTENER, INPUT)?;
    let mut clients = Slab::new();
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                LISTENER => {
                    while let Ok((mut client, _)) = listener.accept() {
                        let entry = clients.vacant_entry();
                        poll.registry()
                            .register(&mut client, Token(entry.key()), INPUT)?;
                        entry.insert(client);
                    }
                }
                Token(slot) if echo(&mut clients[slot]) => {}
                Token(slot) => drop(clients.remove(slot)),
            }
        }
    }
}

/// Returns false if the client has left.
fn echo(client: &mut TcpStream) -> bool {
    let mut buffer = [0; 16];
    loop {
        match client.read(&mut buffer) {
            Ok(0) => return false,
            Ok(count) if client.write_all(&buffer[..count]).is_ok() => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            _ => return false,
        }
    }
}
