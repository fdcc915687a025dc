//! Each lie of a server is found and named, and a server that tells the truth passes.

use super::{
    Told,
    liar::{Liar, Lie},
    load, start, told,
};
use crate::support::server::program;
use serde_json::Value;
use std::{thread, time::Duration};

/// A small crowd, to which [`EVENTS`] are published.
const SMALL: [&str; 6] = ["--subscribers", "8", "--every", "20ms", "--for", "500ms"];
const EVENTS: f64 = 25.0;
/// Churn at which each subscriber comes back several times.
const CHURN: [&str; 2] = ["--churn", "6000"];

/// The longest wait: as long as a slow machine needs, but shorter for an answer that never comes.
fn patience(lie: Lie) -> [&'static str; 2] {
    let never_comes = matches!(
        lie,
        Lie::Drops | Lie::NeverAnswers | Lie::ForgetsIds | Lie::NeverAnswersPublishes
    );
    ["--timeout", if never_comes { "5s" } else { "60s" }]
}

fn test(lie: Lie, further: &[&str]) -> Told {
    let options = [&SMALL[..], &patience(lie), further].concat();
    load(Liar::start(lie).address, &options)
}

#[test]
fn a_server_that_tells_the_truth_passes() {
    for further in [&[][..], &CHURN, &["--storm"]] {
        let told = test(Lie::None, further);
        told.is_clean();
        assert_eq!(told.number("/totals/published"), EVENTS, "{}", told.all);
        let deliveries = told.number("/totals/delivered");
        assert_eq!(deliveries, 8.0 * EVENTS, "{}", told.all);
    }
}

#[test]
fn a_server_that_speaks_http_1_0_is_understood() {
    let told = test(Lie::Http10, &[]);
    told.is_clean();
    let deliveries = told.number("/totals/delivered");
    assert_eq!(deliveries, 8.0 * EVENTS, "{}", told.all);
}

#[test]
fn a_server_without_ids_is_understood_and_a_reconnect_to_it_is_an_error_in_the_table() {
    test(Lie::HasNoIds, &[]).is_clean();
    // Few subscribers come back, so that there is always a subscriber for each event.
    let told = test(Lie::HasNoIds, &["--churn", "600"]);
    assert_eq!(told.status, Some(3), "{}", told.all);
    assert_eq!(told.report["verdict"], "partly checked", "{}", told.all);
    assert!(told.number("/totals/not_checked") > 0.0, "{}", told.all);
    assert!(
        told.table.contains("without an id to resume from"),
        "{}",
        told.all
    );
}

#[test]
fn events_that_others_publish_are_checked_as_well() {
    // The subscriber that is lied to must not come back as another subscriber.
    for (lie, further) in [(Lie::None, &CHURN[..]), (Lie::Drops, &[])] {
        let liar = Liar::start(lie);
        let url = format!("http://{}/subscribe", liar.address);
        let mut command = program();
        command
            .args(["load", &url, "--subscribers", "8", "--for", "3s"])
            .args(patience(lie))
            .args(further);
        let mut run = start(command);
        while run.try_wait().unwrap().is_none() {
            // The lie is about the fourth event, which comes more than the second of grace after the crowd.
            liar.tell("news");
            thread::sleep(Duration::from_millis(400));
        }
        let told = told(&run.wait_with_output().unwrap(), Value::Null);
        match lie {
            Lie::None => told.is_clean(),
            _ => told.is_found(&["1 lost"]),
        }
    }
}

#[test]
fn subscribers_connect_from_the_addresses_of_bind() {
    let liar = Liar::start(Lie::None);
    let bind = ["--bind", "127.0.0.3,127.0.0.5"];
    let options = [&SMALL[..], &patience(Lie::None), &bind].concat();
    let told = load(liar.address, &options);
    told.is_clean();
    let sources: Vec<String> = liar.sources().iter().map(ToString::to_string).collect();
    assert_eq!(sources, ["127.0.0.3", "127.0.0.5"]);
}

#[test]
fn an_event_that_is_dropped_is_lost() {
    let told = test(Lie::Drops, &[]);
    told.is_found(&["1 lost"]);
}

#[test]
fn an_event_that_comes_twice_is_doubled() {
    let told = test(Lie::Doubles, &[]);
    told.is_found(&["1 doubled"]);
}

#[test]
fn events_in_another_order_are_out_of_order() {
    let told = test(Lie::Reorders, &[]);
    told.is_found(&["out of order"]);
    assert_eq!(told.number("/totals/lost"), 0.0, "{}", told.all);
}

#[test]
fn a_stream_that_breaks_off_is_dropped_and_the_table_says_where() {
    test(Lie::CutsChunk, &[]).is_found(&["1 dropped", "within a chunk"]);
    test(Lie::Malformed, &[]).is_found(&["1 dropped", "malformed"]);
}

#[test]
fn a_stream_that_ends_properly_is_a_fault_only_if_the_options_say_so() {
    let told = test(Lie::Ends, &[]);
    told.is_clean();
    assert_eq!(told.number("/totals/ended"), 1.0, "{}", told.all);
    test(Lie::Ends, &["--ends", "fail"]).is_found(&["1 ended", "ended by the server"]);
}

#[test]
fn streams_that_are_closed_at_random_are_dropped_and_resumed() {
    let told = test(Lie::ClosesAtRandom, &[]);
    told.is_found(&["dropped", "without a last chunk"]);
    assert_eq!(told.number("/totals/lost"), 0.0, "{}", told.all);
    assert!(told.number("/totals/resumed") > 0.0, "{}", told.all);
}

#[test]
fn a_server_that_never_answers_or_with_no_event_stream_holds_no_subscriber() {
    test(Lie::NeverAnswers, &[]).is_found(&["8 not held", "no answer in time"]);
    test(Lie::Answers503, &[]).is_found(&["8 given up", "answered with 503"]);
    test(Lie::OtherType, &[]).is_found(&["8 given up", "text/event-stream"]);
}

#[test]
fn a_port_without_a_server_is_a_refused_connection() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    load(unused, &SMALL).is_found(&["8 not held", "refused"]);
}

#[test]
fn an_event_missed_on_the_way_back_is_found_whether_the_server_says_so_or_not() {
    test(Lie::ForgetsIds, &CHURN).is_found(&["lost"]);
    let told = [&CHURN[..], &["--gap-event", "missed"]].concat();
    test(Lie::TellsMissed, &told).is_found(&["missed"]);
}

#[test]
fn publishes_that_reach_no_subscriber_are_found() {
    test(Lie::KeepsToItself, &[]).is_found(&["not broadcast"]);
    test(Lie::RefusesPublishes, &[]).is_found(&["not published", "429", "--publish-rate 0"]);
    test(Lie::NeverAnswersPublishes, &[]).is_found(&["25 not published", "no answer in time"]);
}
