//! The program's log: its lines and levels, without the key, and without waiting for a reader that stalls.

use super::{KEY, taken_port, with};
use crate::support::{
    PATIENCE,
    client::{Client, get, publish},
    flickr::FlickrStub,
    port::Port,
    process::{eventually, signal},
    server::{PROGRAM, Server},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::{
        fd::OwnedFd,
        unix::{fs::MetadataExt, net::UnixStream},
    },
    process::{Child, ChildStderr, Command, Stdio},
    sync::mpsc,
    thread,
};

/// A child process that ends with the test.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn logging_goes_to_standard_error_at_info_and_above() {
    let server = Server::start(&[]);
    get(server.address, "/");
    let log = server.log();
    assert!(
        log.contains(" INFO ") && !log.contains(" DEBUG ") && !log.contains(" TRACE "),
        "{log}"
    );
}

#[test]
fn rust_log_sets_the_level() {
    let stub = FlickrStub::start();
    let mut command = with(&["--flickr-url", &stub.url()]);
    command.env("FLICKR_API_KEY", KEY).env("RUST_LOG", "debug");
    let server = Server::spawn(command);
    assert_eq!(publish(server.address, "sushi").status, 200);
    server.wait_for_log(" DEBUG ");
    assert!(!server.log().contains(" TRACE "));
}

#[test]
fn a_level_above_what_there_is_to_say_leaves_standard_error_empty() {
    let kept = Port::keep();
    let address = kept.address;
    let mut command = with(&["--listen", &address.to_string()]);
    command.env("RUST_LOG", "error").stderr(Stdio::piped());
    let mut child = Reaped(command.spawn().unwrap());
    eventually("it listens", || TcpStream::connect(address).is_ok());
    signal(child.0.id(), "TERM");
    let mut text = String::new();
    child
        .0
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert!(
        child.0.wait().unwrap().success() && text.is_empty(),
        "{text}"
    );
}

#[test]
fn the_key_is_never_logged_however_the_source_fails() {
    let stub = FlickrStub::start();
    let mut command = with(&["--flickr-url", &stub.url()]);
    command.env("FLICKR_API_KEY", KEY).env("RUST_LOG", "trace");
    let mut server = Server::spawn(command);
    let modes = [
        "ok",
        "fail100",
        "http500",
        "redirect",
        "close",
        "reset",
        "malformed",
        "notHttp",
        "hugeheaders",
    ];
    for mode in modes {
        stub.mode(mode);
        let answer = publish(server.address, mode);
        assert!(!answer.text().contains(KEY) && !answer.head.contains(KEY));
    }
    assert!(
        stub.requests()
            .iter()
            .all(|asked| asked.parameter("api_key") == Some(KEY))
    );
    server.signal("TERM");
    server.wait();
    server.wait_for_log("stopped");
    assert!(server.log().contains(" TRACE ") && !server.log().contains(KEY));
}

/// Starts a server that logs at every level, and reads its log up to the line with its address.
fn talkative() -> (Reaped, SocketAddr, BufReader<ChildStderr>) {
    let mut command = with(&["--listen", "127.0.0.1:0", "--drain", "0"]);
    command.env("RUST_LOG", "trace").stderr(Stdio::piped());
    let mut child = Reaped(command.spawn().unwrap());
    let mut log = BufReader::with_capacity(1, child.0.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening on http://") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it has ended");
    }
    let address = line
        .split("http://")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    let address = address.parse().unwrap();
    (child, address, log)
}

/// Makes the server log more lines than the pipe (64 KiB) and the queue behind it (4096 lines) hold: a line for each
/// connection.
fn flood(address: SocketAddr) {
    for _ in 0..6000 {
        let mut client = Client::connect(address);
        client.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_eq!(client.response().status, 200);
    }
}

#[test]
fn an_unread_standard_error_stalls_neither_the_loop_nor_the_end() {
    let (mut child, address, log) = talkative();
    flood(address);
    assert_eq!(publish(address, "sushi").status, 200);
    signal(child.0.id(), "TERM");
    assert!(child.0.wait().unwrap().success());
    drop(log);
}

/// A standard error that is full, and whose reader never reads.
fn full() -> (UnixStream, OwnedFd) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    while writer.write(&[b'x'; 4096]).is_ok() {}
    while writer.write(b"x").is_ok() {}
    writer.set_nonblocking(false).unwrap();
    (reader, writer.into())
}

#[test]
fn a_start_that_fails_ends_although_standard_error_is_full() {
    let (_listener, port) = taken_port();
    let address = format!("127.0.0.1:{port}");
    for (options, status) in [
        (&["--history", "0"][..], 2),
        (&["--listen", &address], 1),
        (&["--source", "flickr"], 2),
        (&["load", "nowhere"], 2),
        (&["load", "http://127.0.0.1:1/", "--pid", "0"], 2),
    ] {
        let (_reader, writer) = full();
        let mut command = with(options);
        let mut child = Reaped(command.stderr(writer).spawn().unwrap());
        let mut ended = None;
        eventually("the end", || {
            ended = child.0.try_wait().unwrap();
            ended.is_some()
        });
        assert_eq!(ended.unwrap().code(), Some(status), "{options:?}");
    }
}

#[test]
fn the_server_serves_although_standard_error_is_full_from_the_start() {
    let kept = Port::keep();
    let address = kept.address;
    for level in ["trace", "off"] {
        let (_reader, writer) = full();
        let mut command = with(&["--listen", &address.to_string(), "--drain", "0"]);
        command.env("RUST_LOG", level).stderr(writer);
        let mut child = Reaped(command.spawn().unwrap());
        eventually("it listens", || TcpStream::connect(address).is_ok());
        assert_eq!(publish(address, "sushi").status, 200);
        signal(child.0.id(), "TERM");
        assert!(child.0.wait().unwrap().success());
    }
}

#[test]
fn root_is_warned_and_no_other_user() {
    let server = Server::start(&[]);
    let me = std::fs::metadata("/proc/self").unwrap().uid();
    let warned = |server: &Server| server.log().contains("running as root");
    assert_eq!(warned(&server), me == 0, "{}", server.log());
    if me == 0 {
        // A user that may not read the build's folder runs a copy of the program.
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let copy = folder.path().join("picture-frame");
        // By a process of its own: one that another test starts meanwhile would have this file open for writing.
        let made = Command::new("cp").arg(PROGRAM).arg(&copy).status();
        assert!(made.unwrap().success());
        let all = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), all).unwrap();
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", "65534", "--clear-groups"])
            .arg(copy);
        let server = Server::spawn(command);
        assert!(!warned(&server), "{}", server.log());
    }
}

#[test]
fn lines_dropped_while_standard_error_was_unread_are_counted_later() {
    let (_child, address, log) = talkative();
    flood(address);
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut lines = log.lines().map_while(Result::ok);
        let _ = tell.send(lines.find(|line| line.contains(" log lines were dropped")));
    });
    let line = told.recv_timeout(PATIENCE).unwrap().unwrap();
    let count: usize = line.split(' ').next().unwrap().parse().unwrap();
    assert!(count > 0);
}
