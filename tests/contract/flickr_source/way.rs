//! The way to the source: a name with dead addresses, the proxy of the environment, and plain http.

use super::KEY;
use crate::support::{
    PATIENCE,
    client::{Client, form, publish},
    dead::Dead,
    flickr::FlickrStub,
    poor::program_with,
    server::{Server, program},
};
use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    thread,
};

/// A proxy's password, which no other party is sent.
const PASSWORD: &str = "pa55w0rd";

fn asking(mut command: Command, url: &str, timeout: &str) -> Command {
    command
        .args(["--flickr-url", url, "--lookup-timeout", timeout])
        .args(["--source-quota", "0"])
        .env("FLICKR_API_KEY", KEY);
    command
}

/// A listener, and its port's address with this scheme.
fn listener(scheme: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn with_password(url: &str) -> String {
    url.replace("://", &format!("://user:{PASSWORD}@"))
}

fn accepted(listener: &TcpListener) -> TcpStream {
    let socket = listener.accept().unwrap().0;
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn assert_untouched(listener: &TcpListener) {
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_source_whose_first_addresses_are_dead_is_reached_by_the_next() {
    let stub = FlickrStub::start();
    let here: SocketAddr = stub.origin()["http://".len()..].parse().unwrap();
    let dead = Dead::with(here.port(), 4);
    let command = program_with(&[("ADDRESSES", &dead.and(here))]);
    let url = format!("http://frame.test:{}/services/rest/", here.port());
    let server = Server::spawn(asking(command, &url, "8"));
    assert_eq!(publish(server.address, "sushi").status, 200);
    assert_eq!(stub.by_keyword("sushi"), 1);
}

#[test]
fn a_name_that_the_system_does_not_answer_for_takes_one_thread_however_often_it_is_wanted() {
    let server = Server::spawn(asking(program_with(&[]), "http://stuck.test/", "0.1"));
    for count in 0..10 {
        assert_eq!(publish(server.address, &format!("k{count}")).status, 504);
    }
    let tasks = fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
    let names = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("comm")).unwrap());
    assert_eq!(names.filter(|name| name == "name\n").count(), 1);
}

#[test]
fn a_socks_proxy_of_the_environment_is_used_and_its_password_is_told_to_it_alone() {
    let (endpoint, url) = listener("https");
    let (proxy, proxy_url) = listener("socks5");
    let mut command = asking(program(), &url, "10");
    command
        .env("ALL_PROXY", with_password(&proxy_url))
        .env("RUST_LOG", "trace");
    let server = Server::spawn(command);
    let port = endpoint.local_addr().unwrap().port();
    let said = thread::spawn(move || {
        let mut socket = accepted(&proxy);
        let mut greeting = [0; 4];
        socket.read_exact(&mut greeting).unwrap();
        socket.write_all(&[5, 0]).unwrap();
        let mut request = [0; 10];
        socket.read_exact(&mut request).unwrap();
        // The reply "connection refused" (RFC 1928, section 6).
        socket.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        (greeting[0], request)
    });
    assert_eq!(publish(server.address, "sushi").status, 502);
    let [high, low] = port.to_be_bytes();
    assert_eq!(
        said.join().unwrap(),
        (5, [5, 1, 0, 1, 127, 0, 0, 1, high, low])
    );
    assert_untouched(&endpoint);
    assert!(server.log().contains("of ALL_PROXY") && !server.log().contains(PASSWORD));
}

/// Plays an HTTP proxy: reads a request, and sends its answer byte by byte until the connection ends. Returns the
/// request.
fn trickling(proxy: TcpListener) -> thread::JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut socket = accepted(&proxy);
        let lines = BufReader::new(socket.try_clone().unwrap()).lines();
        let head = lines
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .collect();
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nX-Slow: ");
        while socket.write_all(b"x").is_ok() {
            thread::sleep(std::time::Duration::from_millis(10));
        }
        head
    })
}

#[test]
fn a_proxy_whose_answer_trickles_takes_no_more_than_the_look_ups_time() {
    let (endpoint, url) = listener("https");
    let (proxy, proxy_url) = listener("http");
    let mut command = asking(program(), &url, "2");
    command.env("https_proxy", with_password(&proxy_url));
    let server = Server::spawn(command);
    let head = trickling(proxy);
    assert_eq!(publish(server.address, "sushi").status, 504);
    let host = endpoint.local_addr().unwrap();
    // The proxy goes on until its connection is closed.
    let head = head.join().unwrap();
    assert_eq!(head[0], format!("CONNECT {host} HTTP/1.1"));
    assert!(
        head.iter()
            .any(|line| line.starts_with("Proxy-Authorization: Basic "))
    );
    assert!(!head.join("\n").contains(KEY));
    assert_untouched(&endpoint);
    assert!(!server.log().contains(PASSWORD));
}

#[test]
fn a_host_that_no_proxy_names_is_reached_directly_and_so_is_plain_http_with_a_line() {
    let (endpoint, url) = listener("https");
    let (proxy, proxy_url) = listener("http");
    let mut command = asking(program(), &url, "60");
    command
        .env("HTTPS_PROXY", &proxy_url)
        .env("NO_PROXY", "a.example, 127.0.0.0/8");
    let server = Server::spawn(command);
    let mut publisher = Client::connect(server.address);
    publisher.send(form("keyword=sushi"));
    drop(accepted(&endpoint));
    assert_untouched(&proxy);

    let stub = FlickrStub::start();
    let mut command = asking(program(), &stub.url(), "10");
    command.env("ALL_PROXY", with_password(&proxy_url));
    let server = Server::spawn(command);
    assert_eq!(publish(server.address, "sushi").status, 200);
    let line = server.wait_for_log("ALL_PROXY is not used");
    assert!(line.contains(" WARN "), "{line}");
    assert!(!server.log().contains(PASSWORD));
    assert_untouched(&proxy);
}

#[test]
fn the_key_over_plain_http_is_a_warning_unless_it_stays_on_this_machine() {
    for (url, warned) in [
        ("http://192.0.2.1/services/rest/", true),
        ("http://frame.test/", true),
        ("http://127.0.0.1:1/", false),
        ("http://localhost:1/", false),
        ("http://[::1]:1/", false),
        ("https://192.0.2.1/", false),
    ] {
        let server = Server::spawn(asking(program(), url, "10"));
        let log = server.log();
        assert_eq!(log.contains("over plain http"), warned, "{url}: {log}");
        assert!(!log.contains(KEY), "{log}");
    }
}
