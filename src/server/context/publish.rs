//! Channels: opening a channel, and publishing to its subscribers.

use super::{Answer, Context, Reply, Then};
use crate::{
    event::Id,
    server::parts::{
        channels::{Event, Published},
        clock::unix_millis,
        jobs::Threads,
        owner::{ChannelKey, Owner, Purpose},
        warnings::ChannelName,
    },
};
use std::time::SystemTime;

/// Channels: EventMachine's `Channel`, with a memory.
impl<A: 'static> Context<'_, A> {
    /// Opens the channel `name` if it is not open, and has `begin` set the timers that feed it. The channel and these
    /// timers end when its last subscriber leaves, or at once if the action does not [subscribe](Context::subscribe)
    /// its client to it. If it is open, nothing happens: all who subscribe share one channel and one feed. What `begin`
    /// sets has to own what it uses, the channel's name included, since it outlives this request. To have a channel
    /// that stays without subscribers, see [`Server::keep`](crate::server::Server::keep).
    ///
    /// One count for everyone, whose first value is told at once; whoever comes later joins in where it stands:
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn count(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     cx.open("count", |cx| {
    ///         let mut count = 0;
    ///         cx.tell("count", "", "0");
    ///         cx.every(Duration::from_millis(50), move |cx| {
    ///             count += 1;
    ///             cx.tell("count", "", &count.to_string());
    ///         });
    ///     });
    ///     cx.subscribe(request, "count", None)
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/count", count), &Settings::default()));
    /// # assert!(ask(address, "GET /count", 7).ends_with("data: 0\n\ndata: 1\n\ndata: 2\n\n"));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// With 65,535 channels open.
    pub fn open(&mut self, name: &str, begin: impl FnOnce(&mut Context<'_, A>)) {
        if self.parts.channels.kept(name).is_some() {
            return self.mistake(format_args!(
                "`open` begins nothing, for {} is kept: publish to it from actions, or do not keep it",
                ChannelName(name)
            ));
        }
        let millis = unix_millis(SystemTime::now());
        if let Some(channel) = self.parts.channels.open(name, millis) {
            let purpose = Purpose {
                owner: Owner::Channel(channel),
                ..self.purpose
            };
            begin(&mut self.on_behalf_of(purpose, Threads::Jobs));
        }
    }

    /// Publishes an event to a channel's subscribers, who can resume behind its id; to nobody if the channel is not open.
    /// An event without a `name` is what an `EventSource` calls a `message`. The `data` may have several lines; `name` must
    /// be one. The event is encoded once, held among the last [`Settings::history`](crate::server::Settings) ones, and sent in
    /// this turn and the following ones, 256 connections at a time. A name that no channel has ever had gets a line in
    /// the log: it may be misspelt.
    ///
    /// With half of the history still on its way to some subscribers an event waits until they were offered what is before
    /// it: no burst makes a subscriber that reads miss anything. At most 1,024 events may wait; further ones are dropped,
    /// with a line in the log. To hear when an event was published, and to hold a publisher back as long, use
    /// [`Context::publish_then`].
    pub fn publish(&mut self, channel: &str, name: &str, data: &str) {
        self.push("publish", channel, event(name, data, true));
    }

    /// As [`Context::publish`], and replies once the event is published, as `then` says, which is given the event's id, or
    /// `None` if the channel is not open. With too many events waiting the reply is 503 with `Retry-After`, and nothing
    /// is published.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn ring(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     cx.publish_then("bells", "ring", "ding\ndong", |_, id| match id {
    ///         Some(id) => Response::text(200, format!("{id}\n")).into(),
    ///         None => Problem::new(404, "Nobody listens.").into(),
    ///     })
    /// }
    /// # fn main() {
    /// # let address = start(|| Ok(Server::new((), Router::new().post("/ring", ring), &Settings::default())?.keep("bells")));
    /// # assert!(ask(address, "POST /ring", 9).trim().parse::<picture_frame::event::Id>().is_ok());
    /// # }
    /// ```
    pub fn publish_then(
        &mut self,
        channel: &str,
        name: &str,
        data: &str,
        then: impl FnOnce(&mut Context<'_, A>, Option<Id>) -> Reply<A> + 'static,
    ) -> Reply<A> {
        let event = event(name, data, true);
        let millis = unix_millis(SystemTime::now());
        let key = match self.parts.channels.publish(channel, event, millis) {
            Published::Now(id) => return then(self, Some(id)),
            Published::Nowhere => {
                self.reaches_no_channel("publish_then", channel);
                return then(self, None);
            }
            Published::Waits(key) => key,
        };
        let then = move |cx: &mut Context<'_, A>, id| Some(then(cx, id));
        if self.wait(key, event, Box::new(then)) {
            Reply(Answer::Later)
        } else {
            self.too_many("Too many events wait to be published.")
        }
    }

    /// Publishes an event without an id. If the channel is not open, nothing is published. The event is held among the
    /// others: a new subscriber gets it if it is the latest event. A client cannot resume behind an event without an id.
    /// A client that comes back resumes behind the last event with an id that it has seen. It gets an event without an
    /// id only if that event came after a later event with an id. The event waits as [`Context::publish`] says. See
    /// [`Context::open`] for an example.
    pub fn tell(&mut self, channel: &str, name: &str, data: &str) {
        self.push("tell", channel, event(name, data, false));
    }

    fn push(&mut self, call: &str, channel: &str, event: Event<'_>) {
        let millis = unix_millis(SystemTime::now());
        match self.parts.channels.publish(channel, event, millis) {
            Published::Now(_) => {}
            Published::Nowhere => self.reaches_no_channel(call, channel),
            Published::Waits(key) => {
                if !self.wait(key, event, Box::new(|_, _| None)) {
                    self.parts
                        .meet(self.sockets, "the limit of events that wait");
                }
            }
        }
    }

    /// Says so in the log, if the name may be misspelt. A channel that has closed is no mistake.
    fn reaches_no_channel(&mut self, call: &str, name: &str) {
        if !self.parts.channels.has_known(name) {
            self.mistake(format_args!(
                "`{call}` reaches no subscriber, for {} has never been open: is its name misspelt, or is it to be \
                 kept by Server::keep?",
                ChannelName(name)
            ));
        }
    }

    fn wait(&mut self, channel: ChannelKey, event: Event<'_>, then: Then<A>) -> bool {
        let channels = &mut self.parts.channels;
        channels.wait(channel, event, self.purpose, then)
    }

    /// The number of a channel's subscribers; 0 if the channel is not open. The client that the action is about to
    /// [subscribe](Context::subscribe) is not among them.
    #[must_use]
    pub fn subscribers(&self, channel: &str) -> usize {
        self.parts.channels.audience(channel)
    }

    /// The number of connections: subscribers, requests under way, and connections kept alive for the next request.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn status(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     let (all, readers) = (cx.connections(), cx.subscribers("news"));
    ///     Response::text(200, format!("{all} connections, {readers} readers\n")).into()
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/", status), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /", 9), "1 connections, 0 readers\n");
    /// # }
    /// ```
    #[must_use]
    pub fn connections(&self) -> usize {
        self.sockets.connections()
    }

    /// The number of channels that are open.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.parts.channels.len()
    }

    /// The number of timers that run.
    #[must_use]
    pub fn timers(&self) -> usize {
        self.parts.timers.len()
    }
}

fn event<'a>(name: &'a str, data: &'a str, has_id: bool) -> Event<'a> {
    Event { name, data, has_id }
}
