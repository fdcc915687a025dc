//! Step 1: a server that blocks. While one client is connected, all others wait.
//!
//! ```text
//! A> one
//! A< one
//! B> two
//! A> three
//! A< three
//! B: nothing
//! A leaves
//! B< two
//! ```
//!
//! The cost: 0 bytes for an idle client, which waits in the kernel's backlog. An echo takes 0 turns and 2 system calls.

use std::{
    env,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
};

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:4000".into());
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    for client in listener.incoming() {
        // The next client is accepted when this call returns.
        if let Err(error) = serve(client?) {
            eprintln!("{error}");
        }
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
