//! The connection without a socket: a server of a few lines above it, a peer that takes as much as a test says.

mod deadlines;
mod polls;
mod properties;
mod states;
mod streams;

use super::{subscriber::MAX_LAST_WORDS, *};
use crate::{
    channel::Framing,
    event::Id,
    fuzzing::connection::{self, Above, Halt, take},
    http::Bytes,
};
use std::time::Duration;

/// The moment so many ticks after the beginning.
fn at(ticks: u32) -> Tick {
    Tick::at(Tick::LENGTH * ticks)
}

/// How long a request for `/poll` is held.
const POLL: Duration = Duration::from_secs(1);

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// A server that answers most requests at once, in a line that tells of the request.
struct Plain;

type Pair = connection::Pair<Plain>;

impl Above for Plain {
    fn serve(pair: &mut Pair, incoming: Box<Incoming>) {
        pair.serve(incoming);
    }

    fn refuse(pair: &mut Pair, incoming: Box<Incoming>, problem: Problem) {
        let bytes = format!("refused {}\n", problem.status).into_bytes();
        let encoded = (bytes, Bytes::default());
        pair.connection.answer(incoming, encoded, true, pair.now);
    }
}

impl Pair {
    /// A peer that takes everything.
    fn new() -> Self {
        Self::with_history(100)
    }

    fn with_history(events: usize) -> Self {
        Self::over(Plain, events, Id::at(1))
    }

    /// A peer that has asked for `path`.
    fn asking(path: &str) -> Self {
        let mut pair = Self::new();
        pair.receive(get(path).as_bytes());
        pair
    }

    /// Has the peer take this much more.
    fn take(&mut self, room: usize) -> Halt {
        self.room = room;
        self.drive()
    }

    fn publish(&mut self, data: &str) -> Halt {
        self.publish_quietly(data);
        self.drive()
    }

    /// Publishes an event that the connection is not offered.
    fn publish_quietly(&mut self, data: &str) {
        let id = self.channel.last().next(2);
        self.channel.push(id, "picture", data).unwrap();
    }

    /// Answers the deferred request, if a request is deferred.
    fn resolve(&mut self) -> Halt {
        if let Some(incoming) = self.connection.recall() {
            self.answer(incoming, "later");
        }
        self.drive()
    }

    fn serve(&mut self, incoming: Box<Incoming>) {
        let request = incoming.input.request();
        let framing = match request.minor {
            0 => Framing::Plain,
            _ => Framing::Chunked,
        };
        match &*request.path {
            "/later" => self.connection.defer(incoming),
            "/poll" => self.poll(incoming),
            "/stream" => {
                let cursor = match request.query {
                    Some(_) => self.channel.after(Id::at(1), framing).0,
                    None => self.channel.latest(framing),
                };
                let head = b"the head\n".to_vec();
                self.connection.subscribe(&incoming, head, cursor, self.now);
            }
            _ => self.answer(incoming, "now"),
        }
    }

    /// Holds a request until an event comes. The answer tells whether an event came.
    fn poll(&mut self, mut incoming: Box<Incoming>) {
        match incoming.held.take() {
            None => {
                let (cursor, _) = self.channel.after(self.channel.last(), Framing::Plain);
                let until = self.now.after(POLL);
                self.connection.hold(incoming, cursor, until);
            }
            Some(cursor) if self.channel.has_more(&cursor) => self.answer(incoming, "at an event"),
            Some(_) => self.answer(incoming, "at no event"),
        }
    }

    fn answer(&mut self, incoming: Box<Incoming>, when: &str) {
        let request = incoming.input.request();
        let body = String::from_utf8_lossy(request.body);
        let text = format!("{when} {:?} {} {body:?}\n", request.method, request.path);
        let last = !request.keep_alive;
        let (head, body) = text.split_at(text.len() / 2);
        let encoded = (head.into(), body.as_bytes().to_vec().into());
        self.connection.answer(incoming, encoded, last, self.now);
    }

    fn text(&self) -> &str {
        str::from_utf8(&self.taken).unwrap()
    }
}

