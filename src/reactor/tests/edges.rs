//! Edges: the kernel reports a change of readiness once, and the loop reads on without another report.

use super::*;

#[test]
fn input_behind_a_full_read_is_read_without_a_new_edge() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    client.write_all(&[0; SCRATCH + 1]).unwrap();
    bench.turn_until_alarm(1, millis(50));
    assert_eq!(
        bench.handler.bytes(at),
        SCRATCH + 1,
        "the kernel has reported the input once. A read that fills its buffer leaves bytes behind, which are no change: \
         the loop must read until the socket would block"
    );
}

#[test]
fn a_fast_sender_is_read_from_a_bounded_number_of_times_per_turn_and_starves_no_other_connection() {
    let mut bench = Bench::new();
    let (fast, greedy) = bench.connect();
    let (mut slow, modest) = bench.connect();
    let sender = thread::spawn(move || (&fast).write_all(&[0; 4 << 20]).map(|()| fast));
    bench.turn_until(|handler| handler.bytes(greedy) > 0);
    slow.write_all(b"x").unwrap();
    let mut before = bench.handler.bytes(greedy);
    while bench.handler.bytes(greedy) < 4 << 20 {
        bench.turn();
        let now = bench.handler.bytes(greedy);
        assert!(
            now - before <= READS_PER_TURN * SCRATCH,
            "{} bytes of one connection in one turn, instead of {READS_PER_TURN} reads: all others wait meanwhile",
            now - before
        );
        before = now;
    }
    let order: Vec<Token> = bench.handler.received.iter().map(|(at, _)| *at).collect();
    let place = order
        .iter()
        .position(|at| *at == modest)
        .expect("the slow sender was read from");
    assert!(place < order.len() - 1, "before the end of the fast sender");
    sender.join().unwrap().unwrap();
}

#[test]
fn input_that_a_turn_leaves_unread_is_read_in_the_next_turn_without_a_new_edge() {
    let mut bench = Bench::new();
    let (client, at) = bench.connect();
    let size = 10 * READS_PER_TURN * SCRATCH;
    bench.handler.pauses = true;
    let sender = thread::spawn(move || (&client).write_all(&vec![0; size]).map(|()| client));
    bench.turn_until(|handler| handler.bytes(at) > 0);
    bench.handler.pauses = false;
    bench.reactor.io.with(at, |slot| slot.socket.resume());
    bench.turn_until(|handler| handler.bytes(at) == size);
    let client = sender.join().unwrap().unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    bench.turn_until(|handler| handler.ended == [at]);
}
