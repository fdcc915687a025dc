//! A small server of events that records what is published to it, and answers as a test says.

use crate::support::PATIENCE;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

/// A request that is no subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    pub method: String,
    pub target: String,
    /// The lines of the head but the first, in small letters.
    pub fields: Vec<String>,
    pub body: String,
    /// The number of the connection, and that of the request, both counted from 0.
    pub connection: usize,
    pub number: usize,
}

/// The answer to a request that is no subscription.
pub struct Answer {
    /// The bytes of the answer. An answer without bytes is never given.
    pub bytes: String,
    /// Whether the connection is closed, after the answer.
    pub closes: bool,
    /// The data of the event that is broadcast before the answer.
    pub event: Option<String>,
    /// The answer is held back until so many requests have come.
    pub after: usize,
}

impl Answer {
    pub fn status(line: &str) -> Self {
        Self {
            bytes: format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n"),
            closes: false,
            event: None,
            after: 0,
        }
    }

    /// No answer.
    pub fn none() -> Self {
        Self {
            bytes: String::new(),
            ..Self::status("")
        }
    }

    pub fn with_event(self, data: &str) -> Self {
        Self {
            event: Some(data.to_owned()),
            ..self
        }
    }
}

/// A running server, for as long as the test's process.
pub struct Hub {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    published: Vec<Published>,
    /// The blocks of the events.
    events: Vec<String>,
    /// How many publishes were under way at once, at most.
    unanswered: usize,
    most_unanswered: usize,
}

impl Hub {
    /// Starts a server. `answer` tells its answer to each request that is no subscription.
    pub fn start(answer: impl Fn(&Published) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (shares, answer) = (Arc::clone(&shared), Arc::new(answer));
        thread::spawn(move || {
            let streams = listener.incoming().map_while(Result::ok);
            for (connection, stream) in streams.enumerate() {
                let (shared, answer) = (Arc::clone(&shares), Arc::clone(&answer));
                // A client that leaves ends its thread with an error, which does not matter.
                thread::spawn(move || shared.serve(stream, connection, &*answer));
            }
        });
        Self { address, shared }
    }

    /// A server that answers each publish with 200, and broadcasts its body.
    pub fn honest() -> Self {
        Self::start(|published| Answer::status("200 OK").with_event(&published.body))
    }

    /// Broadcasts an event, by its block without the empty line.
    pub fn tell(&self, block: &str) {
        self.shared.state().events.push(format!("{block}\n\n"));
        self.shared.more.notify_all();
    }

    pub fn published(&self) -> Vec<Published> {
        self.shared.state().published.clone()
    }

    /// The most publishes that had no answer at once.
    pub fn most_unanswered(&self) -> usize {
        self.shared.state().most_unanswered
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(
        &self,
        stream: TcpStream,
        connection: usize,
        answer: &dyn Fn(&Published) -> Answer,
    ) -> Option<()> {
        stream.set_nodelay(true).unwrap();
        let mut out = stream.try_clone().unwrap();
        let mut from = BufReader::new(stream);
        loop {
            let mut asked = read(&mut from)?;
            asked.connection = connection;
            let events = "accept: text/event-stream";
            if asked.fields.iter().any(|field| field == events) {
                return self.subscribe(&mut out);
            }
            if asked.target == "/metrics" {
                let answer = Answer::status("404 Not Found");
                out.write_all(answer.bytes.as_bytes()).ok()?;
                continue;
            }
            asked.number = self.record(&asked);
            let answer = answer(&asked);
            self.publish(&answer)?;
            out.write_all(answer.bytes.as_bytes()).ok()?;
            if answer.closes {
                return None;
            }
        }
    }

    fn record(&self, asked: &Published) -> usize {
        let mut state = self.state();
        state.unanswered += 1;
        state.most_unanswered = state.most_unanswered.max(state.unanswered);
        state.published.push(asked.clone());
        state.published.len() - 1
    }

    fn publish(&self, answer: &Answer) -> Option<()> {
        let mut state = self.state();
        if let Some(event) = &answer.event {
            let id = state.events.len() + 1;
            state.events.push(format!("id: {id}\ndata: {event}\n\n"));
        }
        self.more.notify_all();
        let few = |state: &mut State| state.published.len() < answer.after;
        let (mut state, time) = self.more.wait_timeout_while(state, PATIENCE, few).unwrap();
        state.unanswered -= usize::from(!answer.bytes.is_empty());
        (!time.timed_out()).then_some(())
    }

    fn subscribe(&self, out: &mut TcpStream) -> Option<()> {
        let mut next = self.state().events.len();
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        let first = format!("{head}retry: 100\nid: {next}\n\n");
        out.write_all(first.as_bytes()).ok()?;
        loop {
            let missing = |state: &mut State| state.events.len() <= next;
            let state = self.state();
            let (state, time) = self
                .more
                .wait_timeout_while(state, PATIENCE, missing)
                .unwrap();
            let event = (!time.timed_out()).then(|| state.events[next].clone());
            drop(state);
            out.write_all(event?.as_bytes()).ok()?;
            next += 1;
        }
    }
}

fn read(from: &mut BufReader<TcpStream>) -> Option<Published> {
    let mut published = Published::default();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        match line.to_lowercase() {
            end if end.is_empty() => break,
            _ if published.method.is_empty() => {
                let mut words = line.split(' ').map(str::to_owned);
                (published.method, published.target) = (words.next()?, words.next()?);
            }
            field => {
                if let Some(value) = field.strip_prefix("content-length: ") {
                    length = value.parse().unwrap();
                }
                published.fields.push(field);
            }
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    published.body = String::from_utf8(body).unwrap();
    Some(published)
}
