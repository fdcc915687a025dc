//! The loop against clients on loopback, a turn at a time.

mod connect;
mod deadlines;
mod defaults;
mod edges;
#[cfg(feature = "frame")]
mod holding;
mod listener;
mod meter;
mod pauses;
mod slots;
mod suspensions;
#[cfg(feature = "frame")]
mod view;

use super::{
    turn::{EXPIRIES_PER_TURN, MESSAGES_PER_TURN, READS_PER_TURN},
    *,
};
use signal_hook::{consts::SIGUSR1, low_level::raise};
use socket2::SockRef;
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

/// The alarm that ends a test which waits too long.
const WATCHDOG: u32 = 1000;
const PATIENCE: Duration = Duration::from_secs(20);

/// A handler that notes the calls of its callbacks.
#[derive(Debug, Default)]
struct Recorder {
    opened: Vec<Token>,
    received: Vec<(Token, usize)>,
    ended: Vec<Token>,
    writable: usize,
    expired: Vec<(Token, Instant)>,
    alarms: Vec<(u32, Instant)>,
    messages: Vec<u32>,
    signals: Vec<i32>,
    closed: Vec<Ended>,
    /// The number of the last turn at each look, and the turns that the look shows.
    #[cfg(feature = "frame")]
    looks: Vec<(u64, usize)>,
    /// True to pause each connection at its first bytes.
    pauses: bool,
    /// True if the watchdog's alarm has come.
    waited_too_long: bool,
}

impl Recorder {
    fn bytes(&self, from: Token) -> usize {
        let these = self.received.iter().filter(|(at, _)| *at == from);
        these.map(|(_, count)| count).sum()
    }
}

impl Handler for Recorder {
    type State = ();
    type Message = u32;

    fn opened(&mut self, _: &mut Io<Self>, at: Token) {
        self.opened.push(at);
    }
    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]) {
        self.received.push((at, bytes.len()));
        #[cfg(feature = "frame")]
        if io.apart().contains(&at) {
            io.ask_for_turn();
        }
        if self.pauses {
            io.with(at, |slot| slot.socket.pause());
        }
    }
    fn ended(&mut self, _: &mut Io<Self>, at: Token) {
        self.ended.push(at);
    }
    fn writable(&mut self, _: &mut Io<Self>, _: Token) {
        self.writable += 1;
    }
    fn expired(&mut self, _: &mut Io<Self>, at: Token) {
        self.expired.push((at, Instant::now()));
    }
    fn alarm(&mut self, _: &mut Io<Self>, id: u32) {
        if id == WATCHDOG {
            self.waited_too_long = true;
        } else {
            self.alarms.push((id, Instant::now()));
        }
    }
    fn message(&mut self, _: &mut Io<Self>, message: u32) {
        self.messages.push(message);
    }
    fn signal(&mut self, _: &mut Io<Self>, signal: i32) {
        self.signals.push(signal);
    }
    #[cfg(feature = "frame")]
    fn look(&mut self, io: &mut Io<Self>) -> bool {
        let (last, turns) = io.take_turns();
        self.looks.push((last, turns.len()));
        if self.looks.len() > 50 {
            // A test that waits too long for its turn ends.
            io.set_pace(Pace::Free);
        }
        false
    }
    fn closed(&mut self, _: &mut Io<Self>, _: Token, (): (), ended: Ended) {
        self.closed.push(ended);
    }
}

/// A loop, its handler, and the address of its listener.
struct Bench {
    reactor: Reactor<Recorder>,
    handler: Recorder,
    address: SocketAddr,
}

impl Bench {
    fn new() -> Self {
        Self::with(usize::MAX, &[])
    }

    fn with(most: usize, signals: &[i32]) -> Self {
        let listener = bind(([127, 0, 0, 1], 0).into(), PATIENCE).unwrap();
        let address = listener.local_addr().unwrap();
        let signals = Signals::new(signals).unwrap();
        let mut reactor = Reactor::new(listener, most, signals).unwrap();
        reactor.io.take_time(None, false);
        reactor.io.alarm(WATCHDOG, PATIENCE);
        Self {
            reactor,
            handler: Recorder::default(),
            address,
        }
    }

    #[track_caller]
    fn turn(&mut self) {
        self.reactor.turn(&mut self.handler).unwrap();
        let noted = &self.handler;
        assert!(
            !noted.waited_too_long,
            "after {PATIENCE:?} only {noted:?}: the loop was not woken for work that was there, or has forgotten it"
        );
    }

