//! A process that was suspended: the order of input and deadlines afterwards.

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
    bench.reactor.io.pass(millis(30));
    bench.turn();
    assert_eq!(bench.handler.received.len(), EVENTS_PER_TURN);
    assert_eq!(
        bench.handler.expired.len(),
        0,
        "the wait was full: sockets that it left out may have input, by which a peer kept its deadline"
    );
    bench.turn();
    assert_eq!(bench.handler.received.len(), crowd.len());
    assert_eq!(bench.handler.expired.len(), crowd.len());
}

#[test]
fn an_interrupted_wait_is_followed_by_no_expiry() {
    let mut bench = Bench::new();
    let (_client, at) = bench.connect();
    bench.deadline(at, millis(0));
    bench.reactor.io.pass(millis(20));
    bench.reactor.io.take_time(None, false);
    bench.reactor.note_wait(true);
    bench.reactor.expire(&mut bench.handler);
    assert_eq!(bench.handler.expired.len(), 0);
    bench.reactor.note_wait(false);
    bench.reactor.expire(&mut bench.handler);
    assert_eq!(bench.handler.expired.len(), 1);
}

/// A stop takes effect when the process is next to run: the kernel may have collected the events of the wait by then, and
/// input that comes during the stop is not among them.
#[test]
fn after_a_wait_that_ended_just_before_a_suspension_no_deadline_expires_in_that_turn() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    bench.turn();
    bench.deadline(at, millis(10));
    client.write_all(b"x").unwrap();
    bench.reactor.io.pass(Duration::from_secs(1));
    bench.turn();
    assert_eq!(
        bench.handler.expired.len(),
        0,
        "the report of this wait may be as old as the suspension: the next wait tells which peers kept their deadlines"
    );
    bench.turn();
    assert_eq!(bench.handler.expired.len(), 1);
}

#[test]
fn after_full_waits_no_deadline_expires_before_each_connection_was_reported() {
    let mut bench = Bench::new();
    let mut crowd = crowd(&mut bench, 2 * EVENTS_PER_TURN);
    bench.deadline(crowd[0].1, millis(0));
    bench.reactor.io.pass(millis(20));
    for turn in 1..=3 {
        assert_eq!(bench.handler.expired.len(), 0, "before turn {turn}");
        for (client, _) in &mut crowd {
            client.write_all(b"x").unwrap();
        }
        bench.turn();
    }
    assert_eq!(bench.handler.expired.len(), 1);
}
