//! The operator's metrics are hidden from clients of a proxy, in every spelling of the path.

use crate::support::{
    client::{Client, ask},
    readme,
    reverse_proxy::ReverseProxy,
    server::Server,
    setups::assert_problem,
};
use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

/// Spellings of `/metrics`, and paths that only look like it.
const SPELLINGS: [&str; 24] = [
    "/metrics",
    "/metrics?x=1",
    "/%6detrics",
    "/%6Detrics",
    "/metric%73?y",
    "/./metrics",
    "/%2e/metrics",
    "/x/../metrics",
    "/x/%2e%2e/metrics",
    "/x%2f..%2fmetrics",
    "/subscribe/../metrics",
    "/gallery/../%6detrics",
    "//metrics",
    "/%2fmetrics",
    "/metrics/",
    "/metrics/.",
    "/metrics/./",
    "/metrics/x/..",
    "/METRICS",
    "/metrics%3f",
    "/%256detrics",
    "http://localhost/metrics",
    "http://localhost/%6detrics",
    "http://localhost/./metrics",
];

fn request(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

#[test]
fn each_proxy_withholds_the_metrics_however_the_path_is_spelt() {
    let server = Server::start(&[]);
    let (address, passed) = stand_in();
    for proxy in ReverseProxy::start_all(address, &[]) {
        assert_eq!(
            ask(proxy.address, request("/healthz")).status,
            200,
            "{}",
            proxy.name
        );
        for spelling in SPELLINGS {
            Client::connect(proxy.address).ask(request(spelling));
        }
        let passed = std::mem::take(&mut *passed.lock().unwrap());
        assert!(
            passed.contains(&"/healthz".to_owned()),
            "{}: {passed:?}",
            proxy.name
        );
        for target in passed.iter().filter(|target| *target != "/healthz") {
            let status = ask(server.address, request(target)).status;
            assert_ne!(status, 200, "{} passes {target}", proxy.name);
        }
    }
}

#[test]
fn the_server_itself_answers_403_to_clients_of_each_proxy() {
    let server = Server::start(&[]);
    let unguarded = [
        ("location = /metrics { return 404; }", ""),
        ("{ path,url_dec -m sub -i /metrics }", "{ path /nothing }"),
        ("respond /metrics 404", ""),
        ("<Location /metrics>", "<Location /nothing>"),
    ];
    for proxy in ReverseProxy::start_all(server.address, &unguarded) {
        for spelling in ["/metrics", "/%6detrics", "/./metrics"] {
            let answer = ask(proxy.address, request(spelling));
            assert_problem(&answer, 403);
        }
    }
}

#[test]
fn a_proxy_with_an_address_of_its_own_leaves_the_metrics_to_its_machine() {
    let server = Server::start(&["--trusted-proxy", "127.0.0.2"]);
    let bind = "proxy_bind 127.0.0.2;";
    readme::assert_says(bind);
    let changes = [
        ("location = /metrics { return 404; }", ""),
        ("proxy_http_version", &format!("{bind}\nproxy_http_version")),
    ];
    let Some(proxy) = ReverseProxy::start_one("nginx", server.address, &changes) else {
        return;
    };
    assert_problem(&ask(proxy.address, request("/metrics")), 403);
    assert_eq!(ask(server.address, request("/metrics")).status, 200);
}

/// A server that answers every request, and the targets that it was asked for.
fn stand_in() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::default());
    let targets: Arc<Mutex<Vec<String>>> = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut client = Client::over(stream.unwrap());
            // A proxy may open a connection and send no request.
            if client.is_closed() {
                continue;
            }
            let line = client.line();
            while !client.line().is_empty() {}
            let target = line.split(' ').nth(1).expect("a target").to_owned();
            targets.lock().unwrap().push(target);
            client.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    (address, asked)
}
