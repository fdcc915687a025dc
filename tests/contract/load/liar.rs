//! A small server of events that tells the truth, or one `Lie`.

use crate::support::PATIENCE;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// The lie of a server. A lie about one event is about the fourth, and is told to the second subscriber only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    None,
    /// No lie, but the stream is HTTP/1.0 without chunks, and the publisher's connection is closed each time.
    Http10,
    /// No lie, but events have no ids.
    HasNoIds,
    Drops,
    Doubles,
    Reorders,
    CutsChunk,
    /// Ends the stream properly.
    Ends,
    /// The answer is no event stream.
    OtherType,
    NeverAnswers,
    Answers503,
    /// A chunk's size is no number.
    Malformed,
    ClosesAtRandom,
    /// A subscriber that comes back with `Last-Event-ID` gets only new events.
    ForgetsIds,
    /// A subscriber that comes back is told that it may have missed an event.
    TellsMissed,
    /// Publishes are answered, and not broadcast.
    KeepsToItself,
    RefusesPublishes,
    NeverAnswersPublishes,
    /// Events name pictures, about which the server may lie to every subscriber.
    Pictures(Pictures),
}

/// The way in which a server that names pictures answers requests for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    Whole,
    /// Requests for pictures are answered with 404.
    Missing,
    /// The connection is closed in the middle of the body.
    Cut,
    /// The answer is not HTTP.
    Malformed,
    Unanswered,
    /// The first request on a connection is answered; the second closes the connection.
    FirstOnly,
    /// Pictures are on another host.
    Elsewhere,
    /// The text that names a picture is no URL.
    NoUrl,
}

impl Pictures {
    fn url(self) -> &'static str {
        match self {
            Self::Elsewhere => "https://live.staticflickr.com/a.jpg",
            Self::NoUrl => "/a b",
            _ => "/picture/a",
        }
    }
}

/// The event that lies are about, counted from 0.
const MARKED: usize = 3;
/// The subscriber that lies are told to, counted from 0.
const VICTIM: usize = 1;

/// A running server, for as long as the test's process.
pub struct Liar {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    events: Mutex<Vec<String>>,
    more: Condvar,
    subscribers: AtomicUsize,
    /// The addresses that subscribers came from.
    sources: Mutex<BTreeSet<IpAddr>>,
}

impl Liar {
    pub fn start(lie: Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let shares = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shares);
                // A client that leaves ends its thread with an error, which does not matter.
                thread::spawn(move || shared.serve(stream, lie));
            }
        });
        Self { address, shared }
    }

    /// Broadcasts an event that was not published by the load test.
    pub fn tell(&self, text: &str) {
        self.shared.tell(text);
    }

    /// The addresses that subscribers came from.
    pub fn sources(&self) -> BTreeSet<IpAddr> {
        self.shared.sources.lock().unwrap().clone()
    }
}

/// A request: its first line in small letters, its `Last-Event-ID`, and its body.
struct Request {
    line: String,
    last: Option<usize>,
    body: String,
}

fn read(from: &mut BufReader<TcpStream>) -> Option<Request> {
    let (mut line, mut length, mut last, mut begin) = (String::new(), 0, None, String::new());
    while from
        .read_line(&mut line)
        .ok()
        .filter(|count| *count > 2)
        .is_some()
    {
        let (name, value) = line.trim_end().split_once(": ").unwrap_or((&line, ""));
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "last-event-id" => last = value.parse().ok(),
            first if begin.is_empty() => first.clone_into(&mut begin),
            _ => {}
        }
        line.clear();
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    Some(Request {
        line: begin,
        last,
        body: String::from_utf8(body).unwrap(),
    })
}

