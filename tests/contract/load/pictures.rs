//! Subscribers that fetch pictures as pages do: every picture that an event names is fetched, or a newer picture is.

use super::{
    Told, command, load,
    stub::{HONEST, NOT_FOUND, Other, Script, Step, Stub},
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

/// A server whose events name a picture, and which answers requests for the picture.
const fn showing(other: fn(&mut Other) -> Step) -> Script {
    Script {
        block: |_, at, text| naming("/picture/a", at, text),
        other,
        ..HONEST
    }
}

/// The block of an event that names a picture.
fn naming(url: &str, at: usize, text: &str) -> String {
    let data = format!("{{\"url\":\"{url}\",\"text\":\"{text}\"}}");
    format!("id: {}\ndata: {data}\n\n", at + 1)
}

const PICTURE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npicture";
const WHOLE: Script = showing(|other| other.answer(PICTURE));
const MISSING: Script = showing(|other| other.answer(NOT_FOUND));
/// The connection is closed in the middle of the body.
const CUT: Script = showing(|other| {
    other.answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npict")?;
    None
});
const MALFORMED: Script = showing(|other| other.answer("picture\r\n\r\n"));
const UNANSWERED: Script = showing(|_| Some(()));
/// The first request on a connection is answered; the second closes the connection.
const FIRST_ONLY: Script = showing(|other| match other.before {
    0 => other.answer(PICTURE),
    _ => None,
});
const ELSEWHERE: Script = Script {
    block: |_, at, text| naming("https://live.staticflickr.com/a.jpg", at, text),
    ..WHOLE
};
/// The text that names a picture is no URL.
const NO_URL: Script = Script {
    block: |_, at, text| naming("/a b", at, text),
    ..WHOLE
};

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
fn test(script: Script, further: &[&str]) -> Told {
    let told = load(Stub::start(script).address, &options(&ONE, further));
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
    let address = |script| Stub::start(script).address;
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
    let (asked, connections) = test(address(FIRST_ONLY));
    assert_eq!(asked, connections);
    let (_, connections) = test(address(WHOLE));
    assert_eq!(connections, 8.0);
}

#[test]
fn a_picture_that_cannot_be_fetched_is_a_fault() {
    for (script, words) in [
        (MISSING, "fetching answered with 404"),
        (CUT, "cut off before its Content-Length"),
        (MALFORMED, "malformed response"),
        (NO_URL, "no URL"),
    ] {
        test(script, &PATIENT).is_found(&["8 not fetched", words]);
    }
    let told = test(UNANSWERED, &["--timeout", "5s"]);
    told.is_found(&["8 not fetched", "no answer in time"]);
}

#[test]
fn a_picture_on_another_host_is_counted_and_not_fetched() {
    let told = test(ELSEWHERE, &PATIENT);
    told.is_clean();
    assert_named(&told, 8.0);
    assert_eq!(told.number("/fetches/elsewhere"), 8.0, "{}", told.all);
    assert_eq!(told.number("/fetches/connections"), 0.0, "{}", told.all);
    assert!(told.table.contains("8 on other hosts"), "{}", told.all);
}

#[test]
fn pictures_are_fetched_with_the_option_only_and_are_on_the_page() {
    let stub = Stub::start(MISSING);
    for (fetches, status) in [(false, 0), (true, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let html = folder.path().join("report.html");
        let mut command = command(stub.address, &ONE[..6]);
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
