//! Subscribing to a channel by Server-Sent Events (WHATWG HTML, section 9.2): where a stream begins, and how.

use crate::server::{
    Context, Refused, Reply,
    channels::ChannelKey,
    publishing::{Event, Then, Waiting},
    reply::{Answer, failed, framing},
    timers::Owner,
    warnings::ChannelName,
};
use crate::{
    channel::Missed,
    event::{self, Id},
    http::{Request, Response},
};
use std::{borrow::Cow, fmt::Write, ops::RangeInclusive, time::Duration};

/// What clients that cannot send the header put into the query instead.
const PARAMETERS: [&str; 3] = ["lastEventId", "last_event_id", "evs_last_event_id"];

/// Those who come during the drain come back to the next server over so many milliseconds, not all at once.
const COME_BACK_SPREAD: u64 = 3000;
/// Those who come when there are as many subscribers as there may be come back after so many milliseconds: soon enough
/// for somebody who waits, and seldom enough to cost little. The mean delay is ten times the usual one.
const COME_BACK_WHEN_FULL: RangeInclusive<u64> = 15_000..=45_000;

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
        if self.hub.channels.kept(name).is_some() {
            return self.mistake(format_args!(
                "`open` begins nothing, for {} is kept: publish to it from actions, or do not keep it",
                ChannelName(name)
            ));
        }
        let (channel, opened) = self.hub.channels.open(name, false);
        if opened {
            self.hub.opened.push(channel.number);
            let route = self.route;
            begin(&mut self.on_behalf_of(Owner::Channel(channel), route));
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
        let Some(open) = self.hub.channels.named(channel) else {
            self.reaches_no_channel("publish_then", channel);
            return then(self, None);
        };
        let event = event(name, data, true);
        if self.hub.publishing.may_publish() {
            let id = event.push(&mut open.channel);
            self.hub.sweep.begin();
            return then(self, Some(id));
        }
        let channel = open.key;
        let then = move |cx: &mut Context<'_, A>, id| Some(then(cx, id));
        if self.wait(channel, event, Box::new(then)) {
            Reply(Answer::Later)
        } else {
            self.too_many("Too many events wait to be published.")
        }
    }

    /// Publishes an event without an id; if the channel is not open, to nobody. It is held among the others, so that who
    /// subscribes gets the latest event at once, be it one of these; but nobody can name it as the last one seen: a
    /// client that comes back resumes behind the last event that had an id, and of those without gets only what came
    /// after a later one with. It waits as [`Context::publish`] says. See [`Context::open`] for an example.
    pub fn tell(&mut self, channel: &str, name: &str, data: &str) {
        self.push("tell", channel, event(name, data, false));
    }

    fn push(&mut self, call: &str, channel: &str, event: Event) {
        let Some(open) = self.hub.channels.named(channel) else {
            return self.reaches_no_channel(call, channel);
        };
        if self.hub.publishing.may_publish() {
            event.push(&mut open.channel);
            self.hub.sweep.begin();
            return;
        }
        let key = open.key;
        if !self.wait(key, event, Box::new(|_, _| None)) {
            self.hub.is_hit(self.io, "the limit of events that wait");
        }
    }

    /// Says so in the log, if the name may be misspelt. A channel that has closed is no mistake.
    fn reaches_no_channel(&mut self, call: &str, name: &str) {
        if !self.hub.channels.has_known(name) {
            self.mistake(format_args!(
                "`{call}` reaches no subscriber, for {} has never been open: is its name misspelt, or is it to be \
                 kept by Server::keep?",
                ChannelName(name)
            ));
        }
    }

    fn wait(&mut self, channel: ChannelKey, event: Event, then: Then<A>) -> bool {
        let waits = self.hub.publishing.wait(Waiting {
            channel,
            event,
            owner: self.owner,
            route: self.route,
            then,
        });
        self.hub.jobs += usize::from(waits);
        waits
    }

    /// The number of a channel's subscribers; 0 if the channel is not open. The client that the action is about to
    /// [subscribe](Context::subscribe) is not among them.
    #[must_use]
    pub fn audience(&mut self, channel: &str) -> usize {
        let open = self.hub.channels.named(channel);
        open.map_or(0, |open| open.subscribers)
    }

    /// How many channels are open.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.hub.channels.len()
    }

    /// How many timers run.
    #[must_use]
    pub fn timers(&self) -> usize {
        self.hub.timers.len()
    }
}

