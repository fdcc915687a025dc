//! What an action sees and how it replies. "Later" is in the type: whoever takes time returns what owes the reply.

use super::{Server, hub::Hub};
use crate::{
    channel::{Channel, Cursor, Framing},
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
    /// With a stream: the response's head, the stream's beginning, which is not empty, and then the channel's events
    /// from the cursor on.
    Subscribe(Response, String, Cursor),
}

/// Proof that a reply is owed.
pub struct Ticket(());

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

/// Runs on the loop when a job is done, and replies.
pub(super) type Finish<A> = Box<dyn FnOnce(&mut Context<'_, A>) -> Reply + Send>;

/// What a pool thread posts when a job is done.
pub struct Done<A: 'static> {
    pub(super) at: Token,
    pub(super) finish: Finish<A>,
}

/// One who asked while the same question was under way.
pub(super) struct Joiner<A: 'static> {
    at: Token,
    done: Share<A>,
}

/// As [`Finish`], but with a result that others get as well.
type Share<A> = Box<dyn FnOnce(&mut Context<'_, A>, &dyn Any) -> Reply>;

/// The application, the channel and the connection, for as long as an action runs.
pub struct Context<'a, A: 'static> {
    /// The application.
    pub app: &'a mut A,
    pub(super) hub: &'a mut Hub<A>,
    pub(super) io: &'a mut Io<Server<A>>,
    pub(super) at: Token,
}

impl<A: 'static> Context<'_, A> {
    /// Has a pool thread run `job`, then the loop run `done` with what it returned, for the reply. `done` runs also
    /// if the client has left meanwhile. Answers 503 when the pool's queue is full, 500 when the job panics.
    pub fn defer<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply + Send + 'static,
    ) -> Reply {
        self.submit(job, |cx, result| match result {
            Ok(value) => done(cx, value),
            Err(Panicked) => panicked(),
        })
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
                at: self.at,
                done: Box::new(done),
            });
            return Reply::Later(Ticket(()));
        }
        self.hub.shared.insert(key.clone(), Vec::new());
        let name = key.clone();
        let reply = self.submit(job, move |cx, result| {
            let joiners = cx.hub.shared.remove(&name).unwrap_or_default();
            let reply = match result.clone() {
                Ok(value) => cx.guard(|cx| done(cx, value)),
                Err(Panicked) => panicked(),
            };
            cx.reply_to(joiners, &result);
            reply
        });
        if let Reply::Now(_) = reply {
            self.hub.shared.remove(&key);
        }
        reply
    }

    /// Runs the application's code. If it panics, that costs its client a 500, and the server nothing.
    pub(super) fn guard(&mut self, f: impl FnOnce(&mut Self) -> Reply) -> Reply {
        catch_unwind(AssertUnwindSafe(|| f(self))).unwrap_or_else(|_| panicked())
    }

    fn reply_to<T: Send + 'static>(
        &mut self,
        joiners: Vec<Joiner<A>>,
        result: &Result<T, Panicked>,
    ) {
        for Joiner { at, done } in joiners {
            let mut cx = Context {
                app: self.app,
                hub: self.hub,
                io: self.io,
                at,
            };
            let reply = cx.guard(|cx| done(cx, result));
            self.hub.replies.push((at, reply));
        }
    }

    fn submit<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, Result<T, Panicked>) -> Reply + Send + 'static,
    ) -> Reply {
        let (mailbox, at) = (self.io.mailbox(), self.at);
        let report = move |result| {
            mailbox.post(Done {
                at,
                finish: Box::new(move |cx| done(cx, result)),
            });
        };
        match self.hub.pool.submit(job, report) {
            Ok(()) => {
                self.hub.jobs += 1;
                Reply::Later(Ticket(()))
            }
            Err(Full) => busy("Too many look-ups are waiting.").into(),
        }
    }

    /// Publishes an event, which every subscriber gets. `data` must not be empty of meaning to them: it is sent as is.
    pub fn publish(&mut self, name: &str, data: &str) -> Id {
        let id = self
            .hub
            .channel
            .publish(super::hub::unix_millis(), name, data);
        self.hub.sweep.begin();
        id
    }

    /// The channel, to find a subscriber's place in it.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        &self.hub.channel
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.hub.is_draining()
    }

    /// While the server is shutting down, how much longer it takes to end the streams.
    #[must_use]
    pub fn drain_left(&self) -> Option<Duration> {
        self.hub.drain_left(self.io.now())
    }
}

/// How the answer to `request` can stream.
#[must_use]
pub fn framing(request: &Request<'_>) -> Framing {
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

fn panicked() -> Reply {
    Problem::new(500, "The job failed; the server's log says how.").into()
}
