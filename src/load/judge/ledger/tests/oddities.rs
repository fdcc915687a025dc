//! Servers that are odd and honest.

use super::*;

#[test]
fn two_events_of_one_publish_are_two_events() {
    for (ids, names, further) in [
        (["a", "b"], ["", ""], ["", ""]),
        (["", ""], ["x", "y"], ["", ""]),
        (["", ""], ["", ""], ["1", "2"]),
    ] {
        let mut run = Run::of(4);
        for _ in 0..3 {
            let number = run.publish();
            let data = |at: usize| format!("{}{}", run.broadcasts.keyword(number), further[at]);
            let data = [data(0), data(1)];
            let id = |at: usize| match ids[at] {
                "" => String::new(),
                id => format!("{number}{id}"),
            };
            for subscriber in 0..4 {
                for at in 0..2 {
                    run.gets(subscriber, &id(at), names[at], data[at].as_bytes());
                }
            }
        }
        let judgement = run.end();
        assert_eq!(
            (faults(&judgement).as_str(), judgement.totals.delivered),
            ("", 24),
            "{ids:?} {names:?}"
        );
    }
}

#[test]
fn ids_and_contents_of_their_own_for_each_subscriber_are_no_fault() {
    let mut run = Run::of(6);
    for _ in 0..4 {
        let number = run.publish();
        for subscriber in 0..6 {
            run.gets_with(
                subscriber,
                number,
                &format!("{subscriber}-{number}"),
                &subscriber.to_string(),
            );
        }
    }
    for subscriber in 0..6 {
        run.gets(subscriber, &format!("{subscriber}-x"), "", b"heartbeat");
    }
    let judgement = run.end();
    assert_eq!(faults(&judgement), "");
    assert_eq!(
        (judgement.totals.delivered, judgement.totals.private),
        (24, 6)
    );
    for words in [
        "4 events with a marker came with different ids",
        "private to 6 subscribers",
    ] {
        assert!(judgement.notes.iter().any(|note| note.contains(words)));
    }
}

#[test]
fn events_of_others_are_for_all_once_half_of_the_crowd_has_them() {
    let mut run = Run::of(8);
    for number in 0..4 {
        for subscriber in 0..8 {
            let is_lost = (number, subscriber) == (2, 5);
            let is_private = number == 3 && subscriber > 2;
            if !is_lost && !is_private {
                run.gets(subscriber, &format!("n{number}"), "", b"news");
            }
        }
    }
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 lost");
    assert_eq!(
        (judgement.totals.expected, judgement.totals.private),
        (24, 3)
    );
    assert_eq!(number_of(&judgement.which.of(Kind::Lost)[0]), 5);
}

#[test]
fn a_fault_about_an_event_of_others_is_told_with_its_moment_and_the_events_around_it() {
    let mut run = Run::of(6);
    let mut begun = Vec::new();
    for number in 0..4 {
        begun.push(run.now as f64 / 1000.0);
        for subscriber in (0..6).filter(|it| (number, *it) != (1, 3)) {
            run.gets(subscriber, &format!("n{number}"), "", b"news");
            if (number, subscriber) == (2, 4) {
                run.gets(subscriber, "n0", "", b"news");
            }
        }
    }
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 lost, 1 doubled");
    let ids = |kind: Kind| {
        let it = &judgement.which.of(kind)[0];
        [&it.event, &it.before, &it.after]
            .map(|event| event.clone().and_then(|event| event.id).unwrap_or_default())
    };
    assert_eq!(ids(Kind::Lost), ["n1", "n0", "n2"]);
    assert_eq!(ids(Kind::Doubled), ["n0", "n2", "n3"]);
    let at = judgement.which.of(Kind::Lost)[0].at;
    assert!((at - begun[1]).abs() < 0.01, "{at} {begun:?}");
}

#[test]
fn an_event_of_others_is_halved_at_the_subscriber_that_got_a_part_of_it() {
    for victim in [0, 2, 5] {
        let mut run = Run::of(6);
        for subscriber in 0..6 {
            let data = if subscriber == victim { "ne" } else { "news" };
            run.gets(subscriber, "7", "", data.as_bytes());
        }
        let judgement = run.end();
        assert_eq!(faults(&judgement), "1 halved");
        assert_eq!(named(&judgement, Kind::Halved), [(victim, None)]);
    }
}

