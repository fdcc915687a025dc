//! Tables of what subscribers get, and the judgement on it; and a comparison with plain lists.

use super::*;
use crate::load::{judge::reader::Reader, wire::sse::Block};
use proptest::prelude::*;

mod against_lists;

/// The longest wait for an event.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A run whose subscribers hold their streams from the beginning. Its clock is in milliseconds.
struct Run {
    ledger: Ledger,
    broadcasts: Broadcasts,
    reader: Reader,
    now: u64,
    opened: Vec<u64>,
    held: Vec<bool>,
}

impl Run {
    fn of(subscribers: u32) -> Self {
        let mut run = Self {
            ledger: Ledger::new(subscribers, TIMEOUT),
            broadcasts: Broadcasts::new("x"),
            reader: Reader::default(),
            now: 0,
            opened: vec![0; subscribers as usize],
            held: vec![false; subscribers as usize],
        };
        for subscriber in 0..subscribers {
            run.opens(subscriber);
        }
        run.now = 5000;
        run
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.now)
    }

    fn opens(&mut self, subscriber: u32) {
        self.ledger
            .opens(&self.broadcasts, subscriber, self.now(), false);
        self.opened[subscriber as usize] = self.now;
        self.held[subscriber as usize] = true;
    }

    fn leaves(&mut self, subscriber: u32, resumes: bool) {
        self.ledger.leaves(subscriber, self.now(), true, resumes);
        self.held[subscriber as usize] = false;
    }

    /// Publishes, and has the answer at once. Returns the broadcast's number.
    fn publish(&mut self) -> u32 {
        self.now += 100;
        let number = self.broadcasts.begin(self.now(), 1);
        self.broadcasts.sent(number, self.now());
        self.now += 1;
        self.broadcasts.answered(number, self.now());
        self.now += 1;
        number
    }

    fn gets(&mut self, subscriber: u32, id: &str, name: &str, data: &[u8]) -> Seen {
        self.now += 1;
        let id = (!id.is_empty()).then_some(id.as_bytes());
        let block = Block {
            id,
            name: name.as_bytes(),
            data: Some(data),
        };
        let arrival = Arrival {
            subscriber,
            now: self.now(),
            opened: Duration::from_millis(self.opened[subscriber as usize]),
            id,
            data,
            facts: self.reader.read(&block, data, &mut self.broadcasts),
        };
        let seen = self.ledger.see(&self.broadcasts, &arrival);
        if let (Seen::Expected, Some(number)) = (seen, arrival.facts.marker) {
            self.broadcasts.arrived(number, self.now(), true);
        }
        seen
    }

    /// Each of the subscribers gets the broadcast with this number, with its number as id.
    fn get(&mut self, subscribers: impl IntoIterator<Item = u32>, broadcast: u32) {
        for subscriber in subscribers {
            self.gets_with(subscriber, broadcast, &broadcast.to_string(), "");
        }
    }

    /// A subscriber gets a broadcast with this id and further data.
    fn gets_with(&mut self, subscriber: u32, broadcast: u32, id: &str, further: &str) -> Seen {
        let data = format!(
            "{{\"keyword\":\"{}\"}}{further}",
            self.broadcasts.marker(broadcast)
        );
        self.gets(subscriber, id, "", data.as_bytes())
    }

    fn end(self) -> Judgement {
        let held = self.held;
        self.ledger
            .finish(&self.broadcasts, |subscriber| held[subscriber as usize])
    }
}

/// The subscribers and broadcasts of the faults of a kind.
fn named(judgement: &Judgement, kind: Kind) -> Vec<(u32, Option<u32>)> {
    let instances = judgement.which.of(kind).iter();
    let named = instances.map(|it| {
        let broadcast = it.event.as_ref().and_then(|event| event.broadcast);
        (it.subscriber.number, broadcast)
    });
    named.collect()
}

/// Faults in a few words: `1 lost, 2 doubled`.
fn faults(judgement: &Judgement) -> String {
    let totals = &judgement.totals;
    let faults = [
        (totals.lost, "lost"),
        (totals.late, "late"),
        (totals.doubled, "doubled"),
        (totals.misordered, "misordered"),
        (totals.altered, "altered"),
        (totals.halved, "halved"),
        (totals.invalid, "invalid"),
        (totals.not_checked, "not checked"),
        (totals.unseen, "unseen"),
    ];
    let faults = faults.iter().filter(|(number, _)| *number > 0);
    let faults: Vec<String> = faults
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    faults.join(", ")
}

