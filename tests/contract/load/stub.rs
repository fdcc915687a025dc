//! A small server of events that follows a script. It tells its subscribers apart by their local addresses, so that the
//! load test is to bind them to [`CROWD`].

use crate::support::PATIENCE;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

/// The local addresses of the subscribers: subscriber 0 has the first.
pub const CROWD: &str =
    "127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.5,127.0.0.6,127.0.0.7,127.0.0.8";
/// The number of subscribers.
pub const SUBSCRIBERS: usize = 8;
/// The subscriber that lies are told to.
pub const VICTIM: usize = 1;
/// The event that lies are about, counted from 0.
pub const MARKED: usize = 3;

/// The head of a stream in chunks.
pub const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
/// The head of a stream that ends with its connection.
pub const OLD_HEAD: &str = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
/// The answer to a publish.
pub const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The answer to a request for nothing that is there.
pub const NOT_FOUND: &str = "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno";

/// The outcome of a step: nothing if the connection is over.
pub type Step = Option<()>;

/// The behaviour of a server.
#[derive(Clone, Copy)]
pub struct Script {
    /// Begins a stream.
    pub begin: fn(&mut Stream) -> Step,
    /// Tells a subscriber about the event at a position.
    pub event: fn(&mut Stream, usize) -> Step,
    /// The block of the event at a position, for a subscriber: made of the text that was published.
    pub block: fn(&mut Stream, usize, &str) -> String,
    /// Takes a publish.
    pub publish: fn(&mut Publish) -> Step,
    /// Takes a request for anything else.
    pub other: fn(&mut Other) -> Step,
}

/// The script of a server that tells the truth: ids count events, and are told at once.
pub const HONEST: Script = Script {
    begin: |stream| {
        stream.open(HEAD)?;
        stream.send(format!("retry: 20\nid: {}\n\n", stream.next))
    },
    event: |stream, at| stream.tell(at),
    block: |_, at, text| format!("id: {}\ndata: {text}\n\n", at + 1),
    publish: |publish| {
        publish.broadcast();
        publish.answer(DONE)
    },
    other: |other| other.answer(NOT_FOUND),
};

/// A running server, for as long as the test's process.
pub struct Stub {
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
    /// The number of publishes that arrived.
    arrived: usize,
    /// The texts that were broadcast, in order.
    texts: Vec<String>,
    /// The local addresses of each subscriber: of its first stream, and of each later one.
    addresses: [Vec<SocketAddr>; SUBSCRIBERS],
    /// The number of events that were told to each subscriber.
    told: [usize; SUBSCRIBERS],
}

impl Stub {
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let shares = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shares);
                // A client that leaves ends its thread early, which does not matter.
                thread::spawn(move || shared.serve(connection, script));
            }
        });
        Self { address, shared }
    }

    /// The text of the event at this position.
    pub fn text(&self, at: usize) -> Option<String> {
        self.shared.state().texts.get(at).cloned()
    }

    /// Broadcasts an event that the load test did not publish.
    pub fn tell(&self, text: &str) {
        self.shared.broadcast(text.to_owned());
    }

    /// The local address of a subscriber's first stream (0), or of a later one.
    pub fn address_of(&self, number: usize, visit: usize) -> Option<SocketAddr> {
        self.shared.state().addresses[number].get(visit).copied()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn broadcast(&self, text: String) {
        self.state().texts.push(text);
        self.changed.notify_all();
    }

    fn wait_until(&self, is_so: impl Fn(&State) -> bool) -> Step {
        let waits = |state: &mut State| !is_so(state);
        let (state, time) = self
            .changed
            .wait_timeout_while(self.state(), PATIENCE, waits)
            .unwrap();
        drop(state);
        (!time.timed_out()).then_some(())
    }

    fn serve(&self, connection: TcpStream, script: Script) -> Step {
        connection.set_nodelay(true).unwrap();
        let mut from = BufReader::new(connection.try_clone().unwrap());
        let mut others = 0;
        while let Some(asked) = Request::read(&mut from) {
            let out = connection.try_clone().unwrap();
            if asked.line.starts_with("POST") {
                let mut publish = Publish::new(out, self, &asked);
                (script.publish)(&mut publish)?;
            } else if asked.path().starts_with("/subscribe") {
                return Stream::new(out, self, script, &asked)?.run();
            } else {
                (script.other)(&mut Other {
                    out,
                    before: others,
                })?;
                others += 1;
            }
        }
        None
    }
}

/// A request: its first line, its `Last-Event-ID`, and its body.
struct Request {
    line: String,
    last: Option<String>,
    body: String,
}

impl Request {
    fn read(from: &mut BufReader<TcpStream>) -> Option<Self> {
        let (mut lines, mut line) = (Vec::new(), String::new());
        while from
            .read_line(&mut line)
            .ok()
            .filter(|count| *count > 2)
            .is_some()
        {
            lines.push(std::mem::take(&mut line));
        }
        let field = |wanted: &str| {
            let fields = lines.iter().filter_map(|line| line.split_once(':'));
            let mut found = fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.next().map(|(_, value)| value.trim().to_owned())
        };
        let length = field("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        from.read_exact(&mut body).ok()?;
        Some(Self {
            line: lines.first()?.clone(),
            last: field("last-event-id"),
            body: String::from_utf8(body).unwrap(),
        })
    }

    fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

/// A publish that has arrived.
pub struct Publish<'a> {
    out: TcpStream,
    shared: &'a Shared,
    text: String,
    /// The number of publishes that arrived before.
    pub at: usize,
}

impl<'a> Publish<'a> {
    fn new(out: TcpStream, shared: &'a Shared, asked: &Request) -> Self {
        let mut state = shared.state();
        state.arrived += 1;
        Self {
            out,
            shared,
            text: asked.body.trim_start_matches("keyword=").to_owned(),
            at: state.arrived - 1,
        }
    }

