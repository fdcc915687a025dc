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
    /// Later, when a channel has something to answer with. Comes only from [`Context::until`].
    Hold(Hold),
    /// With this head, and a body that comes into being bit by bit, by [`Context::write`] and [`Context::finish`]:
    /// chunked on HTTP/1.1, ended by the close on 1.0. The body of the response itself is not sent.
    Stream(Response),
    /// With a channel's events. Comes only from [`Context::subscribe`].
    Subscribe(Subscription),
}

/// Proof that a reply is owed. Nothing to do with it but to return it.
pub struct Ticket(pub(super) ());

/// A place in a channel where a request waits, and until when. Nothing to do with it but to return it.
pub struct Hold {
    pub(super) cursor: Cursor,
    pub(super) until: Tick,
}

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
