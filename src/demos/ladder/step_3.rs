//! Step 3: one thread and readiness, with a fault: one read for each edge. The kernel reports a change of readiness once,
//! and bytes that stay behind are no change. The rest of the line comes with the next line, and the answers stay behind.
//!
//! ```text
//! A> This line is longer than the buffer.
//! A< This line is lon…
//! B> ping
//! B< ping
//! A: nothing
//! A> Hello?
//! A< ger than the buf…
//! ```
//!
//! The cost: 24 bytes for an idle client. An echo takes 1 turn and 3 system calls.

use mio::{Events, Interest, Poll, Token, net::TcpListener, net::TcpStream};
use slab::Slab;
use std::io::{self, Read, Write};

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
    match client.read(&mut buffer) {
        Ok(0) | Err(_) => false,
        Ok(count) => client.write_all(&buffer[..count]).is_ok(),
    }
}
