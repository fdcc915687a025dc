//! The defaults of a handler's callbacks: each of them does what its documentation says, and nothing else.

use super::*;

/// A handler that writes only the callback without a default.
struct Plain;

impl Handler for Plain {
    type State = ();
    type Message = ();

    fn received(&mut self, _: &mut Io<Self>, _: Token, _: &[u8]) {}
}

type Callback = fn(&mut Plain, &mut Io<Plain>, Token);

/// A loop with an accepted connection.
fn connected() -> (Reactor<Plain>, Token, TcpStream) {
    let listener = bind(([127, 0, 0, 1], 0).into(), PATIENCE).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let signals = Signals::new::<_, i32>([]).unwrap();
    let mut reactor = Reactor::new(listener, usize::MAX, signals).unwrap();
    loop {
        reactor.turn(&mut Plain).unwrap();
        if let Some(at) = reactor.io.at(0) {
            return (reactor, at, client);
        }
    }
}

#[test]
fn a_callback_that_is_not_written_closes_the_connection_stops_the_loop_or_does_nothing() {
    const NOTHING: (usize, bool) = (1, true);
    const CLOSES: (usize, bool) = (0, true);
    const STOPS: (usize, bool) = (1, false);
    let cases: [(&str, Callback, (usize, bool)); 9] = [
        ("opened", Plain::opened, NOTHING),
        ("ended", Plain::ended, CLOSES),
        ("input_waits", Plain::input_waits, NOTHING),
        ("writable", Plain::writable, NOTHING),
        ("expired", Plain::expired, CLOSES),
        ("alarm", |plain, io, _| plain.alarm(io, 1), NOTHING),
        ("message", |plain, io, _| plain.message(io, ()), NOTHING),
        ("signal", |plain, io, _| plain.signal(io, SIGUSR1), STOPS),
        (
            "closed",
            |plain, io, at| plain.closed(io, at, (), Ended::Left),
            NOTHING,
        ),
    ];
    for (name, callback, outcome) in cases {
        let (mut reactor, at, _client) = connected();
        let io = &mut reactor.io;
        let entries = io.entries();
        callback(&mut Plain, io, at);
        assert_eq!((io.connections(), io.running), outcome, "{name}");
        assert_eq!(io.entries(), entries, "{name} sets no deadline or alarm");
    }
}

#[test]
fn a_handler_has_no_background_work_and_no_bytes_on_the_heap_by_default() {
    let (mut reactor, _, _client) = connected();
    assert!(!Plain.turn(&mut reactor.io));
    assert_eq!((Plain::held(&()), Plain::shared(&())), (0, None));
}
