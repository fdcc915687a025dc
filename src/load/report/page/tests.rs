//! Pages of reports that are empty, short, long and hostile.

use super::*;
use crate::load::report::which::{Instance, Kind, SubscriberName};
use crate::load::report::{
    Asked, Broadcast, Connections, MemoryGrowth, MemoryUse, Required, Sample, Totals,
};

/// The most bytes of a page: small enough to be sent by mail and kept by a build.
const MOST: usize = 500_000;

const MEMORY: MemoryUse = MemoryUse {
    resident: Some(10 << 20),
    kernel: Some(900 << 20),
    own: Some(11 << 20),
};

/// The report of a run of so many seconds without a fault, with a broadcast a second.
fn report(seconds: u32) -> Report {
    Report {
        asked: Asked {
            url: "http://127.0.0.1:4000/subscribe".to_owned(),
            subscribers: 1000,
            every: 1.0,
            ..Asked::default()
        },
        took: f64::from(seconds),
        held_until: f64::from(seconds),
        connections: Connections {
            held: 1000,
            opened: 1000,
            ..Connections::default()
        },
        totals: Totals {
            published: seconds.into(),
            expected: u64::from(seconds) * 1000,
            delivered: u64::from(seconds) * 1000,
            ..Totals::default()
        },
        broadcasts: (0..seconds).map(broadcast).collect(),
        memory: Some(MemoryGrowth {
            before: MEMORY,
            top: MEMORY,
            after: MEMORY,
            ..MemoryGrowth::default()
        }),
        samples: (0..seconds).map(sample).collect(),
        ..Report::default()
    }
}

/// A sample of a second in which all subscribers hold their streams.
fn sample(second: u32) -> Sample {
    Sample {
        at: f64::from(second),
        held: 1000,
        connections: 1000,
        opened: 1000,
        events: u64::from(second) * 1000,
        memory: MEMORY,
        ..Sample::default()
    }
}

/// A broadcast with latencies that differ from second to second.
fn broadcast(second: u32) -> Broadcast {
    Broadcast {
        at: f64::from(second),
        answered: Some(0.001),
        audience: 1000,
        live: 1000,
        first: 0.001,
        median: 0.005 + f64::from(second % 97) / 1e4,
        p99: 0.030 + f64::from(second % 89) / 1e3,
        last: 0.120 + f64::from(second % 83) / 1e3,
        ..Broadcast::default()
    }
}

#[test]
fn a_run_of_any_length_is_a_small_page_without_nonsense() {
    for seconds in [0, 1, 2, 60, 10_000] {
        let page = render(&report(seconds));
        assert!(page.len() < MOST, "{seconds} s: {} bytes", page.len());
        for nonsense in ["NaN", "inf%", "inf ", "\"-inf", "-0\""] {
            assert!(!page.contains(nonsense), "{seconds} s: {nonsense}");
        }
        assert_eq!(page.contains("<figure id=latency>"), seconds > 0);
    }
}

#[test]
fn a_run_without_any_figures_has_a_page() {
    let page = render(&Report::default());
    assert!(page.contains("Nothing was checked") && page.contains("0 events published"));
    assert!(!page.contains("NaN"));
}

#[test]
fn the_faults_are_the_heading() {
    let mut report = report(10);
    (report.totals.lost, report.totals.dropped) = (3, 5);
    report.interrupted = true;
    let page = render(&report);
    assert!(page.contains("</span> 3 lost, 5 dropped</h1>"));
    assert!(page.contains("<li>3 lost: events that did not arrive</li>"));
    assert!(page.contains("interrupted"));
    (report.totals.doubled, report.totals.missed) = (1, 1);
    assert!(render(&report).contains("3 lost, 1 doubled, 1 missed, and more</h1>"));
}

#[test]
fn nothing_from_outside_becomes_part_of_the_page() {
    let hostile = "\"><script>alert(1)</script><p onclick='x'>";
    let mut report = report(3);
    report.asked.url = format!("http://{hostile}/");
    report.asked.publish = Some(hostile.to_owned());
    report.errors.insert(hostile.to_owned(), 7);
    let page = render(&report);
    assert!(!page.contains("<script") && !page.contains("<p onclick"));
    assert_eq!(page.matches("&lt;script&gt;").count(), 5);
}

#[test]
fn the_page_tells_the_name_of_the_run_its_costs_and_how_to_repeat_it() {
    let mut report = report(3);
    report.asked.title = Some("<b>After the change".to_owned());
    (report.totals.expected, report.totals.delivered) = (3000, 2999);
    (report.cpu.server, report.cpu.server_share) = (Some(1.5), Some(0.25));
    report.machine.command = "picture-frame load 'http://a/' --title '<b>'".to_owned();
    report.machine.system = "Linux 6.12".to_owned();
    report.connections.after_seconds.insert(3, 7);
    let page = render(&report);
    for words in [
        "<title>&lt;b&gt;After the change · ",
        "of 3,000 expected",
        "1.50 s, 25 % of a core",
        "connects that took about 3 s",
        "load &#39;http://a/&#39; --title &#39;&lt;b&gt;&#39;",
        "Linux 6.12",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<b>After"));
}

#[test]
fn the_heading_of_a_page_says_that_a_requirement_is_not_met() {
    let mut report = report(10);
    report.required.push(Required {
        text: "delivery p99 < 1us".to_owned(),
        was: "3 ms".to_owned(),
        ..Required::default()
    });
    let heading = "</span> required delivery p99 &lt; 1us is not met</h1>";
    assert!(render(&report).contains(heading));
}

#[test]
fn a_page_names_the_faults_of_each_kind_and_says_what_was_not_checked() {
    let mut report = report(10);
    report.totals.lost = 1;
    let subscriber = Some(SubscriberName::default());
    let instance = Instance {
        subscriber,
        ..Instance::default()
    };
    report.which.keep(Kind::Lost, instance);
    report.which.keep(Kind::Unpublished, Instance::default());
    let page = render(&report);
    assert!(page.contains("Which were lost") && page.contains("subscriber 0"));
    assert!(page.contains("Which were unpublished"));
    // Curves and tables name a broadcast by the number that faults and JSON have.
    assert!(page.contains("Broadcast 0 at 0 s") && !page.contains("Broadcast 10 at"));
    report.totals.lost = 0;
    report.totals.not_checked = 5;
    report.notes = vec!["a <note>".to_owned()];
    let page = render(&report);
    assert!(
        page.contains("Partly checked") && page.contains("5 of the events could not be checked")
    );
    assert!(page.contains("<li>a &lt;note&gt;</li>"));
}
