//! Replies that an action makes without its context.

use super::{Answer, Context, Reply};
use crate::http::{Problem, Response};

impl<A: 'static> Reply<A> {
    /// A reply whose body comes into being bit by bit: a stream with the head `head`, for this client alone. The loop
    /// calls `begin` when the stream is there. `begin` writes the beginning of the body ([`Context::write`]) and sets
    /// the timers ([`Context::every`], [`Context::after`]) or begins the jobs ([`Context::run`]) that go on with the
    /// body. A timer or a job ends the body, whole by [`Context::finish`] or cut off by [`Context::fail`]. When the
    /// client leaves, the stream's timers end.
    ///
    /// The body is chunked on HTTP/1.1, and ended by the close on HTTP/1.0. The body of `head` is not sent. A `HEAD` is
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

impl<A: 'static> Reply<A> {
    /// Makes the loop call `f` once when the subscriber has left: its client has closed the connection or was cut off.
    /// The reply is made by [`Context::subscribe`] or [`Context::replay`]. If the client does not become a subscriber,
    /// `f` is called at once. A server that stops may leave out the calls for its last subscribers. Each subscriber
    /// with such a call costs the server some 100 bytes.
    ///
    /// In this chat every member sees which members come and go:
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn join(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     let name = cx.parameter(request, "name").to_owned();
    ///     cx.publish("chat", "joined", &name);
    ///     cx.subscribe(request, "chat", None).left(move |cx| cx.publish("chat", "left", &name))
    /// }
    /// # fn main() {
    /// # let address = start(|| Ok(Server::new((), Router::new().get("/chat/{name}", join), &Settings::default())?.keep("chat")));
    /// # let ann = std::thread::spawn(move || ask(address, "GET /chat/Ann", 40));
    /// # while !ann.is_finished() {
    /// #     ask(address, "GET /chat/Joe", 1);
    /// # }
    /// # assert!(ann.join().unwrap().contains("event: left\ndata: Joe\n\n"));
    /// # }
    /// ```
    pub fn left(self, f: impl FnOnce(&mut Context<'_, A>) + 'static) -> Self {
        Self(Answer::Leaves {
            reply: Box::new(self.0),
            left: Box::new(f),
        })
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
