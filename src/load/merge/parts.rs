//! A crowd in one process and the same crowd in two: the reports of the two are put together, and must tell the same.

use super::*;
use crate::load::{
    judge::{books::Books, markers::Markers},
    report::{Sample, Totals},
    wire::sse::Block,
};
use proptest::prelude::*;
use std::{collections::BTreeMap, ops::Range, time::Duration};

/// Subscribers, the first of which are in the process that publishes.
const CROWD: u32 = 6;
const FIRST: u32 = 3;
const EVENTS: usize = 8;
const BEGAN: Duration = Duration::from_secs(1000);

/// The receipt of an event by a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receipt {
    Lost,
    Whole,
    Altered,
}

/// The report of a process with some of the subscribers. `is_publisher`: the process publishes.
fn report(process: &str, subscribers: Range<u32>, is_publisher: bool, all: &[Receipt]) -> Report {
    let count = subscribers.len() as u32;
    let markers = Markers::new("r", process, BEGAN);
    let mut books = Books::new(markers, count, Duration::from_secs(60));
    for subscriber in 0..count {
        books.opened(subscriber, Duration::ZERO, Duration::ZERO, false);
    }
    let published = Markers::new("r", "a", BEGAN);
    for (number, receipts) in all.chunks(CROWD as usize).enumerate() {
        let due = Duration::from_secs(1 + number as u64);
        if is_publisher {
            let number = books.broadcasts.begin(due, count);
            books.broadcasts.sent(number, due);
            books
                .broadcasts
                .answered(number, due + Duration::from_millis(1));
        }
        for (at, subscriber) in subscribers.clone().enumerate() {
            let content = match receipts[subscriber as usize] {
                Receipt::Lost => continue,
                Receipt::Whole => "a",
                Receipt::Altered => "b",
            };
            let data = format!("{} {content}", published.write(number as u32, due));
            let block = Block {
                id: None,
                name: b"message",
                data: Some(data.as_bytes()),
            };
            let now = due + Duration::from_millis(10 + u64::from(subscriber));
            books.event(at as u32, &block, data.as_bytes(), now, Duration::ZERO);
        }
    }
    told(process, books, count)
}

fn told(process: &str, mut books: Books, held: u32) -> Report {
    let ledger = std::mem::take(&mut books.ledger);
    let judgement = ledger.finish(&books.broadcasts, |_| true);
    let (broadcasts, latency, _) = books.broadcasts.finish();
    let sample = |at: u32| Sample {
        at: at.into(),
        held,
        ..Sample::default()
    };
    let mut report = Report {
        began: BEGAN.as_secs_f64(),
        took: 60.0,
        held_until: 59.0,
        totals: judgement.totals,
        which: judgement.which,
        events: judgement.events,
        latency: latency.quantiles(),
        histograms: BTreeMap::from([("latency".to_owned(), latency.compressed())]),
        samples: (0..=60).map(sample).collect(),
        broadcasts,
        ..Report::default()
    };
    report.asked.process = process.to_owned();
    report.asked.subscribers = held;
    report.connections.top = held;
    report
}

fn counts(totals: &Totals) -> [u64; 7] {
    [
        totals.expected,
        totals.delivered,
        totals.lost,
        totals.altered,
        totals.doubled,
        totals.misordered,
        totals.not_checked,
    ]
}

proptest! {
    #[test]
    fn two_parts_of_a_crowd_are_judged_as_the_whole_crowd(
        all in prop::collection::vec(
            prop_oneof![
                4 => Just(Receipt::Whole),
                2 => Just(Receipt::Lost),
                1 => Just(Receipt::Altered),
            ],
            EVENTS * CROWD as usize,
        )
    ) {
        let whole = report("a", 0..CROWD, true, &all);
        let parts = [
            report("a", 0..FIRST, true, &all),
            report("b", FIRST..CROWD, false, &all),
        ];
        let merged = whole::merge(&parts);
        prop_assert_eq!(counts(&merged.totals), counts(&whole.totals));
        prop_assert_eq!(merged.latency, whole.latency);
        let reached = |report: &Report| -> Vec<(u32, u32)> {
            let broadcasts = report.broadcasts.iter();
            broadcasts.map(|it| (it.live, it.audience)).collect()
        };
        let (found, expected) = (reached(&merged), reached(&whole));
        let live = |all: &[(u32, u32)]| all.iter().map(|it| it.0).collect::<Vec<_>>();
        prop_assert_eq!(live(&found), live(&expected));
    }
}
