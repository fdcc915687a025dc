//! Systems that refuse a system call: the program serves as well as it can, and logs the loss.

use crate::support::{
    client::{Stream, get, publish},
    poor::program_with,
    server::Server,
};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// Socket options by level and number (socket(7), tcp(7)), with words from their warnings.
const OPTIONS: [(&str, &str, &str); 5] = [
    ("1:2", "SO_REUSEADDR", "in use"),
    ("6:1", "TCP_NODELAY", "later"),
    ("6:18", "TCP_USER_TIMEOUT", "unplugged"),
    ("1:7", "SO_SNDBUF", "not read may make the kernel hold"),
    ("1:8", "SO_RCVBUF", "not read from may make the kernel hold"),
];

fn serves(server: &Server) {
    let mut stream = Stream::open(server.address);
    assert_eq!(publish(server.address, "sushi").status, 200);
    assert_eq!(stream.picture()["keyword"], "sushi");
}

#[test]
fn an_option_of_sockets_that_the_system_refuses_is_a_warning_that_says_what_is_lost() {
    for (number, name, lost) in OPTIONS {
        let server = Server::spawn(program_with(&[("REFUSED_OPTIONS", &format!(",{number},"))]));
        serves(&server);
        let line = server.wait_for_log(name);
        assert!(line.contains(" WARN ") && line.contains(lost), "{line}");
        assert_eq!(
            server.log().matches("refuses").count(),
            1,
            "{}",
            server.log()
        );
    }
}

#[test]
fn a_system_that_refuses_all_of_them_is_served_on_too() {
    let all = OPTIONS.map(|(number, ..)| number).join(",");
    let server = Server::spawn(program_with(&[("REFUSED_OPTIONS", &format!(",{all},"))]));
    serves(&server);
    for (_, name, _) in OPTIONS {
        server.wait_for_log(name);
    }
}

#[test]
fn port_means_ipv4_alone_where_the_system_has_no_ipv6() {
    let mut command = program_with(&[("REFUSED_FAMILY", &libc::AF_INET6.to_string())]);
    command.env("PORT", "0");
    let server = Server::spawn_as_told(command);
    assert_eq!(server.address.ip(), Ipv4Addr::UNSPECIFIED);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.address.port()));
    assert_eq!(get(address, "/healthz").status, 200);
}

#[test]
fn port_means_ipv6_alone_where_the_system_has_no_ipv4() {
    let mut command = program_with(&[("REFUSED_FAMILY", &libc::AF_INET.to_string())]);
    command.env("PORT", "0");
    let server = Server::spawn_as_told(command);
    assert_eq!(server.address.ip(), Ipv6Addr::UNSPECIFIED);
    let address = SocketAddr::from((Ipv6Addr::LOCALHOST, server.address.port()));
    assert_eq!(get(address, "/healthz").status, 200);
}
