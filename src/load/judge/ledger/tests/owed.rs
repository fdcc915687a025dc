//! Which events are owed to a subscriber that comes, leaves, or comes back; and the bounds of the memory.

use super::*;

#[test]
fn a_newcomer_is_owed_what_is_published_after_it_came() {
    let mut run = Run::of(3);
    run.leaves(2, false);
    let first = run.publish();
    run.get(0..2, first);
    let on_its_way = run.publish();
    run.opens(2);
    run.get([2, 2], first);
    run.get([0, 1], on_its_way);
    run.get([2], on_its_way);
    let last = run.publish();
    run.get(0..2, last);
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 lost, 2 not checked");
    assert_eq!(named(&judgement, Kind::Lost), [(2, Some(last))]);
}

#[test]
fn a_subscriber_that_resumes_is_owed_all_and_one_that_cannot_is_not_checked_while_it_was_away() {
    for (resumes, comes_back, expected) in [
        (true, true, "3 lost"),
        (false, true, "1 lost, 2 not checked"),
        (false, false, "1 lost, 2 not checked"),
        (true, false, "3 not checked"),
    ] {
        let mut run = Run::of(2);
        let old = run.publish();
        run.get([0], old);
        run.now += 2000;
        let young = run.publish();
        run.get([0], young);
        run.leaves(1, resumes);
        let away = run.publish();
        run.get([0], away);
        if comes_back {
            run.opens(1);
        }
        let judgement = run.end();
        assert_eq!(faults(&judgement), expected, "{resumes} {comes_back}");
    }
}

#[test]
fn an_event_that_comes_with_a_head_that_was_held_back_or_right_after_is_the_first_that_is_owed() {
    let mut run = Run::of(0);
    run.ledger = Ledger::new(3, TIMEOUT);
    (run.opened, run.held) = (vec![0; 3], vec![true; 3]);
    let number = run.publish();
    for subscriber in 0..3 {
        run.ledger
            .opens(&run.broadcasts, subscriber, run.now(), true);
        if subscriber == 2 {
            run.ledger.came_alone(subscriber, run.now());
        }
        run.get([subscriber], number);
        run.ledger.came_alone(subscriber, run.now());
    }
    assert!(run.ledger.withholds_heads());
    let number = run.publish();
    run.get([0, 2], number);
    let judgement = run.end();
    assert_eq!(
        (faults(&judgement).as_str(), judgement.totals.expected),
        ("1 lost", 6)
    );
}

#[test]
fn a_head_that_comes_late_and_alone_begins_what_is_owed() {
    let mut run = Run::of(2);
    run.leaves(1, false);
    run.now += 2000;
    run.ledger.opens(&run.broadcasts, 1, run.now(), true);
    run.ledger.came_alone(1, run.now());
    run.held[1] = true;
    let lost = run.publish();
    run.get([0], lost);
    let number = run.publish();
    run.get([0, 1], number);
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 lost");
    assert_eq!(named(&judgement, Kind::Lost), [(1, Some(lost))]);
}

#[test]
fn after_a_gap_that_the_server_tells_of_what_was_before_is_not_owed() {
    let mut run = Run::of(2);
    let number = run.publish();
    run.get([0], number);
    run.ledger.skip(1, run.now());
    assert!(!run.ledger.is_owed(1));
    assert_eq!(faults(&run.end()), "");
}

#[test]
fn an_event_that_others_publish_at_the_end_may_still_be_on_its_way() {
    let mut run = Run::of(4);
    run.ledger.close();
    for subscriber in 0..3 {
        run.gets(subscriber, "n", "", b"news");
    }
    assert!((0..4).all(|subscriber| !run.ledger.is_owed(subscriber)));
    assert_eq!(faults(&run.end()), "");
}

#[test]
fn memory_is_bounded_however_many_events_come() {
    let mut run = Run::of(3);
    for number in 0..20_000 {
        run.gets(0, &format!("private {number}"), "", b"news");
    }
    assert!(run.ledger.ids.len() <= 4097, "{}", run.ledger.ids.len());
    let judgement = run.end();
    assert_eq!(
        (faults(&judgement).as_str(), judgement.totals.private),
        ("", 20_000)
    );
}

#[test]
fn in_a_long_run_the_oldest_events_are_judged_and_forgotten() {
    let mut run = Run::of(2);
    let many = entries::MOST as u64 + 500;
    for _ in 0..many {
        let number = run.publish();
        run.get([0], number);
        if number != 5 {
            run.get([1], number);
        }
    }
    assert!(run.ledger.entries.iter().count() <= entries::MOST + 1);
    assert!(run.ledger.ids.len() <= entries::MOST + 1);
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 lost");
    assert_eq!(judgement.totals.expected, 2 * many);
    assert_eq!(named(&judgement, Kind::Lost), [(1, Some(5))]);
}
