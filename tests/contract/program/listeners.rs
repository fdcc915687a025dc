//! Several addresses, and unix sockets.

use super::{fails, taken_port, with};
use crate::support::{
    client::{Client, Response, Stream, get, publish},
    process::eventually,
    server::{Server, program},
};
use std::{
    fs,
    os::unix::{
        fs::{FileTypeExt, PermissionsExt, symlink},
        net::{UnixDatagram, UnixListener},
    },
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A folder, and the path of a socket in it.
pub(super) fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    (folder, path)
}

pub(super) fn unix(path: &Path) -> String {
    format!("unix:{}", path.display())
}

/// A server that listens on a path, and on nothing else.
pub(super) fn on(path: &Path, options: &[&str]) -> Server {
    let mut command = with(options);
    command.args(["--listen", &unix(path)]);
    let server = Server::begin(command);
    server.wait_for_log(&format!("listening on {} (pictures from", unix(path)));
    server
}

pub(super) fn ask(path: &Path, request: &str) -> Response {
    Client::connect_unix(path).ask(request)
}

pub(super) const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn each_address_is_served_and_told_at_the_start() {
    let (_folder, path) = place();
    let server = Server::start(&["--listen", "[::1]:0", "--listen", &unix(&path)]);
    let second = server.wait_for_log("listening on http://[::1]:");
    let (_, second) = second.split_once("http://").unwrap();
    let second = second.split(' ').next().unwrap().parse().unwrap();
    server.wait_for_log(&format!("listening on {} ", unix(&path)));
    let mut streams = [server.address, second].map(Stream::open);
    assert_eq!(publish(second, "sushi").status, 200);
    for stream in &mut streams {
        assert_eq!(stream.picture()["keyword"], "sushi");
    }
    assert_eq!(ask(&path, HEALTH).text(), "ok");
}

#[test]
fn a_list_of_addresses_may_come_from_the_environment() {
    let (_folder, path) = place();
    let mut command = program();
    let list = format!("127.0.0.1:0,{},", unix(&path));
    command.env("PICTURE_FRAME_LISTEN", list);
    let server = Server::spawn_as_told(command);
    assert_eq!(get(server.address, "/healthz").text(), "ok");
    server.wait_for_log(&unix(&path));
    assert_eq!(ask(&path, HEALTH).text(), "ok");
}

#[test]
fn an_address_that_is_named_twice_is_status_2_but_port_0_is_another_each_time() {
    for (first, second) in [
        ("--listen=127.0.0.1:4000", "--listen=127.0.0.1:4000"),
        ("--listen=unix:/tmp/a", "--admin=unix:/tmp/a"),
    ] {
        fails(with(&[first, second]), 2, &["twice"]);
    }
    let server = Server::start(&["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    eventually("three listeners", || {
        server
            .log()
            .matches("listening on http://127.0.0.1:")
            .count()
            == 3
    });
}

#[test]
fn an_address_in_use_among_several_is_status_1_and_the_files_of_the_others_are_removed() {
    let (_folder, path) = place();
    let (_listener, port) = taken_port();
    let address = format!("127.0.0.1:{port}");
    fails(
        with(&["--listen", &unix(&path), "--listen", &address]),
        1,
        &[&address, "in use", "--listen"],
    );
    assert!(!path.exists());
    fails(
        with(&["--listen", "127.0.0.1:0", "--admin", &address]),
        1,
        &[&address, "in use", "--admin"],
    );
}

#[test]
fn a_unix_socket_has_mode_0660_and_is_removed_at_the_end() {
    let (_folder, path) = place();
    let mut server = on(&path, &["--drain", "0"]);
    let file = fs::symlink_metadata(&path).unwrap();
    assert!(file.file_type().is_socket());
    assert_eq!(file.permissions().mode() & 0o7777, 0o660);
    server.signal("TERM");
    assert!(server.wait().success());
    assert!(!path.exists());
}

