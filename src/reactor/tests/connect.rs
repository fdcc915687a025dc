//! Connections that the loop makes: to a peer, to a port without a listener, and a client's liberties with them.

use super::*;
use std::net::TcpListener as Peer;

/// A loop, a peer that listens, and the way to connect to that peer.
fn bench() -> (Bench, Peer, Dial) {
    let peer = Peer::bind("127.0.0.1:0").unwrap();
    let dial = Dial {
        to: peer.local_addr().unwrap(),
        from: Some(SocketAddr::from(([127, 0, 0, 9], 0))),
        receive_buffer: Some(4096),
    };
    (Bench::new(), peer, dial)
}

#[test]
fn a_connection_that_is_made_is_reported_writable_and_has_its_local_address() {
    let (mut bench, peer, dial) = bench();
    let at = bench.reactor.io.connect(&dial).unwrap();
    bench.turn_until(|handler| handler.writable > 0);
    let (mut client, from) = peer.accept().unwrap();
    assert_eq!(Some(from.ip()), dial.from.map(|from| from.ip()));
    client.write_all(b"hello").unwrap();
    bench.turn_until(|handler| handler.bytes(at) == 5);
    bench.reactor.io.with(at, |slot| slot.socket.write(b"you"));
    let mut answer = [0; 3];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"you");
    assert!(bench.handler.opened.is_empty());
}

#[test]
fn a_connection_to_a_port_without_a_listener_is_refused_at_once_or_soon() {
    let (mut bench, peer, dial) = bench();
    drop(peer);
    if let Ok(at) = bench.reactor.io.connect(&dial) {
        bench.turn_until(|handler| !handler.closed.is_empty());
        assert_eq!(bench.handler.closed, [Ended::Left]);
        assert!(bench.reactor.io.with(at, |_| ()).is_none());
    }
}

#[test]
fn a_loop_without_a_listener_gets_messages_that_were_posted_before_it_runs() {
    let signals = Signals::new::<_, i32>([]).unwrap();
    let mut reactor = Reactor::<Recorder>::client(signals).unwrap();
    let mut handler = Recorder::default();
    reactor.io.alarm(WATCHDOG, PATIENCE);
    reactor.mailbox().post(7);
    reactor.turn(&mut handler).unwrap();
    assert!(!handler.waited_too_long);
    assert_eq!(handler.messages, [7]);
}

#[test]
fn a_paused_connection_can_be_sipped_from() {
    let (mut bench, peer, dial) = bench();
    let at = bench.reactor.io.connect(&dial).unwrap();
    bench.reactor.io.with(at, |slot| slot.socket.pause());
    let (mut client, _) = peer.accept().unwrap();
    client.write_all(b"hello").unwrap();
    bench.turn_until(|handler| handler.writable > 0);
    let sip = |bench: &mut Bench| {
        let mut buffer = [0; 4];
        let sipped = bench
            .reactor
            .io
            .with(at, |slot| slot.socket.sip(&mut buffer));
        sipped.flatten().map(|count| buffer[..count].to_vec())
    };
    let mut heard = Vec::new();
    while heard.len() < 5 {
        heard.extend(sip(&mut bench).unwrap());
    }
    assert_eq!(heard, b"hello");
    assert_eq!(sip(&mut bench), Some(Vec::new()));
    assert_eq!(bench.handler.bytes(at), 0);
    drop(client);
    while sip(&mut bench).is_some() {
        thread::yield_now();
    }
}

#[test]
fn a_connection_that_vanishes_acknowledges_nothing_where_the_system_has_filters() {
    if !system::DROPS_INPUT {
        return;
    }
    let (mut bench, peer, dial) = bench();
    let at = bench.reactor.io.connect(&dial).unwrap();
    bench.turn_until(|handler| handler.writable > 0);
    let (mut client, _) = peer.accept().unwrap();
    let vanished = bench.reactor.io.with(at, |slot| slot.socket.vanish());
    vanished.unwrap().unwrap();
    system::set_user_timeout(&SockRef::from(&client), millis(100)).unwrap();
    client.write_all(b"hello?").unwrap();
    let error = client.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert_eq!(bench.handler.bytes(at), 0);
}
