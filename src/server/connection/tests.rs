//! Subscribers whose socket takes no more amid something that is no event of the ring.

use super::*;
use crate::event::Id;

fn never(_: &[u8]) -> usize {
    0
}

/// A channel that holds one event, and a subscriber who has had it and then took a part of a heartbeat.
fn amid_a_heartbeat() -> (Channel, Connection) {
    let mut channel = Channel::new(1, Id::at(1));
    channel.publish(2, "picture", "{}");
    let now = Tick::default();
    let mut connection = Connection::Subscribed(channel.latest(Framing::Chunked));
    connection.step(&channel, now, |bytes| bytes.len());
    let heartbeat = Frame::new(b": ping\n\n");
    let next = connection.expire(&heartbeat, now, |_| 3);
    assert!(matches!(next, Next::Wait(Waits::ForRoom(_))));
    (channel, connection)
}

#[test]
fn the_rest_of_a_heartbeat_goes_before_the_next_event() {
    let (mut channel, mut connection) = amid_a_heartbeat();
    channel.publish(3, "picture", "{}");
    assert!(matches!(
        connection.step(&channel, Tick::default(), never),
        Next::Wait(Waits::ForRoom(_))
    ));
    let mut sent = String::new();
    connection.step(&channel, Tick::default(), |bytes| {
        sent.push_str(std::str::from_utf8(bytes).unwrap());
        bytes.len()
    });
    let event = "id: 3-0\nevent: picture\ndata: {}\n\n";
    assert_eq!(
        sent,
        format!(": ping\n\n\r\n{:x}\r\n{event}\r\n", event.len())
    );
}

#[test]
fn one_that_falls_off_the_ring_amid_a_heartbeat_is_closed_at_once() {
    let (mut channel, mut connection) = amid_a_heartbeat();
    channel.publish(3, "picture", "{}");
    channel.publish(4, "picture", "{}");
    assert!(matches!(
        connection.step(&channel, Tick::default(), never),
        Next::Close(Over::Slow)
    ));
}

#[test]
fn a_stream_that_ends_while_its_subscriber_is_far_behind_holds_little_and_is_not_called_whole() {
    let mut channel = Channel::new(256, Id::default());
    for _ in 0..256 {
        channel.publish(1, "e", &"x".repeat(1000));
    }
    let (cursor, _) = channel.after(Id::default(), Framing::Chunked);
    let mut connection = Connection::Subscribed(cursor);
    assert!(connection.conclude(&channel, Tick::default()));
    let mut sent = Vec::new();
    let next = connection.step(&channel, Tick::default(), |bytes| {
        sent.extend_from_slice(bytes);
        bytes.len()
    });
    assert!(matches!(next, Next::Finish));
    assert!(sent.len() <= MAX_LAST_WORDS && !sent.ends_with(LAST_CHUNK));
}
