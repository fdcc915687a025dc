//! The connection's waits: what it waits for, and since when. The server makes its deadline of them.

use super::*;

/// The pair after so many ticks.
fn later(pair: &mut Pair, ticks: u32) -> &mut Pair {
    pair.now = at(ticks);
    pair
}

#[test]
fn a_new_connection_keeps_the_deadline_that_it_was_opened_with() {
    assert_eq!(Pair::new().drive(), Halt::Waits(Waits::Unchanged));
}

#[test]
fn a_requests_time_begins_with_its_first_byte_however_many_follow() {
    let mut pair = Pair::new();
    for (byte, tick) in get("/").bytes().zip(5..).take(20) {
        let waits = later(&mut pair, tick).receive(&[byte]);
        assert_eq!(waits, Halt::Waits(Waits::ForRest(at(5))));
    }
}

#[test]
fn empty_lines_win_no_time_not_even_by_halves() {
    let mut pair = Pair::new();
    for (byte, tick) in "\r\n\r\n\r".bytes().zip(1..) {
        let waits = later(&mut pair, tick).receive(&[byte]);
        assert_eq!(waits, Halt::Waits(Waits::Unchanged));
    }
    let waits = later(&mut pair, 9).receive(b"\nG");
    assert_eq!(waits, Halt::Waits(Waits::ForRest(at(9))));
    let mut answered = Pair::new();
    answered.receive((get("/") + "\r").as_bytes());
    assert_eq!(answered.halt, Halt::Waits(Waits::ForRequest));
    assert_eq!(
        later(&mut answered, 9).receive(b"\n\r"),
        Halt::Waits(Waits::Unchanged)
    );
    assert_eq!(answered.expire(), Halt::Closed(None));
}

#[test]
fn after_the_answer_the_next_requests_first_byte_is_waited_for() {
    let mut pair = Pair::asking("/");
    assert_eq!(pair.halt, Halt::Waits(Waits::ForRequest));
    assert_eq!(later(&mut pair, 3).drive(), Halt::Waits(Waits::Unchanged));
    let waits = later(&mut pair, 9).receive(b"G");
    assert_eq!(waits, Halt::Waits(Waits::ForRest(at(9))));
}

#[test]
fn input_behind_a_request_has_its_time_from_the_answer_on() {
    let mut pair = Pair::new();
    pair.receive((get("/later") + "GET").as_bytes());
    assert_eq!(pair.halt, Halt::Waits(Waits::ForAnswer));
    let waits = later(&mut pair, 7).resolve();
    assert_eq!(waits, Halt::Waits(Waits::ForRest(at(7))));
}

#[test]
fn a_request_that_comes_while_an_answer_is_written_has_its_time_from_its_first_byte_on() {
    let mut pair = Pair::new();
    pair.take(0);
    pair.receive(get("/").as_bytes());
    later(&mut pair, 50).receive(b"G");
    later(&mut pair, 60).receive(b"E");
    let waits = later(&mut pair, 70).take(usize::MAX);
    assert_eq!(waits, Halt::Waits(Waits::ForRest(at(50))));
}

