//! Several addresses, and unix sockets.

use super::{fails, run, taken_port, with};
use crate::support::{
    PATIENCE,
    client::{Client, Response, Stream, form, get, publish},
    process::eventually,
    programs, readme,
    reverse_proxy::ReverseProxy,
    server::{Server, program},
    setups::assert_problem,
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
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    (folder, path)
}

fn unix(path: &Path) -> String {
    format!("unix:{}", path.display())
}

/// A server that listens on a path, and on nothing else.
fn on(path: &Path, options: &[&str]) -> Server {
    let mut command = with(options);
    command.args(["--listen", &unix(path)]);
    let server = Server::begin(command);
    server.wait_for_log(&format!("listening on {} (pictures from", unix(path)));
    server
}

fn ask(path: &Path, request: &str) -> Response {
    Client::connect_unix(path).ask(request)
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

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
fn a_peer_on_a_unix_socket_counts_as_a_trusted_proxy() {
    let (_folder, path) = place();
    // One publish at once, and four a minute.
    let server = on(&path, &["--publish-rate", "4", "--broadcast-rate", "0"]);
    let publish = |client: &str| {
        let form = form("keyword=sushi");
        let fields = format!("Host: a\r\nX-Forwarded-For: {client}");
        ask(&path, &form.replace("Host: a", &fields)).status
    };
    assert_eq!(publish("192.0.2.1"), 200);
    assert_eq!(publish("192.0.2.1"), 429);
    assert_eq!(publish("192.0.2.2"), 200);
    assert_eq!(publish("192.0.2.1, 192.0.2.2"), 429);
    assert_eq!(publish("192.0.2.1, 192.0.2.3"), 200);
    let metrics = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_problem(&ask(&path, metrics), 403);
    assert!(
        !server.log().contains("--trusted-proxy"),
        "{}",
        server.log()
    );
}

#[test]
fn clients_behind_a_unix_socket_are_counted_each_for_its_own_address() {
    let (_folder, path) = place();
    let _server = on(&path, &["--per-address", "2"]);
    let subscribe = |number: u8| {
        let fields = format!("X-Forwarded-For: 192.0.2.{number}\r\n");
        let mut client = Client::connect_unix(&path);
        client.send(format!(
            "GET /subscribe HTTP/1.1\r\nHost: a\r\n{fields}\r\n"
        ));
        client
    };
    let held: Vec<_> = [1, 1, 2, 2, 3]
        .map(|number| {
            let mut client = subscribe(number);
            assert_eq!(client.head().header("content-length"), None);
            client
        })
        .into();
    let refused = subscribe(1).response();
    assert!(refused.text().starts_with("retry: "), "{}", refused.text());
    assert!(!refused.text().contains("hello"), "{}", refused.text());
    drop(held);
}

#[test]
fn with_a_unix_socket_any_host_is_taken_unless_some_are_told() {
    let start = |options: &[&str]| {
        let place = place();
        let mut command = program();
        command.env_remove("PICTURE_FRAME_HOST").args(options);
        command.args(["--listen", &unix(&place.1)]);
        let server = Server::begin(command);
        server.wait_for_log("listening on unix:");
        (server, place)
    };
    let (_server, (_folder, path)) = start(&[]);
    assert_eq!(ask(&path, HEALTH).status, 200);
    let (_server, (_folder, path)) = start(&["--host", "b"]);
    assert_problem(&ask(&path, HEALTH), 421);
    let forwarded = HEALTH.replace("Host: a", "Host: a\r\nX-Forwarded-Host: b");
    assert_eq!(ask(&path, &forwarded).status, 200);
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

#[test]
fn a_subscriber_on_a_unix_socket_gets_each_picture_and_leaves_by_a_half_close() {
    let (_folder, path) = place();
    let server = Server::start(&["--listen", &unix(&path), "--heartbeat", "0.05"]);
    let mut stream = Stream::begin(Client::connect_unix(&path), "/subscribe", "");
    for keyword in ["sushi", "rain"] {
        assert_eq!(publish(server.address, keyword).status, 200);
        assert_eq!(stream.picture()["keyword"], keyword);
    }
    stream.client.half_close();
    while stream.client.chunk_or_end().is_some() {}
    assert!(stream.client.is_closed());
}

#[test]
fn a_subscriber_on_a_unix_socket_that_does_not_read_holds_64_kib_at_most() {
    let (_folder, path) = place();
    let options = [
        "--listen",
        &unix(&path),
        "--history",
        "2",
        "--write-timeout",
        "60",
    ];
    let server = Server::start(&options);
    let mut idle = Stream::begin(Client::connect_unix(&path), "/subscribe", "");
    let left = "picture_frame_disconnects_total{reason=\"slow\"} 1";
    let mut published = 0;
    while !get(server.address, "/metrics").text().contains(left) {
        assert_eq!(publish(server.address, "sushi").status, 200);
        published += 1;
        assert!(published < 2000, "the subscriber is never too slow");
    }
    let mut held = 0;
    while let Some(chunk) = idle.client.chunk_or_end() {
        held += chunk.len();
    }
    assert!(held > 0 && held <= 64 * 1024, "{held}");
}

#[test]
fn nginx_passes_on_to_a_unix_socket_as_the_readme_says() {
    let (_folder, path) = place();
    let server = on(&path, &["--publish-rate", "4", "--broadcast-rate", "0"]);
    readme::assert_says("proxy_pass http://unix:/run/picture-frame/socket;");
    let pass = format!("http://unix:{}", path.display());
    let address = "127.0.0.1:4".parse().unwrap();
    let changes = [("http://127.0.0.1:4", &*pass)];
    let Some(proxy) = ReverseProxy::start_one("nginx", address, &changes) else {
        return;
    };
    let mut stream = Stream::open(proxy.address);
    for (client, status) in [
        ([127, 0, 0, 1], 200),
        ([127, 0, 0, 1], 429),
        ([127, 0, 0, 9], 200),
    ] {
        let mut client = proxy.connect_from(client.into());
        assert_eq!(client.ask(form("keyword=sushi")).status, status);
    }
    for _ in 0..2 {
        assert_eq!(stream.picture()["keyword"], "sushi");
    }
    assert!(get(proxy.address, "/").text().contains("<title>"));
    assert!(!server.log().contains("--trusted-proxy"));
}

#[test]
fn curl_speaks_to_a_unix_socket() {
    let Some(curl) = programs::find(&["curl"], "curl") else {
        return;
    };
    let (_folder, path) = place();
    let _server = on(&path, &[]);
    let mut command = std::process::Command::new(curl);
    let bound = PATIENCE.as_secs().to_string();
    command.args(["-s", "--max-time", &bound, "--unix-socket"]);
    command.arg(&path).arg("http://localhost/healthz");
    let output = run(command);
    assert_eq!(output.stdout, b"ok", "{output:?}");
}
