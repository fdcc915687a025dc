//! Replies that take time: a job runs on a pool thread with nothing but what was moved into it; its result comes back by
//! the mailbox, with a token whose generation says whether the client is still there.

use crate::server::{
    Context, Refused, Reply, Server, busy,
    handler::still,
    reply::{Answer, failed},
    timers::Owner,
    warnings::RouteName,
};
use crate::{
    pool::{Full, Panicked},
    reactor::Io,
};
use std::{any::Any, rc::Rc};

/// Runs on the loop when a job is done. Whether, and how, it replies to whoever the job was for.
pub(crate) type Finish<A> = Box<dyn FnOnce(&mut Context<'_, A>) -> Option<Reply<A>> + Send>;

/// What a pool thread posts when a job is done.
pub struct Done<A: 'static> {
    pub(crate) owner: Owner,
    pub(crate) route: RouteName,
    pub(crate) finish: Finish<A>,
}

/// What a job is about, which says who runs it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Job,
    File,
    Computation,
}

/// Those who may share a job, whether they are still there or not: each costs some hundred bytes until it is done.
const MAX_JOINERS: usize = 1024;

/// Why a client is answered 503.
const QUEUE_IS_FULL: &str = "Too many look-ups are waiting.";

/// One who asked while the same question was under way.
pub(crate) struct Joiner<A: 'static> {
    owner: Owner,
    route: RouteName,
    done: Share<A>,
}

/// A reply that is owed since its job is done. With many of them, each turn of the loop gives as many as it has time for.
pub(crate) struct Owed<A: 'static> {
    pub(crate) owner: Owner,
    pub(crate) route: RouteName,
    pub(crate) reply: Continue<A>,
}

