//! The table of states and happenings: for each state and each happening the next state.

use super::*;

type Made = fn() -> Pair;

/// The states, each with a way to get there.
const STATES: [(&str, Made); 10] = [
    ("Idle", Pair::new),
    ("Reading", || after(usize::MAX, "GET / HTTP")),
    ("Deferred", || after(usize::MAX, &get("/later"))),
    ("Polling", || after(usize::MAX, &get("/poll"))),
    ("Writing, then the next request", || after(0, &get("/"))),
    ("Writing, then a stream", || after(0, &get("/stream"))),
    ("Writing, then the end", || {
        after(0, "GET / HTTP/1.0\r\n\r\n")
    }),
    ("Subscribed", || after(usize::MAX, &get("/stream"))),
    ("Subscribed, within an event", || {
        let mut pair = after(usize::MAX, &get("/stream"));
        pair.room = 3;
        pair.publish("{}");
        pair
    }),
    ("Lingering", || after(usize::MAX, "GET / HTTP/1.0\r\n\r\n")),
];

fn after(room: usize, bytes: &str) -> Pair {
    let mut pair = Pair::new();
    pair.room = room;
    pair.receive(bytes.as_bytes());
    pair
}

fn state(pair: &Pair) -> &'static str {
    if !pair.is_open() {
        return "closed";
    }
    match &pair.connection {
        Connection::Idle => "Idle",
        Connection::Reading(_) => "Reading",
        Connection::Deferred(_) => "Deferred",
        Connection::Polling(_) => "Polling",
        Connection::Writing(outgoing) => match outgoing.after {
            After::Read(_) => "Writing, then the next request",
            After::Subscribe(_) => "Writing, then a stream",
            After::Close { .. } => "Writing, then the end",
        },
        Connection::Streaming(_) => "Streaming",
        Connection::Subscribed(cursor) if cursor.is_blocked() => "Subscribed, within an event",
        Connection::Subscribed(_) => "Subscribed",
        Connection::Lingering(_) => "Lingering",
    }
}

/// Asserts the state that each state becomes by `event`.
#[track_caller]
fn becomes<R>(event: impl Fn(&mut Pair) -> R, expected: [&str; 10]) {
    for ((name, make), expected) in STATES.into_iter().zip(expected) {
        let mut pair = make();
        assert_eq!(state(&pair), name);
        event(&mut pair);
        assert_eq!(state(&pair), expected, "{name}");
    }
}

/// Asserts the bytes that the peer gets in each state by `event` if it takes everything.
#[track_caller]
fn says<R>(event: impl Fn(&mut Pair) -> R, expected: [&str; 10]) {
    for ((name, make), expected) in STATES.into_iter().zip(expected) {
        let mut pair = make();
        let said = pair.taken.len();
        event(&mut pair);
        pair.take(usize::MAX);
        let more = str::from_utf8(&pair.taken[said..]).unwrap();
        assert_eq!(
            more, expected,
            "{name}: a peer gets what it is owed, also after it has ended its direction"
        );
    }
}

#[test]
fn a_part_of_a_request_comes() {
    becomes(
        |pair| pair.receive(b"GET"),
        [
            "Reading",
            "Reading",
            "Deferred",
            "Polling",
            "Writing, then the next request",
            "Writing, then a stream",
            "Writing, then the end",
            "Subscribed",
            "Subscribed, within an event",
            "Lingering",
        ],
    );
}

#[test]
fn the_rest_of_a_request_comes() {
    becomes(
        |pair| pair.receive(b"/1.1\r\nHost: a\r\n\r\n"),
        [
            "Lingering",
            "Idle",
            "Deferred",
            "Polling",
            "Writing, then the next request",
            "Writing, then a stream",
            "Writing, then the end",
            "Subscribed",
            "Subscribed, within an event",
            "Lingering",
        ],
    );
}

#[test]
fn the_peer_takes_everything() {
    becomes(
        |pair| pair.take(usize::MAX),
        [
            "Idle",
            "Reading",
            "Deferred",
            "Polling",
            "Idle",
            "Subscribed",
            "Lingering",
            "Subscribed",
            "Subscribed",
            "Lingering",
        ],
    );
}

