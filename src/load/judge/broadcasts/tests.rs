use super::*;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_broadcast_is_found_by_its_marker_if_there_is_such_a_broadcast() {
    let mut broadcasts = Broadcasts::new("x7");
    let markers: Vec<String> = (0..12)
        .map(|at| {
            let number = broadcasts.begin(millis(at), 1);
            broadcasts.keyword(number)
        })
        .collect();
    assert_eq!(broadcasts.find(markers[11].as_bytes()), Some(11));
    let later = Markers::from("x7").write(12, millis(12));
    assert_eq!(broadcasts.find(later.as_bytes()), None);
    let other = Markers::from("y7").write(1, millis(1));
    assert_eq!(broadcasts.find(other.as_bytes()), None);
}

#[test]
fn a_broadcast_of_another_process_is_known_once_its_marker_is_seen() {
    let mut broadcasts = Broadcasts::new(Markers::new("x", "a", millis(1000)));
    broadcasts.begin(millis(10), 1);
    let other = Markers::new("x", "b", millis(0)).write(7, millis(1200));
    for _ in 0..2 {
        assert_eq!(broadcasts.find(other.as_bytes()), Some(1));
    }
    broadcasts.arrived(1, millis(230), true);
    let (all, latency, _) = broadcasts.finish();
    assert_eq!((all.len(), &all[1].marker), (2, &other));
    assert_eq!((all[1].at, all[1].live), (0.2, 1));
    assert!((latency.quantiles().max - 0.030).abs() < 1e-9);
    let own = Markers::new("x", "a", millis(1000)).write(0, millis(10));
    assert_eq!(
        (&all[0].marker, all[0].by_another, all[1].by_another),
        (&own, false, true)
    );
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
    assert_eq!(latency.quantiles().count, 5);
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
    assert_eq!((in_time.quantiles().count, late.quantiles().count), (1, 1));
    assert!(!all[0].sent_late && all[1].sent_late);
}

#[test]
fn each_arrival_is_measured_however_many_broadcasts_are_on_their_way() {
    let mut broadcasts = Broadcasts::new("");
    for number in 0..1000 {
        broadcasts.begin(millis(number), 2);
    }
    for number in 0..1000 {
        for _ in 0..2 {
            broadcasts.arrived(number, millis(2000), true);
        }
    }
    let (all, _, _) = broadcasts.finish();
    assert!(all.iter().all(|broadcast| broadcast.median > 0.9));
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
