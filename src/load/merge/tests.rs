//! Reports of parts of a run, which are put together.

use super::*;
use crate::load::{
    judge::latencies::Latencies,
    report::{
        Broadcast, Connections, Cpu, MemoryGrowth, MemoryUse, Network, Sample, Storm, Totals,
        which::{Instance, Kind},
    },
};
use proptest::prelude::*;
use std::time::Duration;

/// The report of a process that began at `began` and got one broadcast with these latencies, in milliseconds.
fn report(began: f64, millis: &[u64]) -> Report {
    let mut times = Latencies::new(3);
    for millis in millis {
        times.record(Duration::from_millis(*millis));
    }
    let quantiles = times.quantiles();
    let mut report = Report {
        began,
        took: 10.0,
        held_from: 1.0,
        held_until: 9.0,
        latency: quantiles,
        ..Report::default()
    };
    report.asked.run = "r".to_owned();
    report.asked.process = began.to_string();
    report.asked.subscribers = millis.len() as u32;
    report.totals = Totals {
        published: 1,
        lost: 1,
        ..Totals::default()
    };
    let whole = times.compressed();
    report.histograms.insert("latency".to_owned(), whole);
    report.broadcasts.push(Broadcast {
        marker: "loadrn0z".to_owned(),
        at: 105.0 - began,
        audience: millis.len() as u32 + 1,
        live: millis.len() as u32,
        first: quantiles.min,
        median: quantiles.median,
        p99: quantiles.p99,
        last: quantiles.max,
        times: times.plain(),
        ..Broadcast::default()
    });
    report
}

#[test]
fn two_reports_are_one_crowd_on_one_clock() {
    let (mut one, mut other) = (report(100.0, &[10, 20]), report(102.0, &[30]));
    one.asked.publish = Some("there".to_owned());
    one.broadcasts[0].answered = Some(0.001);
    one.errors.insert("a".to_owned(), 1);
    other.errors.insert("a".to_owned(), 2);
    other.connections = Connections {
        held: 1,
        top: 1,
        ramp: 0.5,
        ..Connections::default()
    };
    let whole = whole::merge(&[one, other]);
    assert_eq!((whole.began, whole.took), (100.0, 12.0));
    assert_eq!((whole.held_from, whole.held_until), (1.0, 11.0));
    assert_eq!((whole.asked.subscribers, whole.connections.held), (3, 1));
    assert_eq!(whole.asked.publish.as_deref(), Some("there"));
    assert_eq!((whole.totals.published, whole.totals.lost), (2, 2));
    assert_eq!((whole.connections.ramp, whole.errors["a"]), (2.5, 3));
    let [broadcast] = &whole.broadcasts[..] else {
        panic!("{:?}", whole.broadcasts);
    };
    assert_eq!(
        (broadcast.at, broadcast.live, broadcast.audience),
        (5.0, 3, 5)
    );
    assert_eq!((broadcast.first, broadcast.last), (0.010, 0.030));
    assert!((broadcast.median - 0.020).abs() < 0.0001);
}

#[test]
fn a_server_s_memory_is_counted_once_and_that_of_the_processes_added() {
    let memory = |resident, own| MemoryUse {
        resident: Some(resident),
        own: Some(own),
        kernel: None,
    };
    let reports = [(1000, 10, 3000), (1100, 20, 2900)].map(|(before, own, top)| {
        let mut report = report(100.0 + before as f64, &[1]);
        report.connections.top = 10;
        report.memory = Some(MemoryGrowth {
            before: memory(before, own),
            top: memory(top, 2 * own),
            after: memory(before, own),
            ..MemoryGrowth::default()
        });
        report
    });
    let memory = whole::merge(&reports).memory.unwrap();
    assert_eq!(memory.before.resident, Some(1000));
    assert_eq!(
        (memory.top.resident, memory.top.own),
        (Some(3000), Some(60))
    );
    assert_eq!(memory.per_subscriber, None, "no samples tell a slope");
}

#[test]
fn a_second_has_the_sum_of_what_each_process_had() {
    let mut reports = [report(100.0, &[1]), report(102.0, &[1])];
    for report in &mut reports {
        let sample = |at| Sample {
            at,
            held: 5,
            events: at as u64,
            ..Sample::default()
        };
        report.samples = (0..=10).map(|at| sample(f64::from(at))).collect();
    }
    let samples = whole::merge(&reports).samples;
    let held: Vec<u32> = samples.iter().map(|sample| sample.held).collect();
    assert_eq!(held, [5, 5, 10, 10, 10, 10, 10, 10, 10, 10, 10, 5, 5]);
    assert_eq!((samples[12].at, samples[12].events), (12.0, 20));
}

#[test]
fn the_time_of_the_server_is_divided_by_the_events_of_all_processes() {
    let mut reports = [report(100.0, &[1]), report(102.0, &[1])];
    for (report, own) in reports.iter_mut().zip([1.0, 2.0]) {
        report.cpu = Cpu {
            own: Some(own),
            own_share: Some(own / 10.0),
            server: Some(3.0),
            server_share: Some(0.3),
            per_stream: None,
            per_event: Some(3.0 / (1000.0 * own)),
        };
    }
    let cpu = whole::merge(&reports).cpu;
    assert_eq!((cpu.own, cpu.own_share), (Some(3.0), Some(0.2)));
    assert_eq!((cpu.server, cpu.per_stream), (Some(3.0), None));
    assert!((cpu.per_event.unwrap() - 3.0 / 3000.0).abs() < 1e-9);
    assert!(cpu.told().unwrap().contains("server 30 %"));
}

