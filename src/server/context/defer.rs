//! Replies that take time: a job runs on a pool thread with nothing but what was moved into it; its result comes back by
//! the mailbox, with a token whose generation says whether the client is still there.

use super::{Answer, Context, Done, Reply, Share, failed};
use crate::{
    pool::{Full, Panicked},
    server::parts::{counters::Refused, jobs::Threads, limits::busy, owner::Owner},
};
use std::{any::Any, rc::Rc};

/// The reason why a client is answered 503.
const QUEUE_IS_FULL: &str = "Too many look-ups are waiting.";

/// Replies that take time: EventMachine's `defer`.
impl<A: 'static> Context<'_, A> {
    /// Has a pool thread run `job`, then the loop run `done` with what it returned, for the reply. The loop serves
    /// everyone else meanwhile. `job` gets no context, for it is not on the loop; what it needs is moved into it.
    /// `done` runs also if the client has left meanwhile.
    ///
    /// Answers 503 with `Retry-After` when the pool's queue ([`Settings::queue`](crate::server::Settings::queue)) is full, and
    /// 500 when `job` or `done` panics.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn answer(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     cx.defer(
    ///         || {
    ///             std::thread::sleep(Duration::from_millis(50)); // on a thread that may block
    ///             6 * 7
    ///         },
    ///         |_, answer| Response::text(200, format!("{answer}\n")).into(),
    ///     )
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", answer), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "42\n");
    /// # }
    /// ```
    pub fn defer<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Reply<A> {
        let deferred = self.try_defer(job, done);
        deferred.unwrap_or_else(|Full| self.too_many(QUEUE_IS_FULL))
    }

    /// As [`Context::defer`], for an application that does without the job when the queue is full.
    pub(crate) fn try_defer<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Result<Reply<A>, Full> {
        self.submit(job, |cx, result| match result {
            Ok(value) => Some(done(cx, value)),
            Err(Panicked) => Some(failed()),
        })?;
        Ok(Reply(Answer::Later))
    }

    /// The same context with other threads, which run the job of [`Context::defer`], [`Context::share`] or
    /// [`Context::run`]. Files do not wait behind jobs that hang, nor jobs behind computations, however many of them
    /// strangers ask for. A computation never blocks, and any number of clients may share it; of those only the ones
    /// that are still there are answered.
    pub(crate) fn on(&mut self, threads: Threads) -> Context<'_, A> {
        self.on_behalf_of(self.purpose, threads)
    }

    /// As [`Context::defer`], but whoever asks under the `key` of a job that is under way shares its result: each
    /// `done` runs with a clone of it, in the order in which they asked. Whoever uses one key uses one type: a result
    /// of another type is answered 500.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn population(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     let city = cx.parameter(request, "city").to_owned();
    ///     cx.share(
    ///         city.clone(),
    ///         move || city.len() * 100_000, // a slow look-up
    ///         |_, people| Response::text(200, format!("{people}\n")).into(),
    ///     )
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/cities/{city}", population), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /cities/Ulm", 9), "300000\n");
    /// # }
    /// ```
    pub fn share<T: Clone + Send + 'static>(
        &mut self,
        key: String,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Reply<A> {
        let key = (self.threads, key);
        let (is_waiting, purpose) = (
            |owner| self.sockets.still(owner) != Owner::Nobody,
            self.purpose,
        );
        let jobs = &mut self.parts.jobs;
        if jobs.is_shared(&key) {
            return match jobs.join(&key, purpose, shared(done), is_waiting) {
                true => Reply(Answer::Later),
                false => self.too_many("Too many wait for the same look-up."),
            };
        }
        let name = key.clone();
        let submitted = self.submit(job, move |cx, result| {
            let shared: Rc<dyn Any> = Rc::new(result.clone());
            cx.parts.jobs.complete(&name, &shared);
            Some(match result {
                Ok(value) => done(cx, value),
                Err(Panicked) => failed(),
            })
        });
        match submitted {
            Ok(()) => {
                self.parts.jobs.share(key);
                Reply(Answer::Later)
            }
            Err(Full) => self.too_many(QUEUE_IS_FULL),
        }
    }

    /// True if a job that is [shared](Context::share) under this key is under way, so that another request for it would
    /// cost no more.
    pub(crate) fn is_shared(&self, key: &str) -> bool {
        self.parts.jobs.is_shared(&(self.threads, key.to_owned()))
    }

    pub(crate) fn too_many(&mut self, detail: &'static str) -> Reply<A> {
        self.refused(Refused::Queue);
        busy(detail).into()
    }

    /// Has a pool thread run `job`, then the loop run `then` with what it returned, unless it panicked. Nobody waits
    /// for it: a timer fetches something to publish or to write, for the stream or channel that the timer belongs to.
    ///
    /// # Errors
    ///
    /// [`Full`] when the pool's queue is; then neither is called.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn load(_: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     Reply::stream(Response::new(200).header("Content-Type", "text/plain"), |cx| {
    ///         cx.every(Duration::from_millis(50), |cx| {
    ///             // With the queue full this one is left out; the next follows soon.
    ///             let _ = cx.run(
    ///                 || std::fs::read_to_string("/proc/loadavg").unwrap_or("unknown\n".to_owned()),
    ///                 |cx, load| cx.write(load),
    ///             );
    ///         });
    ///     })
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/load", load), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /load", 2).lines().count(), 2);
    /// # }
    /// ```
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

    fn submit<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, Result<T, Panicked>) -> Option<Reply<A>> + Send + 'static,
    ) -> Result<(), Full> {
        let (mailbox, purpose) = (self.sockets.mailbox(), self.purpose);
        let report = move |result| {
            mailbox.post(Done {
                purpose,
                finish: Box::new(move |cx| done(cx, result)),
            });
        };
        self.parts.pools.of(self.threads).submit(job, report)?;
        self.parts.jobs.begin();
        Ok(())
    }
}

/// Has `done` run with a result that others get as well.
fn shared<A: 'static, T: Clone + Send + 'static>(
    done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + 'static,
) -> Share<A> {
    Box::new(|cx, result| match result.downcast_ref() {
        Some(Ok(value)) => done(cx, T::clone(value)),
        Some(Err(Panicked)) | None => failed(),
    })
}
