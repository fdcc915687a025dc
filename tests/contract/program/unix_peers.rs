//! Peers on a unix socket: proxies and their clients, subscribers, and other programs of the machine.

use super::{
    listeners::{HEALTH, ask, on, place, unix},
    run,
};
use crate::support::{
    PATIENCE,
    client::{Client, Stream, form, get, publish},
    programs, readme,
    reverse_proxy::ReverseProxy,
    server::{Server, program},
    setups::assert_problem,
};

#[test]
fn a_peer_on_a_unix_socket_counts_as_a_trusted_proxy() {
    let (_folder, path) = place();
    // One publish a minute.
    let server = on(&path, &["--publish-rate", "1", "--broadcast-rate", "0"]);
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
fn a_subscriber_on_a_unix_socket_that_takes_no_byte_is_closed_after_the_write_timeout() {
    let (_folder, path) = place();
    let options = [
        "--listen",
        &unix(&path),
        "--history",
        "100000",
        "--write-timeout",
        "0.2",
    ];
    let server = Server::start(&options);
    let _idle = Stream::begin(Client::connect_unix(&path), "/subscribe", "");
    let left = "picture_frame_disconnects_total{reason=\"write_timeout\"} 1";
    let mut published = 0;
    while !get(server.address, "/metrics").text().contains(left) {
        assert_eq!(publish(server.address, "sushi").status, 200);
        published += 1;
        assert!(published < 5000, "the subscriber is never closed");
    }
}

#[test]
fn nginx_passes_on_to_a_unix_socket_as_the_readme_says() {
    let (_folder, path) = place();
    let server = on(&path, &["--publish-rate", "1", "--broadcast-rate", "0"]);
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
