//! Properties that hold for any bytes, however they are cut, and for any peer, however little it takes.

use super::*;
use proptest::{collection::vec, prelude::*, sample::Index};

/// Requests of every kind that is answered, and a few that are refused or say that they are the last.
fn requests() -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![
        4 => Just(get("/a").into_bytes()),
        2 => Just(get("/later").into_bytes()),
        2 => Just(get("/poll").into_bytes()),
        1 => "[a-z]{1,30}".prop_map(|body| chunked("/poll", &body)),
        2 => "[a-z]{0,30}".prop_map(|body| post(&body)),
        2 => "[a-z]{1,30}".prop_map(|body| chunked("/q", &body)),
        1 => Just(b"\r\nGET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_vec()),
        1 => Just(b"GET /c HTTP/1.0\r\n\r\n".to_vec()),
        1 => Just(b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()),
        1 => Just(get("/stream").into_bytes()),
        1 => vec(any::<u8>(), 0..10),
    ];
    vec(one, 0..12).prop_map(|requests| requests.concat())
}

fn post(body: &str) -> Vec<u8> {
    let head = format!(
        "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: {}",
        body.len()
    );
    format!("{head}\r\n\r\n{body}").into_bytes()
}

fn chunked(path: &str, body: &str) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked");
    let body = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    format!("{head}\r\n\r\n{body}").into_bytes()
}

/// Answers deferred and held requests until none is left.
fn resolve_all(pair: &mut Pair) {
    while let Connection::Deferred(_) | Connection::Polling(_) = pair.connection {
        pair.resolve();
        pair.release();
    }
}

fn pieces(bytes: &[u8], cuts: &[Index]) -> Vec<Vec<u8>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let piece = |ends: &[usize]| bytes[ends[0]..ends[1]].to_vec();
    cuts.windows(2).map(piece).collect()
}

/// Anything that may happen to a connection, in any order.
#[derive(Clone, Debug)]
enum Happens {
    Send(Vec<u8>),
    HalfClose,
    Take(usize),
    Publish,
    Expire,
    Resolve,
    Release,
    Conclude,
    TimePasses,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => requests().prop_map(Happens::Send),
        1 => vec(any::<u8>(), 0..50).prop_map(Happens::Send),
        1 => Just(Happens::Send(get("/stream").into_bytes())),
        1 => Just(Happens::HalfClose),
        6 => (0..60_usize).prop_map(Happens::Take),
        2 => Just(Happens::Take(usize::MAX)),
        3 => Just(Happens::Publish),
        1 => Just(Happens::Expire),
        2 => Just(Happens::Resolve),
        1 => Just(Happens::Release),
        1 => Just(Happens::Conclude),
        2 => Just(Happens::TimePasses),
    ]
}

fn happen(pair: &mut Pair, what: &Happens) {
    match what {
        Happens::Send(bytes) => {
            pair.receive(bytes);
        }
        Happens::HalfClose => {
            pair.half_close();
        }
        Happens::Take(room) => {
            pair.take(*room);
        }
        Happens::Publish => {
            pair.publish("{}");
        }
        Happens::Expire => {
            pair.expire();
        }
        Happens::Resolve => {
            pair.resolve();
        }
        Happens::Release => {
            pair.release();
        }
        Happens::Conclude => {
            pair.conclude();
        }
        Happens::TimePasses => pair.now = pair.now.after(Duration::from_secs(1)),
    }
}

/// The texts of the chunks of a stream. The last chunk may be cut off.
fn chunks(mut stream: &str) -> Vec<&str> {
    let mut found = Vec::new();
    while let Some((size, rest)) = stream.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a size");
        let Some(data) = rest.get(..size) else { break };
        let Some(rest) = rest[size..].strip_prefix("\r\n") else {
            break;
        };
        found.push(data);
        stream = rest;
    }
    found
}