#[test]
fn each_event_once_and_in_order_is_no_fault() {
    let mut run = Run::of(4);
    for _ in 0..3 {
        let number = run.publish();
        run.get(0..4, number);
    }
    let judgement = run.end();
    assert_eq!(faults(&judgement), "");
    assert_eq!(
        (judgement.totals.expected, judgement.totals.delivered),
        (12, 12)
    );
    assert_eq!(judgement.notes, Vec::<String>::new());
}

/// A lie about the second of three broadcasts, told to one of four subscribers.
fn lie(victim: u32, tell: impl Fn(&mut Run, u32, u32)) -> Judgement {
    let mut run = Run::of(4);
    for about in [false, true, false] {
        let number = run.publish();
        for subscriber in 0..4 {
            match about && subscriber == victim {
                true => tell(&mut run, subscriber, number),
                false => run.get([subscriber], number),
            }
        }
    }
    run.end()
}

#[test]
fn each_lie_is_named_with_its_culprit_whether_that_is_served_first_or_last() {
    type Tell = fn(&mut Run, u32, u32);
    let lies: [(&str, Kind, Tell); 9] = [
        ("1 lost", Kind::Lost, |_, _, _| {}),
        ("1 doubled", Kind::Doubled, |run, to, number| {
            run.get([to, to], number)
        }),
        ("1 doubled", Kind::Doubled, |run, to, number| {
            run.gets_with(to, number, "a", "");
            run.gets_with(to, number, "b", "");
        }),
        ("1 altered", Kind::Altered, |run, to, number| {
            run.gets_with(to, number, &number.to_string(), "!");
        }),
        ("1 altered", Kind::Altered, |run, to, number| {
            let data = format!("{{\"keyword\":\"{}\"}}", run.broadcasts.marker(number));
            run.gets(to, &number.to_string(), "other", data.as_bytes());
        }),
        ("1 halved", Kind::Halved, |run, to, number| {
            let data = format!("{{\"keyword\":\"{}", run.broadcasts.marker(number));
            run.gets(to, &number.to_string(), "", data.as_bytes());
        }),
        ("1 halved", Kind::Halved, |run, to, number| {
            run.gets(to, &number.to_string(), "", b"{\"keyw");
        }),
        ("1 altered", Kind::Altered, |run, to, number| {
            run.gets(to, &number.to_string(), "", b"hello");
        }),
        ("1 invalid", Kind::Invalid, |run, to, number| {
            let data = format!("{{\"keyword\":\"{}\"}}", run.broadcasts.marker(number));
            let data = [data.as_bytes(), b"\xff"].concat();
            run.gets(to, &number.to_string(), "", &data);
        }),
    ];
    for (number, (words, kind, tell)) in lies.into_iter().enumerate() {
        for victim in [1, 3, 0] {
            // An event that lost its marker is known by its id, once others have the event.
            let is_stripped = matches!(number, 6 | 7);
            if victim == 0 && is_stripped {
                continue;
            }
            let judgement = lie(victim, tell);
            assert_eq!(faults(&judgement), words, "{number} {victim}");
            assert_eq!(
                named(&judgement, kind),
                [(victim, Some(1))],
                "{number} {victim}"
            );
            assert_eq!(judgement.totals.expected, 12, "{number} {victim}");
        }
    }
}

#[test]
fn a_fault_is_told_with_the_events_before_and_after_and_the_address_at_that_time() {
    let mut run = Run::of(2);
    let local = "127.0.0.1:40000".parse().ok();
    run.ledger.connects(1, true);
    run.ledger.comes_from(1, local.unwrap());
    for number in 0..3 {
        run.publish();
        run.get(if number == 1 { 0..1 } else { 0..2 }, number);
    }
    let at = 5.204;
    let markers = [0, 1, 2].map(|number| run.broadcasts.marker(number).to_owned());
    let judgement = run.end();
    let lost = &judgement.which.of(Kind::Lost)[0];
    assert_eq!((lost.subscriber.address, lost.reconnects), (local, 1));
    assert!((lost.at - at).abs() < 0.1, "{}", lost.at);
    let broadcast = |name: &Option<crate::load::report::which::EventName>| {
        name.as_ref()
            .map(|name| (name.broadcast, name.id.clone(), name.marker.clone()))
    };
    let expected = |number: u32| {
        Some((
            Some(number),
            Some(number.to_string()),
            Some(markers[number as usize].clone()),
        ))
    };
    assert_eq!(broadcast(&lost.event), expected(1));
    assert_eq!(broadcast(&lost.before), expected(0));
    assert_eq!(broadcast(&lost.after), expected(2));
}

