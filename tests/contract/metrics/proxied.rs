//! The metrics are the operator's: a request that came through a proxy is answered 403.

use crate::support::{
    client::Client,
    server::Server,
    setups::{assert_problem, connect_from},
};

fn request(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

#[test]
fn a_request_that_carries_x_forwarded_for_is_403_whatever_the_field_says() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for value in [
        "192.0.2.1",
        "",
        "unknown",
        "127.0.0.1",
        "192.0.2.1, 192.0.2.2",
    ] {
        for name in ["X-Forwarded-For", "x-forwarded-for"] {
            let fields = format!("{name}: {value}\r\n");
            for path in ["/metrics", "/%6detrics", "/./metrics", "/metrics?x"] {
                assert_problem(&client.ask(request(path, &fields)), 403);
            }
            assert_eq!(client.ask(request("/healthz", &fields)).status, 200);
        }
    }
    let twice = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n";
    assert_problem(&client.ask(request("/metrics", twice)), 403);
    assert_eq!(client.ask(request("/metrics", "")).status, 200);
}

#[test]
fn a_request_from_a_trusted_proxy_is_403_and_from_elsewhere_it_is_answered() {
    let server = Server::start(&["--trusted-proxy", "127.0.0.8/30"]);
    for (from, status) in [(7, 200), (8, 403), (11, 403), (12, 200)] {
        let mut client = connect_from(from, server.address);
        assert_eq!(client.ask(request("/metrics", "")).status, status, "{from}");
        assert_eq!(client.ask(request("/healthz", "")).status, 200, "{from}");
    }
}
