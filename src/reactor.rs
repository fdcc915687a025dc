//! An event loop: one thread that serves every socket. It waits for readiness, and calls one [`Handler`]. It knows no
//! protocol.
//!
//! - **Readiness.** One system call (epoll_wait(2)) tells which sockets can be read or written without waiting, for any
//!   number of sockets. That is why one thread is enough.
//! - **Edges.** A socket is registered once, edge-triggered (epoll(7)): the kernel reports a *change* of readiness, and
//!   reports it once. The loop therefore reads a socket until it would block, or remembers that there may be more.
//! - **Partial reads and writes.** TCP is a stream of bytes: bytes that were sent at once may arrive in pieces, and a
//!   socket takes as many as its buffer has room for. [`Handler::received`] gets a piece; [`Socket::write`] returns how
//!   many bytes it took, and [`Handler::writable`] follows when there is room again.
//! - **Backpressure.** A handler that has enough input calls [`Socket::pause`]. Then the kernel's buffer fills, and the
//!   peer waits.
//! - **Generations.** A slot is used again when its connection is gone. A [`Token`] therefore has a generation as well, so
//!   that [`Io::with`] never reaches a later connection by an old token.
//! - **Deadlines.** Each socket has one deadline, on a [timer wheel](crate::timer_wheel). Moving it later is a plain store.
//! - **Waking the loop.** Another thread [posts](Mailbox::post) a message to a queue and writes to an eventfd(2), for which
//!   the loop waits as for any socket.
//! - **Fairness.** A turn has a budget of bytes and operations, since every other connection waits meanwhile. Each kind
//!   of work has a share of the budget and a bound of its own: reading 64 KiB per connection, accepting 256 connections,
//!   256 messages, 512 deadlines. The next turn goes on with the work that a bound cut short, and does not sleep before.
//! - **Memory.** The loop adds up the bytes that the handler [holds](Handler::held) for each connection. When the sum
//!   comes near its bound, connections that hold more than twice the average are not read from.
//! - **Running out.** With as many connections as it may have, or without a free descriptor, the loop stops accepting,
//!   and goes on when a connection is closed.
//!
//! `server::Server` is a handler that speaks HTTP. The handler below is EventMachine's first example, the echo server. A
//! peer that has ended its own direction (a half-close) still gets the rest of its bytes back, and then the end. A peer
//! that does not read is not read from.
//!
//! ```
//! use picture_frame::reactor::{Handler, Io, Reactor, Signals, Slot, Token, bind};
//! use std::time::Duration;
//!
//! struct Echo;
//!
//! impl Handler for Echo {
//!     /// Bytes that the peer has not taken yet, and whether the peer will send no more.
//!     type State = (Vec<u8>, bool);
//!     type Message = ();
//!
//!     fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]) {
//!         io.with(at, |slot| slot.state.0.extend_from_slice(bytes));
//!         self.writable(io, at);
//!     }
//!     fn ended(&mut self, io: &mut Io<Self>, at: Token) {
//!         io.with(at, |slot| slot.state.1 = true);
//!         self.writable(io, at);
//!     }
//!     fn writable(&mut self, io: &mut Io<Self>, at: Token) {
//!         io.with(at, |Slot { socket, state: (unsent, ended) }| {
//!             unsent.drain(..socket.write(unsent));
//!             match unsent.is_empty() {
//!                 false => socket.pause(),
//!                 true if *ended && !socket.has_input() => socket.close(),
//!                 true => socket.resume(),
//!             }
//!         });
//!     }
//! }
//!
//! let listener = bind("127.0.0.1:0".parse()?, Duration::from_secs(60))?;
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

#[cfg_attr(target_os = "linux", path = "reactor/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "reactor/other.rs")]
pub(crate) mod system;

pub(crate) use connect::Dial;
pub use io::Io;
pub use listener::bind;
pub(crate) use listener::every_address;
pub use mailbox::Mailbox;
pub(crate) use meter::Meter;
pub(crate) use race::{BlockingStream, answering, connect_any, interleaved};
pub(crate) use signals::{end_at_the_second, quit};
pub use socket::{Ended, Slot, Socket};
pub use token::Token;

