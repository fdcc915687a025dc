//! Exchanges without a port, by which a program tries its actions; and a server on a socket of the program's own.

use crate::support::client::Client;
use picture_frame::{
    http::{Request, Response},
    server::{Context, Reply, Router, Server, Settings},
};
use std::{os::unix::net::UnixListener, sync::mpsc, thread, time::Duration};

fn server() -> Server<u32> {
    let router = Router::new()
        .get("/count", count)
        .get("/news", |cx, request| cx.subscribe(request, "news", None))
        .get("/later", later)
        .post("/tell", tell);
    let server = Server::new(0, router, &Settings::default()).unwrap();
    server.keep("news")
}

fn count(cx: &mut Context<'_, u32>, _: &Request<'_>) -> Reply<u32> {
    *cx.app += 1;
    Response::text(200, cx.app.to_string()).into()
}

fn later(cx: &mut Context<'_, u32>, _: &Request<'_>) -> Reply<u32> {
    cx.defer(
        || thread::sleep(Duration::from_millis(20)),
        |_, ()| Response::text(200, "late").into(),
    )
}

fn tell(cx: &mut Context<'_, u32>, request: &Request<'_>) -> Reply<u32> {
    cx.publish("news", "news", str::from_utf8(request.body).unwrap());
    Response::new(204).into()
}

fn ask(server: &mut Server<u32>, request: &str) -> String {
    String::from_utf8(server.exchange(request.as_bytes())).unwrap()
}

fn request(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
}

#[test]
fn a_server_may_run_on_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || server().run_on(listener));
    let mut client = Client::connect_unix(&path);
    assert_eq!(client.ask(request("GET", "/count", "")).text(), "1");
}

#[test]
fn an_exchange_answers_each_request_awaits_jobs_and_keeps_the_state() {
    let mut server = server();
    let both = request("GET", "/count", "") + &request("GET", "/count", "");
    let answers = ask(&mut server, &both);
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
    assert!(answers.contains("\r\n\r\n1HTTP/1.1") && answers.ends_with("\r\n\r\n2"));
    assert!(ask(&mut server, &request("GET", "/later", "")).ends_with("late"));
    assert!(ask(&mut server, &request("GET", "/count", "")).ends_with("\r\n\r\n3"));
    assert!(ask(&mut server, "nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
    assert_eq!(ask(&mut server, "GET /count HTTP/1.1\r\n"), "");
}

#[test]
fn an_exchange_sees_what_another_has_published_and_leaves_no_subscriber() {
    let mut server = server();
    let told = ask(&mut server, &request("POST", "/tell", "hello"));
    assert!(told.starts_with("HTTP/1.1 204 "), "{told}");
    for _ in 0..2 {
        let stream = ask(&mut server, &request("GET", "/news", ""));
        assert!(stream.contains("event: news\ndata: hello\n\n"), "{stream}");
    }
    let (tell, told) = mpsc::channel();
    server
        .handle()
        .run(move |cx| tell.send(cx.subscribers("news")).unwrap());
    ask(&mut server, "");
    assert_eq!(told.recv().unwrap(), 0);
}

#[test]
fn an_exchange_takes_more_bytes_than_a_socket_at_once() {
    let mut server = server();
    let many = request("GET", "/count", "").repeat(20_000);
    let answers = ask(&mut server, &many);
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 20_000);
}