#[test]
fn a_body_that_was_told_to_continue_has_no_more_time_for_it() {
    let mut pair = Pair::new();
    pair.receive(b"POST / HTTP/1.1\r\nHost: a\r\n");
    let waits = later(&mut pair, 4).receive(b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_eq!(pair.taken, CONTINUE);
    assert_eq!(waits, Halt::Waits(Waits::ForRest(at(0))));
}

#[test]
fn an_answer_under_way_is_waited_for_without_a_bound() {
    let mut pair = Pair::asking("/later");
    for tick in 0..5 {
        assert_eq!(
            later(&mut pair, tick).drive(),
            Halt::Waits(Waits::ForAnswer)
        );
        assert_eq!(pair.receive(b"more"), Halt::Waits(Waits::ForAnswer));
        assert_eq!(pair.expire(), Halt::Waits(Waits::ForAnswer));
    }
}

#[test]
fn a_peers_time_begins_anew_with_each_byte_that_it_takes_and_with_nothing_else() {
    let mut pair = Pair::new();
    pair.take(0);
    assert_eq!(
        pair.receive(get("/").as_bytes()),
        Halt::Waits(Waits::ForRoom(at(0)))
    );
    for (tick, room, moved) in [(1, 0, 0), (2, 1, 2), (3, 0, 2), (4, 2, 4), (9, 0, 4)] {
        let waits = later(&mut pair, tick).take(room);
        assert_eq!(waits, Halt::Waits(Waits::ForRoom(at(moved))), "{tick}");
        assert_eq!(pair.receive(b"\r\n"), waits);
    }
    let waits = later(&mut pair, 10).take(usize::MAX);
    assert_eq!(waits, Halt::Waits(Waits::ForRequest));
}

#[test]
fn a_subscribers_time_begins_anew_with_each_event_it_takes() {
    let mut pair = Pair::asking("/stream");
    assert_eq!(pair.halt, Halt::Waits(Waits::ForNews));
    assert_eq!(later(&mut pair, 3).drive(), Halt::Waits(Waits::Unchanged));
    assert_eq!(pair.receive(b"noise"), Halt::Waits(Waits::Unchanged));
    let waits = later(&mut pair, 4).publish("{}");
    assert_eq!(waits, Halt::Waits(Waits::ForNews));
    assert_eq!(later(&mut pair, 5).drive(), Halt::Waits(Waits::Unchanged));
}

#[test]
fn a_subscriber_that_takes_no_more_has_time_from_then_on_or_from_the_last_byte_it_took() {
    let mut pair = Pair::asking("/stream");
    pair.room = 0;
    let waits = later(&mut pair, 1).publish("{}");
    assert_eq!(waits, Halt::Waits(Waits::ForRoom(at(1))));
    assert_eq!(later(&mut pair, 2).take(0), Halt::Waits(Waits::Unchanged));
    assert_eq!(pair.publish("{}"), Halt::Waits(Waits::Unchanged));
    let waits = later(&mut pair, 3).take(1);
    assert_eq!(waits, Halt::Waits(Waits::ForRoom(at(3))));
    assert_eq!(later(&mut pair, 4).take(0), Halt::Waits(Waits::Unchanged));
    let waits = later(&mut pair, 5).take(usize::MAX);
    assert_eq!(waits, Halt::Waits(Waits::ForNews));
}

#[test]
fn a_heartbeat_counts_as_news_and_the_rest_of_it_as_something_to_take() {
    let mut pair = Pair::asking("/stream");
    let (now, heartbeat) = (at(1), Frame::new(b": ping\n\n"));
    let next = pair
        .connection
        .expire(&heartbeat, now, |slices| slices[0].len());
    assert!(matches!(next, Next::Wait(Waits::ForNews)));
    let next = pair.connection.expire(&heartbeat, now, |_| 3);
    assert!(matches!(next, Next::Wait(Waits::ForRoom(since)) if since == now));
    let waits = later(&mut pair, 2).take(0);
    assert_eq!(waits, Halt::Waits(Waits::ForRoom(at(1))));
    let waits = later(&mut pair, 3).take(usize::MAX);
    assert_eq!(waits, Halt::Waits(Waits::ForNews));
}

#[test]
fn the_peers_end_is_waited_for_since_the_last_answer_whatever_it_sends() {
    let mut connection = Connection::default();
    assert_eq!(connection.linger(at(5)), Waits::ForEnd(at(5)));
    let channel = Channel::new(1, Id::at(1));
    for tick in 6..9 {
        connection.receive(b"more", at(tick));
        let next = connection.step(&channel, at(tick), |_| 0);
        assert!(matches!(next, Next::Wait(Waits::ForEnd(since)) if since == at(5)));
    }
}

#[test]
fn the_end_of_a_stream_is_to_be_taken_in_time_as_well() {
    let mut pair = Pair::asking("/stream");
    pair.room = 0;
    assert!(later(&mut pair, 5).conclude());
    assert_eq!(pair.halt, Halt::Waits(Waits::ForRoom(at(5))));
    assert_eq!(
        pair.expire(),
        Halt::Closed(Some(Disconnected::WriteTimeout))
    );
}
