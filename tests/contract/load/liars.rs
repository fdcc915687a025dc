//! Each lie is found and named, and who tells the truth is believed.

use super::{
    Told,
    liar::{Liar, Lie},
    load, start, told,
};
use crate::support::server::program;
use serde_json::Value;
use std::{thread, time::Duration};

/// A small crowd, and [`EVENTS`].
const SMALL: [&str; 6] = ["--subscribers", "8", "--every", "20ms", "--for", "500ms"];
const EVENTS: f64 = 25.0;
/// Many that come back.
const CHURN: [&str; 2] = ["--churn", "6000"];

/// How long to wait: however long it takes, or, for what never comes, long enough for all else.
fn patience(lie: Lie) -> [&'static str; 2] {
    let in_vain = matches!(
        lie,
        Lie::Drops | Lie::NeverAnswers | Lie::ForgetsPlaces | Lie::NeverAnswersPublishes
    );
    ["--timeout", if in_vain { "5s" } else { "60s" }]
}

fn test(lie: Lie, further: &[&str]) -> Told {
    let options = [&SMALL[..], &patience(lie), further].concat();
    load(Liar::start(lie).address, &options)
}

#[test]
fn a_server_that_tells_the_truth_is_believed() {
    for further in [&[][..], &CHURN, &["--storm"]] {
        let told = test(Lie::None, further);
        told.is_clean();
        assert_eq!(told.number("/totals/published"), EVENTS, "{}", told.all);
        let deliveries = told.number("/totals/deliveries");
        assert_eq!(deliveries, 8.0 * EVENTS, "{}", told.all);
    }
}

#[test]
fn a_server_that_speaks_http_1_0_is_understood() {
    let told = test(Lie::Http10, &[]);
    told.is_clean();
    let deliveries = told.number("/totals/deliveries");
    assert_eq!(deliveries, 8.0 * EVENTS, "{}", told.all);
}

#[test]
fn a_server_without_ids_is_understood_and_who_comes_back_to_it_is_told_of() {
    test(Lie::HasNoIds, &[]).is_clean();
    // Few come back, so that there is always somebody.
    let told = test(Lie::HasNoIds, &["--churn", "600"]);
    told.is_clean();
    assert!(
        told.table.contains("without an id to resume from"),
        "{}",
        told.all
    );
}

#[test]
fn what_others_publish_is_checked_as_well() {
    // The subscriber that is lied to must not come back as another one.
    for (lie, further) in [(Lie::None, &CHURN[..]), (Lie::Drops, &[])] {
        let liar = Liar::start(lie);
        let url = format!("http://{}/subscribe", liar.address);
        let mut command = program();
        command
            .args(["load", &url, "--subscribers", "8", "--for", "1s"])
            .args(patience(lie))
            .args(further);
        let mut run = start(command);
        while run.try_wait().unwrap().is_none() {
            liar.tell("news");
            thread::sleep(Duration::from_millis(10));
        }
        let told = told(&run.wait_with_output().unwrap(), Value::Null);
        match lie {
            Lie::None => told.is_clean(),
            _ => told.is_found(&["1 lost"]),
        }
    }
}

#[test]
fn subscribers_come_from_the_addresses_that_they_are_told() {
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
fn events_that_change_places_are_out_of_order() {
    let told = test(Lie::Reorders, &[]);
    told.is_found(&["out of order"]);
    assert_eq!(told.number("/totals/lost"), 0.0, "{}", told.all);
}

#[test]
fn a_stream_that_breaks_off_is_dropped_and_it_is_said_where() {
    test(Lie::CutsChunk, &[]).is_found(&["1 dropped", "within a chunk"]);
    test(Lie::Ends, &[]).is_found(&["1 dropped", "ended by the server"]);
    test(Lie::Malformed, &[]).is_found(&["1 dropped", "malformed"]);
}

#[test]
fn streams_that_are_closed_at_random_are_dropped_and_resumed() {
    let told = test(Lie::ClosesAtRandom, &[]);
    told.is_found(&["dropped", "without a last chunk"]);
    assert_eq!(told.number("/totals/lost"), 0.0, "{}", told.all);
    assert!(told.number("/totals/resumed") > 0.0, "{}", told.all);
}

#[test]
fn a_server_that_never_answers_or_with_something_else_holds_nobody() {
    test(Lie::NeverAnswers, &[]).is_found(&["8 not held", "no answer in time"]);
    test(Lie::Answers503, &[]).is_found(&["8 given up", "answered with 503"]);
    test(Lie::OtherType, &[]).is_found(&["8 given up", "text/event-stream"]);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    load(nobody, &SMALL).is_found(&["8 not held", "refused"]);
}

#[test]
fn who_comes_back_and_misses_something_is_noticed_told_or_not() {
    test(Lie::ForgetsPlaces, &CHURN).is_found(&["lost"]);
    test(Lie::TellsMissed, &CHURN).is_found(&["missed"]);
}

#[test]
fn publishing_that_comes_to_nothing_is_noticed() {
    test(Lie::KeepsToItself, &[]).is_found(&["not broadcast"]);
    test(Lie::RefusesPublishes, &[]).is_found(&["not published", "429", "--publish-rate 0"]);
    test(Lie::NeverAnswersPublishes, &[]).is_found(&["25 not published", "no answer in time"]);
}
