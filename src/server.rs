//! HTTP over the reactor: requests become actions' calls, their replies become bytes, and a channel's events reach
//! its subscribers. Knows no application.
//!
//! To write against it, begin with [`Context`]; to read it, with `connection.rs`, then `parts.rs`, then this file and the
//! three that hold the loop beside it: `handler.rs` (the reactor's callbacks), `answer.rs`, `shutdown.rs`. All else knows
//! no loop:
//!
//! | | |
//! | --- | --- |
//! | `connection/` | one connection's life: bytes and time in, bytes and decisions out |
//! | `parts/` | the state that connections share, in parts that each own theirs |
//! | `context/` | the calls of the application's code |
//!
//! The design in short:
//!
//! - **One entrance.** `Server::drive` moves a connection on: bytes that came, room to write, a job's result and a
//!   deadline all end there, and so the first request, keep-alive and pipelining are one loop.
//! - **One deadline per connection.** It waits for one thing at a time: a request, the rest of one, room, news, the
//!   peer's end. `drive` sets the deadline from that, in one place ([`Timeouts`]).
//! - **A connection's life is an enum** (`connection.rs`): idle, reading, deferred, polling, writing, streaming,
//!   subscribed, lingering. An idle subscriber is a [`Cursor`](crate::channel::Cursor) of 16 bytes in a slot of 40, and
//!   nothing on the heap.
//! - **Half-close.** A peer that will send no more (shutdown(2)) may still read: it gets its answer. A subscriber that
//!   does so has left.
//! - **Lingering close.** A socket closed with unread input makes the kernel send a reset, which can destroy the answer
//!   on its way. After a last answer the server therefore ends only its own direction, swallows for a second, and then
//!   closes (RFC 9112, section 9.6).
//! - **Backpressure.** Nothing is queued per subscriber. A subscriber that does not read keeps its place in the channel's
//!   ring, and is closed when the ring has moved on. A connection is not read from while an answer is on its way. A
//!   publisher waits while the sweep is behind (`parts/channels.rs`).
//! - **Memory.** The loop adds up what all connections hold. Beyond the bound those that hold most are closed
//!   (`handler.rs`).
//! - **Full.** Beyond its limits a connection is answered 503 (`parts/overflow.rs`) and a subscriber told when to come
//!   back. The log has one line when a limit is hit and one when it is over, whatever strangers do (`parts/limits.rs`).
//! - **Fairness.** A turn's budget of bytes is shared by the kinds of work. A broadcast visits at most 256 slots per turn
//!   (`parts/channels/sweep.rs`). A connection gets at most 16 answers in a row; beyond the budget it waits for its place
//!   in a queue (`parts/turns.rs`).
//! - **Ending.** At SIGTERM jobs finish, streams end evenly over the drain, and then the listener closes
//!   (`shutdown.rs`).

mod answer;
pub(crate) mod connection;
mod context;
mod failure;
mod files;
mod handler;
mod metrics;
mod parts;
mod router;
mod settings;
mod shutdown;

pub use context::{Action, Context, Reply, poll::Polled};
pub use failure::Failure;
pub use files::Files;
pub(crate) use metrics::Report;
pub(crate) use parts::{
    counters::Refused,
    jobs::Threads,
    limits::{busy, retry_after},
    overflow::KEPT_BACK,
};
pub use router::{Router, not_found};
pub use settings::{Heartbeat, Settings, Timeouts};

