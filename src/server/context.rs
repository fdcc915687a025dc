//! The context that the application's code works with, and the reply that an action returns.
//!
//! This file has the types. Each file under `context/` adds the calls for a purpose.

mod catch_up;
mod defer;
mod mistakes;
pub mod poll;
mod pools;
mod publish;
mod reply;
mod request;
mod sockets;
mod stream;
mod subscribe;
mod timers;
#[cfg(feature = "frame")]
mod view;

#[cfg(feature = "frame")]
use super::parts::viewers::Viewers;
use super::{
    parts::{
        addresses::Addresses,
        channels::{Channels, Outcome},
        counters::{Counters, Refused},
        jobs::{Jobs, Threads},
        keeping::Keeping,
        leavers::Leavers,
        limits::{self, Limits},
        owner::{ChannelKey, Purpose, TimerKey},
        phase::ServerPhase,
        sharing::Sharing,
        timers::Timers,
        turns::Turns,
        warnings::{TOO_LONG, Warnings},
    },
    settings::Settings,
    upgrade::Progress,
};
use crate::{
    channel::{Cursor, Framing},
    http::{Problem, Request, Response},
    journal::Report,
    pool::Panicked,
};
pub(super) use catch_up::Held;
use pools::Pools;
pub(super) use sockets::Sockets;
use std::{
    any::Any,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

/// The context of an action, a timer or a continuation: the application, the channels, and the connection or channel
/// that the code runs for.
///
/// `A` is the application's state. Continuations and timers get a context of their own, so that nothing has to be
/// locked or shared. The examples below use the same imports, `http::Problem` and `std::time::Duration`.
///
/// ```
/// use picture_frame::{http::{Request, Response}, server::{Context, Reply}};
///
/// struct App {
///     visits: u64,
/// }
///
/// fn visit(cx: &mut Context<'_, App>, _: &Request<'_>) -> Reply<App> {
///     cx.app.visits += 1;
///     Response::text(200, format!("visit {}\n", cx.app.visits)).into()
/// }
/// # use picture_frame::server::{Router, Server, Settings};
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
/// # fn main() {
/// # let address = start(|| Server::new(App { visits: 0 }, Router::new().get("/", visit), &Settings::default()));
/// # assert_eq!(ask(address, "GET /", 9), "visit 1\n");
/// # assert_eq!(ask(address, "GET /", 9), "visit 2\n");
/// # }
/// ```
pub struct Context<'a, A: 'static> {
    /// The application's state.
    pub app: &'a mut A,
    pub(super) parts: &'a mut Parts<A>,
    pub(super) sockets: &'a mut dyn Sockets<A>,
    pub(super) purpose: Purpose,
    /// The hold of the request, when it is over.
    pub(super) polled: Option<Held>,
    /// The threads that run the jobs of [`Context::defer`], [`Context::share`] and [`Context::run`].
    pub(super) threads: Threads,
}

/// An action answers a request. It runs on the loop, so it must not block: work that takes time goes to
/// [`Context::defer`]. If an action panics, its client gets 500 and all other clients are served on. An action is a
/// plain function, without captures: its state is in [`Context::app`].
pub type Action<A> = fn(&mut Context<'_, A>, &Request<'_>) -> Reply<A>;

/// An action's reply. A [`Response`] or a [`Problem`], or a `Result` of the two, becomes a reply by `.into()`. A body
/// that comes into being bit by bit is a [`Reply::stream`]. The [`Context`] makes the other replies: by
/// [`defer`](Context::defer), [`share`](Context::share), [`publish_then`](Context::publish_then),
/// [`subscribe`](Context::subscribe), [`replay`](Context::replay) and [`poll`](Context::poll). `A` is the application's
/// state, as in [`Action`].
///
/// ```
/// use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply}};
///
/// fn square(_: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
///     match request.query.unwrap_or_default().parse::<i32>() {
///         Ok(number) => Response::text(200, format!("{}\n", i64::from(number).pow(2))).into(),
///         Err(_) => Problem::new(400, "The query is no number.").into(),
///     }
/// }
/// # use picture_frame::server::{Router, Server, Settings};
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
/// # fn main() {
/// # let address = start(|| Server::new((), Router::new().get("/", square), &Settings::default()));
/// # assert_eq!(ask(address, "GET /?12", 9), "144\n");
/// # assert!(ask(address, "GET /?x", 9).contains("\"status\":400"));
/// # }
/// ```
#[must_use]
pub struct Reply<A: 'static = ()>(pub(super) Answer<A>);

impl<A> fmt::Debug for Context<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

impl<A> fmt::Debug for Reply<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Answer::Now(response) => return f.debug_tuple("Reply").field(response).finish(),
            Answer::Later => "Later",
            Answer::Poll(_) => "Poll",
            Answer::Stream { .. } => "Stream",
            Answer::Subscribe { .. } | Answer::Leaves { .. } => "Subscribe",
        };
        f.debug_tuple("Reply")
            .field(&format_args!("{kind}"))
            .finish()
    }
}

