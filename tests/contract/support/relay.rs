//! A relay between a server and Redis, whose links can be cut, fall silent, or lose an answer.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// A relay. It ends with its process.
pub struct Relay {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The port to which links lead.
    port: u16,
    /// True while nothing is passed on.
    is_silent: bool,
    /// The number of commands to append an event whose answers are to be lost.
    to_lose: usize,
    lost: usize,
    open: Vec<TcpStream>,
}

impl Relay {
    /// A relay to a port of this machine.
    pub fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        shared.state.lock().unwrap().port = port;
        let links = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                links.connect(client);
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Passes nothing on from now on, on old and new links; or everything again. Neither side is notified.
    pub fn silence(&self, whether: bool) {
        self.change(|state| state.is_silent = whether);
    }

    /// Closes all links. New links lead to this port.
    pub fn lead_to(&self, port: u16) {
        self.change(|state| {
            state.port = port;
            for stream in state.open.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }

    /// Closes all links.
    pub fn cut(&self) {
        let port = self.shared.state.lock().unwrap().port;
        self.lead_to(port);
    }

    /// Closes the link of each of the next commands to append an event instead of passing the answer on.
    pub fn lose_answers(&self, count: usize) {
        self.change(|state| state.to_lose = count);
    }

    /// The number of answers that were lost.
    pub fn lost(&self) -> usize {
        self.shared.state.lock().unwrap().lost
    }

    fn change(&self, how: impl FnOnce(&mut State)) {
        how(&mut self.shared.state.lock().unwrap());
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn connect(self: &Arc<Self>, client: TcpStream) {
        let port = self.state.lock().unwrap().port;
        let Ok(redis) = TcpStream::connect(("127.0.0.1", port)) else {
            return;
        };
        let mut state = self.state.lock().unwrap();
        state
            .open
            .extend([client.try_clone().unwrap(), redis.try_clone().unwrap()]);
        drop(state);
        let loses = Arc::new(Mutex::new(false));
        let ends = [client, redis].map(|end| (end.try_clone().unwrap(), end));
        let [(client, to_client), (redis, to_redis)] = ends;
        for (from, to, is_answer) in [(client, to_redis, false), (redis, to_client, true)] {
            let (shared, loses) = (Arc::clone(self), Arc::clone(&loses));
            thread::spawn(move || shared.pass(from, to, is_answer, &loses));
        }
    }

    /// Passes bytes on in one direction.
    fn pass(&self, mut from: TcpStream, mut to: TcpStream, is_answer: bool, loses: &Mutex<bool>) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..count];
            let state = self.state.lock().unwrap();
            let mut state = self
                .changed
                .wait_while(state, |state| state.is_silent)
                .unwrap();
            let appends = !is_answer && bytes.windows(4).any(|word| word == b"XADD");
            if appends && state.to_lose > 0 {
                state.to_lose -= 1;
                *loses.lock().unwrap() = true;
            }
            if is_answer && *loses.lock().unwrap() {
                state.lost += 1;
                break;
            }
            drop(state);
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
