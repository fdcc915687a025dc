//! What an action sees and how it replies. "Later" is in the type: whoever takes time returns what owes the reply.

use super::{
    Server,
    connection::Beginning,
    hub::{Hub, unix_millis},
    timers::{Owner, TimerKey},
};
use crate::{
    channel::{Cursor, Framing},
    event::Id,
    http::{Problem, Request, Response},
    pool::{Full, Panicked},
    reactor::{Io, Token},
};
use std::{
    any::Any,
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// Answers a request, on the loop: it must not block. What takes time goes to [`Context::defer`].
pub type Action<A> = fn(&mut Context<'_, A>, &Request<'_>) -> Reply;

/// How an action replies.
#[must_use]
pub enum Reply {
    /// With this.
    Now(Response),
    /// Later: a job owes the reply. Comes only from [`Context::defer`] and [`Context::share`].
    Later(Ticket),
    /// With this head, and a body that comes into being bit by bit, by [`Context::write`] and [`Context::finish`].
    Stream(Response),
    /// With a channel's events. Comes only from [`Context::subscribe`].
    Subscribe(Subscription),
}

/// Proof that a reply is owed.
pub struct Ticket(());

/// A place in a channel, and what stands before its events.
pub struct Subscription {
    pub(super) head: Response,
    pub(super) beginning: String,
    pub(super) cursor: Cursor,
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::Now(response)
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self::Now(problem.into())
    }
}

/// Runs on the loop when a job is done. Whether, and how, it replies to whoever the job was for.
pub(super) type Finish<A> = Box<dyn FnOnce(&mut Context<'_, A>) -> Option<Reply> + Send>;

/// What a pool thread posts when a job is done.
pub struct Done<A: 'static> {
    pub(super) owner: Owner,
    pub(super) finish: Finish<A>,
}

/// One who asked while the same question was under way.
pub(super) struct Joiner<A: 'static> {
    owner: Owner,
    done: Share<A>,
}

/// As [`Finish`], but with a result that others get as well.
type Share<A> = Box<dyn FnOnce(&mut Context<'_, A>, &dyn Any) -> Reply>;

/// The application, the channels, and the connection, for as long as an action, a timer or a continuation runs.
pub struct Context<'a, A: 'static> {
    /// The application.
    pub app: &'a mut A,
    pub(super) hub: &'a mut Hub<A>,
    pub(super) io: &'a mut Io<Server<A>>,
    pub(super) owner: Owner,
    /// The pattern that the request's path matched.
    pub(super) route: &'static str,
}

/// Replies that take time: EventMachine's `defer`.
impl<A: 'static> Context<'_, A> {
    /// Has a pool thread run `job`, then the loop run `done` with what it returned, for the reply. `done` runs also
    /// if the client has left meanwhile. Answers 503 when the pool's queue is full, 500 when the job panics.
    pub fn defer<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply + Send + 'static,
    ) -> Reply {
        let submitted = self.submit(job, |cx, result| match result {
            Ok(value) => Some(done(cx, value)),
            Err(Panicked) => Some(panicked()),
        });
        later(submitted)
    }

    /// As [`Context::defer`], but whoever asks under the `key` of a job that is under way shares its result: each
    /// `done` runs with a clone of it, in the order in which they asked.
    pub fn share<T: Clone + Send + 'static>(
        &mut self,
        key: String,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply + Send + 'static,
    ) -> Reply {
        if let Some(joiners) = self.hub.shared.get_mut(&key) {
            let done = |cx: &mut Context<'_, A>, result: &dyn Any| match result.downcast_ref() {
                Some(Ok(value)) => done(cx, T::clone(value)),
                Some(Err(Panicked)) | None => panicked(),
            };
            joiners.push(Joiner {
                owner: self.owner,
                done: Box::new(done),
            });
            return Reply::Later(Ticket(()));
        }
        self.hub.shared.insert(key.clone(), Vec::new());
        let name = key.clone();
        let submitted = self.submit(job, move |cx, result| {
            let joiners = cx.hub.shared.remove(&name).unwrap_or_default();
            let reply = match result.clone() {
                Ok(value) => cx
                    .guard(|cx| done(cx, value))
                    .unwrap_or_else(|_| panicked()),
                Err(Panicked) => panicked(),
            };
            cx.reply_to(joiners, &result);
            Some(reply)
        });
        if submitted.is_err() {
            self.hub.shared.remove(&key);
        }
        later(submitted)
    }

    /// Has a pool thread run `job`, then the loop run `then` with what it returned, unless it panicked. Nobody waits
    /// for it: a timer fetches something to publish or to write.
    ///
    /// # Errors
    ///
    /// [`Full`] when the pool's queue is; then neither is called.
    pub fn run<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        then: impl FnOnce(&mut Context<'_, A>, T) + Send + 'static,
    ) -> Result<(), Full> {
        self.submit(job, |cx, result| {
            if let Ok(value) = result {
                then(cx, value);
            }
            None
        })
    }

    fn reply_to<T: Send + 'static>(
        &mut self,
        joiners: Vec<Joiner<A>>,
        result: &Result<T, Panicked>,
    ) {
        for Joiner { owner, done } in joiners {
            let mut cx = self.on_behalf_of(owner);
            let reply = cx
                .guard(|cx| done(cx, result))
                .unwrap_or_else(|_| panicked());
            if let Owner::Connection(at) = owner {
                self.hub.replies.push((at, reply));
            }
        }
    }

    fn submit<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, Result<T, Panicked>) -> Option<Reply> + Send + 'static,
    ) -> Result<(), Full> {
        let (mailbox, owner) = (self.io.mailbox(), self.owner);
        let report = move |result| {
            mailbox.post(Done {
                owner,
                finish: Box::new(move |cx| done(cx, result)),
            });
        };
        self.hub.pool.submit(job, report)?;
        self.hub.jobs += 1;
        Ok(())
    }

    /// Runs the application's code, which may panic: that is for whoever it ran for to bear.
    pub(super) fn guard<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> Result<R, Panicked> {
        catch_unwind(AssertUnwindSafe(|| f(self))).map_err(|_| Panicked)
    }

    fn on_behalf_of(&mut self, owner: Owner) -> Context<'_, A> {
        Context {
            app: self.app,
            hub: self.hub,
            io: self.io,
            owner,
            route: self.route,
        }
    }
}