#[test]
fn an_event_of_others_that_comes_again_is_doubled_unless_most_get_it_again() {
    for (again, expected) in [
        (&[2][..], "1 doubled"),
        (&[0], "1 doubled"),
        (&[0, 1, 2, 3, 4, 5], ""),
    ] {
        let mut run = Run::of(6);
        for subscriber in 0..6 {
            run.gets(subscriber, "7", "", b"news");
            if again.contains(&subscriber) {
                run.gets(subscriber, "7", "", b"news");
            }
        }
        let judgement = run.end();
        assert_eq!(faults(&judgement), expected, "{again:?}");
        let named: Vec<u32> = judgement
            .which
            .of(Kind::Doubled)
            .iter()
            .map(number_of)
            .collect();
        assert_eq!(
            named.as_slice(),
            if expected.is_empty() { &[] } else { again }
        );
    }
}

#[test]
fn heartbeats_with_the_id_of_the_last_event_are_no_events() {
    let mut run = Run::of(4);
    for _ in 0..3 {
        let number = run.publish();
        run.get(0..4, number);
        for subscriber in 0..4 {
            run.gets(subscriber, &number.to_string(), "", b"ping");
            run.gets(subscriber, &number.to_string(), "ping", b"");
        }
    }
    let judgement = run.end();
    assert_eq!(
        (faults(&judgement).as_str(), judgement.totals.delivered),
        ("", 12)
    );
}

#[test]
fn ids_that_differ_name_no_events_so_that_only_markers_are_checked() {
    let mut run = Run::of(4);
    for _ in 0..3 {
        let number = run.publish();
        for subscriber in 0..4 {
            // A subscriber that came later counts from 1.
            let id = if subscriber == 3 { number } else { number + 10 };
            run.gets_with(subscriber, number, &id.to_string(), "");
        }
    }
    for subscriber in 0..3 {
        run.gets(subscriber, "99", "", b"news");
    }
    let judgement = run.end();
    assert!(judgement.only_markers);
    assert_eq!(
        (faults(&judgement).as_str(), judgement.totals.expected),
        ("", 12)
    );
    assert!(judgement.notes[0].contains("not shared"));
}

#[test]
fn where_ids_differ_and_no_event_has_a_marker_no_check_of_markers_is_claimed() {
    let mut run = Run::of(4);
    for id in ["1", "2", "3"] {
        for subscriber in 0..4 {
            let data = format!("news {id} {subscriber}");
            run.gets(subscriber, id, "", data.as_bytes());
        }
    }
    let judgement = run.end();
    assert!(judgement.only_markers && judgement.totals.expected == 0);
    let note = &judgement.notes[0];
    assert!(note.contains("not shared") && note.contains("nothing could be checked"));
}

#[test]
fn ids_of_events_with_a_marker_tell_whether_ids_are_shared() {
    for (ids_differ, only_markers, note) in [
        (false, false, "with a content of its own"),
        (true, true, "not shared"),
    ] {
        let mut run = Run::of(4);
        for subscriber in 0..4 {
            let data = format!("hello {subscriber}");
            run.gets(subscriber, "welcome", "", data.as_bytes());
        }
        for _ in 0..3 {
            let number = run.publish();
            for subscriber in 0..4 {
                let id = number + if ids_differ { 10 * subscriber } else { 0 };
                run.gets_with(subscriber, number, &format!("n{id}"), "");
            }
        }
        let judgement = run.end();
        assert_eq!(judgement.only_markers, only_markers);
        assert_eq!(faults(&judgement), "");
        assert!(
            judgement.notes.iter().any(|it| it.contains(note)),
            "{:?}",
            judgement.notes
        );
    }
}

#[test]
fn heartbeats_with_one_id_right_after_all_came_are_no_repetitions_whoever_is_served_first() {
    let mut run = Run::of(8);
    for subscriber in 0..8 {
        run.leaves(subscriber, false);
        run.opens(subscriber);
    }
    for subscriber in [0, 0, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7] {
        run.gets(subscriber, "0", "beat", b"beat");
    }
    assert_eq!(faults(&run.end()), "");
}