impl<A: 'static> Context<'_, A> {
    /// Answers with a channel's events, to a client that is an `EventSource` or reads like one. First `retry:` with the
    /// reconnection delay. Then the `greeting`, if there is one: an event's name and data. Then, to a client that names
    /// the last event it has seen (`Last-Event-ID`, or the query's `lastEventId`, `last_event_id` or
    /// `evs_last_event_id`), all that came since, preceded by an event `missed` if some are no longer held; to any
    /// other, the latest event, with an id or without. Then all events that are [published](Context::publish) or
    /// [told](Context::tell), and the [heartbeat](crate::server::Settings::heartbeat) when none is. Where no event of the
    /// channel follows at once, the greeting has an `id`, from which the client can resume. Without a greeting that id
    /// stands in a block without data: an `EventSource` dispatches no event for the block, but keeps the id.
    ///
    /// ```text
    /// retry: 2713
    /// id: 1795260675202-0
    ///
    /// data: the first event that is told or published
    /// ```
    ///
    /// 500, and a line in the log, if the channel is not open: see [`Context::open`] and
    /// [`Server::keep`](crate::server::Server::keep). At shutdown, and beyond
    /// [`Settings::subscribers`](crate::server::Settings::subscribers), the answer only says when to come back.
    ///
    /// A client is never waited for. One that falls behind by more than [`Settings::history`](crate::server::Settings::history)
    /// events is disconnected, and resumes when it comes back.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn news(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     let readers = (cx.audience("news") + 1).to_string();
    ///     cx.subscribe(request, "news", Some(("readers", &readers)))
    /// }
    /// # fn main() {
    /// # let address = start(|| Ok(Server::new((), Router::new().get("/news", news), &Settings::default())?.keep("news")));
    /// # assert!(ask(address, "GET /news", 5).ends_with("event: readers\ndata: 1\n\n"));
    /// # }
    /// ```
    pub fn subscribe(
        &mut self,
        request: &Request<'_>,
        channel: &str,
        greeting: Option<(&str, &str)>,
    ) -> Reply<A> {
        if let Some(left) = self.hub.drain_left(self.io.now()) {
            return come_back(left + Duration::from_millis(fastrand::u64(..=COME_BACK_SPREAD)))
                .into();
        }
        if self.hub.subscribers >= self.hub.most_subscribers {
            self.refused(Refused::Subscribers);
            return self.come_back_later();
        }
        let retry = spread(self.hub.retry);
        let Some(open) = self.hub.channels.named(channel) else {
            let why = "is not open: open it by Context::open before, or keep it by Server::keep";
            return self.cannot_read("subscribe", channel, why);
        };
        let seen = last_event_id(request);
        let (cursor, missed) = match seen {
            Some(id) => open.channel.after(id, framing(request)),
            None => (open.channel.latest(framing(request)), None),
        };
        let missed = seen.filter(|_| missed == Some(Missed));
        let resume = (!open.channel.has_more(&cursor)).then(|| open.channel.last());
        let beginning = preamble(retry, greeting, missed, resume);
        Reply(Answer::Subscribe {
            head: Response::events(),
            beginning,
            cursor,
        })
    }

    /// The answer to a subscriber for whom there is no room: when to come back.
    pub(crate) fn come_back_later(&mut self) -> Reply<A> {
        come_back(Duration::from_millis(fastrand::u64(COME_BACK_WHEN_FULL))).into()
    }

    /// The answer where an action names a channel that a client cannot read.
    pub(crate) fn cannot_read(&mut self, call: &str, channel: &str, why: &str) -> Reply<A> {
        let channel = ChannelName(channel);
        self.mistake(format_args!("`{call}` fails, for {channel} {why}"));
        failed()
    }
}

fn event(name: &str, data: &str, has_id: bool) -> Event {
    Event {
        name: name.to_owned(),
        data: data.to_owned(),
        has_id,
    }
}

/// A stream that says only when to come back: any other status would make a browser give up for ever (HTML, section
/// 9.2.3).
fn come_back(wait: Duration) -> Response {
    Response::events().body(format!("retry: {}\n\n", wait.as_millis()).into_bytes())
}

