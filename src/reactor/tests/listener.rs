//! Accepting: how many connections at a time, up to which number, and with which options.

use super::*;

#[test]
fn accepting_is_bounded_per_turn_and_goes_on_in_the_next_turn() {
    let mut bench = Bench::new();
    let clients: Vec<_> = (0..300).map(|_| bench.client()).collect();
    bench.turn();
    let first = bench.handler.opened.len();
    assert!(first > 0 && first < clients.len(), "{first}");
    bench.turn();
    assert_eq!(bench.handler.opened.len(), clients.len());
}

#[test]
fn beyond_the_limit_connections_wait_until_a_connection_is_closed() {
    let mut bench = Bench::with(2, &[]);
    let _clients: Vec<_> = (0..3).map(|_| bench.client()).collect();
    bench.reactor.io.alarm(1, millis(50));
    bench.turn_until(|handler| !handler.alarms.is_empty());
    assert_eq!(bench.handler.opened.len(), 2);
    bench.close(bench.handler.opened[0]);
    bench.turn_until(|handler| handler.opened.len() == 3);
}

#[test]
fn a_loop_that_stops_listening_refuses_new_connections_and_keeps_open_connections() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    bench.reactor.io.stop_listening();
    bench.reactor.io.alarm(1, Duration::ZERO);
    bench.turn_until(|handler| !handler.alarms.is_empty());
    assert!(TcpStream::connect(bench.address).is_err());
    client.write_all(b"still here").unwrap();
    bench.turn_until(|handler| handler.bytes(at) == 10);
}

#[test]
fn accepted_sockets_inherit_the_options_of_the_listener() {
    let listener = bind(([127, 0, 0, 1], 0).into(), Duration::from_secs(7)).unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let accepted = loop {
        if let Ok((socket, _)) = listener.accept() {
            break socket;
        }
    };
    let socket = SockRef::from(&accepted);
    assert!(socket.tcp_nodelay().unwrap());
    assert_eq!(
        socket.tcp_user_timeout().unwrap(),
        Some(Duration::from_secs(7))
    );
    // The kernel doubles the sizes (socket(7)).
    assert_eq!(socket.send_buffer_size().unwrap(), 64 * 1024);
    assert_eq!(socket.recv_buffer_size().unwrap(), 32 * 1024);
}

/// The end that closes first keeps the port in TIME_WAIT for a minute (tcp(7)).
#[test]
fn a_port_can_be_bound_again_while_its_old_connections_are_in_time_wait() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    bench.close(at);
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "the server closed first");
    drop(client);
    let address = bench.address;
    drop(bench);
    let again = bind(address, PATIENCE);
    assert_eq!(again.unwrap().local_addr().unwrap(), address);
}

#[test]
fn a_connection_that_closes_lets_a_waiting_connection_in_at_once() {
    let mut bench = Bench::with(1, &[]);
    let _clients = [(); 2].map(|()| bench.client());
    bench.turn_until(|handler| handler.opened.len() == 1);
    // The loop finds the limit in the turn after the last slot is filled.
    bench.turn();
    // Without the alarm that ends the time to stand back, only the close can let the second connection in.
    bench
        .reactor
        .io
        .cancel_alarm(crate::reactor::listener::RETRY);
    bench.close(bench.handler.opened[0]);
    bench.turn();
    assert_eq!(bench.handler.opened.len(), 2);
}

#[test]
fn at_the_failure_of_a_single_connection_the_listener_goes_on_and_at_any_other_it_stands_back() {
    for (code, is_the_peers) in [
        (libc::ECONNABORTED, true),
        (libc::EHOSTUNREACH, true),
        (libc::EMFILE, false),
        (libc::ENOBUFS, false),
        (libc::EPERM, false),
        (libc::EINVAL, false),
    ] {
        let error = std::io::Error::from_raw_os_error(code);
        assert_eq!(crate::reactor::listener::is_the_peers(&error), is_the_peers);
    }
}
