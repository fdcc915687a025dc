//! Subscribers that fetch pictures as pages do: every picture that an event names is fetched, or a newer picture is.

use super::{
    Told, command,
    liar::{Liar, Lie, Pictures},
    load,
};
use crate::support::server::Server;
use std::{fs, net::SocketAddr};

/// A crowd to which one picture is shown.
const ONE: [&str; 7] = [
    "--subscribers",
    "8",
    "--every",
    "1s",
    "--for",
    "1s",
    "--fetch-picture",
];
/// A crowd to which 25 pictures are shown, faster than they are fetched.
const MANY: [&str; 7] = [
    "--subscribers",
    "8",
    "--every",
    "40ms",
    "--for",
    "1s",
    "--fetch-picture",
];
/// A longest wait that no machine reaches.
const PATIENT: [&str; 2] = ["--timeout", "60s"];

/// Checks that so many events named pictures, and that each picture was asked for, or overtaken, or elsewhere.
#[track_caller]
fn assert_named(told: &Told, named: f64) {
    let [overtaken, elsewhere, asked] =
        ["overtaken", "elsewhere", "asked"].map(|name| told.number(&format!("/fetches/{name}")));
    assert_eq!(told.number("/fetches/named"), named, "{}", told.all);
    assert_eq!(overtaken + elsewhere + asked, named, "{}", told.all);
}

fn options<'a>(crowd: &[&'a str], further: &[&'a str]) -> Vec<&'a str> {
    [crowd, further].concat()
}

/// Tests a server that shows one picture and lies about it.
fn test(lie: Pictures, further: &[&str]) -> Told {
    let liar = Liar::start(Lie::Pictures(lie));
    let told = load(liar.address, &options(&ONE, further));
    assert_eq!(told.number("/totals/delivered"), 8.0, "{}", told.all);
    told
}

#[test]
fn each_subscriber_fetches_the_picture_of_an_event_once() {
    let server = Server::start(&["--publish-rate", "0"]);
    let told = load(server.address, &options(&ONE, &PATIENT));
    told.is_clean();
    assert_named(&told, 8.0);
    for path in ["asked", "statuses/200", "connections", "time/count"] {
        assert_eq!(
            told.number(&format!("/fetches/{path}")),
            8.0,
            "{path}: {}",
            told.all
        );
    }
    // All fetch the same picture, of which chance decides how long it is.
    let bytes = told.number("/fetches/bytes");
    assert!(bytes > 0.0 && bytes % 8.0 == 0.0, "{}", told.all);
    for words in ["8 asked for over 8 connections", "200 × 8", "\npicture  "] {
        assert!(told.table.contains(words), "{words}: {}", told.all);
    }
}

#[test]
fn the_newest_picture_wins_when_events_come_faster_than_pictures_are_fetched() {
    let server = Server::start(&["--publish-rate", "0"]);
    let told = load(server.address, &options(&MANY, &PATIENT));
    told.is_clean();
    assert_named(&told, 200.0);
    let asked = told.number("/fetches/asked");
    assert!((8.0..200.0).contains(&asked), "{}", told.all);
    assert_eq!(told.number("/fetches/statuses/200"), asked, "{}", told.all);
    assert_eq!(told.number("/fetches/connections"), 8.0, "{}", told.all);
}

#[test]
fn subscribers_that_come_back_fetch_the_newest_picture_only() {
    let server = Server::start(&["--publish-rate", "0", "--retry", "200"]);
    let churn = ["--churn", "6000", "--storm"];
    let told = load(
        server.address,
        &options(&MANY, &[&churn[..], &PATIENT].concat()),
    );
    told.is_clean();
    assert_named(&told, 200.0);
    assert!(told.number("/totals/resumed") > 0.0, "{}", told.all);
}

#[test]
fn a_kept_connection_that_the_server_has_closed_is_opened_anew_and_nothing_is_lost() {
    let address = |lie| Liar::start(Lie::Pictures(lie)).address;
    let server = Server::start(&["--publish-rate", "0", "--idle-timeout", "0.1"]);
    let test = |address: SocketAddr| {
        let crowd = ["--subscribers", "8", "--every", "200ms", "--for", "3s"];
        let told = load(
            address,
            &options(&crowd, &["--fetch-picture", "--timeout", "60s"]),
        );
        told.is_clean();
        assert_named(&told, 120.0);
        let asked = told.number("/fetches/asked");
        assert_eq!(told.number("/fetches/statuses/200"), asked, "{}", told.all);
        assert!(asked > 8.0, "{}", told.all);
        (asked, told.number("/fetches/connections"))
    };
    let (_, connections) = test(server.address);
    assert!(connections > 8.0);
    // The server answers the first request on a connection, and closes it at the second.
    let (asked, connections) = test(address(Pictures::FirstOnly));
    assert_eq!(asked, connections);
    let (_, connections) = test(address(Pictures::Whole));
    assert_eq!(connections, 8.0);
}

#[test]
fn a_picture_that_cannot_be_fetched_is_a_fault() {
    for (lie, words) in [
        (Pictures::Missing, "fetching answered with 404"),
        (Pictures::Cut, "cut off before its Content-Length"),
        (Pictures::Malformed, "malformed response"),
        (Pictures::NoUrl, "no URL"),
    ] {
        test(lie, &PATIENT).is_found(&["8 not fetched", words]);
    }
    let told = test(Pictures::Unanswered, &["--timeout", "5s"]);
    told.is_found(&["8 not fetched", "no answer in time"]);
}

#[test]
fn a_picture_on_another_host_is_counted_and_not_fetched() {
    let told = test(Pictures::Elsewhere, &PATIENT);
    told.is_clean();
    assert_named(&told, 8.0);
    assert_eq!(told.number("/fetches/elsewhere"), 8.0, "{}", told.all);
    assert_eq!(told.number("/fetches/connections"), 0.0, "{}", told.all);
    assert!(told.table.contains("8 on other hosts"), "{}", told.all);
}

#[test]
fn pictures_are_fetched_with_the_option_only_and_are_on_the_page() {
    let liar = Liar::start(Lie::Pictures(Pictures::Missing));
    for (fetches, status) in [(false, 0), (true, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let html = folder.path().join("report.html");
        let mut command = command(liar.address, &ONE[..6]);
        command.args(PATIENT).arg("--html").arg(&html);
        command.args(fetches.then_some("--fetch-picture"));
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let page = fs::read_to_string(&html).unwrap();
        for words in [
            "<caption>Pictures</caption>",
            "answered with 404",
            "8 not fetched",
        ] {
            assert_eq!(page.contains(words), fetches, "{words}");
        }
    }
}
