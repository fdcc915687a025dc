//! A process that stood still, and sockets that are not read from: the reports to their owners, and when these come.

use super::*;

/// Clients whose connections were accepted, in the order of the tokens.
fn crowd(bench: &mut Bench, count: usize) -> Vec<(TcpStream, Token)> {
    (0..count).map(|_| bench.connect()).collect()
}

#[test]
fn no_deadline_expires_before_all_that_had_arrived_was_read() {
    let mut bench = Bench::new();
    let mut crowd = crowd(&mut bench, EVENTS_PER_TURN + 50);
    for (client, at) in &mut crowd {
        client.write_all(b"x").unwrap();
        bench.deadline(*at, millis(10));
    }
    thread::sleep(millis(30));
    bench.turn();
    assert_eq!(bench.handler.received.len(), EVENTS_PER_TURN);
    assert_eq!(bench.handler.expired.len(), 0, "the wait was full");
    bench.turn();
    assert_eq!(bench.handler.received.len(), crowd.len());
    assert_eq!(bench.handler.expired.len(), crowd.len());
}

#[test]
fn an_interrupted_wait_is_followed_by_no_expiry() {
    let mut bench = Bench::new();
    let (_client, at) = bench.connect();
    bench.deadline(at, millis(0));
    thread::sleep(millis(20));
    bench.reactor.io.take_time(None, false);
    bench.reactor.note_wait(true);
    bench.reactor.expire(&mut bench.handler);
    assert_eq!(bench.handler.expired.len(), 0);
    bench.reactor.note_wait(false);
    bench.reactor.expire(&mut bench.handler);
    assert_eq!(bench.handler.expired.len(), 1);
}

#[test]
fn waits_that_are_always_full_put_deadlines_off_until_each_connection_was_told_of() {
    let mut bench = Bench::new();
    let mut crowd = crowd(&mut bench, 2 * EVENTS_PER_TURN);
    bench.deadline(crowd[0].1, millis(0));
    thread::sleep(millis(20));
    for turn in 1..=3 {
        assert_eq!(bench.handler.expired.len(), 0, "before turn {turn}");
        for (client, _) in &mut crowd {
            client.write_all(b"x").unwrap();
        }
        bench.turn();
    }
    assert_eq!(bench.handler.expired.len(), 1);
}

#[test]
fn a_wait_that_lasts_much_longer_than_it_was_to_is_a_pause() {
    let mut bench = Bench::new();
    let before = bench.reactor.io.resumed();
    bench.reactor.io.end_turn();
    thread::sleep(io::PAUSE + millis(20));
    bench.reactor.io.take_time(None, false);
    assert_eq!(bench.reactor.io.resumed(), before, "it had all the time");
    bench.reactor.io.end_turn();
    thread::sleep(io::PAUSE + millis(20));
    bench.reactor.io.take_time(Some(millis(10)), false);
    assert_eq!(bench.reactor.io.resumed(), bench.reactor.io.now());
    let before = bench.reactor.io.resumed();
    bench.reactor.io.end_turn();
    thread::sleep(io::PAUSE + millis(20));
    bench.reactor.io.take_time(Some(PATIENCE), true);
    assert!(
        bench.reactor.io.resumed() != before,
        "it was stopped meanwhile"
    );
}

#[test]
fn the_end_of_a_paused_socket_is_told_and_whether_there_is_input_before_it() {
    let mut bench = Bench::new();
    bench.handler.pauses = true;
    for more in [&b""[..], b"more"] {
        let (mut client, at) = bench.connect();
        client.write_all(b"x").unwrap();
        bench.turn_until(|handler| handler.bytes(at) == 1);
        client.write_all(more).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        bench.turn_until(|handler| handler.ended.contains(&at));
        let has_input = bench.reactor.io.with(at, |slot| slot.socket.has_input());
        assert_eq!(has_input, Some(!more.is_empty()));
        assert_eq!(bench.handler.bytes(at), 1, "it is still paused");
    }
    assert_eq!(bench.handler.ended.len(), 2, "each is told once");
}

#[test]
fn an_end_that_came_with_the_input_at_which_the_socket_was_paused_is_told() {
    let mut bench = Bench::new();
    bench.handler.pauses = true;
    let (mut client, at) = bench.connect();
    client.write_all(b"x").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    bench.turn_until(|handler| handler.ended == [at]);
}

#[test]
fn the_top_of_the_slab_falls_when_the_slots_at_its_end_are_free() {
    let mut bench = Bench::new();
    let crowd = crowd(&mut bench, 5);
    assert_eq!(bench.reactor.io.top(), 5);
    for (closed, top) in [(3, 5), (4, 3), (0, 3), (2, 2), (1, 0)] {
        bench.close(crowd[closed].1);
        assert_eq!(bench.reactor.io.top(), top);
    }
}

#[test]
fn a_failure_of_one_connection_is_passed_over_and_any_other_makes_the_listener_stand_back() {
    for (code, is_the_peers) in [
        (libc::ECONNABORTED, true),
        (libc::EHOSTUNREACH, true),
        (libc::EMFILE, false),
        (libc::ENOBUFS, false),
        (libc::EPERM, false),
        (libc::EINVAL, false),
    ] {
        let error = std::io::Error::from_raw_os_error(code);
        assert_eq!(super::super::listener::is_the_peers(&error), is_the_peers);
    }
}
