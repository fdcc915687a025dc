//! Situations and checks that several tests share.

use super::{
    client::{Client, Response, Stream, form, get},
    flickr::FlickrStub,
    server::{Server, program},
};
use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;

/// The key that the program is given for the stand-in.
pub const KEY: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75e";

/// A server whose pictures come from `stub`.
pub fn over_flickr(stub: &FlickrStub, options: &[&str]) -> Server {
    over(&stub.url(), options)
}

/// A server whose pictures come from the endpoint `url`.
pub fn over(url: &str, options: &[&str]) -> Server {
    let mut command = program();
    command
        .env("FLICKR_API_KEY", KEY)
        .args(["--flickr-url", url])
        .args(options);
    Server::spawn(command)
}

/// A connection whose kernel buffers hardly any unread byte.
pub fn narrow(address: SocketAddr) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&address.into()).unwrap();
    Client::over(socket.into())
}

/// The address of the operator's listener of a server that was started with `--admin`.
#[track_caller]
pub fn admin(server: &Server) -> SocketAddr {
    let line = server.wait_for_log("(admin)");
    let (_, address) = line.split_once("listening on http://").unwrap();
    address.split(' ').next().unwrap().parse().unwrap()
}

/// Returns when the server has read everything sent to it before: it reads in the order of arrival.
#[track_caller]
pub fn settle(server: &Server) {
    assert_eq!(get(server.address, "/healthz").status, 200);
}

/// The number in the stream's next heartbeat.
#[track_caller]
pub fn audience(stream: &mut Stream) -> usize {
    stream.next("audience").data.parse().unwrap()
}

/// Reads heartbeats until a heartbeat tells this number. Heartbeats keep coming, so the bound is a count.
#[track_caller]
pub fn await_audience(stream: &mut Stream, expected: usize) {
    let told: Vec<usize> = (0..300)
        .map(|_| audience(stream))
        .take_while(|told| *told != expected)
        .collect();
    assert!(told.len() < 300, "never {expected}: {told:?}");
}

/// Checks that an error is a problem as RFC 9457 defines it.
#[track_caller]
pub fn assert_problem(response: &Response, status: u16) {
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );
    let problem = response.json();
    assert_eq!(problem["status"], status);
    for member in ["type", "title", "detail"] {
        assert!(
            problem[member]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{member} in {problem}"
        );
    }
}

/// The seconds of a `Retry-After`: a whole number, at least 1.
#[track_caller]
pub fn retry_after(response: &Response) -> u64 {
    let value = response.header("retry-after").expect("a Retry-After");
    let seconds = value.parse().expect("whole seconds");
    assert!(seconds > 0, "{value}");
    seconds
}

/// An id's two numbers: milliseconds since 1970, and a sequence.
pub type Id = (u64, u64);

/// Parses an id strictly.
#[track_caller]
pub fn id(text: &str) -> Id {
    let (millis, sequence) = text.split_once('-').expect("two numbers");
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    assert!(digits(millis) && digits(sequence), "{text}");
    (millis.parse().unwrap(), sequence.parse().unwrap())
}

/// Publishes a keyword, which must need no encoding, and returns the picture's id.
#[track_caller]
pub fn publish_on(client: &mut Client, keyword: &str) -> String {
    let response = client.ask(form(&format!("keyword={keyword}")));
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()["id"].as_str().unwrap().to_owned()
}

/// A connection from another of this machine's addresses, 127.0.0.`last`.
pub fn connect_from(last: u8, server: SocketAddr) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let own = SocketAddr::from(([127, 0, 0, last], 0));
    socket.bind(&own.into()).unwrap();
    socket.connect(&server.into()).unwrap();
    Client::over(socket.into())
}
