//! How an action replies. "Later" is in the type: whoever takes time returns what owes the reply.

use super::Context;
use crate::{
    channel::{Cursor, Framing},
    http::{Problem, Request, Response},
    timer_wheel::Tick,
};
use std::borrow::Cow;

/// Answers a request. It runs on the loop, so it must not block: what takes time goes to [`Context::defer`]. If it
/// panics, its client gets 500 and everybody else goes on. A plain function, without captures: what it needs is in
/// [`Context::app`].
pub type Action<A> = fn(&mut Context<'_, A>, &Request<'_>) -> Reply<A>;

/// An action's reply. A [`Response`] or a [`Problem`] becomes one by `.into()`, and so does a `Result` of the two. A body
/// that comes into being bit by bit is a [`Reply::stream`]. The other replies are made by the [`Context`]: by
/// [`defer`](Context::defer), [`share`](Context::share), [`subscribe`](Context::subscribe) and
/// [`until`](Context::until). `A` is the application's state, as in [`Action`].
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

impl<A> std::fmt::Debug for Reply<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

/// The ways to reply.
pub(super) enum Answer<A: 'static> {
    /// With this response.
    Now(Response),
    /// Later: a job owes the reply.
    Later,
    /// Later, when the channel has something behind the cursor, or then.
    Hold { cursor: Cursor, until: Tick },
    /// With this head, and a body that `begin` begins.
    Stream { head: Response, begin: Begin<A> },
    /// With this head, a beginning, and the channel's events from the cursor on.
    Subscribe {
        head: Response,
        beginning: String,
        cursor: Cursor,
    },
}

/// Begins a stream.
pub(super) type Begin<A> = Box<dyn FnOnce(&mut Context<'_, A>)>;

impl<A: 'static> Reply<A> {
    /// A reply whose body comes into being bit by bit: a stream with the head `head`, for this client alone. `begin` is
    /// called once the stream is there. It writes what the body begins with ([`Context::write`]) and sets the timers
    /// that go on with it ([`Context::every`], [`Context::after`]), or begins jobs ([`Context::run`]); one of them ends
    /// the body, whole by [`Context::finish`] or cut off by [`Context::fail`]. All of them end as well when the client
    /// leaves.
    ///
    /// The body is chunked on HTTP/1.1 and ended by the close on 1.0. A body that `head` has is not sent. `HEAD` is
    /// answered with the head alone, and `begin` is not called. If `begin` panics, the client gets 500.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn countdown(_: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     Reply::stream(Response::new(200).header("Content-Type", "text/plain"), |cx| {
    ///         let mut left = 3;
    ///         cx.write("ready\n");
    ///         cx.every(Duration::from_millis(50), move |cx| {
    ///             cx.write(format!("{left}\n"));
    ///             left -= 1;
    ///             if left == 0 {
    ///                 cx.finish();
    ///             }
    ///         });
    ///     })
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", countdown), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "ready\n3\n2\n1\n");
    /// # assert_eq!(ask(address, "HEAD /", 9), "");
    /// # }
    /// ```
    pub fn stream(head: Response, begin: impl FnOnce(&mut Context<'_, A>) + 'static) -> Self {
        let begin = Box::new(begin);
        Self(Answer::Stream { head, begin })
    }
}

impl<A> From<Response> for Reply<A> {
    fn from(response: Response) -> Self {
        Self(Answer::Now(response))
    }
}

impl<A> From<Problem> for Reply<A> {
    fn from(problem: Problem) -> Self {
        Self(Answer::Now(problem.into()))
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

/// The answer where the application made a mistake.
pub(super) fn failed<A>() -> Reply<A> {
    Problem::new(500, "The server made a mistake; its log says which.").into()
}
