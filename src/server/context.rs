//! What an action sees and how it replies. "Later" is in the type: whoever takes time returns what owes the reply.
//!
//! A job runs on a pool thread with nothing but what was moved into it; its result comes back by the mailbox, with a
//! token whose generation says whether the client is still there.

use super::{Refused, Server, hub::Hub, timers::Owner};
use crate::{
    channel::{Cursor, Framing},
    http::{Problem, Request, Response},
    pool::{Full, Panicked},
    reactor::Io,
};
use std::{
    any::Any,
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Answers a request. It runs on the loop, so it must not block: what takes time goes to [`Context::defer`]. If it
/// panics, its client gets 500 and everybody else goes on. A plain function, without captures: what it needs is in
/// [`Context::app`].
pub type Action<A> = fn(&mut Context<'_, A>, &Request<'_>) -> Reply;

/// How an action replies. A [`Response`] or a [`Problem`] becomes one by `.into()`, and so does a `Result` of the two.
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
pub enum Reply {
    /// With this.
    Now(Response),
    /// Later: a job owes the reply. Comes only from [`Context::defer`] and [`Context::share`].
    Later(Ticket),
    /// With this head, and a body that comes into being bit by bit, by [`Context::write`] and [`Context::finish`]:
    /// chunked on HTTP/1.1, ended by the close on 1.0. The body of the response itself is not sent.
    Stream(Response),
    /// With a channel's events. Comes only from [`Context::subscribe`].
    Subscribe(Subscription),
}

/// Proof that a reply is owed. Nothing to do with it but to return it.
pub struct Ticket(());

/// A place in a channel, and what stands before its events. Nothing to do with it but to return it.
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

/// What a job is about, which says who runs it.
enum Kind {
    Job,
    File,
}

/// Those who may share a job, whether they are still there or not: each costs some hundred bytes until it is done.
const MAX_JOINERS: usize = 1024;

/// One who asked while the same question was under way.
pub(super) struct Joiner<A: 'static> {
    owner: Owner,
    done: Share<A>,
}

/// As [`Finish`], but with a result that others get as well.
type Share<A> = Box<dyn FnOnce(&mut Context<'_, A>, &dyn Any) -> Reply>;

/// What an action, a timer and a continuation work with: the application, the channels, and the connection or channel
/// that they run for.
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
/// fn visit(cx: &mut Context<'_, App>, _: &Request<'_>) -> Reply {
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
    pub(super) hub: &'a mut Hub<A>,
    pub(super) io: &'a mut Io<Server<A>>,
    pub(super) owner: Owner,
    /// The pattern that the request's path matched.
    pub(super) route: &'static str,
}

/// Replies that take time: EventMachine's `defer`.
impl<A: 'static> Context<'_, A> {
    /// Has a pool thread run `job`, then the loop run `done` with what it returned, for the reply. The loop serves
    /// everyone else meanwhile. `job` gets no context, for it is not on the loop; what it needs is moved into it.
    /// `done` runs also if the client has left meanwhile.
    ///
    /// Answers 503 with `Retry-After` when the pool's queue ([`Settings::queue`](super::Settings::queue)) is full, and
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
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply + Send + 'static,
    ) -> Reply {
        self.defer_to(Kind::Job, job, done)
    }

    /// As [`Context::defer`], for files: they are not to wait behind jobs that hang.
    pub(super) fn defer_file<T: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply + Send + 'static,
    ) -> Reply {
        self.defer_to(Kind::File, job, done)
    }

    fn defer_to<T: Send + 'static>(
        &mut self,
        kind: Kind,
        job: impl FnOnce() -> T + Send + 'static,
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply + Send + 'static,
    ) -> Reply {
        let submitted = self.submit(kind, job, |cx, result| match result {
            Ok(value) => Some(done(cx, value)),
            Err(Panicked) => Some(panicked()),
        });
        self.later(submitted)
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
        done: impl FnOnce(&mut Context<'_, A>, T) -> Reply + Send + 'static,
    ) -> Reply {
        if let Some(joiners) = self.hub.shared.get_mut(&key) {
            let done = |cx: &mut Context<'_, A>, result: &dyn Any| match result.downcast_ref() {
                Some(Ok(value)) => done(cx, T::clone(value)),
                Some(Err(Panicked)) | None => panicked(),
            };
            if joiners.len() >= MAX_JOINERS {
                return self.too_many("Too many wait for the same look-up.");
            }
            joiners.push(Joiner {
                owner: self.owner,
                done: Box::new(done),
            });
            return Reply::Later(Ticket(()));
        }
        self.hub.shared.insert(key.clone(), Vec::new());
        let name = key.clone();
        let submitted = self.submit(Kind::Job, job, move |cx, result| {
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
        self.later(submitted)
    }

    fn later(&mut self, submitted: Result<(), Full>) -> Reply {
        match submitted {
            Ok(()) => Reply::Later(Ticket(())),
            Err(Full) => self.too_many("Too many look-ups are waiting."),
        }
    }

    fn too_many(&mut self, detail: &'static str) -> Reply {
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
    /// fn load(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     cx.every(Duration::from_millis(50), |cx| {
    ///         // With the queue full this one is left out; the next follows soon.
    ///         let _ = cx.run(
    ///             || std::fs::read_to_string("/proc/loadavg").unwrap_or("unknown\n".to_owned()),
    ///             |cx, load| cx.write(load),
    ///         );
    ///     });
    ///     Reply::Stream(Response::new(200).header("Content-Type", "text/plain"))
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
            if let Owner::Connection(at, _) = owner {
                self.hub.replies.push((at, reply));
            }
        }
    }

    fn submit<T: Send + 'static>(
        &mut self,
        kind: Kind,
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
        let pool = match kind {
            Kind::Job => &self.hub.pool,
            Kind::File => &self.hub.files,
        };
        pool.submit(job, report)?;
        self.hub.jobs += 1;
        Ok(())
    }

    /// Runs the application's code, which may panic: that is for whoever it ran for to bear.
    pub(super) fn guard<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> Result<R, Panicked> {
        catch_unwind(AssertUnwindSafe(|| f(self))).map_err(|_| Panicked)
    }

    pub(super) fn on_behalf_of(&mut self, owner: Owner) -> Context<'_, A> {
        Context {
            app: self.app,
            hub: self.hub,
            io: self.io,
            owner,
            route: self.route,
        }
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.hub.is_draining()
    }

    /// The part of the path that stands where the route has `{name}`, percent-decoded; empty if it has none of that
    /// name, and never empty otherwise. To be asked in the action: timers and continuations have no route.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn greet(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     let name = cx.parameter(request, "name");
    ///     Response::text(200, format!("Hello, {name}!\n")).into()
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/people/{name}/greeting", greet), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /people/Ada%20L./greeting", 9), "Hello, Ada L.!\n");
    /// # }
    /// ```
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

/// 503 with a `Retry-After` of 1 to 5 s at random: the service cannot answer now, but soon (RFC 9110, section 15.6.4).
#[must_use]
pub(crate) fn busy(detail: impl Into<Cow<'static, str>>) -> Problem {
    // Spread, so that those who were refused together do not come back together.
    Problem::new(503, detail).header("Retry-After", fastrand::u32(1..=5).to_string())
}

pub(super) fn panicked() -> Reply {
    Problem::new(500, "The server made a mistake; its log says which.").into()
}
