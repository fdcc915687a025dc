//! Subscribers reach a server behind TLS, as browsers do.

use super::{
    Told,
    run::{load_at, load_by},
};
use crate::support::{
    reverse_proxy::ReverseProxy,
    server::{Server, program},
};
use std::fs;

/// A crowd of twenty, and forty events.
const SMALL: [&str; 8] = [
    "--subscribers",
    "20",
    "--every",
    "50ms",
    "--for",
    "2s",
    "--timeout",
    "60s",
];

fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// nginx as the TLS end of a server, which asks for what `further` says. None if there is no nginx.
fn end(server: &Server, further: &str) -> Option<ReverseProxy> {
    let (certificate, key) = (fixture("certificate.pem"), fixture("key.pem"));
    let server = server.address;
    ReverseProxy::nginx(&format!(
        "server {{ listen HERE ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; location / {{ {further} \
         proxy_pass http://{server}; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; \
         proxy_read_timeout 1h; }} }}\n"
    ))
}

fn server() -> Server {
    Server::start(&["--publish-rate", "0", "--retry", "100"])
}

/// Tests a server behind its TLS end, through which it is published to as well.
fn test(end: &ReverseProxy, user: &str, further: &[&str]) -> Told {
    let url = |path| format!("https://{user}{}/{path}", end.address);
    let options = [&SMALL[..], further].concat();
    load_by(program(), &[url("subscribe")], &url("publish"), &options)
}

#[test]
fn a_server_behind_tls_passes_with_crowds_that_misbehave() {
    let server = server();
    let Some(end) = end(&server, "") else {
        return;
    };
    let certificate = fixture("certificate.pem");
    let trouble = [
        "--churn",
        "600",
        "--storm",
        "--stalled",
        "2",
        "--slow",
        "2",
        "--half-open",
        "2",
    ];
    let told = test(&end, "", &[&["--ca", &certificate][..], &trouble].concat());
    told.is_clean();
    assert!(told.number("/totals/resumed") > 0.0, "{}", told.all);
}

#[test]
fn a_certificate_that_is_not_trusted_holds_no_subscriber_unless_any_is_taken() {
    let server = server();
    let Some(end) = end(&server, "") else {
        return;
    };
    let told = test(&end, "", &[]);
    told.is_found(&[
        "20 not held",
        "TLS: the certificate's issuer is not trusted",
    ]);
    let told = test(&end, "", &["--insecure"]);
    told.is_clean();
    assert!(
        told.all.contains("--insecure: any certificate is taken"),
        "{}",
        told.all
    );
}

#[test]
fn a_port_that_does_not_speak_tls_is_named() {
    let server = server();
    let url = format!("https://{}/subscribe", server.address);
    let told = load_at(program(), &[url], server.address, &SMALL);
    told.is_found(&["20 not held", "TLS: the answer is not TLS"]);
}

#[test]
fn each_subscriber_passes_a_gate_by_its_own_password() {
    let server = server();
    let users = tempfile::NamedTempFile::new().unwrap();
    let lines: String = (0..20)
        .map(|number| format!("user{number}:{{PLAIN}}secret{number}\n"))
        .collect();
    fs::write(users.path(), lines).unwrap();
    let gate = format!(
        "auth_basic gate; auth_basic_user_file {};",
        users.path().display()
    );
    let Some(end) = end(&server, &gate) else {
        return;
    };
    let certificate = fixture("certificate.pem");
    let told = test(&end, "user{n}:secret{n}@", &["--ca", &certificate]);
    told.is_clean();
    assert!(!told.all.contains("secret"), "{}", told.all);
    let told = test(&end, "user{n}:wrong@", &["--ca", &certificate]);
    told.is_found(&["20 given up", "answered with 401"]);
}
