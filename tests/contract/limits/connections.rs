//! `--max-connections`: a connection beyond it is answered 503, but the health check and the metrics are answered even
//! then.

use super::*;
use crate::support::setups::{assert_problem, retry_after, settle};

const ROOT: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const METRICS: &str = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
/// Connections kept back for the health check and the metrics, as the contract promises.
const KEPT_BACK: usize = 16;

/// A server at its limit of connections.
fn full(options: &[&str]) -> (Server, Vec<Client>) {
    let server = Server::start(&[&["--max-connections", "3"], options].concat());
    let mut inside = connect_all(server.address, 3);
    for client in &mut inside {
        assert_eq!(client.ask(HEALTH).status, 200);
    }
    (server, inside)
}

/// Checks that a client gets the answer of a connection beyond the limit.
#[track_caller]
fn assert_refused(client: &mut Client) {
    let response = client.response();
    assert_problem(&response, 503);
    assert_eq!(response.header("connection"), Some("close"));
    retry_after(&response);
    assert!(client.is_closed());
}

#[test]
fn a_connection_beyond_the_limit_is_answered_503_and_closed() {
    let (server, mut inside) = full(&[]);
    for request in [
        ROOT.to_owned(),
        form("keyword=sushi"),
        "GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".to_owned(),
        ROOT.repeat(3),
    ] {
        let mut outside = Client::connect(server.address);
        outside.send(request);
        assert_refused(&mut outside);
    }
    for client in &mut inside {
        assert_eq!(client.ask(ROOT).status, 200);
        assert_eq!(client.ask(form("keyword=sushi")).status, 200);
    }
}

#[test]
fn health_and_metrics_are_answered_even_then() {
    let (server, _inside) = full(&[]);
    for request in [HEALTH, METRICS] {
        let mut outside = Client::connect(server.address);
        let response = outside.ask(request);
        assert_eq!(response.status, 200);
        assert_eq!(response.header("connection"), Some("close"));
        assert!(outside.is_closed(), "its place is for the next one");
    }
    let mut outside = Client::connect(server.address);
    outside.send(HEALTH.replace("GET", "HEAD"));
    assert_eq!(outside.head().status, 200);
}

#[test]
fn sixteen_are_kept_back_for_that() {
    let (server, _inside) = full(&[]);
    let mut outside = connect_all(server.address, KEPT_BACK);
    for client in &mut outside {
        client.send(HEALTH);
    }
    for client in &mut outside {
        assert_eq!(client.response().status, 200);
    }
}

#[test]
fn silent_connections_do_not_keep_the_places_from_others_and_are_told_503_too() {
    let (server, _inside) = full(&[]);
    let mut silent = connect_all(server.address, 300);
    for _ in 0..20 {
        assert_eq!(get(server.address, "/healthz").status, 200);
        silent.push(Client::connect(server.address));
        silent.push(Client::connect(server.address));
        silent.last_mut().unwrap().send("GET /hea");
    }
    for client in &mut silent[..300] {
        assert_refused(client);
    }
    assert!(
        descriptors(server.pid()) < 60,
        "{}",
        descriptors(server.pid())
    );
}

#[test]
fn a_health_check_sent_at_once_is_answered_however_many_connections_come_with_it() {
    let (server, _inside) = full(&[]);
    server.signal("STOP");
    let mut asking = Vec::new();
    let mut silent = Vec::new();
    for _ in 0..10 {
        let mut client = Client::connect(server.address);
        client.send(HEALTH);
        asking.push(client);
        silent.extend(connect_all(server.address, 2 * KEPT_BACK));
    }
    server.signal("CONT");
    for client in &mut asking {
        assert_eq!(client.response().status, 200);
    }
    for client in &mut silent {
        assert_refused(client);
    }
}

#[test]
fn a_connection_beyond_the_limit_that_is_silent_or_slow_is_told_503_after_a_while() {
    let (server, _inside) = full(&["--request-timeout", "2"]);
    for begun in ["", "GET /healthz HTTP/1.1\r\nHo"] {
        let mut outside = Client::connect(server.address);
        outside.send(begun);
        assert_refused(&mut outside);
    }
}

#[test]
fn when_a_connection_leaves_there_is_room_again() {
    let (server, mut inside) = full(&[]);
    let mut outside = Client::connect(server.address);
    outside.send(ROOT);
    assert_refused(&mut outside);
    inside.pop();
    settle(&server);
    let mut newcomer = Client::connect(server.address);
    for _ in 0..3 {
        assert_eq!(newcomer.ask(ROOT).status, 200, "and it stays");
    }
}

#[test]
fn the_server_does_not_spin_at_the_limit() {
    let (server, _inside) = full(&[]);
    let mut outside = connect_all(server.address, 100);
    for client in &mut outside {
        client.send(ROOT);
    }
    for client in &mut outside {
        assert_refused(client);
    }
    let _silent = connect_all(server.address, 10);
    does_not_spin(&server);
}

#[test]
fn retry_after_is_not_the_same_for_all() {
    let (server, _inside) = full(&[]);
    let told: Vec<u64> = (0..40)
        .map(|_| retry_after(&get(server.address, "/")))
        .collect();
    assert!(told.iter().any(|wait| wait != &told[0]), "{told:?}");
}

#[test]
fn the_log_has_one_line_when_the_limit_is_hit_and_one_when_it_is_over() {
    let (server, _inside) = full(&[]);
    for _ in 0..50 {
        assert_problem(&get(server.address, "/"), 503);
    }
    let hit = server.wait_for_log(HIT);
    assert!(hit.contains(" WARN "), "{hit}");
    let over = server.wait_for_log("the limit of connections is over");
    assert!(over.contains(" INFO ") && over.contains(" 50 "), "{over}");
    assert_eq!(server.log().matches("limit of connections").count(), 2);
    assert_problem(&get(server.address, "/"), 503);
}

#[test]
fn the_open_file_limit_is_the_default_and_more_is_cut_to_it_with_a_warning() {
    let room = most(&Server::spawn(limited("-n 128", &[])));
    assert!((32..112).contains(&room), "{room}");
    for (asked, got) in [(None, room), (Some("100000"), room), (Some("5"), 5)] {
        let options = asked.map_or(vec![], |asked| vec!["--max-connections", asked]);
        let server = Server::spawn(limited("-n 128", &options));
        let line = server.wait_for_log("at most ");
        assert!(
            line.contains(&format!("at most {got} connections")),
            "{line}"
        );
        let warned = server.log().contains("is cut to");
        assert_eq!(warned, asked == Some("100000"), "{}", server.log());
        let mut inside = connect_all(server.address, got);
        for client in &mut inside {
            assert_eq!(client.ask(HEALTH).status, 200);
        }
        let mut outside = Client::connect(server.address);
        outside.send(ROOT);
        assert_refused(&mut outside);
        assert_eq!(inside[got - 1].ask(form("keyword=sushi")).status, 200);
    }
}

#[test]
fn refusals_are_counted() {
    let (server, _inside) = full(&[]);
    for _ in 0..3 {
        assert_problem(&get(server.address, "/"), 503);
    }
    let metrics = get(server.address, "/metrics");
    let line = "picture_frame_refused_total{reason=\"connections\"} 3\n";
    assert!(metrics.text().contains(line), "{}", metrics.text());
}
