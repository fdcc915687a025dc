//! `GET /gallery/…`: when a picture is drawn, for which clients, and how it is sent.

mod codings;

use crate::support::{
    client::{Client, Stream, form, publish},
    flickr::FlickrStub,
    metrics::Metrics,
    server::{Server, program},
    setups::{assert_problem, connect_from, over_flickr, retry_after},
};
use std::{
    thread,
    time::{Duration, Instant},
};

/// The number of drawings that one client may have at once.
const BURST: usize = 20;

/// Starts a server that logs each drawing.
fn server(options: &[&str]) -> Server {
    let mut command = program();
    command
        .env("RUST_LOG", "info,picture_frame::frame::drawings=debug")
        .args(options);
    Server::spawn(command)
}

/// The path of a picture. No other number has the same picture.
fn path(number: usize) -> String {
    format!("/gallery/waves-{number:016x}.svg")
}

fn request(method: &str, path: &str, fields: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

fn get(path: &str) -> String {
    request("GET", path, "")
}

/// The paths of all pictures drawn so far, in order, as the log names them. The last picture that this function itself
/// asks for is left out.
fn drawn(server: &Server) -> Vec<String> {
    let last = "/gallery/night-ffffffffffffffff.svg";
    let mut client = connect_from(99, server.address);
    assert_eq!(client.ask(get(last)).status, 200);
    server.wait_for_log("drawn: night-ffffffffffffffff.svg");
    let log = server.log();
    let names = log.lines().filter_map(|line| line.split("drawn: ").nth(1));
    let names = names.map(|name| format!("/gallery/{name}"));
    names.filter(|name| name != last).collect()
}

#[test]
fn a_picture_is_drawn_once_for_any_number_of_requests_at_the_same_time() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let server = server(&[]);
    let connect = |n: usize| {
        let mut client = connect_from(n as u8, server.address);
        client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        client
    };
    let slow = (2..5).flat_map(|n| [n; BURST]);
    let mut before: Vec<Client> = slow.map(connect).collect();
    let mut crowd: Vec<Client> = (0..2500).map(|_| connect(1)).collect();
    server.signal("STOP");
    // The forests take longest to draw. The picture waits behind them, so that the requests for it meet.
    for (n, client) in before.iter_mut().enumerate() {
        client.send(get(&format!("/gallery/forest-mist-{n:016x}.svg")));
    }
    for client in &mut crowd {
        client.send(get(&path(7777)));
    }
    server.signal("CONT");
    let mut bodies = crowd.iter_mut().map(|client| {
        let response = client.response();
        assert_eq!(response.status, 200, "{}", response.text());
        response.body
    });
    let first = bodies.next().unwrap();
    assert!(bodies.all(|body| body == first));
    let of = |name| {
        drawn(&server)
            .iter()
            .filter(|drawn| **drawn == name)
            .count()
    };
    assert_eq!(of(path(7777)), 1);
}

#[test]
fn head_304_412_and_an_unknown_name_draw_nothing() {
    let server = server(&[]);
    let mut client = Client::connect(server.address);
    for number in 0..2 * BURST {
        client.send(request("HEAD", &path(number), ""));
        let head = client.head();
        assert_eq!(head.status, 200);
        let tag = head.header("etag").unwrap().to_owned();
        for (field, status) in [("If-None-Match", 304), ("If-Match", 200)] {
            let fields = format!("{field}: {tag}\r\n");
            client.send(request("HEAD", &path(number), &fields));
            assert_eq!(client.head().status, status, "{field}");
        }
        let known = format!("If-None-Match: {tag}\r\n");
        assert_eq!(
            client.ask(request("GET", &path(number), &known)).status,
            304
        );
        let wanted = "If-Match: \"another\"\r\n";
        assert_problem(&client.ask(request("GET", &path(number), wanted)), 412);
        assert_problem(
            &client.ask(get(&format!("/gallery/waves-{number}.svg"))),
            404,
        );
    }
    assert_eq!(drawn(&server), Vec::<String>::new());
    assert_eq!(client.ask(get(&path(0))).status, 200, "nothing was counted");
}

