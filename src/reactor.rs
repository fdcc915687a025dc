//! One thread, every socket. Waits for readiness and turns it into callbacks on one [`Handler`]. Knows no protocol.
//!
//! - **Readiness.** The kernel does not read for anyone: it tells which sockets could be read or written without
//!   waiting, for any number of them by one call (epoll_wait(2)). That is why one thread is enough.
//! - **Edges.** Sockets are registered once, edge-triggered (epoll(7)): the kernel tells of a *change* and does not
//!   repeat itself, so a socket is drained until it would block, or what was not drained is remembered.
//! - **Partial reads and writes.** TCP is a stream of bytes: what was sent at once may come in pieces, and a socket
//!   takes what its buffer has room for. [`Handler::received`] is given pieces; [`Socket::write`] says how much it
//!   took, and [`Handler::writable`] when there is room again.
//! - **Backpressure.** A handler that has enough calls [`Socket::pause`]; then the kernel's buffer fills, and the peer
//!   waits.
//! - **Generations.** A slot is used again when its connection is gone. A [`Token`] therefore has a generation as well,
//!   and whatever comes late, by [`Io::with`], finds nothing instead of a stranger.
//! - **Deadlines.** Each socket has one, on a [timer wheel](crate::timer_wheel): moving it later is a plain store.
//! - **Waking the loop.** Another thread [posts](Mailbox::post) to a queue and writes to an eventfd(2), which the loop
//!   waits for like for any socket.
//! - **Fairness.** A turn has a budget of bytes and operations, since every other connection waits meanwhile. Each kind
//!   of work has a share of the budget, and bounds of its own: reading 64 KiB per connection, accepting 256, messages
//!   256, deadlines 512. The next turn goes on with what was cut short, and does not sleep before.
//! - **Memory.** The loop adds up what the handler [holds](Handler::held) for each connection. When that becomes much,
//!   connections that hold more than twice the average are not read from.
//! - **Running out.** With as many connections as there may be, or without a free descriptor, the listener stands
//!   back, and goes on when one is free.
//!
//! `server::Server` is a handler that speaks HTTP. The handler below is EventMachine's first example, the echo server. A
//! peer that has ended its own direction (a half-close) still gets the rest of its bytes back, and then the end.
//!
//! ```
//! use picture_frame::reactor::{Ended, Handler, Io, Reactor, Signals, Slot, Token, bind};
//! use picture_frame::timer_wheel::Tick;
//! use std::time::Duration;
//!
//! /// A connection on which nothing moves for so long is closed.
//! const IDLE: Duration = Duration::from_secs(60);
//! /// A peer that leaves more than this unread is not read from.
//! const ENOUGH: usize = 64 * 1024;
//!
//! struct Echo;
//!
//! #[derive(Default)]
//! struct Peer {
//!     /// Bytes that the peer has not taken yet.
//!     unsent: Vec<u8>,
//!     /// The peer will send no more.
//!     ended: bool,
//! }
//!
//! impl Handler for Echo {
//!     type State = Peer;
//!     type Message = ();
//!
//!     fn opened(&mut self, io: &mut Io<Self>, at: Token) {
//!         let deadline = io.now().after(IDLE);
//!         io.with(at, |slot| slot.socket.set_deadline(deadline));
//!     }
//!
//!     fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]) {
//!         let deadline = io.now().after(IDLE);
//!         io.with(at, |slot| {
//!             slot.state.unsent.extend_from_slice(bytes);
//!             send(slot, deadline);
//!         });
//!     }
//!
//!     fn writable(&mut self, io: &mut Io<Self>, at: Token) {
//!         let deadline = io.now().after(IDLE);
//!         io.with(at, |slot| send(slot, deadline));
//!     }
//!
//!     fn ended(&mut self, io: &mut Io<Self>, at: Token) {
//!         let deadline = io.now().after(IDLE);
//!         io.with(at, |slot| {
//!             slot.state.ended = true;
//!             send(slot, deadline);
//!         });
//!     }
//!
//!     fn expired(&mut self, io: &mut Io<Self>, at: Token) {
//!         io.with(at, |slot| slot.socket.close());
//!     }
//!
//!     fn signal(&mut self, io: &mut Io<Self>, _: i32) {
//!         io.stop();
//!     }
//!
//!     fn closed(&mut self, io: &mut Io<Self>, _: Token, _: Peer, ended: Ended) {
//!         println!("{ended}; {} are left", io.connections());
//!     }
//!
//!     fn alarm(&mut self, _: &mut Io<Self>, _: u32) {}
//!     fn message(&mut self, _: &mut Io<Self>, (): ()) {}
//!     fn turn(&mut self, _: &mut Io<Self>) -> bool {
//!         false
//!     }
//! }
//!
//! /// Sends what the socket takes, and closes once a peer that has ended has got everything.
//! fn send(slot: &mut Slot<Peer>, deadline: Tick) {
//!     let taken = slot.socket.write(&slot.state.unsent);
//!     slot.state.unsent.drain(..taken);
//!     if slot.state.unsent.len() > ENOUGH {
//!         slot.socket.pause();
//!     } else {
//!         slot.socket.resume();
//!     }
//!     slot.socket.set_deadline(deadline);
//!     if slot.state.ended && slot.state.unsent.is_empty() {
//!         slot.socket.close();
//!     }
//! }
//!
//! let listener = bind("127.0.0.1:0".parse()?, IDLE)?;
//! # let address = listener.local_addr()?;
//! let signals = Signals::new([signal_hook::consts::SIGTERM])?;
//! # let client = std::thread::spawn(move || {
//! #     let tried = std::panic::catch_unwind(|| client::echo(address));
//! #     signal_hook::low_level::raise(signal_hook::consts::SIGTERM).unwrap();
//! #     tried
//! # });
//! Reactor::new(listener, 1000, signals)?.run(&mut Echo)?;
//! # assert!(client.join().unwrap().is_ok(), "see above");
//! # mod client {
//! #     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/echo.rs"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod budget;
mod connect;
mod io;
mod listener;
mod mailbox;
mod meter;
mod race;
mod signals;
mod socket;
mod token;

