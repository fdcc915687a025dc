//! An event loop: one thread that serves every socket. The loop waits for readiness, and calls a [`Handler`]. It knows
//! no protocol.
//!
//! - **Readiness.** One system call (epoll_wait(2)) tells which sockets can be read or written without waiting, for any
//!   number of sockets. That is why one thread is enough.
//! - **Edges.** A socket is registered once, edge-triggered (epoll(7)): the kernel reports a *change* of readiness, and
//!   reports the change once. The loop therefore reads until the socket would block, or remembers that more may be left.
//! - **Partial reads and writes.** TCP is a stream of bytes: bytes that were sent at once may arrive in pieces, and a
//!   socket takes as many as its buffer has room for. [`Handler::received`] gets a piece; [`Socket::write`] returns how
//!   many bytes it took, and [`Handler::writable`] follows when there is room again.
//! - **Backpressure.** A handler that has enough input calls [`Socket::pause`]. Then the kernel's buffer fills, and the
//!   peer waits.
//! - **Generations.** A slot is used again when its connection is gone. A [`Token`] therefore has a generation as well, so
//!   that [`Io::with`] never reaches a later connection by an old token.
//! - **Deadlines.** Each socket has one deadline, on a [timer wheel](crate::timer_wheel). Moving it later is a plain store.
//! - **Waking the loop.** Another thread [posts](Mailbox::post) a message to a queue and then writes to an eventfd(2), for
//!   which the loop waits as for any socket. Each message has its write; writes between two waits are one edge.
//! - **Fairness.** A turn has a budget of bytes and operations, since every other connection waits meanwhile. Each kind
//!   of work has a share of the budget and a bound of its own: reading 64 KiB per connection, accepting 256 connections,
//!   256 messages, 512 deadlines. The next turn goes on with the work that a bound cut short, and does not sleep before. A
//!   connection that [`Handler::received`] reaches by [`Io::with`] is read from once per turn, up to 16 KiB.
//! - **Memory.** The loop adds up the bytes that the handler [holds](Handler::held) for each connection. When the sum
//!   comes near its bound, connections that hold more than twice the average are not read from.
//! - **Running out.** With as many connections as it may have, or without a free descriptor, the loop stops accepting,
//!   and goes on when a connection is closed.
//! - **Several listeners.** The loop accepts one connection from each listener in turn, whether it is of TCP or on a unix
//!   path, so that a crowd at one of them keeps no client of another waiting.
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
//!
//! # The loop tells its story
//!
//! At level trace the log has a few lines for each turn: how long the loop may sleep, why it woke, what was ready, what
//! was read and taken, which message or deadline came, and how long each step took. In a terminal,
//! `RUST_LOG=picture_frame::reactor=trace cargo run` shows them, and `RUST_LOG=picture_frame=trace` shows the events of the
//! server as well. Without such a filter a line costs a comparison.
//!
//! On the right stand the lines of one publish, and on the left the system calls that strace(1) saw meanwhile. A client
//! connects (connection 13), publishes, and a thread of the pool draws the picture. Connection 1 is a subscriber. A test
//! compares this text with what the loop does.
#![doc = include_str!("reactor/a_publish.md")]
//!
//! - Between the turns the loop sleeps in epoll_wait(2). It may sleep until the wheel's next entry, here the time by which
//!   the first request had to be whole. That deadline has moved since, so that the entry will come up too early. strace
//!   prints a call where it began: the last wait stands above the write that ends it.
//! - The listener is accepted from until it would block, since its edge comes only once.
//! - A socket is registered once. The poller's token has the slot and the generation, so that an event for an earlier
//!   connection of slot 1 would be noticed as stale.
//! - The first edge of a new socket says that it is writable (turn 60), since its buffer is empty. The loop has nothing to
//!   write. The later edge says so again, since epoll_wait(2) reports all of a socket's readiness with each change.
//! - A read that leaves room in the buffer has emptied the socket. A further read, which would block, is spared.
//! - The publish ends its turn without an answer. The pool's thread posts the result to the mailbox, which wakes the loop.
//! - One turn then delivers the message, puts the event into the ring, answers the publisher and writes to the subscriber.
//!
//! `picture-frame tour` shows these lines in nine situations, `--trace FILE` writes them for Perfetto, `/loop` draws them.

mod bind;
mod budget;
mod clock;
mod connect;
#[cfg(feature = "frame")]
mod courier;
mod edge;
#[cfg(feature = "frame")]
mod handing;
#[cfg_attr(not(feature = "frame"), path = "reactor/hold/absent.rs")]
mod hold;
#[cfg(feature = "frame")]
mod holding;
mod io;
mod listener;
#[cfg(feature = "frame")]
mod look;
mod mailbox;
mod meter;
mod race;
mod signals;
mod socket;
mod story;
mod token;
mod turn;
#[cfg_attr(not(feature = "frame"), path = "reactor/view/absent.rs")]
mod view;

