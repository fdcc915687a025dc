//! Slots and tokens: a token names its own connection and no later connection in the slot.

use super::*;

#[test]
fn a_stale_token_never_names_a_later_connection_in_the_slot() {
    let mut bench = Bench::new();
    let (_first, stale) = bench.connect();
    bench.close(stale);
    let (_second, fresh) = bench.connect();
    assert_eq!(stale.index, fresh.index);
    assert_eq!(
        bench.reactor.io.with(stale, |_| ()),
        None,
        "the first connection's token reached the second connection in its slot: a slot is used again, and only the \
         generation tells its connections apart"
    );
    assert_eq!(bench.reactor.io.at(0), Some(fresh));
    bench.reactor.io.edge(stale, true, true, true);
    let Reactor { io, scratch, .. } = &mut bench.reactor;
    turn::read(io, scratch, &mut bench.handler, stale);
    assert!(bench.handler.ended.is_empty() && bench.reactor.io.with(fresh, |_| ()).is_some());
    assert_eq!(
        (bench.handler.closed.len(), bench.reactor.io.connections()),
        (1, 1)
    );
}

#[test]
fn a_pollers_token_names_a_connection_only_while_it_is_open() {
    let mut bench = Bench::new();
    let (_first, stale) = bench.connect();
    assert_eq!(bench.reactor.io.named(stale.into()), Some(stale));
    bench.close(stale);
    assert_eq!(bench.reactor.io.named(stale.into()), None);
    let (_second, fresh) = bench.connect();
    let io = &bench.reactor.io;
    assert_eq!(io.named(fresh.into()), Some(fresh));
    for other in [
        stale.into(),
        token::listener_token(0).unwrap(),
        MAILBOX,
        SIGNALS,
        mio::Token(0),
    ] {
        assert_eq!(
            io.named(other),
            None,
            "an event for a connection that is gone, or for no connection, was taken for one of the connection that has \
             the slot now"
        );
    }
}

#[test]
fn the_top_of_the_slab_falls_when_the_slots_at_its_end_are_free() {
    let mut bench = Bench::new();
    let crowd: Vec<_> = (0..5).map(|_| bench.connect()).collect();
    assert_eq!(bench.reactor.io.top(), 5);
    for (closed, top) in [(3, 5), (4, 3), (0, 3), (2, 2), (1, 0)] {
        bench.close(crowd[closed].1);
        assert_eq!(bench.reactor.io.top(), top);
    }
}