pub use crate::timer_wheel::NEVER;

use io::Due;
use listener::Listener;
use mio::{Events, Poll, Waker};
pub use signal_hook_mio::v1_0::Signals;
use socket::Got;
use std::{
    fmt,
    net::TcpListener,
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

/// Reads from one connection per turn, 64 KiB in all, so that other connections do not wait for a fast sender.
const READS_PER_TURN: usize = 4;
/// Bytes of one read. A usual request fits several times.
const SCRATCH: usize = 16 * 1024;
/// Deadlines per turn. Many deadlines fall together after a broadcast, and 512 heartbeats take some 2 ms.
const EXPIRIES_PER_TURN: usize = 512;
/// Messages from other threads per turn.
const MESSAGES_PER_TURN: usize = 256;
/// Events that one wait reports at most; the next wait reports the others. A request costs some 15 µs.
const EVENTS_PER_TURN: usize = 256;

const LISTENER: mio::Token = mio::Token(usize::MAX);
const MAILBOX: mio::Token = mio::Token(usize::MAX - 1);
const SIGNALS: mio::Token = mio::Token(usize::MAX - 2);

/// The owner of the connections' states. The loop calls it for everything that happens to a connection.
///
/// Every callback runs on the loop's thread and must not block it. Only [`received`](Handler::received) has to be written;
/// each other callback does by default what suits a handler that needs nothing of its kind. See the [module](self) for an
/// example.
#[expect(
    unused_variables,
    reason = "the documentation shows the arguments by their names"
)]
pub trait Handler: Sized {
    /// The part of a slot that belongs to the handler: its state of one connection.
    type State: Default;
    /// The type of the messages that other threads post.
    type Message: Send + 'static;

    /// The peer sent `bytes`: 1 to 16,384 bytes, cut anywhere.
    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]);

    /// The connection was accepted. It has no deadline unless this callback sets one. By default nothing happens.
    fn opened(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The peer will send no more; it may still read (a half-close). The loop may call this twice. A paused socket may
    /// have unread input before the end: [`Socket::has_input`]. By default the connection is closed.
    fn ended(&mut self, io: &mut Io<Self>, at: Token) {
        io.with(at, |slot| slot.socket.close());
    }

    /// Input has come for a paused socket and waits there. With [much](Socket::has_much_input) of it the kernel may take no
    /// more, and does not report the peer's end behind it. By default nothing happens.
    fn input_waits(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The socket takes bytes again. The first call for a connection that this side makes says that it is connected. By
    /// default nothing happens.
    fn writable(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The deadline has come: never early, a tick late, or later when the loop is busy. The callback moves the deadline
    /// or closes the connection; a deadline that stays in the past comes up again whenever the connection is touched. By
    /// default the connection is closed.
    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        io.with(at, |slot| slot.socket.close());
    }

    /// The alarm that [`Io::alarm`] set under `id` rings. By default nothing happens.
    fn alarm(&mut self, io: &mut Io<Self>, id: u32) {}

    /// Another thread posted `message` by [`Mailbox::post`]. The messages of one thread come in their order. By default
    /// nothing happens.
    fn message(&mut self, io: &mut Io<Self>, message: Self::Message) {}

    /// The process got one of the signals that [`Reactor::new`] was given. By default the loop stops.
    fn signal(&mut self, io: &mut Io<Self>, signal: i32) {
        io.stop();
    }

    /// A turn is nearly over: time for a slice of background work. Returns true if there is more, so that the next turn
    /// must not sleep. By default there is none.
    fn turn(&mut self, io: &mut Io<Self>) -> bool {
        false
    }

    /// The connection is gone, as `ended` says, and returns its state. The loop calls this once for each connection that
    /// was opened, except for connections that are open when the loop stops. By default nothing happens.
    fn closed(&mut self, io: &mut Io<Self>, at: Token, state: Self::State, ended: Ended) {}

    /// The bytes that a connection's state has on the heap, which the loop adds up over all connections. By default 0.
    fn held(state: &Self::State) -> usize {
        0
    }
    /// Bytes that a connection's state may share with others. The loop counts them once, as long as any connection holds
    /// them.
    fn shared(_: &Self::State) -> Option<&Arc<[u8]>> {
        None
    }
}

/// The loop. It owns the poller, the listener and the inbox, and callbacks get only [`Io`]: so a callback can change any
/// connection while the loop goes over its events.
pub struct Reactor<H: Handler> {
    poll: Poll,
    events: Events,
    scratch: Box<[u8]>,
    listener: Listener,
    inbox: Receiver<H::Message>,
    signals: Signals,
    io: Io<H>,
    /// True if a bound cut this turn's work short, so that the next turn must not sleep.
    more: bool,
    /// Waits in a row that reported as many events as fit.
    full: usize,
    /// True if the handler knows of everything that had arrived before this turn.
    is_up_to_date: bool,
}

impl<H: Handler> fmt::Debug for Reactor<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("io", &self.io)
            .finish_non_exhaustive()
    }
}

