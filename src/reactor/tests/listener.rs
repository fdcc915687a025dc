//! Accepting: how many connections at a time, up to which number, and with which options.

use super::*;

#[test]
fn accepting_is_bounded_per_turn_and_goes_on_in_the_next_turn() {
    let mut bench = Bench::new();
    let clients: Vec<_> = (0..300).map(|_| bench.client()).collect();
    bench.turn();
    let first = bench.handler.opened.len();
    assert!(
        first > 0 && first < clients.len(),
        "{first} of {} clients came in within one turn, for which open connections wait",
        clients.len()
    );
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

/// A process of a new version has the listener's socket as well (epoll(7): a descriptor that is closed leaves the poller
/// only if it was the last descriptor of its socket).
#[test]
fn a_closed_listener_whose_socket_another_process_has_wakes_the_loop_no_more() {
    let listener = bind(([127, 0, 0, 1], 0).into(), PATIENCE).unwrap();
    let heir = listener.try_clone().unwrap();
    let mut bench = with_listeners(vec![listener.into()], usize::MAX);
    bench.reactor.io.stop_listening();
    bench.turn_until_alarm(1, Duration::ZERO);
    let _client = TcpStream::connect(heir.local_addr().unwrap()).unwrap();
    let reported = bench.turn_until_alarm(2, millis(50));
    assert_eq!(
        reported, 0,
        "the loop was woken for a client of the other process: it has closed the listener, and not deregistered it"
    );
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
    assert!(
        socket.tcp_nodelay().unwrap(),
        "without TCP_NODELAY an event waits until the peer has acknowledged the event before, some 40 ms"
    );
    assert_eq!(
        socket.tcp_user_timeout().unwrap(),
        Some(Duration::from_secs(7)),
        "without TCP_USER_TIMEOUT the kernel sends to a peer that has vanished for a quarter of an hour"
    );
    // The kernel doubles the sizes (socket(7)).
    assert_eq!(
        socket.send_buffer_size().unwrap(),
        64 * 1024,
        "bytes that the kernel may hold for a peer that does not read"
    );
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
    bench.reactor.io.cancel_alarm(crate::reactor::io::RETRY);
    bench.close(bench.handler.opened[0]);
    bench.turn();
    assert_eq!(
        bench.handler.opened.len(),
        2,
        "a place is free, and a client waits in the backlog, whose edge was reported long ago: the close of a connection \
         must have the listener try again"
    );
}

/// A loop with these listeners, of which the last is apart, and its handler.
fn with_listeners(listeners: Vec<Listener>, most: usize) -> Bench {
    let mut bench = Bench::new();
    let signals = Signals::new::<_, i32>([]).unwrap();
    let reactor = Reactor::client(signals).unwrap();
    bench.reactor = reactor.listen(listeners, most, 2).unwrap();
    bench.reactor.io.take_time(None, false);
    bench.reactor.io.alarm(WATCHDOG, PATIENCE);
    bench
}

/// Two listeners of TCP, and their addresses.
fn two() -> (Vec<Listener>, [SocketAddr; 2]) {
    let sockets = [(); 2].map(|()| bind(([127, 0, 0, 1], 0).into(), PATIENCE).unwrap());
    let addresses = [0, 1].map(|number: usize| sockets[number].local_addr().unwrap());
    (sockets.map(Listener::from).into(), addresses)
}

#[test]
fn listeners_are_accepted_from_in_turn_and_a_crowd_at_one_starves_no_client_of_another() {
    let (listeners, [crowded, quiet]) = two();
    let mut bench = with_listeners(listeners, usize::MAX);
    let connect = |address| TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    let _crowd: Vec<_> = (0..400).map(|_| connect(crowded)).collect();
    let few: Vec<_> = (0..30).map(|_| connect(quiet)).collect();
    bench.turn();
    let opened = &bench.handler.opened;
    assert!(opened.len() < 400, "the crowd takes more than a turn");
    let peers = opened.iter().map(|at| {
        let peer = bench.reactor.io.with(*at, |slot| slot.socket.peer());
        peer.flatten().unwrap()
    });
    let peers: Vec<Peer> = peers.collect();
    for client in &few {
        let place = peers
            .iter()
            .position(|peer| *peer == client.local_addr().unwrap().into());
        assert!(place.is_some_and(|place| place < 61), "{place:?}");
    }
}

#[test]
fn each_turn_begins_with_the_next_listener() {
    let (listeners, addresses) = two();
    let mut bench = with_listeners(listeners, usize::MAX);
    let connect = |address| TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    let _clients: Vec<_> = (0..2000)
        .map(|number| connect(addresses[number % 2]))
        .collect();
    let mut begins = Vec::new();
    for _ in 0..4 {
        let before = bench.handler.opened.len();
        bench.turn();
        let first = bench.handler.opened[before];
        let local = |slot: &mut Slot<()>| SockRef::from(&slot.socket.stream).local_addr();
        let local = bench.reactor.io.with(first, local).unwrap().unwrap();
        begins.push(local.as_socket() == Some(addresses[0]));
    }
    assert!(
        begins.windows(2).all(|pair| pair[0] != pair[1]),
        "true for each turn that began with the first listener: the listener that comes last gets what is left of a turn"
    );
}

#[test]
fn connections_apart_have_places_of_their_own_and_take_none_of_the_others() {
    let (mut listeners, [shared, apart]) = two();
    let last = listeners.pop().unwrap();
    listeners.push(last.apart());
    let mut bench = with_listeners(listeners, 3);
    let connect = |address| TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    let _crowd: Vec<_> = (0..10).map(|_| connect(shared)).collect();
    let _operators: Vec<_> = (0..10).map(|_| connect(apart)).collect();
    bench.reactor.io.alarm(1, millis(50));
    bench.turn_until(|handler| !handler.alarms.is_empty());
    let io = &bench.reactor.io;
    assert_eq!((io.connections(), io.apart().len()), (5, 2));
    let first = io.apart()[0];
    bench.close(first);
    bench.turn_until(|handler| handler.opened.len() == 6);
    let io = &bench.reactor.io;
    assert_eq!((io.connections(), io.apart().len()), (5, 2));
    assert!(!io.apart().contains(&first));
}

#[test]
fn a_connection_on_a_unix_socket_is_read_and_written_as_any_other_and_its_peer_has_no_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = Listener::bind(&Address::Unix(path.clone()), PATIENCE).unwrap();
    let mut bench = with_listeners(vec![listener], usize::MAX);
    let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    client.write_all(b"hello").unwrap();
    bench.turn_until(|handler| !handler.received.is_empty());
    let at = bench.handler.opened[0];
    assert_eq!(bench.handler.received, [(at, 5)]);
    let told = bench.reactor.io.with(at, |slot| {
        let told = (slot.socket.peer(), slot.socket.write(b"hi"));
        slot.socket.finish();
        told
    });
    assert_eq!(told, Some((Some(Peer::Unix), 2)));
    let size = bench.reactor.io.with(at, |slot| {
        SockRef::from(&slot.socket.stream).send_buffer_size()
    });
    assert_eq!(size.unwrap().unwrap(), 64 * 1024);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "hi");
    client.shutdown(Shutdown::Write).unwrap();
    bench.turn_until(|handler| handler.ended == [at]);
    drop(client);
    bench.close(at);
    bench.reactor.io.stop_listening();
    bench.reactor.io.alarm(1, millis(10));
    bench.turn_until(|handler| !handler.alarms.is_empty());
    assert!(!path.exists(), "the file goes with the listener");
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
        assert_eq!(
            crate::reactor::listener::is_the_peers(&error),
            is_the_peers,
            "{error}: a failure that lasts (no descriptor, no memory) leaves the client in the backlog. A listener that \
             takes it for the failure of that client tries again at once, and for ever"
        );
    }
}
