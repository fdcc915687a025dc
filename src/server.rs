//! HTTP over the reactor: requests become calls of actions, replies become bytes, and a channel's events reach its
//! subscribers. The server knows no application.
//!
//! To write an application, begin with [`Context`]. To read the server, begin with `connection.rs`, then `parts.rs`, then this
//! file and the others that hold the loop: `run.rs`, `handler.rs` (the reactor's callbacks), `answer.rs`, `exchange.rs`,
//! `reports.rs`, `shutdown.rs`, `timers.rs`, `view.rs` and `upgrade.rs` with its parts. All other files know no loop:
//!
//! | | |
//! | --- | --- |
//! | `connection/` | one connection's life: bytes and time in, bytes and decisions out |
//! | `parts/` | the state that connections share, in parts that each own theirs |
//! | `context/` | the calls of the application's code |
//!
//! The design in short:
//!
//! - **One entrance.** `Server::drive` makes a connection act: it steps the connection and answers its requests until
//!   the connection waits, so that the first request, keep-alive and pipelining are one loop. Input, room to write, a
//!   job's result, an event and the shutdown change a connection's state and then call `drive`. Two other paths step a
//!   connection: `expired` at its deadline, and `subscribe` when its stream begins. A stream that holds much unsent
//!   offers it to the socket in [`Context::write`] as well.
//! - **One deadline per connection.** A connection waits for one cause at a time: a request, the rest of a request, an
//!   answer, room, an event, the peer's end. After each step `settle` sets the deadline from that cause and
//!   [`Timeouts`]. Only `opened` and `expired` set a deadline beside it: the first one, and a respite that is not the
//!   peer's fault.
//! - **A connection's life is an enum** (`connection.rs`), shown below. An idle subscriber is a [`Cursor`] of 16 bytes in a slot of
//!   40, and nothing on the heap.
//! - **Half-close.** A peer that will send no more (shutdown(2)) may still read, and gets its answer. A subscriber that
//!   half-closes has left.
//! - **Lingering close.** A socket closed with unread input makes the kernel send a reset, which can destroy the answer
//!   on its way. After a last answer the server therefore ends only its own direction, reads and drops input for a
//!   second at most, and then closes (RFC 9112, section 9.6).
//! - **Backpressure.** Nothing is queued per subscriber. A subscriber that does not read keeps its place in the
//!   channel's ring, and is closed when the ring has moved on. A connection is not read from while an answer is on its
//!   way. A publisher waits while the sweep is behind (`parts/channels.rs`).
//! - **Memory.** The loop adds up the bytes that all connections hold. Beyond the bound, connections that hold as much
//!   as the average or more are closed (`handler.rs`).
//! - **Full.** Beyond its limits a connection is answered 503 (`parts/overflow.rs`), and a subscriber gets a delay
//!   after which to come back. The log has one line when a limit is hit and one line when that is over, however many
//!   clients are refused (`parts/limits.rs`).
//! - **Fairness.** A turn's budget of bytes is shared by the kinds of work. A broadcast visits at most 256 slots per
//!   turn (`parts/channels/sweep.rs`). A connection gets at most 16 answers in a row; beyond the budget it waits for
//!   its place in a queue (`parts/turns.rs`).
//! - **Ending.** At SIGTERM jobs finish, streams end evenly over the drain, and then the listener closes
//!   (`shutdown.rs`).
//! - **Upgrade.** At SIGUSR2 the program starts its new version, and hands it the listeners and every connection between
//!   two turns of the loop (`upgrade.rs`). A descriptor is a reference to an open socket, which outlives the program
//!   that opened it; a connection's state is a value, which can be sent beside it.
//!
#![doc = include_str!("server/states.md")]

mod answer;
pub(crate) mod connection;
mod context;
mod exchange;
mod failure;
mod files;
mod handle;
mod handler;
mod metrics;
mod parts;
mod reports;
mod router;
mod run;
mod settings;
mod settle;
mod shutdown;
mod timers;
#[cfg_attr(not(feature = "frame"), path = "server/upgrade/absent.rs")]
mod upgrade;
#[cfg(feature = "frame")]
mod view;
mod watch;

pub use context::{Action, Context, Reply, poll::Polled};
pub use failure::Failure;
pub use files::Files;
pub use handle::Handle;
pub(crate) use metrics::Exposition;
pub(crate) use parts::{
    counters::Refused,
    jobs::Threads,
    limits::{busy, retry_after},
    overflow::{APART, KEPT_BACK},
};
pub use router::{Router, not_found};
pub use settings::{Heartbeat, Settings, Timeouts};
#[cfg(feature = "frame")]
pub(crate) use upgrade::Heir;
pub(crate) use upgrade::Successor;
pub(crate) use watch::{Sign, Watch};

