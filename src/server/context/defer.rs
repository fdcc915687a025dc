//! Replies that take time. A job runs on a pool thread, and owns all that it uses. Its result comes back by the
//! mailbox, with the connection's token and the request's number: they tell whether the client still waits.

use super::{Answer, Context, Message, News, Reply, Share, failed};
use crate::{
    pool::{Full, Panicked},
    server::parts::{counters::Refused, jobs::Threads, limits::busy, owner::Owner},
};
use std::{any::Any, rc::Rc};

/// The detail of a 503 when the queue is full.
const QUEUE_IS_FULL: &str = "Too many look-ups are waiting.";

/// Replies that take time: EventMachine's `defer`.
impl<A: 'static> Context<'_, A> {
    /// Replies later: a pool thread runs `job`, then the loop runs `done` with the job's result, and `done` returns the
    /// reply. The loop serves all other clients meanwhile. `job` gets no context, because it does not run on the loop;
    /// its data is moved into it. `done` runs even if the client has left.
    ///
    /// The reply is 503 with `Retry-After` when the pool's queue ([`Settings::queue`](crate::server::Settings::queue))
    /// is full, and 500 when `job` or `done` panics.
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
    ///
    /// # Errors
    ///
    /// [`Full`] when the pool's queue is full: neither `job` nor `done` is called.
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
    /// [`Context::run`]. Files do not wait behind jobs that hang, nor jobs behind computations, however many
    /// computations strangers ask for. A computation never blocks, and any number of clients may share it; only the
    /// clients that are still there are answered.
    pub(crate) fn on(&mut self, threads: Threads) -> Context<'_, A> {
        self.on_behalf_of(self.purpose, threads)
    }

    /// As [`Context::defer`], but requests under the `key` of a job that is under way share the job's result. The loop
    /// runs `done` for each request, with a clone of the result, in the order in which the requests came. All jobs of a
    /// key must have one type of result: a request that expects another type is answered 500.
    ///
    /// At most 1,024 further requests share a job. The reply to a request beyond them is 503 with `Retry-After`.
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
            |owner| self.sockets.still(owner) != Owner::Gone,
            self.purpose,
        );
        let jobs = &mut self.parts.jobs;
        if jobs.is_shared(&key) {
            return match jobs.join(&key, purpose, shared(done), is_waiting) {
                true => Reply(Answer::Later),
                false => self.too_many("Too many requests wait for the same look-up."),
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

    /// True if a job that is [shared](Context::share) under this key is under way: another request for it begins no
    /// job.
    pub(crate) fn is_shared(&self, key: &str) -> bool {
        self.parts.jobs.is_shared(&(self.threads, key.to_owned()))
    }

    /// Makes the reply to a request beyond the limit of jobs that wait, and counts the refusal.
    pub(crate) fn too_many(&mut self, detail: &'static str) -> Reply<A> {
        self.refused(Refused::Queue);
        busy(detail).into()
    }

    /// Begins a job without a reply: a pool thread runs `job`, then the loop runs `then` with the job's result, unless
    /// `job` panicked. A timer uses it to fetch data for its stream or channel to write or to publish.
    ///
    /// # Errors
    ///
    /// [`Full`] when the pool's queue is full: neither `job` nor `then` is called.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn load(_: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     Reply::stream(Response::new(200).header("Content-Type", "text/plain"), |cx| {
    ///         cx.every(Duration::from_millis(50), |cx| {
    ///             // If the queue is full, this job is left out; the next follows soon.
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
            let finish = Box::new(move |cx: &mut Context<'_, A>| done(cx, result));
            mailbox.post(Message(News::Done(purpose, finish)));
        };
        self.parts.pools.of(self.threads).submit(job, report)?;
        self.parts.jobs.begin();
        Ok(())
    }
}

/// Makes the call that takes a shared result: it clones the result for `done`.
fn shared<A: 'static, T: Clone + Send + 'static>(
    done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + 'static,
) -> Share<A> {
    Box::new(|cx, result| match result.downcast_ref() {
        Some(Ok(value)) => done(cx, T::clone(value)),
        Some(Err(Panicked)) | None => failed(),
    })
}
