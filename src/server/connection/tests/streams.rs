//! Subscribers: heartbeats and ends in the middle of an event, and subscribers that fall off the ring.

use super::*;
use crate::http::LAST_CHUNK;

/// A subscriber that has taken all but the last `left` bytes that `event` sends it.
fn short_of<R>(left: usize, event: impl Fn(&mut Pair) -> R) -> Pair {
    let mut whole = Pair::asking("/stream");
    let before = whole.taken.len();
    event(&mut whole);
    let length = whole.taken.len() - before;
    let mut pair = Pair::asking("/stream");
    pair.room = length - left;
    event(&mut pair);
    pair
}

#[test]
fn a_subscriber_gets_the_latest_event_and_then_whatever_comes() {
    let mut pair = Pair::new();
    pair.publish("1");
    pair.publish("2");
    pair.receive(get("/stream").as_bytes());
    pair.publish("3");
    let expected = format!("the head\n{}{}", event("2-1", "2"), event("2-2", "3"));
    assert_eq!(pair.text(), expected);
}

#[test]
fn on_1_0_events_are_not_chunked() {
    let mut pair = Pair::new();
    pair.receive(b"GET /stream HTTP/1.0\r\n\r\n");
    pair.publish("1");
    pair.expire();
    assert!(pair.conclude());
    assert_eq!(
        pair.text(),
        "the head\nid: 2-0\nevent: picture\ndata: 1\n\n: ping\n\n"
    );
    assert_eq!(pair.halt, Halt::Finished);
}

#[test]
fn the_rest_of_a_heartbeat_goes_before_the_next_event() {
    let mut pair = short_of(5, |pair| pair.expire());
    pair.publish("1");
    pair.publish("2");
    pair.take(3);
    pair.take(usize::MAX);
    let events = event("2-0", "1") + &event("2-1", "2");
    assert_eq!(
        pair.text(),
        format!("the head\n8\r\n: ping\n\n\r\n{events}")
    );
}

#[test]
fn a_subscriber_within_an_event_gets_no_heartbeat() {
    for left in 1..=event("2-0", "1").len() {
        let mut pair = short_of(left, |pair| pair.publish("1"));
        assert_eq!(
            pair.expire(),
            Halt::Closed(Some(Disconnected::WriteTimeout)),
            "{left} bytes of an event are still to be sent: a heartbeat now would stand in the middle of the event"
        );
        assert!(event("2-0", "1").starts_with(&pair.text()["the head\n".len()..]));
    }
}

#[test]
fn a_stream_is_ended_behind_what_was_begun() {
    let whole = format!(
        "the head\n{}{}0\r\n\r\n",
        event("2-0", "1"),
        event("2-1", "2")
    );
    for left in 0..=event("2-0", "1").len() {
        let mut pair = short_of(left, |pair| pair.publish("1"));
        pair.publish("2");
        assert!(pair.conclude());
        assert!(!pair.conclude(), "only once");
        pair.publish("3");
        for _ in 0..whole.len() {
            pair.take(1);
        }
        assert_eq!(pair.text(), whole, "{left}");
        assert_eq!(pair.halt, Halt::Finished);
    }
}

#[test]
fn a_stream_is_ended_behind_the_rest_of_a_heartbeat_and_of_its_head() {
    for left in 1..=13 {
        let mut pair = short_of(left, |pair| pair.expire());
        pair.publish("1");
        assert!(pair.conclude());
        pair.take(usize::MAX);
        let expected = format!(
            "the head\n8\r\n: ping\n\n\r\n{}0\r\n\r\n",
            event("2-0", "1")
        );
        assert_eq!(pair.text(), expected, "{left}");
    }
    let mut pair = Pair::new();
    pair.take(4);
    pair.receive(get("/stream").as_bytes());
    assert!(pair.conclude());
    pair.take(usize::MAX);
    assert_eq!(pair.text(), "the head\n0\r\n\r\n");
}