pub(crate) use connect::Dial;
pub use io::{Io, NEVER};
pub use listener::bind;
pub(crate) use listener::every_address;
pub use mailbox::Mailbox;
pub(crate) use meter::Meter;
pub(crate) use race::{Wire, answering, connect_any, interleaved};
pub(crate) use signals::{end_at_the_second, quit};
pub use socket::{Ended, Slot, Socket};
pub use token::Token;

use io::{Due, Expiry};
use listener::Listener;
use mio::{Events, Poll, Waker};
pub use signal_hook_mio::v1_0::Signals;
use socket::Got;
use std::{
    net::TcpListener,
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

/// Reads from one connection per turn, so that a fast sender does not keep the others waiting: 64 KiB in all.
const READS_PER_TURN: usize = 4;
/// One read; a request fits several times.
const SCRATCH: usize = 16 * 1024;
/// Deadlines that are met per turn: they line up after a broadcast. A slice of heartbeats takes some 2 ms.
const EXPIRIES_PER_TURN: usize = 512;
/// Messages that are delivered per turn.
const MESSAGES_PER_TURN: usize = 256;
/// Events that one wait brings at most; further ones come with the next. A request costs some 15 µs.
const EVENTS_PER_TURN: usize = 256;

const LISTENER: mio::Token = mio::Token(usize::MAX);
const MAILBOX: mio::Token = mio::Token(usize::MAX - 1);
const SIGNALS: mio::Token = mio::Token(usize::MAX - 2);

/// What happens to connections, told to whoever owns their states. Every callback runs on the loop's thread, and must
/// not block it. See the [module](self) for an example.
pub trait Handler: Sized {
    /// What is kept with each connection, in its slot.
    type State: Default;
    /// What other threads post.
    type Message: Send + 'static;

    /// A connection was accepted. Its deadline is to be set here, or it has none.
    fn opened(&mut self, io: &mut Io<Self>, at: Token);
    /// The peer sent `bytes`: 1 to 16,384 of them, cut anywhere.
    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]);
    /// The peer will send no more; it may still read (a half-close). May be told twice. For a paused socket there may be
    /// input before the end that was not read: [`Socket::has_input`].
    fn ended(&mut self, io: &mut Io<Self>, at: Token);
    /// Input has come for a paused socket, and waits there. With [much](Socket::has_much_input) of it the kernel may take no
    /// more, and the peer's end behind it is not told.
    fn input_waits(&mut self, _: &mut Io<Self>, _: Token) {}
    /// The socket takes bytes again; for one that was connected, the first time says that it is.
    fn writable(&mut self, io: &mut Io<Self>, at: Token);
    /// The deadline has come: never early, a tick late, or more when the loop is busy. It is to be moved on, or the
    /// connection closed; one that is left in the past comes up again whenever the connection is touched.
    fn expired(&mut self, io: &mut Io<Self>, at: Token);
    /// An alarm that was set by [`Io::alarm`] rings.
    fn alarm(&mut self, io: &mut Io<Self>, id: u32);
    /// Another thread posted `message`, by [`Mailbox::post`]. They come in the order of each thread's posting.
    fn message(&mut self, io: &mut Io<Self>, message: Self::Message);
    /// The process got one of the signals that [`Reactor::new`] was given.
    fn signal(&mut self, io: &mut Io<Self>, signal: i32);
    /// Called once per turn: a slice of background work. Whether there is more, so that the next turn must not sleep.
    fn turn(&mut self, io: &mut Io<Self>) -> bool;
    /// A connection is gone, as `ended` says; this is what was kept with it. Called once for each that was opened,
    /// except for those that are open when the loop stops.
    fn closed(&mut self, io: &mut Io<Self>, at: Token, state: Self::State, ended: Ended);
    /// The bytes that a connection's state has on the heap, which the loop adds up over all connections.
    fn held(_: &Self::State) -> usize {
        0
    }
    /// Bytes that a connection's state may share with others. The loop counts them once, as long as any connection holds
    /// them.
    fn shared(_: &Self::State) -> Option<&Arc<[u8]>> {
        None
    }
}