/// An event as the channel sends it, in a chunk.
fn event(id: &str, data: &str) -> String {
    let text = format!("id: {id}\nevent: picture\ndata: {data}\n\n");
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[test]
fn an_idle_connection_and_an_idle_subscriber_have_nothing_on_the_heap() {
    assert_eq!(size_of::<Connection>(), 16);
    let mut pair = Pair::asking("/");
    assert!(matches!(pair.connection, Connection::Idle));
    pair.receive(get("/stream").as_bytes());
    assert!(matches!(pair.connection, Connection::Subscribed(_)));
}

#[test]
fn requests_are_answered_one_after_the_other() {
    let mut pair = Pair::new();
    let all = get("/a") + &get("/later") + &get("/b") + "GET /";
    assert_eq!(pair.receive(all.as_bytes()), Halt::Waits(Waits::ForAnswer));
    assert_eq!(pair.text(), "now Get /a \"\"\n");
    pair.resolve();
    assert!(
        pair.text()
            .ends_with("later Get /later \"\"\nnow Get /b \"\"\n")
    );
    assert_eq!(pair.halt, Halt::Waits(Waits::ForRest(at(0))));
}

#[test]
fn a_connection_whose_answer_is_not_taken_is_read_from_again_when_it_is() {
    let mut pair = Pair::new();
    pair.take(0);
    let requests = get("/").repeat(100);
    pair.receive(requests.as_bytes());
    assert!(pair.connection.is_busy());
    pair.take(usize::MAX);
    assert!(!pair.connection.is_busy());
    assert_eq!(pair.text().lines().count(), 100);
}

#[test]
fn a_connection_whose_request_is_deferred_is_not_read_from() {
    let mut pair = Pair::asking("/later");
    assert!(pair.connection.is_busy());
    pair.resolve();
    assert!(!pair.connection.is_busy());
}

#[test]
fn the_bytes_of_a_connection_on_the_heap_are_known_in_each_state() {
    let held = |pair: &Pair| pair.connection.held();
    let request = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(held(&Pair::new()), 0);
    assert_eq!(held(&Pair::asking("/stream")), 0);
    assert!(held(&Pair::asking("/later")) >= request.len());
    assert!(held(&Pair::asking("/poll")) >= get("/poll").len());
    let mut pair = Pair::new();
    pair.take(0);
    pair.receive(get("/a").as_bytes());
    assert!(held(&pair) >= "now Get /a \"\"\n".len() + size_of::<Outgoing>());
    let mut reading = Pair::new();
    reading.receive(&[b'x'; 5000]);
    assert!((5000..=2 * 5000 + size_of::<Incoming>()).contains(&held(&reading)));
}

#[test]
fn a_client_that_waits_to_be_told_to_continue_is_told_however_little_it_takes() {
    let mut pair = Pair::new();
    pair.take(10);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    assert_eq!(
        pair.receive(head.as_bytes()),
        Halt::Waits(Waits::ForRoom(at(0)))
    );
    assert_eq!(pair.text(), "HTTP/1.1 1");
    pair.take(usize::MAX);
    assert_eq!(pair.taken, CONTINUE);
    pair.receive(b"hi");
    assert!(pair.text().ends_with("\r\n\r\nnow Post / \"hi\"\n"));
}

#[test]
fn input_after_the_last_answer_is_read_and_dropped() {
    for last in [
        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
    ] {
        let mut pair = Pair::new();
        assert_eq!(
            pair.receive(last.as_bytes()),
            Halt::Finished,
            "after the last answer this side ends its direction, and reads on: a socket that is closed with unread input \
             is reset, and the peer loses the answer (RFC 9112, section 9.6)"
        );
        let said = pair.taken.clone();
        for _ in 0..100 {
            assert_eq!(pair.receive(&[b'x'; 4096]), Halt::Finished);
        }
        pair.receive(get("/").as_bytes());
        assert_eq!(pair.taken, said);
        assert!(!pair.connection.is_busy());
    }
}

#[test]
fn an_answer_comes_for_a_deferred_request_only() {
    for path in ["/", "/stream"] {
        let mut pair = Pair::asking(path);
        assert!(pair.connection.recall().is_none());
        let (said, end) = (pair.taken.clone(), pair.halt);
        assert!(matches!(
            (pair.resolve(), end),
            (Halt::Waits(_), Halt::Waits(_))
        ));
        assert_eq!(pair.taken, said);
    }
    let mut pair = Pair::asking("/later");
    pair.resolve();
    pair.resolve();
    assert_eq!(pair.text(), "later Get /later \"\"\n");
}
