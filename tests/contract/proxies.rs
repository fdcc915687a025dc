//! nginx, HAProxy, Caddy and Apache in front of the server, each with the README's lines for it, and the README's unit
//! for systemd.

mod below_a_path;
mod heads;
mod metrics;

use crate::support::{
    client::{Client, Stream, form, publish},
    process::{connections, eventually},
    programs, readme,
    reverse_proxy::ReverseProxy,
    server::{PROGRAM, Server},
    setups::{await_audience, publish_on},
};
use std::{fs, net::Ipv4Addr, path::PathBuf, process::Command};

#[test]
fn an_event_arrives_through_each_proxy_with_nothing_behind_it() {
    let server = Server::start(&["--heartbeat", "3600"]);
    for proxy in ReverseProxy::start_all(server.address, &[]) {
        let mut stream = Stream::begin(Client::connect(proxy.address), "/subscribe", "");
        let head = &stream.head;
        assert_eq!(
            head.header("content-type"),
            Some("text/event-stream"),
            "{}",
            proxy.name
        );
        // While no picture was published, the first event has an id.
        let greeting = stream.block().unwrap();
        assert_eq!(greeting.name, "hello");
        if greeting.id.is_none() {
            stream.picture();
        }
        for count in 0..10 {
            let keyword = format!("{}{count}", proxy.name);
            publish(server.address, &keyword);
            assert_eq!(stream.picture()["keyword"], keyword);
        }
    }
}

#[test]
fn a_page_behind_each_proxy_publishes_with_and_without_sec_fetch_site() {
    let server = Server::start(&["--publish-rate", "0", "--trusted-proxy", "127.0.0.1"]);
    for proxy in ReverseProxy::start_all(server.address, &[]) {
        for said in [
            "Origin: http://frame.example.org",
            "Origin: http://frame.example.org\r\nSec-Fetch-Site: same-origin",
        ] {
            let fields = format!("Host: frame.example.org\r\n{said}\r\n");
            let request = form("keyword=sushi").replace("Host: a\r\n", &fields);
            let answer = Client::connect(proxy.address).ask(request);
            assert_eq!(answer.status, 200, "{}: {}", proxy.name, answer.text());
        }
    }
}

#[test]
fn last_event_id_passes_each_proxy() {
    let server = Server::start(&[]);
    let mut publisher = Client::connect(server.address);
    let ids = ["sushi", "ramen", "mochi"].map(|keyword| publish_on(&mut publisher, keyword));
    for proxy in ReverseProxy::start_all(server.address, &[]) {
        let mut stream = Stream::resume(proxy.address, &ids[0]);
        for id in &ids[1..] {
            assert_eq!(
                stream.next("picture").id.as_ref(),
                Some(id),
                "{}",
                proxy.name
            );
        }
    }
}

#[test]
fn a_poll_is_held_behind_each_proxy() {
    let server = Server::start(&["--publish-rate", "0"]);
    let mut publisher = Client::connect(server.address);
    let mut last = publish_on(&mut publisher, "sushi");
    for proxy in ReverseProxy::start_all(server.address, &[]) {
        let mut client = Client::connect(proxy.address);
        let target = format!("/poll?after={last}&wait=60");
        client.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        eventually("it is held", || connections(server.address, "polling") == 1);
        last = publish_on(&mut publisher, proxy.name);
        let answer = client.response();
        assert_eq!(answer.status, 200, "{}", proxy.name);
        assert_eq!(answer.json()["last"], *last, "{}", proxy.name);
    }
}