/// The loop. It owns what it iterates over; callbacks get only [`Io`], so that the two never borrow the same.
pub struct Reactor<H: Handler> {
    poll: Poll,
    events: Events,
    scratch: Box<[u8]>,
    listener: Listener,
    inbox: Receiver<H::Message>,
    signals: Signals,
    io: Io<H>,
    /// Something was cut short in this turn, so that the next one must not sleep.
    more: bool,
    /// Waits in a row that brought as many events as fit.
    full: usize,
    /// All that had arrived before this turn has been told.
    is_up_to_date: bool,
}

impl<H: Handler> Reactor<H> {
    /// A loop that accepts from `listener` (see [`bind`]), holds at most `most` connections, and hears `signals`.
    ///
    /// # Errors
    ///
    /// When the system refuses the descriptors that it needs (epoll_create1(2), eventfd(2), socketpair(2)).
    pub fn new(listener: TcpListener, most: usize, signals: Signals) -> std::io::Result<Self> {
        let mut reactor = Self::client(signals)?;
        reactor.listener = Listener::new(listener, reactor.poll.registry(), most)?;
        Ok(reactor)
    }

    /// A loop that accepts nobody: its connections are those that it [makes](Io::connect).
    pub(crate) fn client(mut signals: Signals) -> std::io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry();
        let waker = Arc::new(Waker::new(registry, MAILBOX)?);
        registry.register(&mut signals, SIGNALS, mio::Interest::READABLE)?;
        let (sender, inbox) = mpsc::channel();
        let io = Io::new(registry.try_clone()?, Mailbox { sender, waker });
        let (events, scratch) = (
            Events::with_capacity(EVENTS_PER_TURN),
            vec![0; SCRATCH].into(),
        );
        Ok(Self {
            poll,
            events,
            scratch,
            listener: Listener::none(),
            inbox,
            signals,
            io,
            more: false,
            full: 0,
            is_up_to_date: false,
        })
    }

    /// Bounds what all connections together may [hold](Handler::held), in bytes.
    pub(crate) fn bound_memory(mut self, most: usize) -> Self {
        self.io.bound_memory(most);
        self
    }

    /// A way for others to reach the handler, before the loop runs as well.
    pub(crate) fn mailbox(&self) -> Mailbox<H::Message> {
        self.io.mailbox()
    }

    /// Turns until the handler calls [`Io::stop`].
    ///
    /// # Errors
    ///
    /// When waiting fails (epoll_wait(2)), which it does not in an intact process.
    pub fn run(mut self, handler: &mut H) -> std::io::Result<()> {
        while self.io.running {
            self.turn(handler)?;
        }
        Ok(())
    }

    fn turn(&mut self, handler: &mut H) -> std::io::Result<()> {
        self.wait()?;
        self.more = false;
        let unread = self.io.take_unread();
        self.serve(handler);
        self.tell_ends(handler);
        self.deliver(handler);
        self.read_on(handler, &unread);
        self.expire(handler);
        self.accept(handler);
        self.more |= handler.turn(&mut self.io);
        self.bury(handler);
        self.io.end_turn();
        Ok(())
    }

    fn wait(&mut self) -> std::io::Result<()> {
        let patience = if self.more || self.io.has_unread() {
            Some(Duration::ZERO)
        } else {
            self.io.patience()
        };
        let waited = self.poll.poll(&mut self.events, patience);
        let is_interrupted = match waited {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => true,
            waited => waited.map(|()| false)?,
        };
        self.io.take_time(patience, is_interrupted);
        self.note_wait(is_interrupted);
        Ok(())
    }

    /// An interrupted wait has told of no readiness, and a full one perhaps not of all. The kernel tells of ready
    /// sockets in turn (epoll(7)), so that a crowd that keeps the waits full has all been told of after a few.
    fn note_wait(&mut self, is_interrupted: bool) {
        let is_full = self.events.iter().count() == EVENTS_PER_TURN;
        self.full = if is_full { self.full + 1 } else { 0 };
        let told = self.full * EVENTS_PER_TURN;
        self.is_up_to_date = !is_interrupted && (!is_full || told > self.io.connections());
    }

    /// Tells the handler what the wait brought. A connection that was closed earlier in the same turn is known by its
    /// token: its slot is empty, or holds another generation.
    fn serve(&mut self, handler: &mut H) {
        let Self {
            events,
            scratch,
            listener,
            signals,
            io,
            ..
        } = self;
        for event in &*events {
            match event.token() {
                LISTENER => listener.ready(),
                MAILBOX => {}
                SIGNALS => hear(signals, io, handler),
                token => {
                    let Some(at) = Token::from_mio(token) else {
                        continue;
                    };
                    let waits = io.edge(
                        at,
                        event.is_readable(),
                        event.is_read_closed(),
                        event.is_error(),
                    );
                    if waits {
                        handler.input_waits(io, at);
                    }
                    read(io, scratch, handler, at);
                    if event.is_writable() {
                        handler.writable(io, at);
                    }
                }
            }
        }
    }

    /// Reads on from those that were cut short in the last turn. They were passed over so far in this one, so that
    /// each connection has one helping per turn.
    fn read_on(&mut self, handler: &mut H, unread: &[Token]) {
        self.io.begin_share();
        for &at in unread {
            if self.io.has_budget() {
                self.io.unqueue(at);
                read(&mut self.io, &mut self.scratch, handler, at);
            } else {
                self.io.unread.push(at);
            }
        }
    }

    /// Tells of peers that have ended their direction while their sockets are paused.
    fn tell_ends(&mut self, handler: &mut H) {
        for at in std::mem::take(&mut self.io.endings) {
            handler.ended(&mut self.io, at);
        }
    }

    fn accept(&mut self, handler: &mut H) {
        if !self.io.listening {
            return self.listener.close(self.poll.registry());
        }
        self.more |= self.listener.accept(&mut self.io, handler);
    }

    fn deliver(&mut self, handler: &mut H) {
        self.io.begin_share();
        for _ in 0..MESSAGES_PER_TURN {
            if !self.io.has_budget() {
                break;
            }
            let Ok(message) = self.inbox.try_recv() else {
                return;
            };
            handler.message(&mut self.io, message);
        }
        self.more = true;
    }

    /// Deadlines expire only when all that had arrived was read: after a pause, input and deadlines are due together.
    fn expire(&mut self, handler: &mut H) {
        self.io.begin_share();
        for _ in 0..EXPIRIES_PER_TURN {
            if !self.is_up_to_date || !self.io.has_budget() {
                return;
            }
            match self.io.due() {
                Expiry::None => return,
                Expiry::Moved => {}
                Expiry::Due(Due::Socket(at)) => handler.expired(&mut self.io, at),
                Expiry::Due(Due::Alarm(listener::RETRY)) => self.listener.ready(),
                Expiry::Due(Due::Alarm(id)) => handler.alarm(&mut self.io, id),
            }
        }
    }

    /// Tells the handler of the closed, whose slots may be in use again; and of each, that a descriptor is free.
    fn bury(&mut self, handler: &mut H) {
        while let Some((at, state, ended)) = self.io.dead.pop() {
            handler.closed(&mut self.io, at, state, ended);
            self.more |= self.listener.freed();
        }
    }
}

/// Hands the handler what one connection has to read, up to its helping of a turn.
fn read<H: Handler>(io: &mut Io<H>, scratch: &mut [u8], handler: &mut H, at: Token) {
    for _ in 0..READS_PER_TURN {
        match io.read(at, scratch) {
            Got::Bytes(n) => handler.received(io, at, &scratch[..n]),
            Got::Ended => return handler.ended(io, at),
            Got::Drained => return,
        }
    }
    io.read_on(at);
}

/// Tells the handler of the signals that have come.
fn hear<H: Handler>(signals: &mut Signals, io: &mut Io<H>, handler: &mut H) {
    for signal in signals.pending() {
        handler.signal(io, signal);
    }
}

#[cfg(test)]
mod tests;
