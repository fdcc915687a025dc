//! Channels: an action opens a channel, and publishes events to its subscribers.

use super::{Answer, Context, Reply, Then};
use crate::{
    event::Id,
    journal::Memory,
    server::parts::{
        alarm::{Alarm, JOURNAL},
        channels::{NewEvent, Outcome, Place, Published, Ticket},
        jobs::Threads,
        limits::busy,
        owner::{Owner, Purpose},
        warnings::ChannelName,
    },
};

/// Channels: EventMachine's `Channel`, with a memory.
impl<A: 'static> Context<'_, A> {
    /// Opens the channel `name`, and calls `begin`, which sets the timers that feed the channel. The channel and these
    /// timers end when the last subscriber leaves, or at the end of the turn if the action does not
    /// [subscribe](Context::subscribe) its client to the channel. If the channel is open already, nothing happens: all
    /// subscribers share the channel and its feed. Timers that `begin` sets have to own their data, such as the
    /// channel's name, because they outlive the request. A channel that [`Server::keep`](crate::server::Server::keep)
    /// makes stays open without subscribers.
    ///
    /// All subscribers of this channel see the same count. Its first value is told at once, and a later subscriber
    /// begins with the present value:
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
        if let Some(channel) = self.parts.channels.open(name, Memory::default()) {
            let purpose = Purpose {
                owner: Owner::Channel(channel),
                ..self.purpose
            };
            begin(&mut self.on_behalf_of(purpose, Threads::Jobs));
        }
    }

    /// Publishes an event to a channel's subscribers, which can resume behind the event's id. If the channel is not
    /// open, the event is dropped; if no channel ever had the name, the log gets a line, because the name may be
    /// misspelt. An `EventSource` calls an event with an empty `name` a `message`. The `data` may have several lines,
    /// the `name` only a single line. The event is encoded once, held among the last
    /// [`Settings::history`](crate::server::Settings) events, and sent in this turn and the following turns, to 256
    /// connections in each.
    ///
    /// If the channel has a [journal](crate::server::Server::keep_in), the event waits until the journal has it. While
    /// half of the history is on its way to some subscribers, further events wait: a burst makes no subscriber that
    /// reads miss an event. At most 1,024 events wait; further events are dropped, with a line in the log. To learn
    /// when an event is published, and to hold its publisher back as long, use [`Context::publish_then`].
    pub fn publish(&mut self, channel: &str, name: &str, data: &str) {
        self.push("publish", channel, event(name, data, true));
    }

    /// As [`Context::publish`], with a reply when the event is published. The reply is made by `then`, which gets the
    /// event's id, or `None` if the channel is not open. If too many events wait, the reply is 503 with `Retry-After`,
    /// and the event is not published. If the channel's [journal](crate::server::Server::keep_in) refuses the event, or
    /// does not answer within [`Timeouts::publish`](crate::server::Timeouts::publish), the reply is 503 as well; the
    /// event is published if the journal answers later.
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
        let then = move |cx: &mut Context<'_, A>, outcome| match outcome {
            Outcome::Published(id) => then(cx, Some(id)),
            Outcome::Closed => then(cx, None),
            Outcome::Failed => busy("The event cannot be kept at present.").into(),
        };
        match self.parts.channels.publish(channel, event) {
            Published::Now(id) => then(self, Outcome::Published(id)),
            Published::Nowhere => {
                self.reaches_no_channel("publish_then", channel);
                then(self, Outcome::Closed)
            }
            Published::Full => self.too_many("Too many events wait to be published."),
            Published::WaitsForSweep(place) => {
                self.wait(
                    place,
                    event,
                    Box::new(move |cx, outcome| Some(then(cx, outcome))),
                );
                Reply(Answer::Later)
            }
            Published::WaitsForJournal(ticket) => {
                self.wait_for_journal(ticket, Box::new(move |cx, outcome| Some(then(cx, outcome))));
                Reply(Answer::Later)
            }
        }
    }

    /// Publishes an event without an id. If the channel is not open, the event is dropped. The event is held among the
    /// events with an id: a new subscriber gets the latest event of both kinds at once. A client cannot resume behind
    /// an event without an id. A client that comes back resumes behind its last event with an id: it gets the later
    /// events from the next event with an id on. Events without an id are in no journal, and may overtake an event that
    /// waits for its journal; else they wait as described at [`Context::publish`]. See [`Context::open`] for an example.
    pub fn tell(&mut self, channel: &str, name: &str, data: &str) {
        self.push("tell", channel, event(name, data, false));
    }

    fn push(&mut self, call: &str, channel: &str, event: NewEvent<'_>) {
        match self.parts.channels.publish(channel, event) {
            Published::Now(_) => {}
            Published::Nowhere => self.reaches_no_channel(call, channel),
            Published::WaitsForSweep(place) => self.wait(place, event, Box::new(|_, _| None)),
            Published::WaitsForJournal(ticket) => {
                self.wait_for_journal(ticket, Box::new(|_, _| None))
            }
            Published::Full => {
                let limit = "the limit of events that wait";
                self.parts.meet(self.sockets, limit);
            }
        }
    }

    /// Warns that an event reaches no channel, if no channel ever had this name. A channel that has closed is no
    /// mistake.
    fn reaches_no_channel(&mut self, call: &str, name: &str) {
        if !self.parts.channels.has_known(name) {
            self.mistake(format_args!(
                "`{call}` reaches no subscriber, for {} has never been open: is its name misspelt, or is it to be \
                 kept by Server::keep?",
                ChannelName(name)
            ));
        }
    }

    /// True if a channel's [journal](crate::server::Server::keep_in) takes no event at present: a publish would fail.
    #[must_use]
    pub fn is_away(&self, channel: &str) -> bool {
        self.parts.channels.is_away(channel)
    }

    fn wait(&mut self, place: Place, event: NewEvent<'_>, then: Then<A>) {
        let channels = &mut self.parts.channels;
        channels.wait(place, event, self.purpose, then);
    }

    fn wait_for_journal(&mut self, ticket: Ticket, then: Then<A>) {
        let (channels, now) = (&mut self.parts.channels, self.sockets.now());
        if let Some(at) = channels.wait_for_journal(ticket, self.purpose, then, now) {
            self.sockets.set_alarm(Alarm { id: JOURNAL, at });
        }
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

fn event<'a>(name: &'a str, data: &'a str, has_id: bool) -> NewEvent<'a> {
    NewEvent { name, data, has_id }
}