use crate::{
    channel::{Cursor, place},
    journal::{Journal, Memory},
    reactor::{Io, Mailbox, Meter, Reactor, Signals, Slot, Token},
    timer_wheel::Tick,
};
use connection::{Connection, Next};
use context::{Message, Parts, Sockets};
use parts::{alarm::Alarm, clock::DateClock, hand::Hand, overflow::Overflow, owner::Purpose};
use settle::settle;
use std::{fmt, io, sync::mpsc::Receiver};
use upgrade::{Carrying, Returning, Upgrade};

/// The most requests of one connection that are answered in a row. Other connections wait meanwhile.
const IN_A_ROW: usize = 16;

// Debug builds of mio keep more with a socket.
#[cfg(not(debug_assertions))]
const _: () = assert!(size_of::<Slot<Connection>>() <= 40);

/// A server of an application `A`: its state, its routes, and the state that its connections share. Made by
/// [`Server::new`], ended by [`Handle::stop`] or a [signal](Server::stop_on_signals).
///
/// A server is the reactor's [`Handler`](crate::reactor::Handler). That interface is for the loop, not for the
/// application.
pub struct Server<A: 'static> {
    app: A,
    router: Router<A>,
    /// The routes for the connections of the operator's listeners.
    operator: Option<Router<A>>,
    /// The signs of life for a supervisor.
    watch: Option<Watch>,
    parts: Parts<A>,
    /// The connections beyond the limit.
    overflow: Overflow,
    timeouts: Timeouts,
    clock: DateClock,
    /// The hand that goes round the slots in search of connections that hold much.
    hand: Hand,
    /// The number of the latest request that was handed to the application. It begins again at 0 after 2³² requests.
    requests: u32,
    /// The bound of the bytes that all connections hold together.
    buffered: usize,
    mailbox: Mailbox<Message<A>>,
    /// The loop's end of the mailbox. The loop has it while the server runs.
    inbox: Option<Receiver<Message<A>>>,
    /// The loop of an exchange, for the next one.
    rehearsed: Option<Box<Reactor<Self>>>,
    /// The signals that stop the server, if any do.
    signals: Option<Signals>,
    /// The upgrade that is under way.
    upgrade: Upgrade,
    /// The start of a new version.
    successor: Option<Successor>,
    /// The way of the application's state into a new version.
    carrying: Option<Carrying<A>>,
    /// True while the process from which this one took over has jobs that end late.
    has_predecessor: bool,
    /// The messages that wait until the journals have files again. `None` unless the journals have let their files go.
    postponed: Option<Vec<Message<A>>>,
    /// The journals whose files a hand-over that failed has not given back.
    returning: Vec<Returning>,
    /// True once the server has ended.
    is_over: bool,
}

impl<A> fmt::Debug for Server<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("router", &self.router)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