/// The ways to reply.
pub(super) enum Answer<A: 'static> {
    /// The response is ready.
    Now(Response),
    /// The reply comes later, from a job or when an event is published.
    Later,
    /// The request is answered when its hold is over.
    Poll(Held),
    /// The response is a stream with this head, whose body `begin` begins.
    Stream { head: Response, begin: Begin<A> },
    /// The response has this head, the text `beginning`, and the channel's events from the cursor on.
    Subscribe {
        head: Response,
        beginning: Vec<u8>,
        cursor: Cursor,
    },
    /// The response is that of `reply`, and `left` is called when its subscriber has left.
    Leaves { reply: Box<Self>, left: Begin<A> },
}

/// A call that begins a stream, or that is made when a subscriber has left.
pub(super) type Begin<A> = Box<dyn FnOnce(&mut Context<'_, A>)>;

/// The call of a timer.
pub(super) type Call<A> = Box<dyn FnMut(&mut Context<'_, A>)>;

/// The call that the loop makes when a job is done. Returns the reply to the job's request; `None` for a job without a
/// request.
pub(super) type Finish<A> = Box<dyn FnOnce(&mut Context<'_, A>) -> Option<Reply<A>> + Send>;

/// The call that the loop makes when a shared job is done, for each request that shares the job's result.
pub(super) type Share<A> = Box<dyn FnOnce(&mut Context<'_, A>, &dyn Any) -> Reply<A>>;

/// The call that the loop makes when an event need not wait any more. Returns the reply to the publisher; `None` if no
/// request waits for it.
pub(super) type Then<A> = Box<dyn FnOnce(&mut Context<'_, A>, Outcome) -> Option<Reply<A>>>;

/// A message from another thread to the loop.
pub struct Message<A: 'static>(pub(super) News<A>);

/// The subjects of messages.
pub(super) enum News<A: 'static> {
    /// A pool thread has done a job.
    Done(Purpose, Finish<A>),
    /// The journal of a channel reports.
    Journal(ChannelKey, Report),
    /// [`Handle::run`](super::Handle::run) asks for a call.
    Run(Asked<A>),
    /// A step of an upgrade.
    Upgrade(Progress),
    /// [`Handle::stop`](super::Handle::stop) asks for the shutdown.
    Stop,
}

/// A call that another thread asks for.
pub(super) type Asked<A> = Box<dyn FnOnce(&mut Context<'_, A>) + Send>;

impl<A> fmt::Debug for Message<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").finish_non_exhaustive()
    }
}

/// The parts of the server that the application's code reaches by its context. Each part owns its state.
pub(super) struct Parts<A: 'static> {
    pub(super) channels: Channels<Then<A>>,
    pub(super) timers: Timers<Call<A>>,
    pub(super) jobs: Jobs<Share<A>>,
    pub(super) pools: Pools,
    pub(super) leavers: Leavers<Begin<A>>,
    pub(super) turns: Turns,
    pub(super) limits: Limits,
    pub(super) addresses: Addresses,
    pub(super) phase: ServerPhase,
    pub(super) counters: Counters,
    pub(super) keeping: Keeping,
    pub(super) sharing: Sharing,
    pub(super) warnings: Warnings,
    /// The reconnection delay of subscribers in milliseconds, before it is spread by half.
    pub(super) retry: u32,
    /// The viewers of the loop.
    #[cfg(feature = "frame")]
    pub(super) viewers: Viewers,
    /// The last answer with metrics, and the turn in which it was made. All requests of a turn get the same answer.
    pub(super) last_report: Option<(u64, Response)>,
}

impl<A: 'static> Parts<A> {
    /// Makes the parts of a server, and starts the threads of its pools.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread (clone(2)).
    pub(super) fn new(settings: &Settings) -> io::Result<Self> {
        let timeouts = &settings.timeouts;
        let (history, most) = (settings.history, settings.subscribers);
        Ok(Self {
            channels: Channels::new(history, settings.heartbeat, most, timeouts.publish),
            timers: Timers::default(),
            jobs: Jobs::default(),
            pools: Pools::new(settings)?,
            leavers: Leavers::default(),
            turns: Turns::default(),
            limits: Limits::default(),
            addresses: Addresses::new(settings.per_address),
            phase: ServerPhase::new(timeouts.finish, timeouts.drain),
            counters: Counters::default(),
            keeping: Keeping::default(),
            sharing: Sharing::default(),
            warnings: Warnings::default(),
            retry: settings.retry,
            #[cfg(feature = "frame")]
            viewers: Viewers::default(),
            last_report: None,
        })
    }

    /// The sum of the jobs under way, the replies that are owed, and the events that wait.
    pub(super) fn outstanding(&self) -> usize {
        self.jobs.outstanding() + self.channels.waiting()
    }

    /// True if the loop feeds the stream itself: a viewer's.
    pub(super) fn feeds(&self, stream: Purpose) -> bool {
        #[cfg(feature = "frame")]
        return self.viewers.has(stream);
        #[cfg(not(feature = "frame"))]
        return {
            let _ = stream;
            false
        };
    }

    /// True if this turn has left work to the next turn, which then must not sleep.
    pub(super) fn has_more(&self) -> bool {
        let has_calls = self.jobs.owes() || !self.leavers.is_empty();
        has_calls || self.channels.is_sweeping() || !self.turns.is_empty()
    }

    /// Ends timers, and cancels their alarms.
    pub(super) fn end_timers(&mut self, sockets: &mut dyn Sockets<A>, timers: Vec<TimerKey>) {
        let alarms = timers
            .into_iter()
            .filter_map(|timer| self.timers.cancel(timer));
        alarms.for_each(|alarm| sockets.cancel_alarm(alarm));
    }

    /// Stops counting a subscriber that has left, or whose stream ends. Closes the channel if the subscriber was the
    /// last.
    pub(super) fn unsubscribe(&mut self, sockets: &mut dyn Sockets<A>, channel: u16) {
        let timers = self.channels.leave(channel);
        self.end_timers(sockets, timers);
    }

    /// Counts a refusal, and logs its limit if no client met the limit lately.
    pub(super) fn refuse(&mut self, sockets: &mut dyn Sockets<A>, why: Refused) {
        self.counters.refused(why);
        if let Some(limit) = limits::limit(why) {
            self.meet(sockets, limit);
        }
    }

    /// Notes that a client met a limit, and logs the limit if no client met it lately.
    pub(super) fn meet(&mut self, sockets: &mut dyn Sockets<A>, limit: &'static str) {
        if let Some(alarm) = self.limits.meet(limit, sockets.now()) {
            sockets.set_alarm(alarm);
        }
    }
}

impl<A: 'static> Context<'_, A> {
    /// Runs code of the application, which is `part` of a route or channel. The log names code that holds the loop.
    ///
    /// # Errors
    ///
    /// [`Panicked`] when the code panics: only its client or channel is to suffer.
    pub(super) fn guard<R>(
        &mut self,
        part: &str,
        f: impl FnOnce(&mut Self) -> R,
    ) -> Result<R, Panicked> {
        let began = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| f(self))).map_err(|_| Panicked);
        let took = began.elapsed();
        if took >= TOO_LONG {
            self.held_the_loop(part, took);
        }
        result
    }

    /// Makes a context for another purpose and other threads.
    fn on_behalf_of(&mut self, purpose: Purpose, threads: Threads) -> Context<'_, A> {
        Context {
            app: self.app,
            parts: self.parts,
            sockets: self.sockets,
            purpose,
            polled: None,
            threads,
        }
    }
}

/// The framing of a stream that answers `request`.
pub(super) fn framing(request: &Request<'_>) -> Framing {
    if request.minor == 0 {
        Framing::Plain
    } else {
        Framing::Chunked
    }
}

/// Makes the reply to a request whose action made a mistake.
pub(super) fn failed<A>() -> Reply<A> {
    Problem::new(500, "The server made a mistake; its log says which.").into()
}