/// Bodies that come into being bit by bit, and timers: EventMachine's deferrable body and `add_periodic_timer`.
impl<A: 'static> Context<'_, A> {
    /// Calls `f` again and again, the first time after `period`, until what it was set for ends: the stream that this
    /// connection is answered with, or the channel that is being opened.
    pub fn every(&mut self, period: Duration, f: impl FnMut(&mut Context<'_, A>) + 'static) {
        self.set_timer(period, Some(period), Box::new(f));
    }

    /// Calls `f` once, after `wait`, unless what it was set for ends before.
    pub fn after(&mut self, wait: Duration, f: impl FnOnce(&mut Context<'_, A>) + 'static) {
        let mut once = Some(f);
        let call = move |cx: &mut Context<'_, A>| {
            if let Some(f) = once.take() {
                f(cx);
            }
        };
        self.set_timer(wait, None, Box::new(call));
    }

    fn set_timer(
        &mut self,
        wait: Duration,
        period: Option<Duration>,
        call: super::timers::Call<A>,
    ) {
        let timer = self.hub.timers.set(self.io, self.owner, wait, period, call);
        let owned = match self.owner {
            Owner::Channel(number) => self.hub.channels.own(number, timer),
            Owner::Connection(at) => {
                let owned = self
                    .io
                    .with(at, |slot| slot.state.body().map(|body| body.own(timer)));
                owned.flatten().is_some() || self.begin(|beginning| beginning.timers.push(timer))
            }
        };
        if !owned {
            self.end_timers(vec![timer]);
        }
    }

    /// Does something for the stream that the connection may be answered with. Whether an answer is still to come.
    fn begin(&mut self, f: impl FnOnce(&mut Beginning)) -> bool {
        let Some(at) = self.connection() else {
            return false;
        };
        let owes = self.io.with(at, |slot| slot.state.owes_answer()) == Some(true);
        let beginning = owes.then(|| self.hub.beginning(at));
        beginning
            .filter(|beginning| !beginning.whole)
            .map(f)
            .is_some()
    }

    /// Appends to the body of the stream that this connection is being answered with. A client that has left, or has
    /// no stream, gets nothing; one that does not keep up (64 KiB) is cut off.
    pub fn write(&mut self, data: impl AsRef<[u8]>) {
        let now = self.io.now();
        let Some(at) = self.connection() else { return };
        let data = data.as_ref();
        let written = self.io.with(at, |slot| {
            let keeps_up = slot.state.body().map(|body| body.write(data, now));
            if keeps_up == Some(false) {
                slot.socket.close();
            }
            keeps_up.is_some()
        });
        if written == Some(false) {
            self.begin(|beginning| beginning.bytes.extend_from_slice(data));
        }
        self.hub.unfinished.insert(at);
    }

    /// Ends the body. The timers that were set for it end as well.
    pub fn finish(&mut self) {
        let Some(at) = self.connection() else { return };
        let timers = self
            .io
            .with(at, |slot| slot.state.body().map(|body| body.finish()));
        match timers.flatten() {
            Some(timers) => self.end_timers(timers),
            None => drop(self.begin(|beginning| beginning.whole = true)),
        }
        self.hub.unfinished.insert(at);
    }

    /// Cuts the body off, so that the client can tell that it is not whole (RFC 9112, section 8).
    pub fn fail(&mut self) {
        if let Some(at) = self.connection() {
            self.io.with(at, |slot| slot.socket.close());
        }
    }

    pub(super) fn end_timers(&mut self, timers: Vec<TimerKey>) {
        for timer in timers {
            self.hub.timers.cancel(self.io, timer);
        }
    }

    fn connection(&self) -> Option<Token> {
        match self.owner {
            Owner::Connection(at) => Some(at),
            Owner::Channel(_) => None,
        }
    }
}

/// Channels: EventMachine's `Channel`, with a memory.
impl<A: 'static> Context<'_, A> {
    /// Opens the channel `name` if it is not open, and has `begin` set the timers that feed it, which end with it: when
    /// its last subscriber leaves.
    pub fn open(&mut self, name: &str, begin: impl FnOnce(&mut Context<'_, A>)) {
        let (number, opened) = self.hub.channels.open(name, false);
        if opened {
            self.hub.opened.push(number);
            begin(&mut self.on_behalf_of(Owner::Channel(number)));
        }
    }

    /// Publishes an event to a channel's subscribers, who can resume behind its id. None if the channel is not open:
    /// nobody listens. An event without a name is a `message`. The data may have several lines.
    pub fn publish(&mut self, channel: &str, name: &str, data: &str) -> Option<Id> {
        let open = self.hub.channels.named(channel)?;
        let id = open.channel.publish(unix_millis(), name, data);
        self.hub.sweep.begin();
        Some(id)
    }

    /// Publishes an event without an id: for what is of no use later.
    pub fn tell(&mut self, channel: &str, name: &str, data: &str) {
        if let Some(open) = self.hub.channels.named(channel) {
            open.channel.tell(name, data);
            self.hub.sweep.begin();
        }
    }

    /// How many channels are open.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.hub.channels.len()
    }

