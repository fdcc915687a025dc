//! The loop's counts, the kinds of ends of connections, and bounded writes.

use super::*;

#[test]
fn bytes_are_counted_in_both_directions_and_turns_by_their_length() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    client.write_all(&[7; 12_345]).unwrap();
    bench.turn_until(|handler| handler.bytes(at) == 12_345);
    let taken = bench.reactor.io.with(at, |slot| {
        slot.socket.write(&[7; 321]) + slot.socket.write(&[7; 4])
    });
    assert_eq!(taken, Some(325));
    let turns = bench.reactor.io.meter().turns.total();
    bench.reactor.io.alarm(1, Duration::ZERO);
    bench.turn();
    let meter = bench.reactor.io.meter();
    assert_eq!((meter.received, meter.sent), (12_345, 325));
    assert_eq!(meter.turns.total(), turns + 1);
    assert!(!meter.turns.sum().is_zero());
}

#[test]
fn bytes_sent_before_a_close_are_counted() {
    let mut bench = Bench::new();
    let (_client, at) = bench.connect();
    bench.reactor.io.with(at, |slot| {
        slot.socket.write(b"bye");
        slot.socket.close();
    });
    assert_eq!(bench.reactor.io.meter().sent, 3);
}

#[test]
fn a_reset_is_distinguished_from_a_close_by_the_handler() {
    let mut bench = Bench::new();
    let (client, _) = bench.connect();
    SockRef::from(&client)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(client);
    bench.turn_until(|handler| handler.closed == [Ended::Left]);
    let (_client, at) = bench.connect();
    bench.close(at);
    assert_eq!(bench.handler.closed, [Ended::Left, Ended::Closed]);
}

#[test]
fn a_reset_of_a_paused_connection_is_known_as_well() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    bench.handler.pauses = true;
    client.write_all(b"more").unwrap();
    bench.turn_until(|handler| handler.bytes(at) == 4);
    SockRef::from(&client)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(client);
    bench.turn_until(|handler| handler.closed == [Ended::Left]);
}

#[test]
fn a_connection_to_a_peer_out_of_reach_has_stalled_and_an_unexpected_error_means_failed() {
    for (code, ended) in [
        (libc::ECONNRESET, Ended::Left),
        (libc::EPIPE, Ended::Left),
        (libc::ETIMEDOUT, Ended::Stalled),
        (libc::EHOSTUNREACH, Ended::Stalled),
        (libc::ENETUNREACH, Ended::Stalled),
        (libc::ENOBUFS, Ended::Failed),
    ] {
        assert_eq!(Ended::from(&std::io::Error::from_raw_os_error(code)), ended);
    }
}

#[test]
fn a_bounded_write_takes_the_first_slices_that_fit() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    let slices = [&b"one"[..], b"two", b"three"].map(std::io::IoSlice::new);
    for (most, taken) in [(2, 0), (3, 3), (5, 3), (6, 6), (10, 6), (usize::MAX, 11)] {
        let write = |slot: &mut Slot<()>| slot.socket.write_within(&slices, most);
        assert_eq!(bench.reactor.io.with(at, write), Some(taken), "{most}");
    }
    let mut got = [0; 29];
    client.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"oneoneonetwoonetwoonetwothree");
}
