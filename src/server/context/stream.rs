//! Bytes that a stream writes, bit by bit, and timers: a timer ends with the stream or channel that it is set for.

use crate::server::{
    Context,
    connection::Disconnected,
    timers::{Call, Owner, TimerKey},
};
use crate::{reactor::Token, timer_wheel::Tick};
use std::{io::IoSlice, time::Duration};

/// Bodies that come into being bit by bit, and timers: EventMachine's deferrable body and `add_periodic_timer`.
///
/// All of them belong to a stream, and are called in the `begin` of [`Reply::stream`](crate::server::Reply::stream), in one of
/// the stream's timers, or in the `then` of its [`Context::run`]. Timers may also be set for a channel, in the `begin`
/// of [`Context::open`] and in the channel's timers. Anywhere else they do nothing, but for a line in the log.
impl<A: 'static> Context<'_, A> {
    /// Calls `f` again and again, the first time after `period`, until the stream or channel ends: the stream by
    /// [`Context::finish`] or when its client leaves, the channel with its last subscriber.
    ///
    /// `period` is rounded up to steps of 10 ms, and is at least one of them. Calls do not drift; those that a busy loop could
    /// not make in time are left out. If `f` panics, its stream is cut off as by [`Context::fail`]; a channel goes on
    /// without the timer.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn ping(_: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     Reply::stream(Response::new(200).header("Content-Type", "text/plain"), |cx| {
    ///         let mut count = 0;
    ///         cx.every(Duration::from_millis(50), move |cx| {
    ///             cx.write("ping\n");
    ///             count += 1;
    ///             if count == 3 {
    ///                 cx.finish();
    ///             }
    ///         });
    ///     })
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", ping), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "ping\nping\nping\n");
    /// # }
    /// ```
    pub fn every(&mut self, period: Duration, f: impl FnMut(&mut Context<'_, A>) + 'static) {
        self.set_timer("every", period, Some(period), Box::new(f));
    }

    /// Calls `f` once, after `wait` (in steps of 10 ms, never early, at most 124 days), unless the stream or channel
    /// ends before; see [`Context::every`].
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn slowly(_: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     Reply::stream(Response::new(200).header("Content-Type", "text/plain"), |cx| {
    ///         cx.write("wait\n");
    ///         cx.after(Duration::from_millis(50), |cx| {
    ///             cx.write("done\n");
    ///             cx.finish();
    ///         });
    ///     })
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", slowly), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "wait\ndone\n");
    /// # }
    /// ```
    pub fn after(&mut self, wait: Duration, f: impl FnOnce(&mut Context<'_, A>) + 'static) {
        let mut once = Some(f);
        let call = move |cx: &mut Context<'_, A>| {
            if let Some(f) = once.take() {
                f(cx);
            }
        };
        self.set_timer("after", wait, None, Box::new(call));
    }

    fn set_timer(&mut self, name: &str, wait: Duration, period: Option<Duration>, call: Call<A>) {
        let (owner, route) = (self.owner, self.route);
        if let Owner::Request(..) = owner {
            return self.mistake(format_args!(
                "`{name}` sets no timer in an action: set it in the closure of Reply::stream, or in the one of \
                 Context::open, for all subscribers of a channel"
            ));
        }
        // A period of nothing would be due again as often as a turn looks.
        let period = period.map(|period| period.max(Tick::LENGTH));
        let timer = self
            .hub
            .timers
            .set(self.io, owner, route, wait, period, call);
        let owned = match owner {
            Owner::Channel(channel) => self.hub.channels.own(channel, timer),
            Owner::Request(..) | Owner::Nobody => false,
            Owner::Stream(at, _) => {
                let owned = self
                    .io
                    .with(at, |slot| slot.state.body().map(|body| body.own(timer)));
                owned.flatten().is_some()
            }
        };
        if !owned {
            self.end_timers(vec![timer]);
        }
    }

    /// Appends to the stream's body. It never blocks: bytes that the socket does not take are held, and a client that
    /// has left more than 64 KiB of them untaken when more is to be written is cut off. A client that has left gets
    /// nothing. A channel's subscribers are reached by [`Context::publish`] and [`Context::tell`].
    ///
    /// A stream of events (Server-Sent Events) is written by [`event::encode`](crate::event::encode), or by hand:
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
        let now = self.io.now();
        let Some(at) = self.own_stream("write") else {
            return;
        };
        let data = data.as_ref();
        let hub = &mut self.hub;
        self.io.with(at, |slot| {
            let socket = &mut slot.socket;
            let keeps_up = slot.state.body().map(|body| {
                let take = |slices: &[IoSlice<'_>]| socket.write_vectored(slices);
                body.write(data, now, take)
            });
            if keeps_up == Some(false) {
                hub.cut(slot, Disconnected::Slow);
                slot.socket.close();
            }
        });
        self.hub.unfinished.add(at);
    }

    /// Ends the stream's body, whole. The timers that were set for the stream end as well, and the connection goes on to
    /// its next request. See [`Context::every`] for an example.
    pub fn finish(&mut self) {
        let Some(at) = self.own_stream("finish") else {
            return;
        };
        let now = self.io.now();
        let timers = self
            .io
            .with(at, |slot| slot.state.body().map(|body| body.finish(now)));
        self.end_timers(timers.flatten().unwrap_or_default());
        self.hub.unfinished.add(at);
    }

    /// Cuts the stream's body off and closes the connection, so that the client can tell that it is not whole (RFC 9112,
    /// section 8): the status line said 200 long ago.
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

    /// Does what [`Context::fail`] does, for code that may have no stream.
    pub(crate) fn cut_off(&mut self) {
        if let Owner::Stream(at, _) = self.owner {
            let hub = &mut self.hub;
            self.io.with(at, |slot| {
                hub.cut(slot, Disconnected::Error);
                slot.socket.close();
            });
        }
    }

    pub(crate) fn end_timers(&mut self, timers: Vec<TimerKey>) {
        for timer in timers {
            self.hub.timers.cancel(self.io, timer);
        }
    }

    /// The connection whose stream the code runs for. Code that can have no stream is told so by the log.
    fn own_stream(&mut self, name: &str) -> Option<Token> {
        match self.owner {
            Owner::Stream(at, _) => return Some(at),
            Owner::Nobody => {}
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