impl Shared {
    fn serve(&self, stream: TcpStream, lie: Lie) -> Option<()> {
        stream.set_nodelay(true).unwrap();
        let mut out = stream.try_clone().unwrap();
        let mut from = BufReader::new(stream);
        let mut pictures = 0;
        while let Some(asked) = read(&mut from) {
            match asked.line.split(' ').nth(1)? {
                "/publish" => self.publish(&mut out, &asked.body, lie)?,
                "/subscribe" => return self.subscribe(&mut out, asked.last, lie),
                "/picture/a" => {
                    pictures += 1;
                    picture(&mut out, pictures, lie)?;
                }
                _ => out
                    .write_all(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                    .ok()?,
            }
        }
        None
    }

    fn tell(&self, text: &str) {
        self.events.lock().unwrap().push(text.to_owned());
        self.more.notify_all();
    }

    fn publish(&self, out: &mut TcpStream, body: &str, lie: Lie) -> Option<()> {
        if lie != Lie::KeepsToItself && lie != Lie::RefusesPublishes {
            self.tell(body);
        }
        let answer = match lie {
            Lie::NeverAnswersPublishes => return Some(()),
            Lie::RefusesPublishes => "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
            Lie::Http10 => "HTTP/1.0 200 OK\r\n\r\nok",
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        };
        out.write_all(answer.as_bytes()).ok()?;
        (lie != Lie::Http10).then_some(())
    }

    fn subscribe(&self, out: &mut TcpStream, last: Option<usize>, lie: Lie) -> Option<()> {
        let number = self.subscribers.fetch_add(1, Ordering::SeqCst);
        let source = out.peer_addr().ok()?.ip();
        self.sources.lock().unwrap().insert(source);
        let mut stream = Stream {
            out,
            lie: if number == VICTIM { lie } else { harmless(lie) },
            chunked: lie != Lie::Http10,
        };
        // The id of an event is the number of events up to it: the number of the next.
        let mut next = match (lie, last) {
            (Lie::ForgetsIds, _) | (_, None) => self.events.lock().unwrap().len(),
            (_, Some(last)) => last,
        };
        let mut first = match lie {
            Lie::HasNoIds => "retry: 100\n\n".to_owned(),
            _ => format!("retry: 100\nid: {next}\n\n"),
        };
        if lie == Lie::TellsMissed && last.is_some() {
            first.insert_str(0, "event: missed\ndata: {}\n\n");
        }
        stream.begin(&first)?;
        loop {
            let number = stream.order(next);
            stream.event(number, &self.event(number)?)?;
            next += 1;
        }
    }

    /// The event with this number, once it is published.
    fn event(&self, number: usize) -> Option<String> {
        let events = self.events.lock().unwrap();
        let missing = |events: &mut Vec<String>| events.len() <= number;
        let (events, time) = self
            .more
            .wait_timeout_while(events, PATIENCE, missing)
            .unwrap();
        (!time.timed_out()).then(|| events[number].clone())
    }
}

/// The lie that other subscribers than the victim are told: none if it is about one event.
fn harmless(lie: Lie) -> Lie {
    match lie {
        Lie::HasNoIds
        | Lie::NeverAnswers
        | Lie::Answers503
        | Lie::OtherType
        | Lie::ClosesAtRandom
        | Lie::Pictures(_)
        | Lie::Http10 => lie,
        _ => Lie::None,
    }
}

/// Answers a request for a picture, the `number`-th of its connection counted from 1.
fn picture(out: &mut TcpStream, number: usize, lie: Lie) -> Option<()> {
    let answer = match lie {
        Lie::Pictures(Pictures::Missing) => "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno",
        Lie::Pictures(Pictures::Malformed) => "picture\r\n\r\n",
        Lie::Pictures(Pictures::Unanswered) => return Some(()),
        Lie::Pictures(Pictures::FirstOnly) if number > 1 => return None,
        Lie::Pictures(Pictures::Cut) => {
            let half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npict";
            out.write_all(half).ok()?;
            return None;
        }
        _ => "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npicture",
    };
    out.write_all(answer.as_bytes()).ok()
}

struct Stream<'a> {
    out: &'a mut TcpStream,
    lie: Lie,
    chunked: bool,
}

impl Stream<'_> {
    /// Answers, with the first block at once, so that each subscriber has an id to resume from.
    fn begin(&mut self, first: &str) -> Option<()> {
        let head = match self.lie {
            Lie::NeverAnswers => {
                // Blocks until the client closes the connection.
                let _ = self.out.read(&mut [0]);
                return None;
            }
            Lie::Answers503 => "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
            Lie::OtherType => {
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
            }
            Lie::Http10 => "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
            _ => {
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            }
        };
        let bytes = format!("{head}{}", self.framed(first));
        self.out.write_all(bytes.as_bytes()).ok()
    }

    fn send(&mut self, text: &str) -> Option<()> {
        let bytes = self.framed(text);
        self.out.write_all(bytes.as_bytes()).ok()
    }

    fn framed(&self, text: &str) -> String {
        match self.chunked {
            true => format!("{:x}\r\n{text}\r\n", text.len()),
            false => text.to_owned(),
        }
    }

    /// The number of the event to send at this position.
    fn order(&self, position: usize) -> usize {
        match position {
            MARKED if self.lie == Lie::Reorders => MARKED + 1,
            position if position == MARKED + 1 && self.lie == Lie::Reorders => MARKED,
            position => position,
        }
    }

    fn event(&mut self, number: usize, body: &str) -> Option<()> {
        let text = match self.lie {
            Lie::HasNoIds => format!("data: {body}\n\n"),
            Lie::Pictures(pictures) => format!(
                "id: {}\ndata: {{\"url\":\"{}\",\"text\":\"{body}\"}}\n\n",
                number + 1,
                pictures.url()
            ),
            _ => format!("id: {}\ndata: {body}\n\n", number + 1),
        };
        let raw = match self.lie {
            Lie::ClosesAtRandom if fastrand::u8(..10) == 0 => return None,
            _ if number != MARKED => return self.send(&text),
            Lie::Drops => return Some(()),
            Lie::Doubles => return self.send(&text.repeat(2)),
            Lie::Malformed => "x\r\n".to_owned(),
            Lie::CutsChunk => format!("{:x}\r\n{}", text.len(), &text[..text.len() / 2]),
            Lie::Ends => "0\r\n\r\n".to_owned(),
            _ => return self.send(&text),
        };
        self.out.write_all(raw.as_bytes()).ok()?;
        None
    }
}