/// Carries a connection and its channel over, unless the connection stays.
#[cfg(feature = "frame")]
fn move_over(pair: &mut Pair) {
    let mut bodies = Bodies::default();
    let Some(state) = pair.connection.carry(&mut bodies, pair.now) else {
        return;
    };
    // The other process has another time.
    let mut channel = Channel::new(3, Id::at(9));
    channel.continue_from(&pair.channel.carry());
    let bodies = bodies.unsent.into_iter();
    let bodies = bodies
        .map(|body| (body.number, body.bytes.into()))
        .collect();
    let numbers = [(0, 0)].into();
    let carried = Connection::carried(state, &numbers, &bodies, pair.now);
    pair.connection = carried.expect("the channel is known");
    pair.channel = channel;
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same_answers(bytes in requests(), cuts in vec(any::<Index>(), 0..20)) {
        let (mut whole, mut cut) = (Pair::new(), Pair::new());
        whole.receive(&bytes);
        resolve_all(&mut whole);
        for piece in pieces(&bytes, &cuts) {
            cut.receive(&piece);
            resolve_all(&mut cut);
        }
        prop_assert_eq!(cut.text(), whole.text());
        prop_assert_eq!(cut.is_open(), whole.is_open());
    }

    #[test]
    fn any_short_writes_give_the_same_bytes(bytes in requests(), rooms in vec(0..40_usize, 0..60)) {
        let (mut whole, mut short) = (Pair::new(), Pair::new());
        whole.receive(&bytes);
        resolve_all(&mut whole);
        short.room = 0;
        short.receive(&bytes);
        for room in rooms {
            short.take(room);
            resolve_all(&mut short);
            prop_assert!(whole.taken.starts_with(&short.taken));
        }
        short.take(usize::MAX);
        resolve_all(&mut short);
        prop_assert_eq!(short.text(), whole.text());
        prop_assert_eq!(short.is_open(), whole.is_open());
    }

    #[test]
    fn a_subscriber_gets_each_event_once_in_order_whole_chunks_only(
        what in vec(prop_oneof![
            3 => (0..60_usize).prop_map(Happens::Take),
            2 => Just(Happens::Publish),
            1 => Just(Happens::Expire),
        ], 0..80),
        concluded: bool,
    ) {
        let mut pair = Pair::asking("/stream");
        let mut published = 0;
        for what in &what {
            // A stalled subscriber would rightly be closed.
            let stalled = !matches!(&pair.connection, Connection::Subscribed(c) if !c.is_blocked());
            if matches!(what, Happens::Expire) && stalled {
                continue;
            }
            published += usize::from(matches!(what, Happens::Publish));
            happen(&mut pair, what);
        }
        if concluded {
            prop_assert!(pair.conclude());
        }
        pair.take(usize::MAX);
        let stream = pair.text().strip_prefix("the head\n").unwrap();
        let chunks = chunks(stream);
        prop_assert_eq!(chunks.last() == Some(&""), concluded);
        let mut events = chunks.into_iter().filter(|c| c.starts_with("id: "));
        for sequence in 0..published {
            let beginning = format!("id: 2-{sequence}\n");
            prop_assert!(events.next().unwrap().starts_with(&beginning));
        }
        prop_assert_eq!(events.next(), None);
    }

    #[test]
    fn whatever_happens_in_whatever_order_nothing_panics(what in vec(happens(), 0..40)) {
        let mut pair = Pair::with_history(3);
        for what in &what {
            let was_subscriber = pair.is_open() && pair.connection.is_subscriber();
            happen(&mut pair, what);
            let is_subscriber = pair.is_open() && pair.connection.is_subscriber();
            prop_assert!(!matches!(what, Happens::Conclude) || !is_subscriber);
            prop_assert!(!matches!(what, Happens::HalfClose) || !is_subscriber);
            prop_assert!(!was_subscriber || !matches!(pair.halt, Halt::Waits(Waits::ForRest(_))));
        }
    }

    #[cfg(feature = "frame")]
    #[test]
    fn a_connection_that_is_carried_over_at_any_moment_goes_on_as_if_it_had_stayed(
        what in vec(happens(), 0..40),
    ) {
        let (mut stayed, mut moved) = (Pair::with_history(3), Pair::with_history(3));
        for what in &what {
            happen(&mut stayed, what);
            happen(&mut moved, what);
            prop_assert_eq!((moved.halt, moved.text()), (stayed.halt, stayed.text()));
            prop_assert_eq!(moved.connection.state(), stayed.connection.state());
            move_over(&mut moved);
        }
    }

    #[test]
    fn garbage_is_refused_or_waited_for_and_nothing_behind_it_is_answered(
        bytes in vec(any::<u8>(), 1..300),
        cuts in vec(any::<Index>(), 0..5),
    ) {
        let mut pair = Pair::new();
        for piece in pieces(&bytes, &cuts) {
            pair.receive(&piece);
        }
        pair.half_close();
        prop_assert!(!pair.is_open());
        prop_assert!(!pair.text().contains("now"), "{}", pair.text());
        prop_assert!(pair.text().lines().count() <= 1);
    }
}
