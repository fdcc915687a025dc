use super::*;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_marker_is_found_wherever_it_is_echoed() {
    let mut broadcasts = Broadcasts::new("x7");
    for _ in 0..12 {
        broadcasts.begin(Duration::ZERO, 1);
    }
    let marker = broadcasts.marker(11).to_owned();
    let text = format!("{{\"keyword\":\"a{marker}\"}}");
    let number = |text: &str| broadcasts.find(text.as_bytes());
    let texts = [&marker, &*text, &text, "", &marker[1..], &marker[..35]];
    let found = [Some(11), Some(11), Some(11), None, None, None];
    assert_eq!(texts.map(number), found);
    let mut fewer = Broadcasts::new("x7");
    assert_eq!(fewer.find(marker.as_bytes()), Some(0), "of another process");
}

#[test]
fn a_broadcast_of_another_process_counts_from_when_it_was_due_there() {
    let [mut here, mut there] = ["a run", "a run"].map(Broadcasts::new);
    here.begins(Duration::from_secs(1_000_000_000));
    there.begins(Duration::from_secs(1_000_000_007));
    here.crowd = 5;
    assert_eq!(here.begin(millis(100), 5), 0);
    for due in [20, 30] {
        there.begin(millis(due), 9);
    }
    let found = [1, 0, 1].map(|number| here.find(there.marker(number).as_bytes()));
    assert_eq!(found, [1, 2, 1].map(Some));
    assert_eq!(here.sent_at(2), Some(millis(7020)));
    here.arrived(2, millis(7025), true);
    let (all, latency, _) = here.finish();
    assert_eq!((all[2].audience, all[2].by_another), (5, true));
    assert!(!all[0].by_another && (latency.max - 0.005).abs() < 1e-6);
}

#[test]
fn latency_counts_from_when_the_broadcast_was_due() {
    let mut broadcasts = Broadcasts::new("");
    let number = broadcasts.begin(millis(1000), 3);
    for at in [1010, 1030, 1020] {
        broadcasts.arrived(number, millis(at), true);
    }
    broadcasts.arrived(number, millis(9000), false);
    broadcasts.answered(number, millis(1005));
    assert_eq!(broadcasts.unseen().count(), 0);
    let (p99, last) = broadcasts.latest().unwrap();
    assert!((p99 - 0.030).abs() < 0.001 && (last - 0.030).abs() < 1e-9);
    for _ in 0..2 {
        let number = broadcasts.begin(millis(1100), 3);
        broadcasts.arrived(number, millis(1200), true);
        assert_eq!(broadcasts.latest(), Some((p99, last)), "the whole of it");
    }
    let (all, latency, _) = broadcasts.finish();
    let it = &all[0];
    assert_eq!((it.audience, it.live, it.resumed), (3, 3, 1));
    assert!((it.first - 0.010).abs() < 1e-9 && (it.last - 0.030).abs() < 1e-9);
    assert!((it.median - 0.020).abs() < 0.001 && (it.spread() - 0.020).abs() < 1e-9);
    assert_eq!(latency.count, 5);
}

#[test]
fn a_broadcast_that_this_program_sent_late_is_measured_apart() {
    let mut broadcasts = Broadcasts::new("");
    for number in 0..2 {
        assert_eq!(broadcasts.begin(millis(1000), 1), number);
        broadcasts.sent_late(1);
        broadcasts.arrived(number, millis(1010), true);
    }
    let (all, in_time, late) = broadcasts.finish();
    assert_eq!((in_time.count, late.count), (1, 1));
    assert!(!all[0].sent_late && all[1].sent_late);
}

#[test]
fn the_moment_of_a_broadcast_is_when_it_was_sent_or_else_due() {
    let mut broadcasts = Broadcasts::new("");
    for (due, sent) in [(0, Some(1)), (2, Some(3)), (4, None)] {
        let number = broadcasts.begin(millis(due), 1);
        if let Some(sent) = sent {
            broadcasts.sent(number, millis(sent));
        }
        assert_eq!(broadcasts.moment(number), millis(sent.unwrap_or(due)));
    }
    let since = |moment| broadcasts.sent_since(millis(moment)).collect::<Vec<_>>();
    assert_eq!(
        (since(0), since(2), since(4)),
        (vec![1, 0], vec![1], vec![])
    );
}

#[test]
fn a_broadcast_that_reached_no_subscriber_is_unseen() {
    let mut broadcasts = Broadcasts::new("");
    for number in 0..40 {
        broadcasts.begin(millis(number), 0);
        broadcasts.answered(number as u32, millis(number + 7));
    }
    broadcasts.arrived(1, millis(3), true);
    assert_eq!(broadcasts.unseen().count(), 39);
    assert!((broadcasts.slowest_answer(0.0, 1.0) - 0.007).abs() < 1e-9);
    assert_eq!(broadcasts.finish().0.len(), 40);
}
