//! Subscribers reach any server: with fields, tokens and numbers of their own, over several URLs, addresses and redirects.

use super::{
    Told,
    run::{load_at, start_at},
    tap::Tap,
};
use crate::support::{
    poor::program_with,
    server::{Server, program},
};
use std::{
    collections::BTreeSet,
    io::Write,
    net::{IpAddr, SocketAddr},
};

/// A crowd of eight, and twenty events.
const SMALL: [&str; 6] = ["--subscribers", "8", "--every", "50ms", "--for", "1s"];

fn server() -> Server {
    Server::start(&["--publish-rate", "0", "--retry", "100"])
}

/// Tests the streams at `urls`, with publishes to `server`.
fn test(urls: &[String], server: SocketAddr, further: &[&str]) -> Told {
    let options = [&SMALL[..], &["--timeout", "60s"], further].concat();
    load_at(program(), urls, server, &options)
}

#[test]
fn each_subscriber_sends_fields_of_its_own_and_its_token_and_no_token_is_printed() {
    let server = server();
    let tap = Tap::start(server.address);
    let mut tokens = tempfile::NamedTempFile::new().unwrap();
    (0..8).for_each(|number| writeln!(tokens, "secret-{number}").unwrap());
    let told = test(
        &[format!("http://{}/subscribe?channel={{n}}", tap.address)],
        server.address,
        &[
            "-H",
            "X-Name: user{n}",
            "--header",
            "Cookie: secret={n}",
            "--bearer-file",
            tokens.path().to_str().unwrap(),
        ],
    );
    told.is_clean();
    assert!(!told.all.contains("secret"), "{}", told.all);
    let heads = tap.heads();
    for number in 0..8 {
        let own = [
            format!("GET /subscribe?channel={number} HTTP/1.1\r\n"),
            format!("\r\nX-Name: user{number}\r\n"),
            format!("\r\nCookie: secret={number}\r\n"),
            format!("\r\nAuthorization: Bearer secret-{number}\r\n"),
        ];
        let sent = |head: &&String| own.iter().all(|part| head.contains(part));
        assert_eq!(heads.iter().filter(sent).count(), 1, "{number}: {heads:#?}");
    }
}

#[test]
fn a_user_in_the_url_is_sent_as_basic_authorization_and_no_password_is_printed() {
    let server = server();
    let tap = Tap::start(server.address);
    let url = format!("http://user{{n}}:secret@{}/subscribe", tap.address);
    let told = test(&[url], server.address, &[]);
    told.is_clean();
    assert!(!told.all.contains("secret"), "{}", told.all);
    // user7:secret
    let seven = "\r\nAuthorization: Basic dXNlcjc6c2VjcmV0\r\n";
    let heads = tap.heads();
    assert_eq!(
        heads.iter().filter(|head| head.contains(seven)).count(),
        1,
        "{heads:#?}"
    );
}

#[test]
fn subscribers_are_spread_over_urls_and_come_back_at_another() {
    let server = server();
    let taps = [(); 2].map(|()| Tap::start(server.address));
    let urls = taps
        .each_ref()
        .map(|tap| format!("http://{}/subscribe?{{n}}", tap.address));
    let told = test(&urls, server.address, &["--storm"]);
    told.is_clean();
    assert!(told.number("/totals/resumed") >= 0.0, "{}", told.all);
    for (tap, parity) in taps.iter().zip([0, 1]) {
        let heads = tap.heads();
        let numbers = |resumes: bool| -> BTreeSet<u32> {
            let heads = heads
                .iter()
                .filter(|head| head.contains("Last-Event-ID") == resumes);
            let number = |head: &String| head.split(['?', ' ']).nth(2)?.parse().ok();
            heads.filter_map(number).collect()
        };
        let own = |parity| (0..8).filter(move |number| number % 2 == parity).collect();
        assert_eq!(numbers(false), own(parity), "{heads:#?}");
        assert_eq!(numbers(true), own(1 - parity), "{heads:#?}");
    }
}