/// A subscriber to a ring of one event that takes three of the bytes that `event` sends it.
fn held_up<R>(event: impl Fn(&mut Pair) -> R) -> Pair {
    let mut pair = Pair::with_history(1);
    pair.receive(get("/stream").as_bytes());
    pair.room = 3;
    event(&mut pair);
    pair
}

#[test]
fn a_subscriber_that_falls_off_the_ring_is_closed_at_once() {
    let mut pair = held_up(|pair| pair.publish("1"));
    assert_eq!(
        pair.publish("2"),
        Halt::Closed(Some(Disconnected::Slow)),
        "the ring has lost an event that the subscriber has not had: its stream must end, or it goes on as if it were whole"
    );
    let mut pair = held_up(|pair| pair.expire());
    assert!(matches!(pair.publish("1"), Halt::Waits(_)));
    assert_eq!(pair.publish("2"), Halt::Closed(Some(Disconnected::Slow)));
}

#[test]
fn a_subscriber_that_has_lost_its_place_is_not_told_that_its_stream_ended_well() {
    let mut pair = held_up(|pair| pair.publish("1"));
    pair.publish_quietly("2");
    assert!(pair.connection.conclude(&pair.channel, pair.now));
    pair.take(usize::MAX);
    assert_eq!(
        pair.text(),
        "the head\n20\r",
        "a last chunk tells the client that its stream was whole, and this stream lacks events"
    );
    assert_eq!(pair.halt, Halt::Finished);
}

#[test]
fn a_client_that_half_closed_before_its_stream_began_never_becomes_a_subscriber() {
    let mut pair = Pair::asking("/later");
    pair.receive(get("/stream").as_bytes());
    pair.half_close();
    assert_eq!(pair.resolve(), Halt::Closed(None));
    assert!(!pair.connection.is_subscriber());
    assert_eq!(pair.text(), "later Get /later \"\"\nthe head\n");
}

#[test]
fn a_stream_that_ends_while_its_subscriber_is_far_behind_holds_little_and_is_not_called_whole() {
    let mut channel = Channel::new(256, Id::default());
    for millis in 1..=256 {
        channel
            .push(Id::at(millis), "e", &"x".repeat(1000))
            .unwrap();
    }
    let (cursor, _) = channel.after(Id::default(), Framing::Chunked);
    let mut connection = Connection::Subscribed(cursor);
    assert!(connection.conclude(&channel, Tick::default()));
    let mut sent = Vec::new();
    let next = connection.step(&channel, Tick::default(), |slices| {
        let mut room = usize::MAX;
        take(&mut room, &mut sent, slices)
    });
    assert!(matches!(next, Next::Finish));
    assert!(
        sent.len() <= MAX_LAST_WORDS && !sent.ends_with(LAST_CHUNK),
        "the end of a stream holds {} bytes instead of {MAX_LAST_WORDS} at most: a copy of the ring for each subscriber \
         that is behind is more memory than there is",
        sent.len()
    );
}

#[test]
fn a_head_and_all_events_behind_the_resumed_one_are_one_write() {
    let mut pair = Pair::with_history(300);
    for _ in 0..200 {
        pair.publish("x");
    }
    pair.receive(get("/stream?all").as_bytes());
    assert_eq!(pair.text().matches("event: picture").count(), 200);
    assert_eq!((pair.writes, pair.halt), (1, Halt::Waits(Waits::ForNews)));
}

#[test]
fn a_peer_that_takes_a_part_of_head_and_events_is_not_offered_the_rest_before_it_has_room() {
    let mut pair = Pair::new();
    pair.publish("x");
    pair.take("the head\n".len() + 3);
    pair.receive(get("/stream").as_bytes());
    assert_eq!(pair.text(), "the head\n20\r");
    assert_eq!(pair.writes, 1);
    assert_eq!(pair.take(usize::MAX), Halt::Waits(Waits::ForNews));
    assert_eq!(pair.writes, 2);
    assert_eq!(pair.text(), format!("the head\n{}", event("2-0", "x")));
}
