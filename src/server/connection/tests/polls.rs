//! Held requests: their ends, the bytes kept of them, and the requests behind them.

use super::*;

fn poll(pair: &Pair) -> &Poll {
    match &pair.connection {
        Connection::Polling(poll) => poll,
        _ => panic!("it is not held"),
    }
}

#[test]
fn a_held_request_waits_for_an_event_until_its_time_is_up_whatever_else_comes() {
    let mut pair = Pair::new();
    pair.now = at(5);
    let until = Halt::Waits(Waits::ForEvent(at(5).after(POLL)));
    assert_eq!(pair.receive(get("/poll").as_bytes()), until);
    pair.now = at(6);
    assert_eq!(pair.drive(), until);
    assert_eq!(pair.receive(b"GET / HT"), until);
    assert_eq!(pair.text(), "");
    pair.publish("{}");
    pair.half_close();
    assert_eq!(pair.text(), "at an event Get /poll \"\"\nrefused 400\n");
}

#[test]
fn requests_behind_a_held_request_are_answered_after_it_and_may_be_held_as_well() {
    let mut pair = Pair::new();
    let all = get("/poll") + &get("/a") + &get("/poll");
    pair.receive(all.as_bytes());
    pair.receive(get("/b").as_bytes());
    assert_eq!(pair.text(), "");
    pair.publish("{}");
    let first = "at an event Get /poll \"\"\nnow Get /a \"\"\n";
    assert_eq!(pair.text(), first);
    pair.expire();
    let rest = "at no event Get /poll \"\"\nnow Get /b \"\"\n";
    assert_eq!(pair.text(), first.to_owned() + rest);
    assert!(matches!(pair.connection, Connection::Idle));
}

#[test]
fn a_held_request_is_kept_as_the_bytes_that_it_came_in_and_no_more() {
    let request = get("/poll");
    let mut pair = Pair::new();
    for byte in request.bytes() {
        pair.receive(&[byte]);
    }
    assert_eq!(poll(&pair).bytes, request.as_bytes());
    assert_eq!(poll(&pair).bytes.capacity(), request.len());
    let mut pair = Pair::new();
    pair.receive((get("/").repeat(50) + &request).as_bytes());
    assert_eq!(poll(&pair).bytes.capacity(), request.len());
}

#[test]
fn a_body_survives_being_held_however_it_was_framed() {
    for framed in [
        "Content-Length: 5\r\n\r\nhello",
        "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\na: b\r\n\r\n",
    ] {
        let mut pair = Pair::new();
        let request = format!("\r\nPOST /poll HTTP/1.1\r\nHost: a\r\n{framed}");
        pair.receive((request + &get("/a")).as_bytes());
        assert_eq!(pair.text(), "", "{framed}");
        pair.publish("{}");
        assert_eq!(
            pair.text(),
            "at an event Post /poll \"hello\"\nnow Get /a \"\"\n",
            "{framed}"
        );
    }
}

#[test]
fn a_connection_whose_request_is_held_gets_no_input_until_the_answer() {
    let mut pair = Pair::asking("/poll");
    assert!(pair.connection.is_busy());
    pair.publish("{}");
    assert!(!pair.connection.is_busy());
}

#[test]
fn a_peer_that_ends_its_direction_is_answered_at_once_and_then_closed() {
    let mut pair = Pair::asking("/poll");
    pair.room = 5;
    pair.half_close();
    assert_eq!(
        pair.text(),
        "at no",
        "a peer that has ended its direction may be gone, as its end looks the same: its poll is answered, and held no more"
    );
    assert_eq!(pair.take(usize::MAX), Halt::Closed(None));
    assert_eq!(pair.text(), "at no event Get /poll \"\"\n");
}

#[test]
fn a_peer_that_has_ended_its_direction_has_none_of_its_further_polls_held() {
    let mut pair = Pair::new();
    pair.receive((get("/poll") + &get("/a") + &get("/poll")).as_bytes());
    assert_eq!(pair.half_close(), Halt::Closed(None));
    let poll = "at no event Get /poll \"\"\n";
    assert_eq!(pair.text(), format!("{poll}now Get /a \"\"\n{poll}"));
}

#[test]
fn a_held_request_whose_event_has_left_the_ring_is_answered_all_the_same() {
    let mut pair = Pair::with_history(1);
    pair.receive(get("/poll").as_bytes());
    pair.publish_quietly("{}");
    pair.publish_quietly("{}");
    pair.drive();
    assert_eq!(pair.text(), "at an event Get /poll \"\"\n");
}