/// As [`Finish`], for a result that is already on the loop.
type Continue<A> = Box<dyn FnOnce(&mut Context<'_, A>) -> Reply<A>>;

/// As [`Finish`], but with a result that others get as well.
type Share<A> = Box<dyn FnOnce(&mut Context<'_, A>, &dyn Any) -> Reply<A>>;

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
        let deferred = self.defer_to(Kind::Job, job, done);
        deferred.unwrap_or_else(|Full| self.too_many(QUEUE_IS_FULL))
    }

    /// As [`Context::defer`], for an application that does without the job when the queue is full.
    pub(crate) fn try_defer<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Result<Reply<A>, Full> {
        self.defer_to(Kind::Job, job, done)
    }

    /// As [`Context::defer`], for files: they are not to wait behind jobs that hang.
    pub(crate) fn defer_file<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Reply<A> {
        let deferred = self.defer_to(Kind::File, job, done);
        deferred.unwrap_or_else(|Full| self.too_many(QUEUE_IS_FULL))
    }

    fn defer_to<T: Send + 'static>(
        &mut self,
        kind: Kind,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Result<Reply<A>, Full> {
        self.submit(kind, job, |cx, result| match result {
            Ok(value) => Some(done(cx, value)),
            Err(Panicked) => Some(failed()),
        })?;
        Ok(Reply(Answer::Later))
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
        self.share_of(Kind::Job, key, job, done)
    }

    /// As [`Context::share`], for what computes and never blocks, on a thread of its own: however much of it strangers
    /// ask for, it does not wait for jobs that hang, and jobs do not wait for it. Any number of clients may share a
    /// result; `done` runs for those that are still there, and for the one that asked first.
    pub(crate) fn compute<T: Clone + Send + 'static>(
        &mut self,
        key: String,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Reply<A> {
        self.share_of(Kind::Computation, key, job, done)
    }

    /// Whether a [computation](Context::compute) under this key is under way.
    pub(crate) fn is_computed(&self, key: &str) -> bool {
        let key = (Kind::Computation, key.to_owned());
        self.hub.shared.contains_key(&key)
    }

    /// Whether a job that is [shared](Context::share) under this key is under way, so that another of its kind would
    /// cost no more.
    pub(crate) fn is_shared(&self, key: &str) -> bool {
        self.hub.shared.contains_key(&(Kind::Job, key.to_owned()))
    }

    /// As [`Context::share`], for files, which have keys of their own.
    pub(crate) fn share_file<T: Clone + Send + 'static>(
        &mut self,
        key: &str,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Reply<A> {
        self.share_of(Kind::File, key.to_owned(), job, done)
    }

    fn share_of<T: Clone + Send + 'static>(
        &mut self,
        kind: Kind,
        key: String,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply<A> + Send + 'static,
    ) -> Reply<A> {
        let key = (kind, key);
        if let Some(joiners) = self.hub.shared.get_mut(&key) {
            let joiner = Joiner {
                owner: self.owner,
                route: self.route,
                done: shared(done),
            };
            return match join(joiners, joiner, kind, self.io) {
                Ok(()) => Reply(Answer::Later),
                Err(Full) => self.too_many("Too many wait for the same look-up."),
            };
        }
        self.hub.shared.insert(key.clone(), Vec::new());
        let name = key.clone();
        let submitted = self.submit(kind, job, move |cx, result| {
            let joiners = cx.hub.shared.remove(&name).unwrap_or_default();
            cx.owe(joiners, result.clone());
            Some(match result {
                Ok(value) => done(cx, value),
                Err(Panicked) => failed(),
            })
        });
        match submitted {
            Ok(()) => Reply(Answer::Later),
            Err(Full) => {
                self.hub.shared.remove(&key);
                self.too_many(QUEUE_IS_FULL)
            }
        }
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
        self.submit(Kind::Job, job, |cx, result| {
            if let Ok(value) = result {
                then(cx, value);
            }
            None
        })
    }

    fn owe<T: Send + 'static>(&mut self, joiners: Vec<Joiner<A>>, result: Result<T, Panicked>) {
        let result = Rc::new(result);
        self.hub.jobs += joiners.len();
        for Joiner { owner, route, done } in joiners {
            let result = Rc::clone(&result);
            let reply = Box::new(move |cx: &mut Context<'_, A>| done(cx, &*result));
            self.hub.owed.push_back(Owed {
                owner,
                route,
                reply,
            });
        }
    }

    fn submit<T: Send + 'static>(
        &mut self,
        kind: Kind,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, Result<T, Panicked>) -> Option<Reply<A>> + Send + 'static,
    ) -> Result<(), Full> {
        let (mailbox, owner, route) = (self.io.mailbox(), self.owner, self.route);
        let report = move |result| {
            mailbox.post(Done {
                owner,
                route,
                finish: Box::new(move |cx| done(cx, result)),
            });
        };
        let pool = match kind {
            Kind::Job => &self.hub.pool,
            Kind::File => &self.hub.files,
            Kind::Computation => &self.hub.computations,
        };
        pool.submit(job, report)?;
        self.hub.jobs += 1;
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

/// Adds one to those that share a job, if there is room. For a computation there always is: it is over soon, so the
/// clients that have left need not be remembered.
fn join<A: 'static>(
    joiners: &mut Vec<Joiner<A>>,
    joiner: Joiner<A>,
    kind: Kind,
    io: &mut Io<Server<A>>,
) -> Result<(), Full> {
    if kind == Kind::Computation {
        make_room(joiners, |joiner| still(io, joiner.owner) != Owner::Nobody);
    } else if joiners.len() >= MAX_JOINERS {
        return Err(Full);
    }
    joiners.push(joiner);
    Ok(())
}

/// Makes room for one more in a list that is full, by forgetting what is not there any more; a list that has to grow
/// doubles. So it has room for at most twice as many as are there at a time, whoever comes and goes, and each that
/// comes costs three looks on average.
fn make_room<T>(list: &mut Vec<T>, is_there: impl FnMut(&T) -> bool) {
    if list.len() == list.capacity() {
        list.retain(is_there);
        list.reserve_exact(list.len() + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_those_that_come_and_go_has_room_for_twice_as_many_as_are_there() {
        for present in [1, 10, 1000] {
            let (mut list, mut looks) = (Vec::new(), 0);
            for at in 0..100_000 {
                make_room(&mut list, |joined| {
                    looks += 1;
                    *joined + present > at
                });
                list.push(at);
            }
            assert!(list.capacity() <= 2 * present + 1, "{}", list.capacity());
            assert!(looks <= 300_000, "{looks}");
            assert!((100_000 - present..100_000).all(|at| list.contains(&at)));
        }
    }
}