    /// Runs turns until the handler has noted what a test waits for.
    #[track_caller]
    fn turn_until(&mut self, holds: impl Fn(&Recorder) -> bool) {
        while !holds(&self.handler) {
            self.turn();
        }
    }

    /// Runs turns until an alarm that comes after `wait`. Returns the number of events that the poller reported.
    #[track_caller]
    fn turn_until_alarm(&mut self, id: u32, wait: Duration) -> usize {
        self.reactor.io.alarm(id, wait);
        let mut reported = 0;
        while !self.handler.alarms.iter().any(|(rung, _)| *rung == id) {
            self.turn();
            reported += self.reactor.events.iter().count();
        }
        reported
    }

    /// A client whose connection the loop has not accepted. The kernel does not take the connection at once if the backlog
    /// is full.
    #[track_caller]
    fn client(&self) -> TcpStream {
        let connected = TcpStream::connect_timeout(&self.address, PATIENCE);
        connected.expect("the kernel takes the connection")
    }

    /// A client whose connection the loop has accepted, and the connection's token.
    #[track_caller]
    fn connect(&mut self) -> (TcpStream, Token) {
        let client = self.client();
        let count = self.handler.opened.len();
        self.turn_until(|handler| handler.opened.len() > count);
        (client, self.handler.opened[count])
    }

    fn close(&mut self, at: Token) {
        self.reactor.io.with(at, |slot| slot.socket.close());
        self.reactor.bury(&mut self.handler);
    }

    /// Sets a deadline `wait` from the present. Returns the instant before which the deadline must not come.
    fn deadline(&mut self, at: Token, wait: Duration) -> Instant {
        self.reactor.io.take_time(None, false);
        let tick = self.reactor.io.now().after(wait);
        self.reactor
            .io
            .with(at, |slot| slot.socket.set_deadline(tick));
        Instant::now() + wait
    }
}

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn a_deadline_of_a_closed_connection_does_not_expire_a_later_connection_in_the_slot() {
    let mut bench = Bench::new();
    let (_first, stale) = bench.connect();
    bench.deadline(stale, millis(20));
    bench.close(stale);
    let (_second, fresh) = bench.connect();
    bench.deadline(fresh, millis(60));
    bench.turn_until(|handler| !handler.expired.is_empty());
    assert_eq!(bench.handler.expired[0].0, fresh);
}

#[test]
fn a_deadline_is_met_not_early_and_not_much_late() {
    let mut bench = Bench::new();
    let (_client, at) = bench.connect();
    let due = bench.deadline(at, millis(40));
    bench.turn_until(|handler| !handler.expired.is_empty());
    let (expired, when) = bench.handler.expired[0];
    assert!(expired == at && when >= due && when < due + Duration::from_secs(2));
}

#[test]
fn a_deadline_can_be_moved_later_and_earlier() {
    let mut bench = Bench::new();
    let (_client, at) = bench.connect();
    bench.deadline(at, millis(20));
    let due = bench.deadline(at, millis(120));
    bench.turn_until(|handler| !handler.expired.is_empty());
    assert!(bench.handler.expired[0].1 >= due);

    bench.deadline(at, PATIENCE * 2);
    let due = bench.deadline(at, millis(20));
    bench.turn_until(|handler| handler.expired.len() == 2);
    assert!(bench.handler.expired[1].1 >= due);
}

#[test]
fn an_alarm_set_again_replaces_the_earlier_alarm() {
    let mut bench = Bench::new();
    bench.reactor.io.alarm(1, millis(20));
    bench.reactor.io.alarm(1, millis(100));
    let due = Instant::now() + millis(90);
    bench.reactor.io.alarm(2, millis(200));
    bench.turn_until(|handler| handler.alarms.iter().any(|(id, _)| *id == 2));
    let first: Vec<_> = bench
        .handler
        .alarms
        .iter()
        .filter(|(id, _)| *id == 1)
        .collect();
    assert!(first.len() == 1 && first[0].1 >= due, "{first:?}");

    bench.reactor.io.alarm(3, PATIENCE * 2);
    bench.reactor.io.alarm(3, millis(10));
    bench.turn_until(|handler| handler.alarms.iter().any(|(id, _)| *id == 3));
}

#[test]
fn a_message_from_another_thread_wakes_the_loop() {
    let mut bench = Bench::new();
    let mailbox = bench.reactor.io.mailbox();
    let poster = thread::spawn(move || mailbox.post(7));
    bench.turn_until(|handler| handler.messages == [7]);
    poster.join().unwrap();
}

