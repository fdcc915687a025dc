//! Paused connections, whose peers end their direction.

use super::*;

#[test]
fn the_end_of_a_paused_socket_is_reported_and_input_before_it_is_known() {
    let mut bench = Bench::new();
    bench.handler.pauses = true;
    for more in [&b""[..], b"more"] {
        let (mut client, at) = bench.connect();
        client.write_all(b"x").unwrap();
        bench.turn_until(|handler| handler.bytes(at) == 1);
        client.write_all(more).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        bench.turn_until(|handler| handler.ended.contains(&at));
        let has_input = bench.reactor.io.with(at, |slot| slot.socket.has_input());
        assert_eq!(has_input, Some(!more.is_empty()));
        assert_eq!(bench.handler.bytes(at), 1, "the connection is still paused");
    }
    assert_eq!(bench.handler.ended.len(), 2, "each end is reported once");
}

#[test]
fn an_end_that_came_with_the_input_at_which_the_socket_was_paused_is_reported() {
    let mut bench = Bench::new();
    bench.handler.pauses = true;
    let (mut client, at) = bench.connect();
    client.write_all(b"x").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    bench.turn_until(|handler| handler.ended == [at]);
}
