//! Flickr in all its failures: each failure concerns its publisher alone, and is forgotten when Flickr is well again.

use crate::support::{
    client::{Client, Stream, form, get},
    flickr::FlickrStub,
    process::peak,
    server::{Server, program},
    setups::{KEY, assert_problem, over_flickr},
};
use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
};

const WITHOUT_QUOTA: [&str; 2] = ["--source-quota", "0"];

/// The failures of a source by mode, with the problem's text and status.
const FAILURES: [(&str, &str, u16); 4] = [
    ("empty nophotolist fail3 fail77 fail116", "no picture", 404),
    (
        "fail0 fail1 fail2 fail10 fail18 fail105 fail106 fail111 fail112 fail201 http204 http400 http403 http404 \
         http500 http502 http503 http504 reset close redirect",
        "an error",
        502,
    ),
    (
        "malformed truncated badescape trailing jsonp xml html emptybody deep gzip huge short notHttp \
         badchunk hugeheaders",
        "what cannot be read",
        502,
    ),
    (
        "hang hangbody trickle trickleheaders",
        "no answer in time",
        504,
    ),
];

#[test]
fn each_failure_concerns_its_publisher_alone_and_is_forgotten_afterwards() {
    thread::scope(|scope| {
        for (modes, what, status) in FAILURES {
            // A source that does not answer takes all its time, so each has a server of its own.
            let (size, bound) = if status == 504 { (1, "2") } else { (100, "60") };
            let modes: Vec<&str> = modes.split_whitespace().collect();
            for modes in modes.chunks(size).map(<[&str]>::to_vec) {
                scope.spawn(move || fails_and_is_well(&modes, what, status, bound));
            }
        }
    });
}

/// Has a source fail in each of these modes, and be well afterwards.
fn fails_and_is_well(modes: &[&str], what: &str, status: u16, bound: &str) {
    let stub = FlickrStub::start();
    let timeout = ["--lookup-timeout", bound];
    let server = over_flickr(&stub, &[&timeout[..], &WITHOUT_QUOTA].concat());
    let mut watcher = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    for mode in modes {
        stub.mode(mode);
        let response = publisher.ask(form(&format!("keyword={mode}")));
        assert_eq!(
            response.status,
            status,
            "{mode}, {what}: {}",
            response.text()
        );
        assert_problem(&response, status);
        assert!(!response.text().contains(KEY));
        assert_eq!(get(server.address, "/healthz").text(), "ok");
        stub.mode("ok");
        let keyword = format!("good{mode}");
        let response = publisher.ask(form(&format!("keyword={keyword}")));
        assert_eq!(response.status, 200, "{mode}");
        assert_eq!(watcher.picture()["keyword"], keyword, "and no other before");
    }
    assert!(!server.log().contains("panic"), "{}", server.log());
}

#[test]
fn each_answer_goes_wrong_in_another_way_and_the_server_goes_on() {
    let stub = FlickrStub::start();
    let hasty = ["--lookup-timeout", "0.3"];
    let server = over_flickr(&stub, &[&hasty[..], &WITHOUT_QUOTA].concat());
    let all: Vec<&str> = FAILURES
        .iter()
        .flat_map(|(modes, ..)| modes.split_whitespace())
        .collect();
    stub.mode(&all.join(","));
    let ask = |count: usize| {
        let mut client = Client::connect(server.address);
        client.send(form(&format!("keyword=k{count}")));
        client
    };
    let mut asked: Vec<Client> = (0..all.len()).map(ask).collect();
    for client in &mut asked {
        assert!((404..=504).contains(&client.response().status));
    }
    for mode in ["http429", "fail100"] {
        stub.mode(mode);
        let status = if mode == "http429" { 429 } else { 502 };
        let server = over_flickr(&stub, &WITHOUT_QUOTA);
        assert_problem(
            &Client::connect(server.address).ask(form("keyword=sushi")),
            status,
        );
        assert_eq!(get(server.address, "/healthz").text(), "ok");
    }
}

/// Serves this body for every question, on a thread for each connection.
fn serve(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = move |mut socket: TcpStream| {
        let lines = BufReader::new(socket.try_clone().unwrap()).lines();
        let _ = lines.map_while(Result::ok).find(String::is_empty);
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ";
        let _ = write!(socket, "{head}{}\r\n\r\n", body.len());
        let _ = socket.write_all(&body);
    };
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            thread::spawn(move || answer(socket));
        }
    });
    url
}

/// A body of 1 MiB that repeats `middle`.
fn mebibyte(begin: &str, middle: &[u8], end: &str) -> Vec<u8> {
    let count = ((1 << 20) - begin.len() - end.len()) / middle.len();
    [begin.as_bytes(), &middle.repeat(count), end.as_bytes()].concat()
}

#[test]
fn four_hostile_answers_of_a_mebibyte_cost_little_memory() {
    let list = r#"{"stat":"ok","photos":{"photo":["#;
    let bodies = [
        mebibyte(list, b"0,", "0]}}"),
        mebibyte(list, b"{},", "0]}}"),
        mebibyte(list, br#"{"title":[[]]},"#, "0]}}"),
        mebibyte(r#"{"stat":"ok","x":["#, b"[0],", "0]}"),
        mebibyte(&format!("{list}{{\"title\":\""), b"\xff", "\"}]}}"),
        mebibyte(&format!("{list}{{\"title\":\""), b"a ", "\"}]}}"),
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let mut command = program();
        command
            .args(["--flickr-url", &serve(body)])
            .env("FLICKR_API_KEY", KEY);
        let server = Server::spawn(command);
        let before = peak(server.pid());
        let mut asked = [0, 1, 2, 3].map(|count| {
            let mut client = Client::connect(server.address);
            client.send(form(&format!("keyword=k{count}")));
            client
        });
        for client in &mut asked {
            assert_eq!(client.response().status, 404, "body {number}");
        }
        let more = peak(server.pid()) - before;
        assert!(more < 32 << 20, "body {number}: {more} bytes");
    }
}

#[test]
fn a_picture_that_tells_the_key_is_never_shown() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    let mut watcher = Stream::open(server.address);
    for mode in ["tellskey", "ok"] {
        stub.mode(mode);
        let response = Client::connect(server.address).ask(form(&format!("keyword={mode}")));
        assert_eq!(response.status, if mode == "ok" { 200 } else { 404 });
    }
    assert_eq!(watcher.picture()["keyword"], "ok");
    assert!(
        !server.log().to_lowercase().contains(&KEY[1..]),
        "{}",
        server.log()
    );
}