    /// How many timers run.
    #[must_use]
    pub fn timers(&self) -> usize {
        self.hub.timers.len()
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.hub.is_draining()
    }

    /// The part of the path that stands where the route has `{name}`; empty if it has none of that name.
    #[must_use]
    pub fn parameter<'r>(&self, request: &'r Request<'_>, name: &str) -> &'r str {
        let parts = self.route.split('/').zip(request.path.split('/'));
        let is_named = |part: &str| {
            part.strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
                == Some(name)
        };
        parts
            .filter(|(pattern, _)| is_named(pattern))
            .map(|(_, part)| part)
            .next()
            .unwrap_or_default()
    }
}

/// How the answer to `request` can stream.
pub(super) fn framing(request: &Request<'_>) -> Framing {
    if request.minor == 0 {
        Framing::Plain
    } else {
        Framing::Chunked
    }
}

/// The service cannot answer now, but soon (RFC 9110, section 15.6.4).
#[must_use]
pub fn busy(detail: impl Into<Cow<'static, str>>) -> Problem {
    // Spread, so that those who were refused together do not come back together.
    Problem::new(503, detail).header("Retry-After", fastrand::u32(1..=5).to_string())
}

fn later(submitted: Result<(), Full>) -> Reply {
    match submitted {
        Ok(()) => Reply::Later(Ticket(())),
        Err(Full) => busy("Too many look-ups are waiting.").into(),
    }
}

pub(super) fn panicked() -> Reply {
    Problem::new(500, "The server made a mistake; its log says which.").into()
}