#[test]
fn the_peer_takes_nothing() {
    becomes(|pair| pair.take(0), STATES.map(|(name, _)| name));
}

#[test]
fn the_peer_half_closes() {
    becomes(
        |pair| pair.half_close(),
        [
            "closed",
            "closed",
            "Deferred",
            "closed",
            "Writing, then the next request",
            "closed",
            "Writing, then the end",
            "closed",
            "closed",
            "closed",
        ],
    );
}

#[test]
fn the_peer_half_closes_and_takes_what_is_owed_to_it() {
    let event = |pair: &mut Pair| {
        pair.half_close();
        pair.half_close();
        pair.resolve();
        pair.release();
        pair.take(usize::MAX);
    };
    becomes(event, ["closed"; 10]);
    says(
        event,
        [
            "",
            "refused 400\n",
            "later Get /later \"\"\n",
            "at no event Get /poll \"\"\n",
            "now Get / \"\"\n",
            "",
            "now Get / \"\"\n",
            "",
            "",
            "",
        ],
    );
}

#[test]
fn its_deadline_comes() {
    becomes(
        |pair| pair.expire(),
        [
            "closed",
            "Lingering",
            "Deferred",
            "Idle",
            "closed",
            "closed",
            "closed",
            "Subscribed",
            "closed",
            "closed",
        ],
    );
    says(
        |pair| pair.expire(),
        [
            "",
            "refused 408\n",
            "",
            "at no event Get /poll \"\"\n",
            "",
            "",
            "",
            "8\r\n: ping\n\n\r\n",
            "",
            "",
        ],
    );
}

#[test]
fn its_deadline_comes_and_the_peer_takes_nothing() {
    becomes(
        |pair| {
            pair.room = 0;
            pair.expire();
        },
        [
            "closed",
            "Writing, then the end",
            "Deferred",
            "Writing, then the next request",
            "closed",
            "closed",
            "closed",
            "Writing, then a stream",
            "closed",
            "closed",
        ],
    );
}

#[test]
fn streams_are_ended_and_nothing_else_is() {
    becomes(
        |pair| {
            let was_subscriber = pair.connection.is_subscriber();
            assert_eq!(pair.conclude(), was_subscriber);
            assert!(!pair.connection.is_subscriber());
        },
        [
            "Idle",
            "Reading",
            "Deferred",
            "Polling",
            "Writing, then the next request",
            "Writing, then the end",
            "Writing, then the end",
            "Lingering",
            "Writing, then the end",
            "Lingering",
        ],
    );
}

#[test]
fn a_job_is_done() {
    becomes(
        |pair| pair.resolve(),
        STATES.map(|(name, _)| match name {
            "Deferred" => "Idle",
            name => name,
        }),
    );
}

#[test]
fn held_requests_are_released() {
    becomes(
        |pair| pair.release(),
        STATES.map(|(name, _)| match name {
            "Polling" => "Idle",
            name => name,
        }),
    );
}

#[test]
fn an_event_is_published() {
    becomes(
        |pair| pair.publish("{}"),
        STATES.map(|(name, _)| match name {
            "Polling" => "Idle",
            name => name,
        }),
    );
    says(
        |pair| pair.publish("{}"),
        [
            "",
            "",
            "",
            "at an event Get /poll \"\"\n",
            "now Get / \"\"\n",
            "the head\n21\r\nid: 2-0\nevent: picture\ndata: {}\n\n\r\n",
            "now Get / \"\"\n",
            "21\r\nid: 2-0\nevent: picture\ndata: {}\n\n\r\n",
            "\nid: 2-0\nevent: picture\ndata: {}\n\n\r\n21\r\nid: 2-1\nevent: picture\ndata: {}\n\n\r\n",
            "",
        ],
    );
}

#[test]
fn a_subscriber_counts_as_one_from_the_request_to_the_end() {
    let counted = STATES.map(|(_, make)| make().connection.is_subscriber());
    let subscribers = [
        false, false, false, false, false, true, false, true, true, false,
    ];
    assert_eq!(counted, subscribers);
}
