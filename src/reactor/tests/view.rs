//! The view of the loop: looks are taken between turns, and only while the view is open.

use super::*;
use crate::timer_wheel::Tick;

/// A bound on the sleep of a loop that nothing else wakes: three looks and a half.
const LONG: Duration = Duration::from_millis(350);

#[test]
fn a_closed_view_takes_no_look_and_has_no_step_timed() {
    let mut bench = Bench::new();
    for _ in 0..100 {
        bench.reactor.io.alarm(1, Duration::ZERO);
        bench.turn();
    }
    assert_eq!(bench.handler.looks, []);
    assert!(!bench.reactor.io.view.wants_steps());
    bench.reactor.io.open_view();
    assert!(bench.reactor.io.view.wants_steps());
    bench.reactor.io.close_view();
    assert!(!bench.reactor.io.view.wants_steps());
}

#[test]
fn looks_are_no_turns_and_do_not_end_the_sleep_of_the_loop() {
    let mut bench = Bench::new();
    // The mailbox wakes a new loop.
    bench.turn();
    bench.reactor.io.open_view();
    bench.reactor.io.alarm(1, LONG);
    bench.turn();
    let noted = &bench.handler;
    assert_eq!(noted.alarms.len(), 1, "the turn is that of the alarm");
    assert!(noted.looks.len() >= 2, "{:?}", noted.looks);
    assert!(
        noted.looks.iter().all(|(_, turns)| *turns == 0),
        "{:?}",
        noted.looks
    );
    assert_eq!(bench.reactor.io.meter().turns.total(), 2);
}

#[test]
fn a_look_has_each_turn_since_the_last_look_up_to_sixty() {
    let mut bench = Bench::new();
    bench.reactor.io.open_view();
    bench.reactor.io.take_turns();
    for _ in 0..200 {
        bench.reactor.io.alarm(1, Duration::ZERO);
        bench.turn();
    }
    let (last, _) = bench.reactor.io.take_turns();
    assert_eq!(last, 200);
    let shown = bench.handler.looks.iter().map(|(_, turns)| *turns);
    assert!(
        shown.clone().all(|turns| turns <= 60),
        "{:?}",
        bench.handler.looks
    );
}

#[test]
fn a_busy_loop_is_looked_at_as_well() {
    let mut bench = Bench::new();
    bench.reactor.io.open_view();
    let begun = Instant::now();
    while bench.handler.looks.len() < 3 {
        bench.reactor.step(&mut bench.handler, false).unwrap();
        assert!(begun.elapsed() < PATIENCE);
    }
}

#[test]
fn a_sight_of_a_connection_has_its_deadlines_and_the_bytes_that_the_kernel_holds() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    let deadline = bench.reactor.io.now().after(Duration::from_secs(1));
    bench.reactor.io.with(at, |slot| {
        slot.socket.set_deadline(deadline);
        slot.socket.pause();
    });
    bench
        .reactor
        .io
        .with(at, |slot| slot.socket.set_deadline(deadline.after(LONG)));
    client.write_all(b"seven b").unwrap();
    let _ = bench
        .reactor
        .io
        .with(at, |slot| slot.socket.write(&[0; 4096]));
    let sights = bench.reactor.io.sights(&[at]);
    let [sight] = &sights[..] else {
        panic!("one connection");
    };
    let now = bench.reactor.io.now();
    let until = |tick: Tick| Some(i64::from(tick.distance(now)) * 10);
    assert_eq!((sight.slot, sight.generation), (0, 1));
    assert_eq!(sight.deadline, until(deadline.after(LONG)));
    assert_eq!(
        sight.armed,
        until(deadline),
        "the entry stays, since it comes up no later"
    );
    assert!(sight.is_paused && !sight.is_apart);
    assert_eq!(sight.unread, Some(7));
    let (entries, buckets) = bench.reactor.io.buckets();
    assert_eq!(entries, 2, "the deadline's and the watchdog's");
    let until: Vec<_> = buckets
        .iter()
        .map(|bucket| (bucket.until, bucket.sockets))
        .collect();
    assert_eq!(until[0], (sight.armed.unwrap(), 1));
}
