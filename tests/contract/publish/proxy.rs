//! `--trusted-proxy`: the peers whose `X-Forwarded-For` names the client.

use super::{FORM, post, request};
use crate::support::{
    client::Client,
    poor::program_with,
    server::{Server, program},
    setups::{assert_problem, connect_from},
};
use std::net::SocketAddr;

const PROXY: [&str; 4] = ["--publish-rate", "1", "--trusted-proxy", "127.0.0.1"];

/// The status of a publish that a proxy passes on with these `X-Forwarded-For` fields.
fn passed_on(server: SocketAddr, forwarded: &[&str]) -> u16 {
    let fields: String = forwarded
        .iter()
        .map(|value| format!("X-Forwarded-For: {value}\r\n"))
        .collect();
    post(server, &format!("{FORM}{fields}"), "keyword=sushi").status
}

#[test]
fn a_trusted_proxys_clients_are_told_apart_by_their_addresses() {
    let server = Server::start(&PROXY);
    for (forwarded, status) in [
        ("198.51.100.1", 200),
        ("198.51.100.2", 200),
        ("198.51.100.1", 429),
        ("198.51.100.1:4711", 429),
        ("::ffff:198.51.100.1", 429),
        ("2001:db8:0:1::1", 200),
        ("[2001:db8:0:1:2:3:4:5]:4711", 429),
        ("2001:db8:0:2::1", 200),
    ] {
        assert_eq!(
            passed_on(server.address, &[forwarded]),
            status,
            "{forwarded}"
        );
    }
}

#[test]
fn the_64s_of_a_48_have_four_times_a_clients_rate_and_local_addresses_are_clients_by_themselves() {
    let server = Server::start(&[&PROXY[..], &["--broadcast-rate", "0"]].concat());
    for (forwarded, status) in [
        ("2001:db8:7:1::1", 200),
        ("2001:db8:7:2::1", 200),
        ("2001:db8:7:3::1", 200),
        ("2001:db8:7:4::1", 200),
        ("2001:db8:7:5::1", 429),
        ("2001:db8:7:ffff::1", 429),
        ("2001:db8:8:1::1", 200),
        ("fe80::1", 200),
        ("fe80::2", 200),
        ("fe80::1", 429),
        ("fd00:1:2:3::1", 200),
        ("fd00:1:2:3::2", 200),
        ("fd00:1:2:3::3", 200),
        ("fd00:1:2:3::4", 200),
        ("fd00:1:2:3::5", 200),
        ("fd00:1:2:3::5", 429),
    ] {
        let answered = passed_on(server.address, &[forwarded]);
        assert_eq!(answered, status, "{forwarded}");
    }
}

#[test]
fn addresses_that_the_client_wrote_itself_are_not_believed() {
    let server = Server::start(&PROXY);
    assert_eq!(
        passed_on(server.address, &["203.0.113.1, 198.51.100.1"]),
        200
    );
    for forwarded in [
        &["203.0.113.2, 198.51.100.1"][..],
        &["203.0.113.3", "198.51.100.1"],
        &["unknown, 127.0.0.1, 198.51.100.1, 127.0.0.1"],
        &[
            "203.0.113.4",
            "nonsense \u{e9},,",
            "198.51.100.1",
            "127.0.0.1",
        ],
    ] {
        assert_eq!(passed_on(server.address, forwarded), 429, "{forwarded:?}");
    }
}

#[test]
fn the_field_of_any_other_peer_is_ignored() {
    let server = Server::start(&PROXY);
    let by = |forwarded: &str| {
        let fields = format!("{FORM}X-Forwarded-For: {forwarded}\r\n");
        connect_from(2, server.address).ask(request(&fields, "keyword=sushi"))
    };
    assert_eq!(by("198.51.100.1").status, 200);
    assert_problem(&by("198.51.100.2"), 429);
    assert_eq!(passed_on(server.address, &["198.51.100.1"]), 200);
}

