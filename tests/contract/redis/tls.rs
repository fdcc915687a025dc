//! Redis behind TLS.

use super::publish_by_turns;
use crate::support::{
    port::Port,
    redis::{Redis, wait_for_up},
    server::{Server, program},
};

fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Redis with a port for TLS beside its own. None where this Redis has no TLS.
fn encrypted() -> Option<(Redis, Port)> {
    let mut redis = Redis::start()?;
    let port = Port::keep();
    redis.kill();
    let (certificate, key) = (fixture("certificate.pem"), fixture("key.pem"));
    redis.add_options(&[
        "--tls-port",
        &port.number().to_string(),
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &certificate,
        "--tls-auth-clients",
        "no",
    ]);
    redis.run();
    Some((redis, port))
}

fn begin(port: &Port, trusted: &str) -> Server {
    let mut command = program();
    command.env("SSL_CERT_FILE", trusted);
    command.args(["--redis", &format!("rediss://localhost:{}", port.number())]);
    Server::spawn(command)
}

#[test]
fn a_server_reaches_redis_by_tls_if_it_trusts_the_certificate() {
    let Some((redis, port)) = encrypted() else {
        return;
    };
    let server = begin(&port, &fixture("certificate.pem"));
    wait_for_up(&server, true);
    publish_by_turns(&[&server], 3);
    assert_eq!(redis.length(), 3);
    let strange = begin(&port, "/etc/ssl/certs/ca-certificates.crt");
    let line = strange.wait_for_log("Redis at localhost");
    assert!(line.contains("certificate"), "{line}");
    wait_for_up(&strange, false);
    let log = strange.log();
    assert_eq!(
        log.lines().filter(|line| line.contains("ERROR")).count(),
        1,
        "{log}"
    );
}
