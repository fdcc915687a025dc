//! The service manager: the sockets that it hands over, and the signs that it is given.

use crate::support::{
    PATIENCE,
    client::{Client, Stream, get},
    process::eventually,
    server::{Server, program, program_by},
};
use std::{
    fs,
    net::TcpListener,
    os::{
        fd::OwnedFd,
        unix::net::{UnixDatagram, UnixListener},
    },
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// The program with its descriptors 3 and 4 and the variables that hand them over.
fn handed(first: OwnedFd, second: Option<OwnedFd>, names: &str) -> Command {
    let count = if second.is_some() { 2 } else { 1 };
    let script = "exec 3<&0 4<&1 </dev/null >/dev/null; export LISTEN_PID=$$; exec \"$0\" \"$@\"";
    let mut command = program_by(&["sh", "-c", script]);
    command.env("LISTEN_FDS", count.to_string());
    if !names.is_empty() {
        command.env("LISTEN_FDNAMES", names);
    }
    command.stdin(Stdio::from(first));
    command.stdout(second.map_or_else(Stdio::null, Stdio::from));
    command
}

fn tcp() -> (OwnedFd, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener.into(), address)
}

#[test]
fn a_socket_that_is_handed_over_takes_the_place_of_the_default_address() {
    for names in ["", "http", "picture-frame.socket"] {
        let (socket, address) = tcp();
        let server = Server::begin_with_input(handed(socket, None, names));
        server.wait_for_log(&format!("listening on http://{address} (pictures from"));
        assert_eq!(get(address, "/healthz").text(), "ok");
        assert_eq!(get(address, "/metrics").status, 200);
        assert_eq!(server.log().matches("listening on").count(), 1);
    }
}

#[test]
fn sockets_that_are_handed_over_have_names_and_may_be_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin");
    let (socket, address) = tcp();
    let admin: OwnedFd = UnixListener::bind(&path).unwrap().into();
    let mut server = Server::begin_with_input(handed(admin, Some(socket), "admin:http"));
    server.wait_for_log(&format!("listening on unix:{} (admin)", path.display()));
    server.wait_for_log(&format!("listening on http://{address} "));
    assert_eq!(get(address, "/metrics").status, 404);
    let metrics = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(Client::connect_unix(&path).ask(metrics).status, 200);
    server.signal("TERM");
    assert!(server.wait().success());
    assert!(path.exists(), "the file is the service manager's");
}

#[test]
fn sockets_that_are_handed_over_are_listened_on_beside_those_of_the_options() {
    let (socket, address) = tcp();
    let mut command = handed(socket, None, "http");
    command.args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    let server = Server::begin_with_input(command);
    eventually("three lines", || {
        server.log().matches("listening on http://").count() == 3
    });
    assert_eq!(get(address, "/healthz").text(), "ok");
}

#[test]
fn an_operators_socket_that_is_handed_over_leaves_the_default_address() {
    let script = "exec 3<&0 </dev/null; export LISTEN_PID=$$; exec \"$0\" \"$@\"";
    let mut command = program_by(&["sh", "-c", script]);
    command
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDNAMES", "admin");
    command.stdin(Stdio::from(tcp().0)).arg("--check");
    let output = command.output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(
        lines.contains("listen on http://127.0.0.1:4000\n"),
        "{lines}"
    );
    assert!(lines.contains("(admin)\n"), "{lines}");
}

#[test]
fn sockets_for_another_process_are_left_alone() {
    let mut command = program();
    command.env("LISTEN_FDS", "5").env("LISTEN_PID", "1");
    let server = Server::spawn(command);
    assert_eq!(get(server.address, "/healthz").text(), "ok");
    assert_eq!(server.log().matches("listening on").count(), 1);
}

#[test]
fn a_descriptor_that_is_no_listening_socket_is_an_error_that_says_which() {
    let file: OwnedFd = fs::File::open("/dev/null").unwrap().into();
    let output = handed(file, None, "http").output().unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(line.contains("descriptor 3 of LISTEN_FDS"), "{line}");
    assert_eq!(line.lines().count(), 1);
}