use crate::{
    reactor::{Io, Mailbox, Meter, NEVER, Reactor, Signals, Slot, Token, bind, end_at_the_second},
    timer_wheel::Tick,
};
use connection::{Connection, Next, Waits};
use context::{Done, Parts, Sockets};
use failure::{HEARD, STOP};
use parts::{
    alarm::Alarm, clock::Clock, clock::unix_millis, hand::Hand, overflow::Overflow, owner::Purpose,
};
use signal_hook::consts::SIGQUIT;
use std::{
    fmt, io,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

/// Requests of one connection that are answered in a row: those of others wait meanwhile.
const IN_A_ROW: usize = 16;
/// How long a peer may take to read its last answer.
const LINGER: Duration = Duration::from_secs(1);

// Debug builds of mio keep more with a socket.
#[cfg(not(debug_assertions))]
const _: () = assert!(size_of::<Slot<Connection>>() <= 40);

/// An application `A`, its routes, and what its connections share: made by [`Server::new`], ended by SIGTERM or SIGINT.
///
/// It is the reactor's [`Handler`](crate::reactor::Handler); that interface is the loop's, not the application's.
pub struct Server<A: 'static> {
    app: A,
    router: Router<A>,
    parts: Parts<A>,
    /// Connections beyond the limit.
    overflow: Overflow,
    timeouts: Timeouts,
    clock: Clock,
    /// Goes round the connections in search of those that hold much.
    hand: Hand,
    /// The number of requests that have been handed to the application.
    requests: u32,
    /// The bound of the bytes that all connections hold together.
    buffered: usize,
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
    /// A server of `app` by way of `router`. Starts the [`Settings::threads`], and touches no socket.
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
    /// When the system refuses a thread for jobs (clone(2)).
    pub fn new(app: A, router: Router<A>, settings: &Settings) -> io::Result<Self> {
        Ok(Self {
            app,
            router,
            parts: Parts::new(settings)?,
            overflow: Overflow::new(settings.connections),
            timeouts: settings.timeouts,
            clock: Clock::default(),
            hand: Hand::default(),
            requests: 0,
            buffered: settings.buffered,
        })
    }

    /// Opens a channel that stays open without subscribers, so that it can be [published](Context::publish) to at any
    /// time, and holds what was for those who come later. It has no timers: actions feed it. A channel that a timer
    /// feeds for as long as someone reads it is opened by [`Context::open`], which does nothing for one that is kept.
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
        let millis = unix_millis(SystemTime::now());
        self.parts.channels.keep(channel, millis);
        self
    }

    /// Serves those who connect to `address`, on this thread, until SIGTERM or
    /// SIGINT, for which it installs handlers; then it ends as [`Timeouts::finish`] and [`Timeouts::drain`] say, and
    /// returns. Calls `ready` once, with the address, which tells the port where 0 was asked
    /// for. A second signal ends the process at once, with the status 128 and its number. SIGQUIT does so the first time,
    /// with a line in the log. SIGHUP, SIGUSR1 and SIGUSR2 are a line in the log and nothing else.
    ///
    /// ```
    /// use picture_frame::{http::Response, server::{Router, Server, Settings}};
    ///
    /// let router = Router::new().get("/", |_, _| Response::text(200, "hello\n").into());
    /// Server::new((), router, &Settings::default())?.run("127.0.0.1:0".parse()?, |address| {
    ///     println!("listening on http://{address}");
    /// #   std::thread::spawn(|| signal_hook::low_level::raise(signal_hook::consts::SIGTERM));
    /// })?;
    /// println!("stopped");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it cannot listen there, or the system refuses what the loop needs.
    pub fn run(
        mut self,
        address: SocketAddr,
        ready: impl FnOnce(SocketAddr),
    ) -> Result<(), Failure> {
        // Before anyone can know that the server is there: a signal from then on is not lost.
        let signals = Signals::new(HEARD)?;
        end_at_the_second(&STOP)?;
        end_at_the_second(&[SIGQUIT])?;
        let listener =
            bind(address, self.timeouts.write).map_err(|error| Failure::Listen(address, error))?;
        let address = listener.local_addr()?;
        let most = self.overflow.most().saturating_add(KEPT_BACK);
        let reactor = Reactor::new(listener, most, signals)?.bound_memory(self.buffered);
        ready(address);
        Ok(reactor.run(&mut self)?)
    }

    /// Moves a connection on as far as it goes for now. A connection that has had its share of this turn goes on in the
    /// next one; a subscriber that waits for that may still be offered events, for which others are not put off.
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
        // Input that it has not looked at is enough.
        io.with(at, |slot| slot.socket.pause());
        self.parts.turns.add(at);
    }

    /// Moves a connection on until it waits, ends, or asks for an answer. At most `most` bytes go into a write.
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

    fn mailbox(&self) -> Mailbox<Done<A>> {
        self.mailbox()
    }

    fn meter(&self) -> &Meter {
        self.meter()
    }
}

/// Does to a connection's socket what its state asks for. A request, whole or not, is returned: it asks for an answer.
fn settle<A>(
    slot: &mut Slot<Connection>,
    next: Next,
    parts: &mut Parts<A>,
    timeouts: &Timeouts,
    now: Tick,
) -> Option<Next> {
    let waits = match next {
        Next::Request(..) | Next::Bad(..) => return Some(next),
        Next::Wait(waits) => waits,
        Next::Finish => {
            slot.socket.finish();
            slot.state.linger(now)
        }
        Next::Close(why) => {
            if let Some(why) = why {
                parts.ends(slot, why);
            }
            slot.socket.close();
            return None;
        }
    };
    if slot.state.is_busy() {
        slot.socket.pause();
    } else {
        slot.socket.resume();
    }
    if let Some(deadline) = deadline(waits, timeouts, now) {
        slot.socket.set_deadline(deadline);
    }
    None
}

/// The one place that says how long a connection may wait for what.
fn deadline(waits: Waits, timeouts: &Timeouts, now: Tick) -> Option<Tick> {
    match waits {
        Waits::Unchanged => None,
        Waits::ForRequest => Some(now.after(timeouts.idle)),
        Waits::ForRest(since) => Some(since.after(timeouts.request)),
        Waits::ForAnswer => Some(now.after(NEVER)),
        Waits::ForRoom(moved) => Some(moved.after(timeouts.write)),
        Waits::ForNews => Some(now.after(timeouts.heartbeat)),
        Waits::ForEvent(until) => Some(until),
        Waits::ForEnd(since) => Some(since.after(LINGER)),
    }
}