#[test]
fn most_of_the_crowd_may_lose_an_event_and_the_loss_is_found() {
    let mut run = Run::of(10);
    let number = run.publish();
    run.get(0..4, number);
    let judgement = run.end();
    assert_eq!(faults(&judgement), "6 lost");
    assert_eq!(judgement.totals.expected, 10);
}

#[test]
fn a_publish_that_reaches_no_subscriber_is_unseen_and_not_lost() {
    let mut run = Run::of(2);
    run.publish();
    assert_eq!(faults(&run.end()), "1 unseen");
    let mut run = Run::of(2);
    run.leaves(0, true);
    run.leaves(1, true);
    run.publish();
    assert_eq!(faults(&run.end()), "", "no subscriber was there");
}

#[test]
fn the_order_of_publishes_is_that_of_their_events() {
    let mut run = Run::of(4);
    let (first, second, third) = (run.publish(), run.publish(), run.publish());
    run.get([3], first);
    run.get([3], third);
    run.get([3], second);
    for number in [first, second, third] {
        run.get(0..3, number);
    }
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 misordered");
    assert_eq!(named(&judgement, Kind::Misordered), [(3, Some(second))]);
}

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
            let data = |at: usize| format!("{}{}", run.broadcasts.marker(number), further[at]);
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
    assert!(
        judgement
            .notes
            .iter()
            .any(|note| note.contains("private to 6 subscribers"))
    );
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
    assert_eq!(judgement.which.of(Kind::Lost)[0].subscriber.number, 5);
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
            .map(|it| it.subscriber.number)
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
        (true, false, "2 not checked, 1 lost"),
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
        let mut found: Vec<String> = faults(&judgement).split(", ").map(str::to_owned).collect();
        let mut expected: Vec<String> = expected.split(", ").map(str::to_owned).collect();
        if resumes && !comes_back {
            expected = vec!["3 not checked".to_owned()];
        }
        (found.sort(), expected.sort());
        assert_eq!(found, expected, "{resumes} {comes_back}");
    }
}

#[test]
fn an_event_after_the_longest_wait_is_late_and_not_lost() {
    let mut run = Run::of(2);
    let number = run.publish();
    run.get([0], number);
    run.now += 11_000;
    run.get([1], number);
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 late");
    assert_eq!(
        (judgement.totals.expected, named(&judgement, Kind::Late)),
        (2, vec![(1, Some(number))])
    );
}

#[test]
fn an_event_that_comes_with_a_head_that_was_held_back_is_the_first_that_is_owed() {
    let mut run = Run::of(2);
    run.leaves(1, false);
    run.opens(1);
    for subscriber in 0..2 {
        run.ledger.leaves(subscriber, run.now(), true, false);
        run.ledger.positions[subscriber as usize] = Position::default();
    }
    let number = run.publish();
    for subscriber in 0..2 {
        run.ledger
            .opens(&run.broadcasts, subscriber, run.now(), true);
        run.get([subscriber], number);
        run.ledger.came_alone(subscriber, run.now());
    }
    assert!(run.ledger.withholds_heads());
    let number = run.publish();
    run.get([0], number);
    let judgement = run.end();
    assert_eq!(
        (faults(&judgement).as_str(), judgement.totals.expected),
        ("1 lost", 4)
    );
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
    let many = 70_000;
    for _ in 0..many {
        let number = run.publish();
        run.get([0], number);
        if number != 5 {
            run.get([1], number);
        }
    }
    assert!(run.ledger.entries.iter().count() <= 1 << 16);
    assert!(run.ledger.ids.len() <= 1 << 16);
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 lost");
    assert_eq!(judgement.totals.expected, 2 * many);
    assert_eq!(named(&judgement, Kind::Lost), [(1, Some(5))]);
}