    pub fn broadcast(&self) {
        self.shared.broadcast(self.text.clone());
    }

    pub fn answer(&mut self, answer: &str) -> Step {
        self.out.write_all(answer.as_bytes()).ok()
    }

    /// Gives no answer until the publisher leaves.
    pub fn hang(&mut self) -> Step {
        let _ = self.out.read(&mut [0]);
        None
    }

    /// Waits until the event at this position is broadcast.
    pub fn wait_for(&self, at: usize) -> Step {
        self.shared.wait_until(|state| state.texts.len() > at)
    }

    /// Waits until the event at this position is told to all subscribers.
    pub fn wait_until_told(&self, at: usize) -> Step {
        let told = |state: &State| state.told.iter().all(|told| *told > at);
        self.shared.wait_until(told)
    }
}

/// A request that is neither for a stream nor a publish.
pub struct Other {
    out: TcpStream,
    /// The number of such requests on this connection before.
    pub before: usize,
}

impl Other {
    pub fn answer(&mut self, answer: &str) -> Step {
        self.out.write_all(answer.as_bytes()).ok()
    }
}

/// A subscriber's stream.
pub struct Stream<'a> {
    out: TcpStream,
    shared: &'a Shared,
    script: Script,
    is_chunked: bool,
    /// The path that was asked for.
    pub path: String,
    /// The subscriber's number.
    pub number: usize,
    /// The number of streams that the subscriber had before.
    pub visit: usize,
    /// The position of the next event.
    pub next: usize,
    /// A count for the script.
    pub count: usize,
}

impl<'a> Stream<'a> {
    fn new(out: TcpStream, shared: &'a Shared, script: Script, asked: &Request) -> Option<Self> {
        let peer = out.peer_addr().ok()?;
        let SocketAddr::V4(v4) = peer else {
            return None;
        };
        let number = (usize::from(v4.ip().octets()[3]) + SUBSCRIBERS - 1) % SUBSCRIBERS;
        let mut state = shared.state();
        state.addresses[number].push(peer);
        let visit = state.addresses[number].len() - 1;
        let resumed = asked.last.as_ref().and_then(|last| last.parse().ok());
        Some(Self {
            out,
            shared,
            script,
            is_chunked: false,
            path: asked.path().to_owned(),
            number,
            visit,
            next: resumed.unwrap_or(state.texts.len()),
            count: 0,
        })
    }

    fn run(mut self) -> Step {
        (self.script.begin)(&mut self)?;
        loop {
            let at = self.next;
            self.text(at)?;
            (self.script.event)(&mut self, at)?;
            self.next = self.next.max(at + 1);
            let told = &mut self.shared.state().told[self.number];
            *told = at + 1;
            self.shared.changed.notify_all();
        }
    }

    /// Sends the head.
    pub fn open(&mut self, head: &str) -> Step {
        self.is_chunked = head.contains("chunked");
        self.raw(head)
    }

    /// Tells the truth about the event at this position.
    pub fn tell(&mut self, at: usize) -> Step {
        let block = self.block(at)?;
        self.send(block)
    }

    /// The block of the event at this position, once there is such an event.
    pub fn block(&mut self, at: usize) -> Option<String> {
        let text = self.text(at)?;
        Some((self.script.block)(self, at, &text))
    }

    /// The text of the event at this position, once there is such an event.
    pub fn text(&self, at: usize) -> Option<String> {
        self.wait_for(at)?;
        self.shared.state().texts.get(at).cloned()
    }

    /// Waits until the event at this position is broadcast.
    pub fn wait_for(&self, at: usize) -> Step {
        self.shared.wait_until(|state| state.texts.len() > at)
    }

    /// Whether this is the subscriber that lies are told to.
    pub fn is_victim(&self) -> bool {
        self.number == VICTIM
    }

    /// Whether the event at this position is to be a lie.
    pub fn is_marked(&self, at: usize) -> bool {
        self.is_victim() && at == MARKED
    }

    /// Sends some of the body, in a chunk of its own if the body is in chunks.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Step {
        let framed = self.framed(bytes.as_ref());
        self.raw(framed)
    }

    /// The bytes as they are sent.
    pub fn framed(&self, bytes: &[u8]) -> Vec<u8> {
        match self.is_chunked {
            true => [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat(),
            false => bytes.to_owned(),
        }
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: impl AsRef<[u8]>) -> Step {
        self.out.write_all(bytes.as_ref()).ok()
    }

    /// Ends the stream properly.
    pub fn end(&mut self) -> Step {
        self.raw("0\r\n\r\n")?;
        None
    }

    /// Keeps silent until the subscriber leaves.
    pub fn hang(&mut self) -> Step {
        let _ = self.out.read(&mut [0]);
        None
    }
}
