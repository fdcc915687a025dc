//! Step 2: a thread for each client. No client waits for another, and the kernel switches between the threads.
//!
//! ```text
//! A> one
//! A< one
//! B> two
//! B< two
//! A> three
//! A< three
//! ```
//!
//! The cost: 9800 bytes for an idle client, and 2 MiB of addresses. An echo takes 0 turns and 2 system calls. Both may block.

use std::{
    env,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:4000".into());
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    for client in listener.incoming() {
        let client = client?;
        thread::spawn(move || {
            if let Err(error) = serve(client) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

fn serve(mut client: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..count])?;
    }
}