#[cfg_attr(target_os = "linux", path = "reactor/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "reactor/other.rs")]
pub(crate) mod system;

#[cfg(feature = "frame")]
pub(crate) use self::{
    hold::Pace,
    look::{Bucket, Sight},
    view::{STEPS, Turn, steps},
};
pub use crate::timer_wheel::NEVER;
pub(crate) use bind::every_address;
pub use bind::{Address, Listener, bind};
pub(crate) use connect::{Dial, check_source};
#[cfg(feature = "frame")]
pub(crate) use courier::{BATCH, Courier, Lost};
pub use io::Io;
pub(crate) use io::Receive;
use listener::{Listeners, Places};
pub use mailbox::Mailbox;
pub(crate) use meter::Meter;
use mio::{Events, Poll, Waker};
pub(crate) use race::{BlockingStream, answering, connect_any, interleaved};
pub use signal_hook_mio::v1_0::Signals;
pub(crate) use signals::{end_at_the_second, quit};
pub use socket::{Ended, Peer, Slot, Socket};
use std::{
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixStream},
    sync::{Arc, mpsc::Receiver},
};
use story::Story;
pub use token::Token;
use token::{MAILBOX, SIGNALS};

/// Bytes of one read. A usual request fits several times.
const SCRATCH: usize = 16 * 1024;
/// Events that one wait reports at most; the next wait reports the others. A request costs some 15 µs.
const EVENTS_PER_TURN: usize = 256;

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

    /// The peer sent `bytes`: 1 to 16,384 bytes, cut anywhere. This callback has no default.
    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]);

    /// The connection was accepted. It has no deadline unless this callback sets one. By default nothing happens.
    fn opened(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The peer will send no more, and may still read (a half-close). The loop may call this twice. A paused socket may
    /// have unread input before the end: [`Socket::has_input`]. By default the connection is closed.
    fn ended(&mut self, io: &mut Io<Self>, at: Token) {
        io.with(at, |slot| slot.socket.close());
    }

    /// Input waits at a paused socket. With [much](Socket::has_much_input) input the kernel may take no more, and does not
    /// report the peer's end behind the input. By default nothing happens.
    fn input_waits(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The socket takes bytes again. The first call for a connection that this side makes says that it is connected. By
    /// default nothing happens.
    fn writable(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The connection's deadline has come: never early, a tick late, or later when the loop is busy. The callback moves the
    /// deadline or closes the connection. A deadline that stays in the past comes again after each [`Io::with`]. By default
    /// the connection is closed.
    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        io.with(at, |slot| slot.socket.close());
    }

    /// The alarm that [`Io::alarm`] set under `id` has come. By default nothing happens.
    fn alarm(&mut self, io: &mut Io<Self>, id: u32) {}

    /// Another thread posted `message` by [`Mailbox::post`]. The messages of one thread come in their order. By default
    /// nothing happens.
    fn message(&mut self, io: &mut Io<Self>, message: Self::Message) {}

    /// The process got one of the signals that [`Reactor::new`] was given. By default the loop stops.
    fn signal(&mut self, io: &mut Io<Self>, signal: i32) {
        io.stop();
    }

    /// The turn is nearly over: a slice of background work may follow. Returns true if more work is left, so that the next
    /// turn must not sleep. By default there is no such work.
    fn turn(&mut self, io: &mut Io<Self>) -> bool {
        false
    }

    /// The end of a turn for the connections that are [apart](Listener::apart) alone, in a turn that is held. Returns true
    /// if more of their work is left.
    #[cfg(feature = "frame")]
    #[doc(hidden)]
    fn turn_apart(&mut self, io: &mut Io<Self>) -> bool {
        false
    }

    /// A time to look at the loop, between two turns, while its view is open. Returns true if work is left to the turn.
    #[cfg(feature = "frame")]
    #[doc(hidden)]
    fn look(&mut self, io: &mut Io<Self>) -> bool {
        false
    }

    /// The connection is gone, as `ended` says, and the handler gets its state back. The loop calls this once for each
    /// connection that was opened, except for connections that are open when the loop stops. By default nothing happens.
    fn closed(&mut self, io: &mut Io<Self>, at: Token, state: Self::State, ended: Ended) {}

    /// The bytes that a connection's state has on the heap, which the loop adds up over all connections. By default 0.
    fn held(state: &Self::State) -> usize {
        0
    }

    /// Bytes that a connection's state may share with other connections. The loop counts the bytes once, as long as any
    /// connection holds them. By default there are none.
    fn shared(state: &Self::State) -> Option<&Arc<[u8]>> {
        None
    }
}

/// The loop. It owns the poller, the listeners and the inbox, and gives callbacks only [`Io`]. A callback can therefore
/// change any connection while the loop goes over its events.
pub struct Reactor<H: Handler> {
    poll: Poll,
    events: Events,
    scratch: Box<[u8]>,
    listeners: Listeners,
    inbox: Receiver<H::Message>,
    signals: Signals,
    io: Io<H>,
    /// True if a bound cut this turn's work short, so that the next turn must not sleep.
    more: bool,
    /// The number of waits in a row that reported as many events as fit.
    full: usize,
    /// True if the handler knows of everything that had arrived before this turn.
    is_up_to_date: bool,
    story: Story,
}

impl<H: Handler> Reactor<H> {
    /// Makes a loop that accepts connections from `listener` (see [`bind`]), has at most `most` connections, and hears
    /// `signals`.
    ///
    /// # Errors
    ///
    /// When the system refuses a descriptor that the loop needs (epoll_create1(2), eventfd(2), socketpair(2)).
    pub fn new(listener: TcpListener, most: usize, signals: Signals) -> std::io::Result<Self> {
        Self::client(signals)?.listen(vec![listener.into()], most, 0)
    }

    /// Has the loop accept connections from `listeners`, at most `most`, and beside them `apart` from the listeners that
    /// are [apart](Listener::apart).
    pub(crate) fn listen(
        mut self,
        listeners: Vec<Listener>,
        most: usize,
        apart: usize,
    ) -> std::io::Result<Self> {
        let most = Places {
            shared: most,
            apart,
        };
        self.listeners = Listeners::new(listeners, self.poll.registry(), most)?;
        for line in system::MISSING {
            log::warn!("{line}");
        }
        Ok(self)
    }

    /// Makes a loop without a listener. Its only connections are the connections that it [makes](Io::connect).
    pub(crate) fn client(signals: Signals) -> std::io::Result<Self> {
        Self::reached_by(Mailbox::new(), signals)
    }

    /// Makes a loop without a listener, which gets the messages of a mailbox that was there before.
    pub(crate) fn reached_by(
        (mailbox, inbox): (Mailbox<H::Message>, Receiver<H::Message>),
        mut signals: Signals,
    ) -> std::io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry();
        mailbox.attach(Arc::new(Waker::new(registry, MAILBOX)?));
        registry.register(&mut signals, SIGNALS, mio::Interest::READABLE)?;
        let io = Io::new(registry.try_clone()?, mailbox);
        let (events, scratch) = (
            Events::with_capacity(EVENTS_PER_TURN),
            vec![0; SCRATCH].into(),
        );
        Ok(Self {
            poll,
            events,
            scratch,
            listeners: Listeners::default(),
            inbox,
            signals,
            io,
            more: false,
            full: 0,
            is_up_to_date: false,
            story: Story::default(),
        })
    }

    /// Has the loop read from connections by `receive`.
    pub(crate) fn receive_by(mut self, receive: Receive) -> Self {
        self.io.receive_by(receive);
        self
    }

    /// Bounds the bytes that all connections together may [hold](Handler::held).
    pub(crate) fn bound_memory(mut self, most: usize) -> Self {
        self.io.bound_memory(most);
        self
    }

    /// The connections and the time, before the loop runs.
    pub(crate) fn io(&mut self) -> &mut Io<H> {
        &mut self.io
    }

    /// The handler's mailbox. Messages that are posted before the loop runs wait in it.
    pub(crate) fn mailbox(&self) -> Mailbox<H::Message> {
        self.io.mailbox()
    }

    /// A connection of the loop, and its other end, a non-blocking socket (socketpair(2)).
    pub(crate) fn pair(&mut self) -> std::io::Result<(Token, UnixStream)> {
        let (near, far) = UnixStream::pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        let near = mio::net::TcpStream::from(OwnedFd::from(near));
        Ok((self.io.open(near, false)?, far))
    }

    /// Runs one turn, which sleeps only if it `may_sleep`. Returns true if anything has happened or is left to do.
    pub(crate) fn step(&mut self, handler: &mut H, may_sleep: bool) -> std::io::Result<bool> {
        self.more |= !may_sleep;
        self.turn(handler)?;
        Ok(self.more || self.io.has_unread() || !self.events.is_empty())
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
}

#[cfg(test)]
mod tests;
