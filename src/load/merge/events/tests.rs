//! Events that the processes of a run had, each on its own or all together.

use super::*;
use crate::load::report::Sample;

/// A process that began at `began` and held `crowd` subscribers for 20 seconds.
fn process(began: f64, crowd: u32) -> Report {
    let sample = |at: u32| Sample {
        at: at.into(),
        held: crowd,
        ..Sample::default()
    };
    let mut report = Report {
        began,
        took: 20.0,
        held_until: 18.0,
        samples: (0..=20).map(sample).collect(),
        ..Report::default()
    };
    report.asked.subscribers = crowd;
    report.connections.top = crowd;
    report
}

/// An event of this marker that all of `received` got with the content `a`.
fn marked(marker: &str, at: f64, received: u32) -> EventRecord {
    EventRecord {
        marker: Some(marker.to_owned()),
        at,
        public: true,
        received,
        contents: BTreeMap::from([("a".to_owned(), received)]),
        ..EventRecord::default()
    }
}

fn by_id(id: &str, at: f64, received: u32, public: bool) -> EventRecord {
    EventRecord {
        marker: None,
        id: Some(id.to_owned()),
        public,
        ..marked("", at, received)
    }
}

fn compared(reports: &[Report]) -> Report {
    let mut whole = Report {
        began: reports[0].began,
        ..Report::default()
    };
    // Enough for corrections downwards.
    (whole.totals.delivered, whole.totals.expected) = (1000, 1000);
    (whole.totals.private, whole.totals.lost) = (100, 0);
    compare(reports, &mut whole);
    whole
}

fn counts(whole: &Report) -> (i64, i64, i64, i64) {
    let totals = &whole.totals;
    let beyond = |number: u64, before: i64| number as i64 - before;
    (
        beyond(totals.expected, 1000),
        beyond(totals.delivered, 1000),
        beyond(totals.lost, 0),
        beyond(totals.private, 100),
    )
}

#[test]
fn an_event_that_every_process_had_changes_nothing() {
    let mut reports = [process(100.0, 10), process(102.0, 5)];
    reports[0].events.push(marked("m", 5.0, 10));
    reports[1].events.push(marked("m", 3.0, 5));
    let whole = compared(&reports);
    assert_eq!(counts(&whole), (0, 0, 0, 0));
    assert!(whole.notes.is_empty());
}

#[test]
fn an_event_that_a_process_never_had_is_lost_to_its_whole_crowd() {
    let mut reports = [process(100.0, 10), process(102.0, 5)];
    reports[0].events.push(marked("m", 5.0, 10));
    let whole = compared(&reports);
    assert_eq!(counts(&whole), (5, 0, 5, 0));
    let lost = whole.which.of(Kind::Lost);
    assert_eq!(lost.len(), 5);
    let number = lost[0].subscriber.as_ref().unwrap().number;
    assert_eq!((number, lost[0].at), (10, 5.0));
    assert!(whole.notes[0].contains("1 event") && whole.notes[0].contains("marker m"));
}

#[test]
fn an_event_before_or_after_the_time_of_a_process_is_not_owed_to_it() {
    let mut reports = [process(100.0, 10), process(110.0, 5)];
    let events = [marked("a", 5.0, 10), marked("b", 19.9, 10)];
    reports[0].events.extend(events);
    assert_eq!(counts(&compared(&reports)).2, 5, "only the second");
    let mut reports = [process(100.0, 10), process(80.0, 5)];
    reports[0].events.push(marked("a", 5.0, 10));
    let mut leaving = process(85.5, 5);
    leaving.took = 20.5;
    reports[1] = leaving;
    let whole = compared(&reports);
    assert_eq!((counts(&whole).2, whole.totals.not_checked), (0, 5));
    // The process got a later event: the first is not on its way.
    reports[1].events.push(marked("b", 19.6, 5));
    let whole = compared(&reports);
    assert_eq!((counts(&whole).2, whole.totals.not_checked), (15, 0));
}

#[test]
fn half_of_the_whole_crowd_decides_whether_an_event_without_a_marker_is_for_all() {
    // Half of the first process, and few of the whole.
    let mut reports = [process(100.0, 4), process(100.0, 40)];
    let mut few = by_id("x", 5.0, 3, true);
    few.missing = 1;
    reports[0].events.push(few);
    let mut whole = Report::default();
    (
        whole.totals.delivered,
        whole.totals.lost,
        whole.totals.expected,
    ) = (3, 1, 4);
    compare(&reports, &mut whole);
    let totals = &whole.totals;
    assert_eq!((totals.expected, totals.lost, totals.private), (0, 0, 3));
    // Few of the first process, and most of the whole.
    reports[0].events[0] = by_id("x", 5.0, 1, false);
    reports[1].events.push(by_id("x", 5.0, 40, true));
    assert_eq!(counts(&compared(&reports)), (4, 1, 3, -1));
}

#[test]
fn a_content_is_altered_if_most_of_the_whole_crowd_had_another() {
    let mut reports = [process(100.0, 10), process(100.0, 5)];
    reports[0].events.push(marked("m", 5.0, 10));
    let mut other = marked("m", 5.0, 5);
    other.contents = BTreeMap::from([("b".to_owned(), 4), ("a".to_owned(), 1)]);
    reports[1].events.push(other);
    let mut whole = Report::default();
    // The second process took the content of most of its crowd for the right one.
    whole.totals.altered = 1;
    compare(&reports, &mut whole);
    assert_eq!(whole.totals.altered, 4);
}

#[test]
fn an_order_that_only_one_process_had_is_out_of_order() {
    let mut reports = [process(100.0, 10), process(100.0, 5)];
    for (report, order) in reports.iter_mut().zip(["abc", "acb"]) {
        let crowd = report.asked.subscribers;
        let events = order.chars().map(|it| marked(&it.to_string(), 5.0, crowd));
        report.events.extend(events);
    }
    assert_eq!(compared(&reports).totals.misordered, 5);
}

#[test]
fn two_events_of_one_marker_are_two_events_in_each_process() {
    let mut reports = [process(100.0, 10), process(100.0, 5)];
    reports[0]
        .events
        .extend([marked("m", 5.0, 10), marked("m", 5.0, 10)]);
    reports[1].events.push(marked("m", 5.0, 5));
    assert_eq!(counts(&compared(&reports)), (5, 0, 5, 0));
}
