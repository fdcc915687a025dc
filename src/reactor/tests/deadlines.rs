//! The cost of the wheel's entries, and the number of deadlines that a turn meets.

use super::*;

#[test]
fn an_entry_that_was_overtaken_sets_nothing_again() {
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
    assert_eq!(left, 2, "one of the connection and one of the alarm");
}

#[test]
fn deadlines_that_line_up_are_met_a_bounded_number_per_turn() {
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
        assert_eq!(bench.handler.alarms.len(), so_far, "after {turn} turns");
    }
}
