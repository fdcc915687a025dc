//! A relay between a browser and the server that counts round trips by a clock of its own.
//!
//! The relay stands for a network on which every byte takes half a round trip. Its clock counts round trips, and stands
//! still while anything happens. A request that a browser sends at the time `t` is at the server at once, and its answer
//! is with the browser when the clock shows `t + 1`. A connection has to be made first, which takes a round trip more.
//! The clock moves on once answers wait and browser and server have been quiet for a while.
//!
//! A browser that is slower than that costs the count a round trip too many. A request that needs an answer is never
//! counted with the requests before that answer.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

/// The silence after which the clock moves on. It has no influence on the count of a browser that is quick enough.
const QUIET: Duration = Duration::from_millis(400);

/// A running relay. Its threads end with its connections, and its clock stands still when no answer waits.
pub struct Rounds {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    ticked: Condvar,
}

struct State {
    /// The clock, in round trips.
    now: u32,
    /// The time at which bytes or a connection came last.
    heard: Instant,
    /// The number of links that have an answer for the browser.
    waiting: usize,
    /// The paths asked for, each with the time at which its answer is with the browser.
    asked: Vec<(String, u32)>,
}

/// The time at which a link's next answer may be with the browser.
type Due = Arc<Mutex<u32>>;

impl Rounds {
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                now: 0,
                heard: Instant::now(),
                waiting: 0,
                asked: Vec::new(),
            }),
            ticked: Condvar::new(),
        });
        let clock = Arc::downgrade(&shared);
        thread::spawn(move || {
            while let Some(shared) = clock.upgrade() {
                shared.tick();
                drop(shared);
                thread::sleep(QUIET / 20);
            }
        });
        let links = Arc::clone(&shared);
        thread::spawn(move || {
            for browser in listener.incoming().map_while(Result::ok) {
                links.connect(browser, server);
            }
        });
        Self { address, shared }
    }

    /// The round trips until the first answer to a path that begins with `path`. None if it was not asked for.
    pub fn until(&self, path: &str) -> Option<u32> {
        let state = self.shared.state.lock().unwrap();
        let asked = state.asked.iter();
        asked
            .filter(|(asked, _)| asked.starts_with(path))
            .map(|(_, due)| *due)
            .min()
    }

    /// All paths asked for, with their round trips, for a test's report.
    pub fn asked(&self) -> Vec<(String, u32)> {
        self.shared.state.lock().unwrap().asked.clone()
    }
}

impl Shared {
    fn tick(&self) {
        let mut state = self.state.lock().unwrap();
        if state.waiting > 0 && state.heard.elapsed() > QUIET {
            state.now += 1;
            state.heard = Instant::now();
            self.ticked.notify_all();
        }
    }

    fn connect(self: &Arc<Self>, browser: TcpStream, server: SocketAddr) {
        let Ok(server) = TcpStream::connect(server) else {
            return;
        };
        let mut state = self.state.lock().unwrap();
        state.heard = Instant::now();
        // The connection is there after a round trip, and the first answer comes a round trip later.
        let made = state.now + 1;
        drop(state);
        let due = Due::new(Mutex::new(made));
        let [to_browser, to_server] = [&browser, &server].map(|end| end.try_clone().unwrap());
        let (shared, asks) = (Arc::clone(self), Arc::clone(&due));
        thread::spawn(move || shared.bring_requests(browser, to_server, made, &asks));
        let shared = Arc::clone(self);
        thread::spawn(move || shared.bring_answers(server, to_browser, &due));
    }

    fn bring_requests(&self, mut browser: TcpStream, mut server: TcpStream, made: u32, due: &Due) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = browser.read(&mut buffer) {
            let bytes = &buffer[..count];
            let mut state = self.state.lock().unwrap();
            state.heard = Instant::now();
            let arrives = state.now.max(made) + 1;
            *due.lock().unwrap() = arrives;
            let line = bytes
                .split(|byte| *byte == b'\r')
                .next()
                .unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            if let Some(path) = line.strip_prefix("GET ") {
                let path = path.split(' ').next().unwrap_or_default();
                state.asked.push((path.to_owned(), arrives));
            }
            drop(state);
            if server.write_all(bytes).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    }

    fn bring_answers(&self, mut server: TcpStream, mut browser: TcpStream, due: &Due) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = server.read(&mut buffer) {
            let due = *due.lock().unwrap();
            let mut state = self.state.lock().unwrap();
            state.heard = Instant::now();
            state.waiting += 1;
            let mut state = self
                .ticked
                .wait_while(state, |state| state.now < due)
                .unwrap();
            state.waiting -= 1;
            state.heard = Instant::now();
            drop(state);
            if browser.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = browser.shutdown(Shutdown::Both);
    }
}