/// The stream's beginning: `retry:`, in one block with the greeting or else with the event that follows at once. Where
/// no event of the channel follows at once, the place to resume from is the greeting's id, or stands in a block that
/// dispatches no event.
fn preamble(
    retry: u32,
    greeting: Option<(&str, &str)>,
    missed: Option<Id>,
    resume: Option<Id>,
) -> String {
    let mut text = format!("retry: {retry}\n").into_bytes();
    if let Some((name, data)) = greeting {
        event::encode(&mut text, resume, name, data);
    }
    if let Some(after) = missed {
        let data = format!("{{\"after\":\"{after}\"}}");
        event::encode(&mut text, None, "missed", &data);
    }
    let mut text = String::from_utf8(text).expect("events are made of text");
    if let (None, Some(id)) = (greeting, resume) {
        write!(text, "id: {id}\n\n").expect("a string takes everything");
    }
    text
}

/// Anything within half of `retry` more or less, so that those who were dropped together do not come back together.
fn spread(retry: u32) -> u32 {
    fastrand::u32(retry - retry / 2..=retry.saturating_add(retry / 2))
}

/// The id of the last event that the client has seen: the header's, or else the query's. The last one that parses
/// counts.
fn last_event_id(request: &Request<'_>) -> Option<Id> {
    let header = request.headers("last-event-id");
    let header = header.filter_map(|line| Id::last_in(&String::from_utf8_lossy(line)));
    header.last().or_else(|| in_query(request.pairs()))
}

fn in_query<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Option<Id> {
    let mut found = [None; PARAMETERS.len()];
    for (name, value) in pairs {
        if let Some(place) = PARAMETERS.iter().position(|known| *known == name) {
            found[place] = Id::last_in(&value).or(found[place]);
        }
    }
    found.into_iter().flatten().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_stands_first_in_the_block_of_what_follows() {
        let id = Id::at(7);
        assert_eq!(preamble(5, None, None, None), "retry: 5\n");
        assert_eq!(preamble(5, None, None, Some(id)), "retry: 5\nid: 7-0\n\n");
        let missed = "retry: 5\nevent: missed\ndata: {\"after\":\"3-0\"}\n\n";
        assert_eq!(preamble(5, None, Some(Id::at(3)), None), missed);
        assert_eq!(
            preamble(5, None, Some(Id::at(3)), Some(id)),
            format!("{missed}id: 7-0\n\n")
        );
    }

    #[test]
    fn a_greeting_stands_before_missed_and_has_an_id_only_where_no_event_follows() {
        let (greeting, id) = (Some(("hello", "{}")), Id::at(7));
        let hello = "event: hello\ndata: {}\n\n";
        let missed = "event: missed\ndata: {\"after\":\"3-0\"}\n\n";
        for (lost, resume, text) in [
            (None, None, format!("retry: 5\n{hello}")),
            (None, Some(id), format!("retry: 5\nid: 7-0\n{hello}")),
            (Some(Id::at(3)), None, format!("retry: 5\n{hello}{missed}")),
            (
                Some(Id::at(3)),
                Some(id),
                format!("retry: 5\nid: 7-0\n{hello}{missed}"),
            ),
        ] {
            assert_eq!(preamble(5, greeting, lost, resume), text);
        }
    }

    #[test]
    fn delays_are_spread_by_half() {
        let delays: Vec<u32> = (0..1000).map(|_| spread(3000)).collect();
        assert!(delays.iter().all(|delay| (1500..=4500).contains(delay)));
        assert!(
            delays.iter().any(|delay| *delay < 2000) && delays.iter().any(|delay| *delay > 4000)
        );
        assert_eq!((spread(0), spread(1)), (0, 1));
        spread(u32::MAX);
    }

    #[test]
    fn a_query_is_gone_through_once_and_the_last_id_of_the_first_known_name_counts() {
        let mut looked_at = 0;
        let query = [
            ("evs_last_event_id", "9-0"),
            ("lastEventId", "1-0"),
            ("x", "8-0"),
            ("lastEventId", "2-0,3-0 , x"),
            ("lastEventId", ""),
            ("last_event_id", "7-0"),
        ];
        let pairs = query.map(|(name, value)| (name.into(), value.into()));
        let pairs = pairs.into_iter().inspect(|_| looked_at += 1);
        assert_eq!(in_query(pairs), Some(Id::at(3)));
        assert_eq!(looked_at, query.len());
    }
}