#[test]
fn a_client_is_known_by_its_address_behind_each_proxy_whatever_it_claims() {
    let options = ["--publish-rate", "1", "--trusted-proxy", "127.0.0.1"];
    let server = Server::start(&options);
    for (number, proxy) in (0..).zip(ReverseProxy::start_all(server.address, &[])) {
        let [first, second] = [5, 6].map(|host| Ipv4Addr::new(127, 0, number, host));
        let publish = |from, forged: &str| {
            let fields = format!("Host: a\r\nX-Forwarded-For: {forged}\r\n");
            let request = form("keyword=sushi").replace("Host: a\r\n", &fields);
            proxy.connect_from(from).ask(request).status
        };
        assert_eq!(publish(first, "192.0.2.1"), 200, "{}", proxy.name);
        for forged in [
            "192.0.2.2",
            "192.0.2.3, 127.0.0.1",
            "127.0.0.1",
            "2001:db8::1",
        ] {
            assert_eq!(publish(first, forged), 429, "{}: {forged}", proxy.name);
        }
        assert_eq!(publish(second, "192.0.2.1"), 200, "{}", proxy.name);
    }
}

#[test]
fn no_proxy_cuts_a_stream_that_brings_only_heartbeats() {
    let server = Server::start(&["--heartbeat", "0.2"]);
    // The README's 15 and 75 s, shortened.
    for proxy in ReverseProxy::start_all(server.address, &[("75s", "2s")]) {
        let mut stream = Stream::open(proxy.address);
        for _ in 0..20 {
            stream.next("audience");
        }
    }
}

#[test]
fn a_subscriber_that_leaves_a_proxy_leaves_the_server() {
    let server = Server::start(&["--heartbeat", "0.1"]);
    let mut witness = Stream::open(server.address);
    for proxy in ReverseProxy::start_all(server.address, &[]) {
        let stream = Stream::open(proxy.address);
        await_audience(&mut witness, 2);
        drop(stream);
        await_audience(&mut witness, 1);
    }
}

#[test]
fn caddy_that_encodes_passes_events_on_at_once_if_streams_are_left_out() {
    let server = Server::start(&[]);
    let mut publisher = Client::connect(server.address);
    let ids = ["sushi", "ramen", "mochi"].map(|keyword| publish_on(&mut publisher, keyword));
    let lines = ["@plain not path /subscribe", "encode @plain gzip"];
    lines.into_iter().for_each(readme::assert_says);
    let encodes = format!("{}\n{}\nreverse_proxy", lines[0], lines[1]);
    let changes = [("reverse_proxy", encodes.as_str())];
    let Some(proxy) = ReverseProxy::start_one("caddy", server.address, &changes) else {
        return;
    };
    let page = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n";
    let mut client = Client::connect(proxy.address);
    client.send(page);
    assert_eq!(client.head().header("content-encoding"), Some("gzip"));
    let fields = format!("Accept-Encoding: gzip\r\nLast-Event-ID: {}\r\n", ids[0]);
    let mut stream = Stream::open_with(proxy.address, "/subscribe", &fields);
    assert_eq!(stream.head.header("content-encoding"), None);
    for id in &ids[1..] {
        assert_eq!(stream.next("picture").id.as_ref(), Some(id));
    }
}

#[test]
fn systemd_understands_the_units_and_finds_little_exposed() {
    let Some(analyze) = programs::find(&["systemd-analyze"], "systemd") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, words) in [
        ("picture-frame.service", "Copy the binary"),
        (
            "picture-frame.socket",
            "With `/etc/systemd/system/picture-frame.socket`",
        ),
    ] {
        let unit = readme::block(words).replace("/usr/local/bin/picture-frame", PROGRAM);
        files.push(folder.path().join(name));
        fs::write(files.last().unwrap(), unit).unwrap();
    }
    let run = |arguments: &[&str], files: &[PathBuf]| {
        let mut command = Command::new(&analyze);
        command.args(arguments).args(files).output().unwrap()
    };
    let checked = run(&["verify"], &files);
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(
        checked.status.success() && !said.contains("picture-frame"),
        "{said}"
    );
    // The threshold is an exposure of 2.0.
    let judged = run(
        &["security", "--offline=true", "--threshold=20"],
        &files[..1],
    );
    let told = String::from_utf8_lossy(&judged.stdout);
    assert!(
        judged.status.success() && told.contains("Overall exposure level"),
        "{told}"
    );
}
