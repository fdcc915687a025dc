//! The number of the wheel's entries, and of deadlines that expire in a turn.

use super::*;

#[test]
fn a_void_entry_of_the_wheel_is_not_set_again() {
    let mut bench = Bench::new();
    let (_client, at) = bench.connect();
    let entries = bench.reactor.io.entries();
    for wait in [60, 20] {
        bench.deadline(at, millis(wait));
        bench.reactor.io.alarm(1, millis(wait));
    }
    bench.turn_until(|handler| handler.expired.len() == 1 && handler.alarms.len() == 1);
    bench.deadline(at, PATIENCE / 2);
    bench.reactor.io.alarm(1, PATIENCE / 2);
    bench.reactor.io.alarm(2, millis(100));
    bench.turn_until(|handler| handler.alarms.iter().any(|(id, _)| *id == 2));
    let left = bench.reactor.io.entries() - entries;
    assert_eq!(
        left, 2,
        "an entry of the connection and an entry of the alarm: an entry that was overtaken must not set another, or the \
         wheel fills with entries of one connection"
    );
}

#[test]
fn of_deadlines_that_come_together_a_bounded_number_expire_per_turn() {
    let mut bench = Bench::new();
    let first = WATCHDOG + 1;
    let count = 2 * EXPIRIES_PER_TURN + 5;
    (first..)
        .take(count)
        .for_each(|id| bench.reactor.io.alarm(id, Duration::ZERO));
    for turn in 1..=3 {
        let before = bench.handler.alarms.len();
        bench.turn_until(|handler| handler.alarms.len() > before);
        let so_far = (EXPIRIES_PER_TURN * turn).min(count);
        assert_eq!(
            bench.handler.alarms.len(),
            so_far,
            "deadlines after {turn} turns: each turn may serve {EXPIRIES_PER_TURN}, for all sockets wait meanwhile"
        );
    }
}
