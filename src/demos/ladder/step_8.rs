//! Step 8: backpressure. A client whose socket takes no more is paused: the server reads nothing from the client until the
//! client has read. The kernel's buffers fill, and the client waits. When there is room again, the bytes that stayed behind
//! are read without an edge.
//!
//! ```text
//! B> held
//! B< less than 1 MiB
//! A sends 32 MiB
//! B> held
//! B< less than 1 MiB
//! A reads all
//! A has sent all
//! ```
//!
//! The cost: 49 bytes for an idle client, and 16 KiB for one that does not read. An echo takes 1 turn and 4 system calls.

use mio::{Events, Interest, Poll, Token, net::TcpListener, net::TcpStream};
use slab::Slab;
use std::io::{self, ErrorKind, Read, Write};

const LISTENER: Token = Token(usize::MAX);
const BOTH_WAYS: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// A client, and the bytes that its socket has not taken.
type Client = (TcpStream, Vec<u8>);

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:4000".into());
    let mut listener = TcpListener::bind(address.parse().map_err(io::Error::other)?)?;
    println!("listening on {}", listener.local_addr()?);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(64));
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut clients = Slab::new();
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                LISTENER => {
                    while let Ok((mut client, _)) = listener.accept() {
                        let entry = clients.vacant_entry();
                        poll.registry()
                            .register(&mut client, Token(entry.key()), BOTH_WAYS)?;
                        entry.insert((client, Vec::new()));
                    }
                }
                Token(slot) if echo(&mut clients, slot) => {}
                Token(slot) => drop(clients.remove(slot)),
            }
        }
    }
}

/// Returns false if the client has left.
fn echo(clients: &mut Slab<Client>, slot: usize) -> bool {
    let held: usize = clients.iter().map(|(_, client)| client.1.len()).sum();
    let (client, unsent) = &mut clients[slot];
    let mut buffer = [0; 16 * 1024];
    loop {
        while !unsent.is_empty() {
            match client.write(unsent) {
                Ok(count) => drop(unsent.drain(..count)),
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        match client.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            Ok(0) | Err(_) => return false,
            Ok(5) if buffer.starts_with(b"held\n") => {
                let many = if held > 1 << 20 { "more" } else { "less" };
                unsent.extend(format!("{many} than 1 MiB\n").bytes());
            }
            Ok(count) => unsent.extend(&buffer[..count]),
        }
    }
}