#[test]
fn a_file_that_took_the_sockets_name_meanwhile_is_not_removed_at_the_end() {
    let (_folder, path) = place();
    let mut server = on(&path, &["--drain", "0"]);
    fs::remove_file(&path).unwrap();
    let _other = UnixListener::bind(&path).unwrap();
    server.signal("TERM");
    assert!(server.wait().success());
    assert!(path.exists());
}

#[test]
fn a_dead_socket_of_the_same_name_is_replaced() {
    let (_folder, path) = place();
    let mut server = on(&path, &[]);
    server.signal("KILL");
    server.wait();
    assert!(path.exists(), "the socket of a killed server stays");
    let _server = on(&path, &[]);
    assert_eq!(ask(&path, HEALTH).text(), "ok");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o660);
}

#[test]
fn a_live_socket_of_the_same_name_is_status_1_and_goes_on() {
    let (_folder, path) = place();
    let _server = on(&path, &[]);
    fails(
        with(&["--listen", &unix(&path)]),
        1,
        &[&unix(&path), "another program", "--listen"],
    );
    assert_eq!(ask(&path, HEALTH).text(), "ok");
}

#[test]
fn a_program_that_listens_and_does_not_accept_is_alive() {
    let (_folder, path) = place();
    let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    socket
        .bind(&socket2::SockAddr::unix(&path).unwrap())
        .unwrap();
    socket.listen(1).unwrap();
    let dial = || {
        let client = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None);
        let client = client.unwrap();
        client.set_nonblocking(true).unwrap();
        let connected = client.connect(&socket2::SockAddr::unix(&path).unwrap());
        connected.map(|()| client)
    };
    let full: Vec<_> = std::iter::repeat_with(dial).map_while(Result::ok).collect();
    assert!(!full.is_empty());
    fails(with(&["--listen", &unix(&path)]), 1, &["another program"]);
    assert!(path.exists());
}

#[test]
fn a_file_that_is_no_socket_of_a_stream_is_status_1_and_stays_as_it_is() {
    let (folder, path) = place();
    fs::write(&path, "mine").unwrap();
    let (link, directory) = (folder.path().join("link"), folder.path().join("folder"));
    symlink(folder.path().join("nowhere"), &link).unwrap();
    fs::create_dir(&directory).unwrap();
    for other in [&path, &link, &directory] {
        let words = [&*unix(other), "no socket", "--listen"];
        fails(with(&["--listen", &unix(other)]), 1, &words);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink() && directory.is_dir());
    let datagrams = folder.path().join("datagrams");
    let _other = UnixDatagram::bind(&datagrams).unwrap();
    fails(with(&["--listen", &unix(&datagrams)]), 1, &["--listen"]);
    assert!(datagrams.exists());
}

#[test]
fn a_path_that_cannot_be_is_an_error_with_advice() {
    for path in ["".to_owned(), "/".to_owned() + &"a".repeat(107)] {
        let option = format!("--listen=unix:{path}");
        fails(with(&[&option]), 2, &["--listen", "1 to 107 bytes"]);
    }
    let (folder, _) = place();
    let missing = unix(&folder.path().join("no/socket"));
    fails(with(&["--listen", &missing]), 1, &[&missing, "folder"]);
}

#[test]
fn loopback_alone_means_all_listeners() {
    let start = |second: &str| {
        let mut command = with(&["--listen", second]);
        command.env_remove("PICTURE_FRAME_HOST");
        Server::spawn(command)
    };
    for (second, status) in [("[::1]:0", 421), ("0.0.0.0:0", 200)] {
        let server = start(second);
        let addresses: Vec<_> = server
            .log()
            .lines()
            .filter(|line| line.contains("listening on"))
            .map(str::to_owned)
            .collect();
        assert!(!addresses.is_empty());
        let mut client = Client::connect(server.address);
        assert_eq!(
            client
                .ask(HEALTH.replace("Host: a", "Host: evil.example"))
                .status,
            status
        );
    }
}
