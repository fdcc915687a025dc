//! Each lie is named with the subscriber that it is told to.

use super::*;

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
            let data = format!("{{\"keyword\":\"{}\"}}", run.broadcasts.keyword(number));
            run.gets(to, &number.to_string(), "other", data.as_bytes());
        }),
        ("1 halved", Kind::Halved, |run, to, number| {
            let data = format!("{{\"keyword\":\"{}", run.broadcasts.keyword(number));
            run.gets(to, &number.to_string(), "", data.as_bytes());
        }),
        ("1 halved", Kind::Halved, |run, to, number| {
            run.gets(to, &number.to_string(), "", b"{\"keyw");
        }),
        ("1 altered", Kind::Altered, |run, to, number| {
            run.gets(to, &number.to_string(), "", b"hello");
        }),
        ("1 invalid", Kind::Invalid, |run, to, number| {
            let data = format!("{{\"keyword\":\"{}\"}}", run.broadcasts.keyword(number));
            let data = [data.as_bytes(), b"\xff"].concat();
            run.gets(to, &number.to_string(), "", &data);
        }),
    ];
    for (number, (words, kind, tell)) in lies.into_iter().enumerate() {
        for victim in [1, 3, 0] {
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
    let markers = [0, 1, 2].map(|number| run.broadcasts.keyword(number));
    let judgement = run.end();
    let lost = &judgement.which.of(Kind::Lost)[0];
    let subscriber = lost.subscriber.as_ref().unwrap();
    assert_eq!((subscriber.address, lost.reconnects), (local, 1));
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
fn a_loss_is_told_with_the_connection_that_it_happened_on() {
    for (resumes, is_last) in [(true, false), (false, false), (false, true)] {
        let mut run = Run::of(2);
        let mut lost = Vec::new();
        for visit in 0..4 {
            run.ledger.connects(1, visit > 0);
            let port = format!("127.0.0.1:4000{visit}").parse();
            run.ledger.comes_from(1, port.unwrap());
            run.opens(1);
            let number = run.publish();
            run.get(0..2, number);
            lost.push(run.publish());
            run.get([0], lost[visit]);
            if !is_last {
                let number = run.publish();
                run.get(0..2, number);
            }
            run.now += 2000;
            run.leaves(1, resumes);
        }
        let judgement = run.end();
        let found = judgement.which.of(Kind::Lost).iter();
        let found: Vec<_> = found
            .map(|it| {
                let event = it.event.as_ref().and_then(|event| event.broadcast);
                let port = it.subscriber.as_ref().unwrap().address.map(|it| it.port());
                (event, it.reconnects, port)
            })
            .collect();
        let should: Vec<_> = (0..4)
            .map(|visit| {
                (
                    Some(lost[visit as usize]),
                    visit,
                    Some(40000 + visit as u16),
                )
            })
            .collect();
        assert_eq!(found, should, "{resumes} {is_last}");
    }
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
    let marker = run.broadcasts.keyword(0);
    let judgement = run.end();
    assert_eq!(faults(&judgement), "1 unseen");
    let [unseen] = judgement.which.of(Kind::Unseen) else {
        panic!("{:?}", judgement.which);
    };
    let event = unseen.event.clone().unwrap();
    assert_eq!((event.marker, event.broadcast), (Some(marker), Some(0)));
    assert_eq!((unseen.at, &unseen.subscriber), (5.1, &None));
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