fn redirecting(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn a_redirect_is_followed_to_another_server_without_the_secrets_for_the_first() {
    let server = server();
    let there = Tap::start(server.address);
    let stream = format!("http://{}/subscribe", there.address);
    let here = Tap::at(
        "127.0.0.1:0".parse().unwrap(),
        server.address,
        move |head| {
            let step = head.split(['/', ' ']).nth(2)?.parse::<u16>().ok()?;
            Some(match step {
                302 => redirecting(302, "/307"),
                307 => redirecting(307, &stream),
                other => redirecting(other, &stream),
            })
        },
    );
    let urls = [301, 302, 307, 308].map(|status| format!("http://{}/{status}", here.address));
    let fields = [
        "-H",
        "X-Name: user{n}",
        "-H",
        "Cookie: secret",
        "-H",
        "Authorization: secret",
    ];
    let told = test(&urls, server.address, &fields);
    told.is_clean();
    assert!(told.table.contains("10 redirects followed"), "{}", told.all);
    let (before, after) = (here.heads(), there.heads());
    assert_eq!(
        (before.len(), after.len()),
        (10, 8),
        "{before:#?} {after:#?}"
    );
    assert!(
        before
            .iter()
            .all(|head| head.matches("secret").count() == 2),
        "{before:#?}"
    );
    assert!(
        after.iter().all(|head| !head.contains("secret")),
        "{after:#?}"
    );
    assert!(
        after.iter().all(|head| head.contains("X-Name: user")),
        "{after:#?}"
    );
}

#[test]
fn a_redirect_that_leads_nowhere_is_named() {
    let server = server();
    let tap = Tap::at("127.0.0.1:0".parse().unwrap(), server.address, |head| {
        let path = head.split(' ').nth(1)?;
        Some(match path {
            "/nowhere" => "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
            "/unknown" => redirecting(302, "http://nowhere.invalid/?secret"),
            "/loop" => redirecting(301, "/loop?again"),
            "/loop?again" => redirecting(308, "/loop"),
            longer => redirecting(307, &format!("{longer}/on")),
        })
    });
    let urls = ["nowhere", "unknown", "loop", "long"];
    let urls = urls.map(|path| format!("http://{}/{path}", tap.address));
    let told = test(&urls, server.address, &[]);
    told.is_found(&[
        "8 given up",
        "redirected without a Location",
        "redirected: nowhere.invalid cannot be resolved",
        "redirected in a loop, to ",
        "redirected more than 5 times, to ",
    ]);
    assert!(!told.all.contains("secret"), "{}", told.all);
}

#[test]
fn an_address_that_refuses_is_no_failure_where_the_name_has_another() {
    let server = server();
    let port = server.address.port();
    let second = SocketAddr::new(IpAddr::from([127, 0, 0, 2]), port);
    let tap = Tap::at(second, server.address, |_| None);
    let command = program_with(&[("ADDRESSES", "127.0.0.2,127.0.0.1")]);
    let url = format!("http://frame.test:{port}/subscribe");
    let options = [&SMALL[..], &["--churn", "1200", "--timeout", "60s"]].concat();
    let run = start_at(command, &[url], server.address, &options);
    tap.refuse();
    let before = tap.heads().len();
    let told = run.told();
    told.is_clean();
    assert!(
        before > 0 && told.number("/connections/reconnects") > 4.0,
        "{}",
        told.all
    );
    assert!(!told.all.contains("refused"), "{}", told.all);
}

#[test]
fn a_head_with_bare_line_feeds_after_an_interim_answer_is_understood() {
    let server = server();
    let head = || {
        let fields: String = (0..200).map(|number| format!("X-{number}: y\n")).collect();
        format!(
            "HTTP/1.1 103 Early Hints\nLink: </a>\n\nHTTP/1.1 200 OK\nContent-Type: text/event-stream\n{fields}\
             Content-Length: 9\n\ndata: a\n\n"
        )
    };
    let tap = Tap::at("127.0.0.1:0".parse().unwrap(), server.address, move |_| {
        Some(head())
    });
    let url = format!("http://{}/", tap.address);
    let told = load_at(
        program(),
        &[url],
        server.address,
        &["--subscribers", "8", "--for", "100ms"],
    );
    assert!(told.number("/connections/opened") >= 8.0, "{}", told.all);
}