#[test]
fn behind_an_element_that_is_no_address_all_clients_count_as_one() {
    let server = Server::start(&PROXY);
    assert_eq!(passed_on(server.address, &["198.51.100.1, unknown"]), 200);
    assert_eq!(passed_on(server.address, &["198.51.100.2, unknown"]), 429);
}

#[test]
fn networks_may_be_named_by_option_and_by_environment_and_more_than_one() {
    let options = ["--trusted-proxy=::1", "--trusted-proxy=127.0.0.0/30"];
    let mut by_flag = program();
    by_flag.args(["--publish-rate", "1"]).args(options);
    let mut by_variable = program();
    by_variable
        .args(["--publish-rate", "1"])
        .env("PICTURE_FRAME_TRUSTED_PROXY", "::1,127.0.0.0/30");
    for command in [by_flag, by_variable] {
        let server = Server::spawn(command);
        assert_eq!(passed_on(server.address, &["198.51.100.1, 127.0.0.2"]), 200);
        assert_eq!(passed_on(server.address, &["198.51.100.2, 127.0.0.3"]), 200);
        assert_eq!(passed_on(server.address, &["198.51.100.1, 127.0.0.4"]), 200);
        assert_eq!(passed_on(server.address, &["198.51.100.2, 127.0.0.4"]), 429);
    }
}

#[test]
fn a_mapped_proxy_is_found_in_an_ipv4_network() {
    let mut command = program();
    command.args(PROXY).args(["--listen", "[::]:0"]);
    let server = Server::spawn_as_told(command);
    let address = ([127, 0, 0, 1], server.address.port()).into();
    assert_eq!(passed_on(address, &["198.51.100.1"]), 200);
    assert_eq!(passed_on(address, &["198.51.100.2"]), 200);
    assert_eq!(passed_on(address, &["198.51.100.2"]), 429);
}

#[test]
fn the_first_field_from_a_proxy_on_this_machine_that_is_not_trusted_is_logged_with_the_option() {
    for target in ["/", "/subscribe", "/publish"] {
        let server = Server::start(&[]);
        assert!(!server.log().contains("--trusted-proxy"));
        for client in ["198.51.100.1", "\u{1b}[31mred"] {
            let method = if target == "/publish" { "POST" } else { "HEAD" };
            let mut once = Client::connect(server.address);
            once.send(format!(
                "{method} {target} HTTP/1.0\r\nX-Forwarded-For: {client}\r\n\r\n"
            ));
            once.head();
        }
        let line = server.wait_for_log("--trusted-proxy 127.0.0.1");
        assert!(line.contains("X-Forwarded-For"), "{line}");
        let lines = server.log().matches("--trusted-proxy").count();
        assert_eq!(lines, 1, "{}", server.log());
    }
    let trusting = Server::start(&PROXY);
    assert_eq!(passed_on(trusting.address, &["198.51.100.1"]), 200);
    assert!(!trusting.log().contains("--trusted-proxy"));
}

#[test]
fn the_hint_is_for_any_proxy_near_by_and_names_its_address() {
    for (peer, named) in [
        ("10.1.2.3", "10.1.2.3"),
        ("100.64.1.2", "100.64.1.2"),
        ("::ffff:192.168.1.2", "192.168.1.2"),
        ("fd00::7", "fd00::7"),
        ("fe80::7", "fe80::7"),
    ] {
        let server = Server::spawn(program_with(&[("PEER", peer)]));
        for client in ["198.51.100.1", "198.51.100.2"] {
            assert_eq!(passed_on(server.address, &[client]), 200);
        }
        let line = server.wait_for_log(&format!("--trusted-proxy {named}"));
        assert!(line.contains(" WARN "), "{line}");
        assert_eq!(server.log().matches("--trusted-proxy").count(), 1);
    }
    let server = Server::spawn(program_with(&[("PEER", "198.51.100.9")]));
    assert_eq!(passed_on(server.address, &["198.51.100.1"]), 200);
    assert!(!server.log().contains("--trusted-proxy"));
}