impl<A: 'static> Server<A> {
    /// Makes a server that answers by `router` with the state `app`. Starts the [`Settings::threads`], and opens no
    /// socket.
    ///
    /// ```
    /// use picture_frame::{http::Response, server::{Router, Server, Settings}};
    ///
    /// let router = Router::new().get("/", |_, _| Response::text(200, "hello\n").into());
    /// let server = Server::new((), router, &Settings::default())?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The system's error if it refuses a thread for jobs (clone(2)).
    pub fn new(app: A, router: Router<A>, settings: &Settings) -> io::Result<Self> {
        let (mailbox, inbox) = Mailbox::new();
        Ok(Self {
            app,
            router,
            operator: None,
            watch: None,
            parts: Parts::new(settings)?,
            overflow: Overflow::new(settings.connections),
            timeouts: settings.timeouts,
            clock: DateClock::default(),
            hand: Hand::default(),
            requests: 0,
            buffered: settings.buffered,
            mailbox,
            inbox: Some(inbox),
            rehearsed: None,
            signals: None,
            upgrade: Upgrade::default(),
            successor: None,
            carrying: None,
            has_predecessor: false,
            postponed: None,
            returning: Vec::new(),
            is_over: false,
        })
    }

    /// Keeps a channel: the channel is open from the start and stays open without subscribers, so that an action can
    /// [publish](Context::publish) to it at any time, and later subscribers can resume. The channel has no timers:
    /// actions feed it. A channel that a timer feeds while it has subscribers is opened by [`Context::open`], which
    /// does nothing for a kept channel.
    ///
    /// ```
    /// # use picture_frame::{http::Request, server::{Context, Reply, Router, Server, Settings}};
    /// fn news(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     cx.subscribe(request, "news", None)
    /// }
    ///
    /// let server = Server::new((), Router::new().get("/news", news), &Settings::default())?.keep("news");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn keep(mut self, channel: &str) -> Self {
        let kept = self
            .parts
            .channels
            .keep(channel, Box::new(Memory::default()));
        kept.expect("memory can always be used");
        self
    }

    /// As [`Server::keep`], with a [journal](crate::journal) that gives the events their ids and may keep them beyond
    /// the process. The channel begins with the events that the journal has kept. A [published](Context::publish) event
    /// is first in the journal, and then on its way to the subscribers. The publisher gets its reply after that.
    ///
    /// ```
    /// # use picture_frame::{journal::Memory, server::{Router, Server, Settings}};
    /// let settings = Settings::default();
    /// let server = Server::new((), Router::new(), &settings)?.keep_in("news", Memory::default())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Failure::Journal`] if the journal cannot be used.
    pub fn keep_in(
        mut self,
        channel: &str,
        journal: impl Journal + 'static,
    ) -> Result<Self, Failure> {
        self.parts.channels.keep(channel, Box::new(journal))?;
        Ok(self)
    }

    /// The router for a connection.
    fn router(&self, io: &Io<Self>, at: Token) -> &Router<A> {
        let operator = self.operator.as_ref().filter(|_| io.apart().contains(&at));
        operator.unwrap_or(&self.router)
    }

    /// Steps a connection and answers its requests until the connection waits, or has had its share of this turn and
    /// goes on in the next turn. A connection that waits for its turn is left alone, but not a subscriber: its events
    /// put no other connection off.
    fn drive(&mut self, io: &mut Io<Self>, at: Token) {
        let is_subscriber = |slot: &mut Slot<Connection>| slot.state.is_subscriber();
        if self.parts.turns.has(at) && io.with(at, is_subscriber) != Some(true) {
            return;
        }
        for _ in 0..IN_A_ROW {
            if !io.has_budget() {
                break;
            }
            let Some(asked) = self.step(io, at, usize::MAX) else {
                return;
            };
            io.spend();
            self.answer(io, at, asked);
        }
        // The connection still has input that was not looked at, and gets no more.
        io.with(at, |slot| slot.socket.pause());
        self.parts.turns.add(at);
    }

    /// Steps a connection until it waits, ends, or asks for an answer, which is then returned. At most `most` bytes go
    /// into a write.
    fn step(&mut self, io: &mut Io<Self>, at: Token, most: usize) -> Option<Next> {
        let (parts, now) = (&mut self.parts, io.now());
        let next = |slot: &mut Slot<Connection>| {
            let channel = parts.channels.read(slot.state.channel());
            let before = slot.state.cursor().copied();
            let next = slot.state.step(channel, now, |slices| {
                slot.socket.write_within(slices, most)
            });
            if let (Some(before), Some(after)) = (before, slot.state.cursor()) {
                parts.counters.delivered(after.since(&before));
                tell_delivery(at, &before, after);
            }
            settle(slot, next, parts, &self.timeouts, now)
        };
        io.with(at, next).flatten()
    }

    fn context<'a>(&'a mut self, io: &'a mut Io<Self>, purpose: Purpose) -> Context<'a, A> {
        Context {
            app: &mut self.app,
            parts: &mut self.parts,
            sockets: io,
            purpose,
            polled: None,
            threads: Threads::Jobs,
        }
    }
}

impl<A: 'static> Sockets<A> for Io<Server<A>> {
    fn now(&self) -> Tick {
        self.now()
    }

    fn visit(&mut self, at: Token, f: &mut dyn FnMut(&mut Slot<Connection>)) {
        self.with(at, f);
    }

    fn connections(&self) -> usize {
        self.connections()
    }

    fn states(&self) -> Box<dyn Iterator<Item = &Connection> + '_> {
        Box::new(self.states())
    }

    fn set_alarm(&mut self, alarm: Alarm) {
        self.alarm_at(alarm.id, alarm.at);
    }

    fn cancel_alarm(&mut self, id: u32) {
        self.cancel_alarm(id);
    }

    fn mailbox(&self) -> Mailbox<Message<A>> {
        self.mailbox()
    }

    fn meter(&self) -> &Meter {
        self.meter()
    }

    #[cfg(feature = "frame")]
    fn open_view(&mut self) {
        self.open_view();
    }

    #[cfg(feature = "frame")]
    fn set_pace(&mut self, pace: crate::reactor::Pace) {
        self.set_pace(pace);
    }

    #[cfg(feature = "frame")]
    fn ask_for_turn(&mut self) -> bool {
        self.ask_for_turn()
    }
}

/// Tells, at level trace, that the socket of a subscriber has taken events.
fn tell_delivery(at: Token, before: &Cursor, after: &Cursor) {
    let (channel, had, has) = (after.channel(), before.passed(), after.passed());
    if has > had {
        let event = place(has);
        log::trace!(
            connection = at.number(), channel, had, has;
            "connection {at}: event {event} of channel {channel} is delivered"
        );
    }
}
