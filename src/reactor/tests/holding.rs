//! The hold: a paused loop serves the connections that are apart, and keeps the edges of the others for the turn.

use super::*;

/// Opens a connection of each listener: the public one, and the one that is apart.
fn two_listeners() -> (Bench, [(TcpStream, Token); 2]) {
    let sockets = [(); 2].map(|()| bind(([127, 0, 0, 1], 0).into(), PATIENCE).unwrap());
    let addresses = [0, 1].map(|number: usize| sockets[number].local_addr().unwrap());
    let [public, apart] = sockets.map(Listener::from);
    let mut bench = Bench::new();
    let reactor = Reactor::client(Signals::new::<_, i32>([]).unwrap()).unwrap();
    bench.reactor = reactor.listen(vec![public, apart.apart()], 9, 9).unwrap();
    bench.reactor.io.take_time(None, false);
    bench.reactor.io.alarm(WATCHDOG, PATIENCE);
    let both = addresses.map(|address| {
        bench.address = address;
        bench.connect()
    });
    (bench, both)
}

#[test]
fn a_paused_loop_serves_connections_apart_at_once_and_the_others_in_the_turn_that_is_asked_for() {
    let (mut bench, [(mut client, at), (mut operator, apart)]) = two_listeners();
    bench.turn_until(|handler| handler.writable == 2);
    let turns = bench.reactor.io.meter().turns.total();
    bench.reactor.io.open_view();
    bench.reactor.io.set_pace(Pace::Paused);
    client.write_all(b"first").unwrap();
    operator.write_all(b"turn").unwrap();
    bench.turn();
    assert_eq!(bench.handler.received, [(apart, 4), (at, 5)]);
    assert_eq!(bench.reactor.io.kept_edges(), 0);
    assert_eq!(bench.reactor.io.meter().turns.total(), turns + 1);
    assert_eq!(bench.reactor.io.pace(), Pace::Paused);
}
