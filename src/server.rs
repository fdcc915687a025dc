//! HTTP over the reactor: requests become actions' calls, their replies become bytes, and a channel's events reach
//! its subscribers. Knows no application.
//!
//! To write against it, begin with [`Context`]; to read it, with this:
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
//!   publisher waits while the sweep is behind (`publishing.rs`).
//! - **Memory.** The loop adds up what all connections hold. Beyond the bound those that hold most are closed
//!   (`memory.rs`).
//! - **Full.** Beyond its limits a connection is answered 503 (`overflow.rs`) and a subscriber told when to come back.
//!   The log has one line when a limit is hit and one when it is over, whatever strangers do (`limits.rs`).
//! - **Fairness.** A turn's budget of bytes is shared by the kinds of work. A broadcast visits at most 256 slots per turn
//!   (`sweep.rs`). A connection gets at most 16 answers in a row; beyond the budget it waits for its place in a queue
//!   (`unfinished.rs`).
//! - **Ending.** At SIGTERM jobs finish, streams end evenly over the drain, and then the listener closes
//!   (`shutdown.rs`).

mod answer;
pub(crate) mod connection;
mod context;
mod failure;
mod files;
mod handler;
mod memory;
mod metrics;
mod parts;
mod reply;
mod router;
mod settings;
mod shutdown;

use context::{defer as jobs, until as poll};
use parts::{
    addresses, channels, limits, overflow, publishing, sweep, timers, turns as unfinished, warnings,
};
use settings as hub;

pub use channels::Heartbeat;
pub use context::Context;
pub use failure::Failure;
pub use files::Files;
pub use hub::{Settings, Timeouts};
pub(crate) use limits::retry_after;
pub(crate) use metrics::{Refused, Report};
pub(crate) use overflow::KEPT_BACK;
pub use poll::News;
pub(crate) use reply::busy;
pub use reply::{Action, Reply};
pub(crate) use router::allow;
pub use router::{Router, not_found};

use crate::{
    http::Problem,
    pool::Pool,
    reactor::{Io, NEVER, Reactor, Signals, Slot, Token, bind, end_at_the_second},
    timer_wheel::Tick,
};
use connection::{Connection, Incoming, Next, Waits};
use failure::{HEARD, STOP};
use hub::{Hub, Pools};
use jobs::Done;
use signal_hook::consts::SIGQUIT;
use std::{io, net::SocketAddr, time::Duration};
use timers::{Owner, TimerKey};
use warnings::RouteName;

/// What the kernel may buffer of a stream: a reader that stalls must not cost 4 MB. The kernel doubles the number for
/// its own needs, and lets the last segment grow past it by up to half of the peer's window.
const STREAM_BUFFER: usize = 8 * 1024;
/// The most that a new subscriber is sent before its buffer is that small: what it missed is then one write, of which the
/// kernel holds all for a reader that stalls.
const FIRST_WRITE: usize = 40 * 1024;
/// Reads of files that may wait: a page is a dozen of them.
const WAITING_FILES: usize = 256;
/// Requests of one connection that are answered in a row: those of others wait meanwhile.
const IN_A_ROW: usize = 16;
/// Computations that may wait: the last of so many that take a millisecond each is not late yet.
const WAITING_COMPUTATIONS: usize = 64;
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
    hub: Hub<A>,
    connections: usize,
    buffered: usize,
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
        let pools = Pools {
            jobs: Pool::new("job", settings.threads, settings.queue)?,
            files: Pool::new("file", 1, WAITING_FILES)?,
            computations: Pool::new("compute", 1, WAITING_COMPUTATIONS)?,
        };
        Ok(Self {
            app,
            router,
            hub: Hub::new(settings, pools),
            connections: settings.connections,
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
        self.hub.channels.open(channel, true);
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
        let listener = bind(address, self.hub.timeouts.write)
            .map_err(|error| Failure::Listen(address, error))?;
        let address = listener.local_addr()?;
        let most = self.connections.saturating_add(KEPT_BACK);
        let reactor = Reactor::new(listener, most, signals)?.bound_memory(self.buffered);
        ready(address);
        Ok(reactor.run(&mut self)?)
    }

    /// Moves a connection on as far as it goes for now. A connection that has had its share of this turn goes on in the
    /// next one; a subscriber that waits for that may still be offered events, for which others are not put off.
    fn drive(&mut self, io: &mut Io<Self>, at: Token) {
        let is_subscriber = |slot: &mut Slot<Connection>| slot.state.is_subscriber();
        if self.hub.unfinished.has(at) && io.with(at, is_subscriber) != Some(true) {
            return;
        }
        for _ in 0..IN_A_ROW {
            if !io.has_budget() {
                break;
            }
            let (hub, now) = (&mut self.hub, io.now());
            let todo = io.with(at, |slot| {
                let next = hub.step(slot, now);
                settle(slot, next, hub, now)
            });
            let Some(Some(todo)) = todo else { return };
            io.spend();
            self.answer(io, at, todo);
        }
        // Input that it has not looked at is enough.
        io.with(at, |slot| slot.socket.pause());
        self.hub.unfinished.add(at);
    }

    fn context<'a>(
        &'a mut self,
        io: &'a mut Io<Self>,
        owner: Owner,
        route: RouteName,
    ) -> Context<'a, A> {
        Context {
            app: &mut self.app,
            hub: &mut self.hub,
            io,
            owner,
            route,
            held: None,
        }
    }

    /// Closes the channels that were opened in this turn and that nobody subscribed to.
    fn tidy(&mut self, io: &mut Io<Self>) {
        for number in std::mem::take(&mut self.hub.opened) {
            self.close_unread(io, number);
        }
    }

    /// A subscriber of this channel has left, or was told that its stream ends.
    fn unsubscribe(&mut self, io: &mut Io<Self>, channel: Option<u16>) {
        self.hub.subscribers -= 1;
        let Some(number) = channel else { return };
        if let Some(open) = self.hub.channels.get(number) {
            open.subscribers -= 1;
        }
        self.close_unread(io, number);
    }

    fn close_unread(&mut self, io: &mut Io<Self>, number: u16) {
        let timers = self.hub.channels.close_unread(number);
        self.end_timers(io, timers);
    }

    fn end_timers(&mut self, io: &mut Io<Self>, timers: Vec<TimerKey>) {
        for timer in timers {
            self.hub.timers.cancel(io, timer);
        }
    }
}

/// What a connection cannot do by itself.
enum Todo {
    Answer(Box<Incoming>),
    Refuse(Box<Incoming>, Problem),
}

/// Does to a connection's socket what its state asks for.
fn settle<A>(slot: &mut Slot<Connection>, next: Next, hub: &mut Hub<A>, now: Tick) -> Option<Todo> {
    let waits = match next {
        Next::Request(incoming) => return Some(Todo::Answer(incoming)),
        Next::Bad(incoming, problem) => return Some(Todo::Refuse(incoming, problem)),
        Next::Wait(waits) => waits,
        Next::Finish => {
            slot.socket.finish();
            slot.state.linger(now)
        }
        Next::Close(why) => {
            if let Some(why) = why {
                hub.cut(slot, why);
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
    if let Some(deadline) = deadline(waits, &hub.timeouts, now) {
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