#[test]
fn many_messages_come_in_order_a_bounded_number_per_turn() {
    let mut bench = Bench::new();
    let count = MESSAGES_PER_TURN as u32 * 3 + 5;
    let mailbox = bench.reactor.io.mailbox();
    (0..count).for_each(|number| mailbox.post(number));
    for turn in 1..=4 {
        bench.turn();
        let so_far = (MESSAGES_PER_TURN * turn).min(count as usize);
        assert_eq!(
            bench.handler.messages.len(),
            so_far,
            "messages after {turn} turns: each turn may deliver {MESSAGES_PER_TURN}, for all sockets wait meanwhile"
        );
    }
    assert!(bench.handler.messages.iter().copied().eq(0..count));
}

#[test]
fn a_message_after_the_loops_end_is_lost_without_harm() {
    let mut bench = Bench::new();
    let mailbox = bench.reactor.io.mailbox();
    bench.reactor.io.stop();
    bench.reactor.run(&mut bench.handler).unwrap();
    mailbox.post(1);
}

#[test]
fn a_message_is_sent_before_the_loop_is_woken() {
    let mut poll = Poll::new().unwrap();
    let waker = Waker::new(poll.registry(), MAILBOX).unwrap();
    let (mailbox, inbox) = Mailbox::<u32>::new();
    mailbox.attach(waker.into());
    let mut events = Events::with_capacity(8);
    let mut wakes = || {
        poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
        events.iter().count()
    };
    assert_eq!(wakes(), 1, "messages may wait for a loop that begins");
    mailbox.post(1);
    assert_eq!(wakes(), 1, "a message wakes the loop");
    drop(inbox);
    mailbox.post(2);
    assert_eq!(
        wakes(),
        0,
        "a message that cannot be sent must wake no loop: this loop was woken before the message was sent. A loop that \
         wakes first finds no message, sleeps again, and nothing wakes it for the message"
    );
}

#[test]
fn a_handler_that_pauses_a_connection_receives_nothing_until_it_resumes_the_connection() {
    let mut bench = Bench::new();
    bench.handler.pauses = true;
    let (mut client, at) = bench.connect();
    client.write_all(&[0; 3 * SCRATCH]).unwrap();
    bench.turn_until(|handler| !handler.received.is_empty());
    let held = bench.handler.bytes(at);
    client.write_all(b"more").unwrap();
    bench.reactor.io.alarm(1, millis(50));
    bench.turn_until(|handler| !handler.alarms.is_empty());
    assert_eq!(
        bench.handler.bytes(at),
        held,
        "a paused connection is not read from: the kernel's buffer fills, and the peer waits"
    );

    bench.handler.pauses = false;
    bench.reactor.io.with(at, |slot| slot.socket.resume());
    bench.turn_until(|handler| handler.bytes(at) == 3 * SCRATCH + 4);
}

#[test]
fn a_socket_that_was_full_is_reported_writable_when_it_takes_bytes_again() {
    let mut bench = Bench::new();
    let (mut client, at) = bench.connect();
    let block = vec![0; 1 << 20];
    let mut sent = 0;
    loop {
        let taken = bench
            .reactor
            .io
            .with(at, |slot| slot.socket.write(&block))
            .unwrap();
        sent += taken;
        if taken < block.len() {
            break;
        }
    }
    let before = bench.handler.writable;
    let reader = thread::spawn(move || client.read_exact(&mut vec![0; sent]).map(|()| client));
    bench.turn_until(|handler| handler.writable > before);
    reader.join().unwrap().unwrap();
}

#[test]
fn a_signal_reaches_the_handler() {
    let mut bench = Bench::with(usize::MAX, &[SIGUSR1]);
    raise(SIGUSR1).unwrap();
    bench.turn_until(|handler| handler.signals == [SIGUSR1]);
}

#[test]
fn an_alarm_that_is_moved_again_and_again_has_one_entry() {
    let mut bench = Bench::new();
    let io = &mut bench.reactor.io;
    let before = io.entries();
    for wait in 0..1000 {
        io.alarm(1, millis(100 + wait));
    }
    assert_eq!(
        io.entries(),
        before + 1,
        "an alarm that is moved later keeps its entry, which comes up too early once; a new entry for each move fills \
         the wheel"
    );
    io.alarm(1, millis(10));
    assert_eq!(io.entries(), before + 2, "before the entry comes up");
}