/// A stand-in for the service manager's socket.
fn manager() -> (TempDir, UnixDatagram, Command) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = program();
    command.env("NOTIFY_SOCKET", path);
    (folder, socket, command)
}

fn sign(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 1000];
    let count = socket.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..count].to_vec()).unwrap()
}

/// Reads signs up to one that says `words`.
#[track_caller]
fn wait_for(socket: &UnixDatagram, words: &str) {
    let signs: Vec<String> = (0..1000)
        .map(|_| sign(socket))
        .take_while(|sign| !sign.contains(words))
        .collect();
    assert!(signs.len() < 1000, "{words}: {signs:?}");
}

#[test]
fn the_manager_is_told_ready_the_number_of_subscribers_that_the_loop_turns_and_stopping() {
    let (_folder, socket, mut command) = manager();
    command.env("WATCHDOG_USEC", "100000");
    let mut server = Server::spawn(command);
    let first = sign(&socket);
    assert!(first.starts_with("READY=1\n"), "{first}");
    assert!(first.contains("STATUS=0 subscribers") && first.contains("WATCHDOG=1"));
    assert_eq!(sign(&socket), "WATCHDOG=1", "nothing else is new");
    let streams = [(); 3].map(|()| Stream::open(server.address));
    wait_for(&socket, "STATUS=3 subscribers");
    drop(streams);
    wait_for(&socket, "STATUS=0 subscribers");
    server.signal("TERM");
    wait_for(&socket, "STOPPING=1");
    assert!(server.wait().success());
}

#[test]
fn a_process_that_stands_still_gives_no_sign() {
    let (_folder, socket, mut command) = manager();
    command.env("WATCHDOG_USEC", "20000");
    let server = Server::spawn(command);
    wait_for(&socket, "WATCHDOG=1");
    server.signal("STOP");
    let is_stopped = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
        stat.contains(") T ")
    };
    eventually("the process is stopped", is_stopped);
    socket.set_nonblocking(true).unwrap();
    while socket.recv(&mut [0; 100]).is_ok() {}
    assert!(is_stopped() && socket.recv(&mut [0; 100]).is_err());
    socket.set_nonblocking(false).unwrap();
    server.signal("CONT");
    wait_for(&socket, "WATCHDOG=1");
}

#[test]
fn without_a_watchdog_no_sign_of_life_is_asked_for_and_a_watchdog_of_another_process_is_none() {
    for variables in [
        &[][..],
        &[("WATCHDOG_USEC", "20000"), ("WATCHDOG_PID", "1")],
    ] {
        let (_folder, socket, mut command) = manager();
        command.envs(variables.iter().copied());
        let mut server = Server::spawn(command);
        assert_eq!(sign(&socket), "READY=1\nSTATUS=0 subscribers\n");
        server.signal("TERM");
        let last = sign(&socket);
        assert!(last.starts_with("STOPPING=1\n"), "{last}");
        assert!(server.wait().success());
    }
}

#[test]
fn a_manager_that_does_not_read_does_not_hold_the_loop() {
    let (_folder, _socket, mut command) = manager();
    command.env("WATCHDOG_USEC", "20000");
    let server = Server::spawn(command);
    server.wait_for_log("the service manager cannot be told");
    assert_eq!(get(server.address, "/healthz").text(), "ok");
    assert_eq!(server.log().matches("cannot be told").count(), 1);
}

#[test]
fn a_manager_may_have_an_abstract_socket_and_none_that_is_there_is_no_failure() {
    use std::os::linux::net::SocketAddrExt;
    let name = format!("picture-frame-{}", fastrand::u64(..));
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = program();
    command.env("NOTIFY_SOCKET", format!("@{name}"));
    let _server = Server::spawn(command);
    assert!(sign(&socket).starts_with("READY=1\n"));
    let mut command = program();
    command.env("NOTIFY_SOCKET", "/nowhere/at/all");
    let server = Server::spawn(command);
    server.wait_for_log("cannot be told");
    assert_eq!(get(server.address, "/healthz").text(), "ok");
}
