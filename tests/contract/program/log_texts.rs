//! Strangers and the log: they can neither forge a line nor fill the disk.

use super::with;
use crate::support::{
    client::{Client, publish},
    flickr::FlickrStub,
    server::{Server, program},
    setups::over_flickr,
};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

const FORGED: &str = "[2026-01-01T00:00:00Z INFO  picture_frame] forged";

/// An endpoint whose every answer is an error with this message, given as JSON has it.
fn saying(message: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let body = format!(r#"{{"stat":"fail","code":999,"message":"{message}"}}"#);
    thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(socket.try_clone().unwrap()).lines();
            let _ = lines.map_while(Result::ok).find(String::is_empty);
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ";
            let _ = write!(socket, "{head}{}\r\n\r\n{body}", body.len());
        }
    });
    url
}

#[test]
fn nothing_that_a_stranger_sends_forges_a_line_at_any_level() {
    let url = saying(&format!(
        "a\\n{FORGED}\\r\\u001b[2J\\u0085\\u2028\\u202e\\u2066"
    ));
    let mut command = with(&["--flickr-url", &url, "--publish-rate", "0"]);
    command
        .env("FLICKR_API_KEY", super::KEY)
        .env("RUST_LOG", "trace");
    let server = Server::spawn(command);
    let text = format!("%0A{FORGED}%1B%C2%85%E2%80%A8").replace(' ', "%20");
    for target in [format!("/{text}"), format!("/subscribe?lastEventId={text}")] {
        let mut client = Client::connect(server.address);
        client.send(format!(
            "GET {target} HTTP/1.1\r\nHost: a\r\nX: \u{202e}\u{2028}\u{1b}\r\nConnection: close\r\n\r\n"
        ));
        client.head();
    }
    for keyword in [
        "sushi",
        &*format!("x%E2%80%A8%E2%80%AE{}", FORGED.replace(' ', "%20")),
    ] {
        assert_ne!(publish(server.address, keyword).status, 200);
    }
    server.wait_for_log("Flickr is lost");
    let log = server.log();
    let deceptive =
        |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{202e}\u{2066}".contains(c);
    assert!(!log.contains(deceptive), "{log:?}");
    for line in log.lines() {
        assert!(line.starts_with('[') && !line.starts_with(FORGED), "{line}");
    }
}

#[test]
fn a_source_that_is_lost_and_back_again_and_again_fills_no_disk() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &["--publish-rate", "0", "--source-quota", "0"]);
    for count in 0..40 {
        stub.mode("http403");
        publish(server.address, &format!("lost{count}"));
        stub.mode("ok");
        publish(server.address, &format!("back{count}"));
    }
    let log = server.log();
    for line in ["Flickr is lost", "Flickr is back"] {
        let told = log.matches(line).count();
        assert!((2..15).contains(&told), "{told} times {line}");
    }
}

#[test]
fn a_connection_has_a_line_at_debug_when_it_comes_and_one_that_says_how_it_ended() {
    let mut command = program();
    command.env("RUST_LOG", "debug").args(["--drain", "0"]);
    let server = Server::spawn(command);
    let client = Client::connect(server.address);
    let peer = client.socket().local_addr().unwrap();
    let line = server.wait_for_log(&format!("from {peer}"));
    let number = line.split("connection ").nth(1).unwrap();
    let number = number.split(':').next().unwrap();
    client.reset();
    server.wait_for_log(&format!("connection {number}: reset by the peer"));
}

#[test]
fn the_port_that_was_picked_is_told_whatever_is_to_be_logged() {
    let mut command = program();
    command.env("RUST_LOG", "off");
    let mut server = Server::spawn(command);
    assert_eq!(publish(server.address, "sushi").status, 200);
    server.signal("TERM");
    assert!(server.wait().success());
    let told = format!("listening on http://{}", server.address);
    assert_eq!(server.log(), told);
}
