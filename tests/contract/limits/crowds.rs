//! Crowds of connections, at once and one after the other.

use super::*;
use crate::support::{process::connections, programs};

/// Raises this process' own limit of descriptors to `count` and more.
fn make_room(count: u64) {
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(
        limit >= count,
        "{limit} open files are too few for a crowd of {count}"
    );
}

#[test]
fn three_thousand_clients_that_connect_at_once_are_all_answered() {
    make_room(3500);
    let server = Server::start(&[]);
    let mut clients = connect_all(server.address, 3000);
    for client in &mut clients {
        client.send(HEALTH);
    }
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
}

/// The connections that wait in the backlog of the server's listener, and the most that may. None, with a line, where
/// ss(8) is missing.
fn backlog(server: &Server) -> Option<[u32; 2]> {
    let ss = programs::find(&["ss"], "iproute2")?;
    let told = Command::new(ss).arg("-Hltn").output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    let address = server.address.to_string();
    let mut listeners = text.lines().map(|line| line.split_whitespace());
    let own = listeners.find(|words| words.clone().any(|word| word == address));
    let mut numbers = own.unwrap().skip(1).map(|word| word.parse().unwrap());
    Some([(); 2].map(|()| numbers.next().unwrap()))
}

#[test]
fn three_thousand_wait_in_the_backlog_while_the_server_is_held_up() {
    make_room(3500);
    let somaxconn = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    if somaxconn.trim().parse::<u32>().unwrap() < 4096 {
        eprintln!(
            "SKIPPED: net.core.somaxconn is {}, so that no backlog can be 4096",
            somaxconn.trim()
        );
        return;
    }
    let server = Server::start(&[]);
    server.signal("STOP");
    let mut clients = connect_all(server.address, 3000);
    if backlog(&server).is_some() {
        eventually("none is dropped", || {
            backlog(&server).is_some_and(|[waiting, _]| waiting == 3000)
        });
    }
    server.signal("CONT");
    for client in &mut clients {
        assert_eq!(client.ask(HEALTH).status, 200);
    }
}

#[test]
fn the_backlog_is_4096() {
    let server = Server::start(&[]);
    let Some([_, room]) = backlog(&server) else {
        return;
    };
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    assert_eq!(room, 4096.min(most.trim().parse().unwrap()));
}

#[test]
fn five_thousand_clients_that_come_and_go_leave_nothing_behind() {
    let server = Server::start(&[]);
    let before = descriptors(server.pid());
    for number in 0..5000 {
        come_and_go(server.address, number);
    }
    eventually("every descriptor is given back", || {
        descriptors(server.pid()) == before
    });
    eventually("only the one that asks has a slot", || {
        connections(server.address, "") == 1
    });
    assert_eq!(get(server.address, "/healthz").status, 200);
}

/// Connects and leaves, in one of several ways.
fn come_and_go(address: SocketAddr, number: usize) {
    let mut client = Client::connect(address);
    match number % 6 {
        0 => {}
        1 => client.reset(),
        2 => client.send("GET / HTTP/1.1\r\nHo"),
        3 => assert_eq!(client.ask(HEALTH).status, 200),
        4 => client.send("GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n"),
        _ => {
            client.send("nonsense\r\n\r\n");
            assert_eq!(client.response().status, 400);
        }
    }
}