#[test]
fn a_picture_is_drawn_before_it_is_broadcast_and_stays_ready() {
    let server = server(&[]);
    let mut stream = Stream::open(server.address);
    let mut urls = Vec::new();
    for _ in 0..2 * BURST {
        assert_eq!(publish(server.address, "sushi").status, 200);
        let url = stream.picture()["url"].as_str().unwrap().to_owned();
        server.wait_for_log(&format!(
            "drawn: {}",
            url.strip_prefix("/gallery/").unwrap()
        ));
        urls.push(url);
    }
    let mut client = Client::connect(server.address);
    for url in &urls {
        assert_eq!(client.ask(get(url)).status, 200);
    }
    let mut drawn = drawn(&server);
    drawn.sort();
    urls.sort();
    urls.dedup();
    assert_eq!(drawn, urls, "each once, none for a page");
}

#[test]
fn a_publish_succeeds_though_the_queue_has_no_room_for_its_drawing() {
    let server = server(&["--lookup-threads", "1", "--lookup-queue", "0"]);
    let mut stream = Stream::open(server.address);
    server.signal("STOP");
    let publish = |_| {
        let mut client = Client::connect(server.address);
        client.send(form("keyword=sushi"));
        client
    };
    let mut publishers: Vec<Client> = (0..12).map(publish).collect();
    server.signal("CONT");
    for client in &mut publishers {
        assert_eq!(client.response().status, 200);
    }
    let mut client = Client::connect(server.address);
    for _ in 0..12 {
        let url = stream.picture()["url"].as_str().unwrap().to_owned();
        assert_eq!(client.ask(get(&url)).status, 200);
    }
}

#[test]
fn a_client_may_have_a_bounded_number_of_pictures_drawn_and_fetch_any_number_of_ready_ones() {
    let server = server(&[]);
    let published = publish(server.address, "sushi").json();
    let mut greedy = connect_from(2, server.address);
    let begun = Instant::now();
    let mut answers = (0..).map(|number| (number, greedy.ask(get(&path(number)))));
    let (count, refusal) = answers.find(|(_, answer)| answer.status != 200).unwrap();
    let more = 2 * begun.elapsed().as_secs() as usize + 2;
    assert!((BURST..=BURST + more).contains(&count), "{count}");
    assert_problem(&refusal, 429);
    assert!((1..=2).contains(&retry_after(&refusal)));
    let told = Instant::now() + Duration::from_secs(retry_after(&refusal));
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.nonzero("refused_total"), [("rate", 1.0)]);

    let url = published["url"].as_str().unwrap();
    for ready in [url, &path(count - 1)] {
        assert_eq!(greedy.ask(get(ready)).status, 200, "{ready}");
    }
    let mut other = connect_from(3, server.address);
    assert_eq!(other.ask(get(&path(count))).status, 200);
    thread::sleep(told.saturating_duration_since(Instant::now()));
    assert_eq!(greedy.ask(get(&path(count + 1))).status, 200);
}

#[test]
fn the_queue_of_drawings_is_bounded_for_all_clients_together() {
    let server = server(&[]);
    server.signal("STOP");
    let mut clients: Vec<Client> = (0..120)
        .map(|n| connect_from(2 + n % 6, server.address))
        .collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(get(&path(number)));
    }
    server.signal("CONT");
    for client in &mut clients {
        let response = client.response();
        if response.status != 200 {
            assert_problem(&response, 503);
            retry_after(&response);
        }
    }
    assert_eq!(publish(server.address, "sushi").status, 200);
}

#[test]
fn a_picture_does_not_wait_for_a_source_that_hangs() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let options = ["--lookup-threads", "1", "--lookup-timeout", "60"];
    let server = over_flickr(&stub, &options);
    let mut hanging = Client::connect(server.address);
    hanging.send(form("keyword=sushi"));
    stub.wait_for_requests(1);
    let mut client = Client::connect(server.address);
    assert_eq!(client.ask(get(&path(1))).status, 200);
    stub.release();
}
