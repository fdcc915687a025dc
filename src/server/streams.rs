//! What an action streams, bit by bit, and the timers that it sets: they end with the stream, or with the channel that
//! is being opened.

use super::{
    Context,
    connection::Beginning,
    metrics::Disconnected,
    timers::{Call, Owner, TimerKey},
};
use crate::reactor::Token;
use std::{io::IoSlice, time::Duration};

/// Bodies that come into being bit by bit, and timers: EventMachine's deferrable body and `add_periodic_timer`.
impl<A: 'static> Context<'_, A> {
    /// Calls `f` again and again, the first time after `period`, until what it was set for ends:
    ///
    /// - in an action, or the `done` of its [`Context::defer`], its reply's stream: until [`Context::finish`], or until
    ///   the client leaves. An action that replies otherwise than by [`Reply::Stream`](super::Reply::Stream) ends its timers at once;
    /// - in the `begin` of [`Context::open`], the channel.
    ///
    /// `period` is rounded up to steps of 10 ms, and should not be 0. Calls do not drift; those that a busy loop could
    /// not make in time are left out. If `f` panics, its stream is cut off as by [`Context::fail`]; a channel goes on
    /// without the timer.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn ping(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     let mut count = 0;
    ///     cx.every(Duration::from_millis(50), move |cx| {
    ///         cx.write("ping\n");
    ///         count += 1;
    ///         if count == 3 {
    ///             cx.finish();
    ///         }
    ///     });
    ///     Reply::Stream(Response::new(200).header("Content-Type", "text/plain"))
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", ping), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "ping\nping\nping\n");
    /// # }
    /// ```
    pub fn every(&mut self, period: Duration, f: impl FnMut(&mut Context<'_, A>) + 'static) {
        self.set_timer(period, Some(period), Box::new(f));
    }

    /// Calls `f` once, after `wait` (in steps of 10 ms, never early, at most 124 days), unless what it was set for ends
    /// before; see [`Context::every`].
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn slowly(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     cx.write("wait\n");
    ///     cx.after(Duration::from_millis(50), |cx| {
    ///         cx.write("done\n");
    ///         cx.finish();
    ///     });
    ///     Reply::Stream(Response::new(200).header("Content-Type", "text/plain"))
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
        self.set_timer(wait, None, Box::new(call));
    }

    fn set_timer(&mut self, wait: Duration, period: Option<Duration>, call: Call<A>) {
        let timer = self.hub.timers.set(self.io, self.owner, wait, period, call);
        let owned = match self.owner {
            Owner::Channel(channel) => self.hub.channels.own(channel, timer),
            Owner::Nobody => false,
            Owner::Connection(at, _) => {
                let owned = self
                    .io
                    .with(at, |slot| slot.state.body().map(|body| body.own(timer)));
                owned.flatten().is_some() || self.begin(|beginning| beginning.timers.push(timer))
            }
        };
        if !owned {
            self.end_timers(vec![timer]);
        }
    }

    /// Does something for the stream that the connection may be answered with. Whether an answer is still to come.
    fn begin(&mut self, f: impl FnOnce(&mut Beginning)) -> bool {
        let Some(at) = self.connection() else {
            return false;
        };
        let owes = self.io.with(at, |slot| slot.state.owes_answer()) == Some(true);
        let beginning = owes.then(|| self.hub.beginning(at));
        beginning
            .filter(|beginning| !beginning.whole)
            .map(f)
            .is_some()
    }

    /// Appends to the body of the stream that this connection is being answered with: in an action, a timer of its own,
    /// or the `then` of its [`Context::run`]. What an action writes stands at the beginning. It never blocks: what the
    /// socket does not take is held, and a client that has left more than 64 KiB of it untaken when more is to be written
    /// is cut off. A client that has left, or has no stream, gets nothing; nor do a channel's subscribers, whom [`Context::publish`] and
    /// [`Context::tell`] reach.
    ///
    /// A stream of events (Server-Sent Events) is written by [`event::encode`](crate::event::encode), or by hand:
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn once(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     cx.write("event: greeting\ndata: hello\n\n");
    ///     cx.after(Duration::ZERO, |cx| cx.finish());
    ///     Reply::Stream(Response::events())
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", once), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "event: greeting\ndata: hello\n\n");
    /// # }
    /// ```
    pub fn write(&mut self, data: impl AsRef<[u8]>) {
        let now = self.io.now();
        let Some(at) = self.connection() else { return };
        let data = data.as_ref();
        let hub = &mut self.hub;
        let written = self.io.with(at, |slot| {
            let socket = &mut slot.socket;
            let keeps_up = slot.state.body().map(|body| {
                let take = |slices: &[IoSlice<'_>]| socket.write_vectored(slices);
                body.write(data, now, take)
            });
            if keeps_up == Some(false) {
                hub.cut(slot, Disconnected::Slow);
                slot.socket.close();
            }
            keeps_up.is_some()
        });
        if written == Some(false) {
            self.begin(|beginning| beginning.bytes.extend_from_slice(data));
        }
        self.hub.unfinished.add(at);
    }

    /// Ends the body, whole. The timers that were set for it end as well, and the connection goes on to its next
    /// request. To be called from a timer or the `then` of [`Context::run`]: in the action itself there is no body yet,
    /// and an answer that is already whole is a [`Reply::Now`](super::Reply::Now). See [`Context::every`] for an example.
    pub fn finish(&mut self) {
        let Some(at) = self.connection() else { return };
        let timers = self
            .io
            .with(at, |slot| slot.state.body().map(|body| body.finish()));
        match timers.flatten() {
            Some(timers) => self.end_timers(timers),
            None => drop(self.begin(|beginning| beginning.whole = true)),
        }
        self.hub.unfinished.add(at);
    }

    /// Cuts the body off and closes the connection, so that the client can tell that it is not whole (RFC 9112, section
    /// 8): the status line said 200 long ago.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn report(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     cx.write("the first half\n");
    ///     cx.after(Duration::from_millis(50), |cx| cx.fail());
    ///     Reply::Stream(Response::new(200))
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", report), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "the first half\n");
    /// # }
    /// ```
    pub fn fail(&mut self) {
        if let Some(at) = self.connection() {
            let hub = &mut self.hub;
            self.io.with(at, |slot| {
                hub.cut(slot, Disconnected::Error);
                slot.socket.close();
            });
        }
    }

    pub(super) fn end_timers(&mut self, timers: Vec<TimerKey>) {
        for timer in timers {
            self.hub.timers.cancel(self.io, timer);
        }
    }

    fn connection(&self) -> Option<Token> {
        match self.owner {
            Owner::Connection(at, _) => Some(at),
            Owner::Channel(_) | Owner::Nobody => None,
        }
    }
}