#[test]
fn a_moment_beyond_any_run_ends_a_merge_all_the_same() {
    let mut damaged = report(100.0, &[1]);
    damaged.samples.push(Sample {
        at: 1e300,
        ..Sample::default()
    });
    assert!(!whole::merge(&[damaged]).samples.is_empty());
}

#[test]
fn the_greatest_count_of_a_kernel_stands_for_all() {
    let mut reports = [report(100.0, &[1]), report(102.0, &[1])];
    assert_eq!(whole::merge(&reports).network, None);
    for (report, number) in reports.iter_mut().zip([4, 3]) {
        report.network = Some(Network {
            syn_sent_again: number,
            listen_drops: 9 - number,
            ..Network::default()
        });
    }
    let network = whole::merge(&reports).network.unwrap();
    assert_eq!((network.syn_sent_again, network.listen_drops), (4, 6));
}

#[test]
fn a_publish_that_reached_no_subscriber_is_named_if_no_process_had_it() {
    let mut reports = [report(100.0, &[1]), report(102.0, &[1])];
    for report in &mut reports {
        report.which.keep(Kind::Unseen, Instance::default());
    }
    let unseen = |reports: &[Report]| {
        let whole = whole::merge(reports);
        let instances = whole.which.of(Kind::Unseen).iter();
        let markers = instances.map(|it| it.event.clone().unwrap().marker);
        (whole.totals.unseen, markers.collect::<Vec<_>>())
    };
    reports[0].broadcasts[0].answered = Some(0.001);
    assert_eq!(unseen(&reports), (0, vec![]));
    for report in &mut reports {
        report.broadcasts[0].live = 0;
    }
    let marker = Some(reports[0].broadcasts[0].marker.clone());
    assert_eq!(unseen(&reports), (1, vec![marker]));
}

#[test]
fn storms_at_the_same_time_are_one() {
    let mut reports = [report(100.0, &[1]), report(102.0, &[1])];
    for (report, dropped) in reports.iter_mut().zip([3, 4]) {
        report.storm = Some(Storm {
            at: 5.0,
            dropped,
            back: 1.0,
            ..Storm::default()
        });
    }
    let storm = whole::merge(&reports).storm.unwrap();
    assert_eq!((storm.at, storm.dropped, storm.back), (5.0, 7, 3.0));
}

#[test]
fn reports_of_different_runs_or_twice_the_same_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, report: &Report| {
        let path = folder.path().join(name);
        std::fs::write(&path, json::render(report)).unwrap();
        path
    };
    let mut stranger = report(3.0, &[1]);
    stranger.asked.run = "other".to_owned();
    let mut limited = report(4.0, &[1]);
    limited.limit = Some("no port is free".to_owned());
    let limited = write("limited", &limited);
    let one = write("one", &report(1.0, &[1]));
    let again = write("again", &report(1.0, &[1]));
    let two = write("two", &report(2.0, &[1]));
    let other = write("other", &stranger);
    let none = folder.path().join("none");
    let text = folder.path().join("text");
    std::fs::write(&text, "{}").unwrap();
    let old = folder.path().join("old");
    std::fs::write(&old, "{\"format\":0}").unwrap();
    let merge = |files: [&PathBuf; 2]| {
        run(&Options {
            files: files.map(PathBuf::clone).to_vec(),
            require: Vec::new(),
            allow_unchecked: false,
            json: None,
            html: None,
        })
    };
    assert!(merge([&one, &two]).is_ok());
    let Err(Error::Limit(table, limit)) = merge([&one, &limited]) else {
        panic!("a limit that ended a process ends the whole");
    };
    assert!(table.contains("2 published") && limit == "no port is free");
    for (with, word) in [
        (&again, "same process"),
        (&other, "--run"),
        (&none, "none"),
        (&text, "not a report"),
        (&old, "format 0"),
    ] {
        let Err(Error::Usage(error)) = merge([&one, with]) else {
            panic!("{word}: merged");
        };
        assert!(error.contains(word) && !error.contains('\n'), "{error}");
    }
}

proptest! {
    #[test]
    fn the_times_of_parts_are_those_of_the_whole(
        one in prop::collection::vec(1u64..10_000, 1..50),
        other in prop::collection::vec(1u64..10_000, 1..50),
    ) {
        let parts = [report(100.0, &one), report(101.0, &other)];
        let whole = report(100.0, &[one, other].concat());
        let merged = whole::merge(&parts);
        prop_assert_eq!(merged.latency, whole.latency);
        prop_assert_eq!(&merged.histograms["latency"], &whole.histograms["latency"]);
        let (it, expected) = (&merged.broadcasts[0], &whole.broadcasts[0]);
        prop_assert_eq!(
            (it.first, it.median, it.p99, it.last, it.live),
            (expected.first, expected.median, expected.p99, expected.last, expected.live)
        );
        prop_assert_eq!(&it.times, &expected.times);
    }
}