impl<H: Handler> Reactor<H> {
    /// Makes a loop that accepts connections from `listener` (see [`bind`]), has at most `most` connections, and hears
    /// `signals`.
    ///
    /// # Errors
    ///
    /// When the system refuses a descriptor that the loop needs (epoll_create1(2), eventfd(2), socketpair(2)).
    pub fn new(listener: TcpListener, most: usize, signals: Signals) -> std::io::Result<Self> {
        let mut reactor = Self::client(signals)?;
        reactor.listener = Listener::new(listener, reactor.poll.registry(), most)?;
        Ok(reactor)
    }

    /// Makes a loop without a listener: it has only the connections that it [makes](Io::connect).
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

    /// Bounds the bytes that all connections together may [hold](Handler::held).
    pub(crate) fn bound_memory(mut self, most: usize) -> Self {
        self.io.bound_memory(most);
        self
    }

    /// The handler's mailbox. Messages that are posted before the loop runs wait for it.
    pub(crate) fn mailbox(&self) -> Mailbox<H::Message> {
        self.io.mailbox()
    }

    /// Runs the loop, turn after turn, until the handler calls [`Io::stop`].
    ///
    /// # Errors
    ///
    /// When the wait fails (epoll_wait(2)), which does not happen in an intact process.
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

    /// Notes whether the loop knows of all that had arrived. An interrupted wait reports nothing, and a full wait may leave
    /// sockets out. The kernel reports ready sockets in turn (epoll(7)), so that after a few full waits it has reported
    /// every connection.
    fn note_wait(&mut self, is_interrupted: bool) {
        let is_full = self.events.iter().count() == EVENTS_PER_TURN;
        self.full = if is_full { self.full + 1 } else { 0 };
        let told = self.full * EVENTS_PER_TURN;
        self.is_up_to_date = !is_interrupted && (!is_full || told > self.io.connections());
    }

    /// Calls the handler for each event of the wait. An event for a connection that was closed earlier in the turn has a
    /// token that names no open connection.
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
                    let Some(at) = io.named(token) else {
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

    /// Reads on from the connections that the last turn cut short. This turn has not read from them so far, so that each
    /// connection is read from once per turn.
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

    /// Tells the handler which paused sockets have a peer that ended its direction.
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

    /// Calls the handler for deadlines and alarms that have come. Deadlines wait until all input that had arrived was read,
    /// since after a suspension of the process input and deadlines are due together.
    fn expire(&mut self, handler: &mut H) {
        self.io.begin_share();
        for _ in 0..EXPIRIES_PER_TURN {
            if !self.is_up_to_date || !self.io.has_budget() {
                return;
            }
            let Some((tick, due)) = self.io.pop() else {
                return;
            };
            if !self.io.has_come(tick, due) {
                continue;
            }
            match due {
                Due::Socket(at) => handler.expired(&mut self.io, at),
                Due::Alarm(listener::RETRY) => self.listener.ready(),
                Due::Alarm(id) => handler.alarm(&mut self.io, id),
            }
        }
    }

    /// Gives the handler the states of closed connections, and tells the listener that their descriptors are free.
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
