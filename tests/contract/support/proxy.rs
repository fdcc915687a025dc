//! A proxy between a browser and the server, which refuses, holds streams back, or falls silent as a test wants. Each
//! request has a connection of its own on either side.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

const BAD_GATEWAY: &[u8] =
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 4\r\nConnection: close\r\n\r\n502\n";

/// The running proxy. Its threads end with the connections that they serve.
pub struct Proxy {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    server: SocketAddr,
    is_down: bool,
    holds_streams_back: bool,
    refusals: usize,
    refused: usize,
    sockets: Vec<TcpStream>,
    /// Streams with a lower number get no further bytes.
    deaf_below: usize,
    streams: usize,
}

impl Proxy {
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(State {
                server,
                is_down: false,
                holds_streams_back: false,
                refusals: 0,
                refused: 0,
                sockets: Vec::new(),
                deaf_below: 0,
                streams: 0,
            })),
        };
        let state = Arc::clone(&proxy.state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&state);
                thread::spawn(move || serve(&client, &state));
            }
        });
        proxy
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Answers the next `count` subscriptions with 502.
    pub fn refuse_streams(&self, count: usize) {
        self.state().refusals = count;
    }

    /// The number of subscriptions refused so far.
    pub fn refused(&self) -> usize {
        self.state().refused
    }

    /// Answers subscriptions, but holds back their events, as a proxy does that waits for the end of an answer.
    pub fn hold_streams_back(&self, whether: bool) {
        self.state().holds_streams_back = whether;
    }

    /// Keeps open streams open, but passes on no further bytes.
    pub fn go_deaf(&self) {
        let mut state = self.state();
        state.deaf_below = state.streams;
    }

    /// The number of streams asked for.
    pub fn streams(&self) -> usize {
        self.state().streams
    }

    /// Cuts every connection and closes every new connection, or accepts them again.
    pub fn set_down(&self, whether: bool) {
        let mut state = self.state();
        state.is_down = whether;
        for socket in state.sockets.drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

fn serve(client: &TcpStream, shared: &Mutex<State>) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let is_stream = head.starts_with("GET /subscribe");
    let Some((server, stream)) = admit(shared, is_stream) else {
        return (&mut &*client).write_all(BAD_GATEWAY);
    };
    let Ok(mut server) = TcpStream::connect(server) else {
        return (&mut &*client).write_all(BAD_GATEWAY);
    };
    if !enlist(shared, [client.try_clone()?, server.try_clone()?]) {
        return Ok(());
    }
    let head = head.replace("Connection: keep-alive", "Connection: close");
    server.write_all(head.as_bytes())?;
    let mut upstream = server.try_clone()?;
    let body = reader.buffer().to_vec();
    upstream.write_all(&body)?;
    let mut rest = client.try_clone()?;
    thread::spawn(move || {
        let _ = io::copy(&mut rest, &mut upstream);
        let _ = upstream.shutdown(Shutdown::Both);
    });
    bring(&mut server, client, shared, stream)?;
    client.shutdown(Shutdown::Both)
}

/// The server's address, and the stream's number if the request is for a stream. None if the subscription is refused.
fn admit(shared: &Mutex<State>, is_stream: bool) -> Option<(SocketAddr, Option<usize>)> {
    let mut state = shared.lock().unwrap();
    if !is_stream {
        return Some((state.server, None));
    }
    state.streams += 1;
    if state.refusals > 0 {
        state.refusals -= 1;
        state.refused += 1;
        return None;
    }
    Some((state.server, Some(state.streams)))
}

/// Registers sockets to be cut when the proxy goes down. False if the proxy is down already.
fn enlist(shared: &Mutex<State>, sockets: [TcpStream; 2]) -> bool {
    let mut state = shared.lock().unwrap();
    if !state.is_down {
        state.sockets.extend(sockets);
    }
    !state.is_down
}

fn bring(
    server: &mut TcpStream,
    mut client: &TcpStream,
    shared: &Mutex<State>,
    stream: Option<usize>,
) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let size = server.read(&mut buffer)?;
        if size == 0 {
            return Ok(());
        }
        let state = shared.lock().unwrap();
        let is_kept =
            stream.is_some_and(|number| state.holds_streams_back || number <= state.deaf_below);
        drop(state);
        if !is_kept {
            client.write_all(&buffer[..size])?;
        }
    }
}
