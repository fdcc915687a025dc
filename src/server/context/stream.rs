//! Bodies that an action writes bit by bit.

use super::Context;
use crate::{
    reactor::{Slot, Token},
    server::{
        connection::Connection,
        parts::{counters::Disconnected, owner::Owner},
    },
};
use std::io::IoSlice;

/// Bodies that come into being bit by bit: EventMachine's deferrable body.
///
/// These calls belong to a stream. They are made in the `begin` of [`Reply::stream`](crate::server::Reply::stream), in
/// one of the stream's timers, or in the `then` of its [`Context::run`]. Anywhere else they do nothing, and the log has
/// a line.
impl<A: 'static> Context<'_, A> {
    /// Appends `data` to the stream's body. The call never blocks: the server holds bytes that the socket does not
    /// take. If it holds more than 64 KiB already, the client is cut off. For a client that has left, the call does
    /// nothing. The subscribers of a channel are reached by [`Context::publish`] and [`Context::tell`].
    ///
    /// A stream of Server-Sent Events is written by [`event::encode`](crate::event::encode), or by hand:
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn once(_: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     Reply::stream(Response::events(), |cx| {
    ///         cx.write("event: greeting\ndata: hello\n\n");
    ///         cx.finish();
    ///     })
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", once), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "event: greeting\ndata: hello\n\n");
    /// # }
    /// ```
    pub fn write(&mut self, data: impl AsRef<[u8]>) {
        let now = self.sockets.now();
        let Some(at) = self.own_stream("write") else {
            return;
        };
        let data = data.as_ref();
        let parts = &mut self.parts;
        self.sockets.with(at, |slot| {
            let socket = &mut slot.socket;
            let keeps_up = slot.state.body().map(|body| {
                let take = |slices: &[IoSlice<'_>]| socket.write_vectored(slices);
                body.write(data, now, take)
            });
            if keeps_up == Some(false) {
                parts.cut(slot, Disconnected::Slow);
            }
        });
        self.parts.turns.add(at);
    }

    /// Ends the stream's body, whole. The stream's timers end as well, and the connection goes on to its next request.
    /// See [`Context::every`] for an example.
    pub fn finish(&mut self) {
        let Some(at) = self.own_stream("finish") else {
            return;
        };
        let now = self.sockets.now();
        let finish = |slot: &mut Slot<Connection>| Some(slot.state.body()?.finish(now));
        let timers = self.sockets.with(at, finish).flatten();
        self.parts
            .end_timers(self.sockets, timers.unwrap_or_default());
        self.parts.turns.add(at);
    }

    /// Cuts the stream's body off and closes the connection. The client can tell by the close that the body is not
    /// whole (RFC 9112, section 8), though the status line said 200.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn report(_: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     Reply::stream(Response::new(200), |cx| {
    ///         cx.write("the first half\n");
    ///         cx.after(Duration::from_millis(50), |cx| cx.fail());
    ///     })
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", report), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "the first half\n");
    /// # }
    /// ```
    pub fn fail(&mut self) {
        if self.own_stream("fail").is_some() {
            self.cut_off();
        }
    }

    /// As [`Context::fail`], for code that may have no stream: without a stream the call does nothing.
    pub(crate) fn cut_off(&mut self) {
        if let Owner::Stream(at, _) = self.purpose.owner {
            let parts = &mut self.parts;
            self.sockets
                .with(at, |slot| parts.cut(slot, Disconnected::Error));
        }
    }

    /// The connection whose stream the code runs for. `None` if the code has no stream; if it cannot have a stream, the
    /// log gets a line that names the call `name`.
    fn own_stream(&mut self, name: &str) -> Option<Token> {
        match self.purpose.owner {
            Owner::Stream(at, _) => return Some(at),
            Owner::Gone => {}
            Owner::Request(..) => self.mistake(format_args!(
                "`{name}` does nothing in an action: call it in the closure of Reply::stream, where the stream is there"
            )),
            Owner::Channel(_) => self.mistake(format_args!(
                "`{name}` does nothing for a channel: Context::publish and Context::tell reach its subscribers"
            )),
        }
        None
    }
}
