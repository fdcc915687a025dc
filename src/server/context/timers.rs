//! Timers: a timer is set for a stream or a channel, and ends with its owner.

use super::{Call, Context};
use crate::{
    reactor::Slot,
    server::{connection::Connection, parts::owner::Owner},
    timer_wheel::Tick,
};
use std::time::Duration;

/// Timers: EventMachine's `add_periodic_timer` and `add_timer`.
///
/// A timer belongs to a stream or to a channel. A stream's timers are set in the `begin` of
/// [`Reply::stream`](crate::server::Reply::stream), in another timer of the stream, or in the `then` of its
/// [`Context::run`]. A channel's timers are set in the `begin` of [`Context::open`], or in another timer of the
/// channel. Anywhere else no timer is set, and the log gets a line.
impl<A: 'static> Context<'_, A> {
    /// Calls `f` again and again, the first time after `period`, until the stream or channel ends: the stream by
    /// [`Context::finish`] or when its client leaves, the channel with its last subscriber.
    ///
    /// `period` is rounded up to steps of 10 ms, and is at least 10 ms. Calls do not drift; calls that a busy loop
    /// cannot make in time are left out. If `f` panics, its stream is cut off as by [`Context::fail`]; a channel goes
    /// on without the timer.
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
        let owner = self.purpose.owner;
        if let Owner::Request(..) = owner {
            return self.mistake(format_args!(
                "`{name}` sets no timer in an action: set it in the closure of Reply::stream, or in the \
                 closure of Context::open, for all subscribers of a channel"
            ));
        }
        // A timer with a period of 0 would be due in every turn.
        let period = period.map(|period| period.max(Tick::LENGTH));
        let due = self.sockets.now().after(wait);
        let (timer, alarm) = self.parts.timers.set(self.purpose, due, period, call);
        self.sockets.set_alarm(alarm);
        let is_owned = match owner {
            Owner::Channel(channel) => self.parts.channels.own(channel, timer),
            Owner::Request(..) | Owner::Gone => false,
            Owner::Stream(at, _) => {
                let own = |slot: &mut Slot<Connection>| {
                    let body = slot.state.body();
                    body.map(|body| body.own(timer)).is_some()
                };
                self.sockets.with(at, own) == Some(true)
            }
        };
        if !is_owned {
            self.parts.end_timers(self.sockets, vec![timer]);
        }
    }
}
