//! Subscribing to a channel by Server-Sent Events (WHATWG HTML, section 9.2): where a stream begins, and how.

use super::{
    Context, Refused, Reply,
    hub::unix_millis,
    reply::{Subscription, framing},
    settle,
    timers::Owner,
};
use crate::{
    channel::Missed,
    event::{self, Id},
    http::{Request, Response},
};
use std::{fmt::Write, ops::RangeInclusive, time::Duration};

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
    /// that stays without subscribers, see [`Server::keep`](super::Server::keep).
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
        let (channel, opened) = self.hub.channels.open(name, false);
        if opened {
            self.hub.opened.push(channel.number);
            begin(&mut self.on_behalf_of(Owner::Channel(channel)));
        }
    }

    /// Publishes an event to a channel's subscribers, who can resume behind its id, which is returned. `None` if the
    /// channel is not open: nobody listens. An event without a `name` is what an `EventSource` calls a `message`. The
    /// `data` may have several lines; `name` must be one. The event is encoded once, held among the last
    /// [`Settings::history`](super::Settings) ones, and sent in this turn and the following ones, 256 connections at a
    /// time.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn ring(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    ///     match cx.publish("bells", "ring", "ding\ndong") {
    ///         Some(id) => Response::text(200, format!("{id}\n")).into(),
    ///         None => Problem::new(404, "Nobody listens.").into(),
    ///     }
    /// }
    /// # fn main() {
    /// # let address = start(|| Ok(Server::new((), Router::new().post("/ring", ring), &Settings::default())?.keep("bells")));
    /// # assert!(ask(address, "POST /ring", 9).trim().parse::<picture_frame::event::Id>().is_ok());
    /// # }
    /// ```
    pub fn publish(&mut self, channel: &str, name: &str, data: &str) -> Option<Id> {
        self.make_room();
        let open = self.hub.channels.named(channel)?;
        let id = open.channel.publish(unix_millis(), name, data);
        self.hub.sweep.begin();
        Some(id)
    }

    /// Publishes an event without an id; if the channel is not open, to nobody. It is held among the others, so that who
    /// subscribes gets the latest event at once, be it one of these; but nobody can name it as the last one seen: a
    /// client that comes back resumes behind the last event that had an id, and of those without gets only what came
    /// after a later one with. See [`Context::open`] for an example.
    pub fn tell(&mut self, channel: &str, name: &str, data: &str) {
        self.make_room();
        if let Some(open) = self.hub.channels.named(channel) {
            open.channel.tell(name, data);
            self.hub.sweep.begin();
        }
    }

    /// Sees to it that the ring drops nothing which a subscriber has not been offered. Events that come faster than the
    /// sweep goes round are rare, so that everyone is then offered what there is at once.
    fn make_room(&mut self) {
        self.hub.unoffered += 1;
        if self.hub.unoffered <= self.hub.most_unoffered {
            return;
        }
        self.hub.unoffered = 1;
        let now = self.io.now();
        for at in (0..self.io.top())
            .filter_map(|index| self.io.at(index))
            .collect::<Vec<_>>()
        {
            let hub = &mut self.hub;
            self.io.with(at, |slot| {
                // Those who poll are told that they have missed something: to answer them takes their action.
                if slot.state.is_subscriber() {
                    let next = hub.step(slot, now);
                    settle(slot, next, hub, now);
                }
            });
        }
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
    /// [told](Context::tell), and the [heartbeat](super::Settings::heartbeat) when none is. Where no event of the
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
    /// 404 if the channel is not open: see [`Context::open`] and [`Server::keep`](super::Server::keep). At shutdown,
    /// and beyond [`Settings::subscribers`](super::Settings::subscribers), the answer only says when to come back.
    ///
    /// A client is never waited for. One that falls behind by more than [`Settings::history`](super::Settings::history)
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
    ) -> Reply {
        if let Some(left) = self.hub.drain_left(self.io.now()) {
            return come_back(left + Duration::from_millis(fastrand::u64(..=COME_BACK_SPREAD)))
                .into();
        }
        if self.hub.subscribers >= self.hub.most_subscribers {
            self.refused(Refused::Subscribers);
            return come_back(Duration::from_millis(fastrand::u64(COME_BACK_WHEN_FULL))).into();
        }
        let retry = spread(self.hub.retry);
        let Some(open) = self.hub.channels.named(channel) else {
            return super::not_found().into();
        };
        let seen = last_event_id(request);
        let (cursor, missed) = match seen {
            Some(id) => open.channel.after(id, framing(request)),
            None => (open.channel.latest(framing(request)), None),
        };
        let missed = seen.filter(|_| missed == Some(Missed));
        let resume = (!open.channel.has_more(&cursor)).then(|| open.channel.last());
        let beginning = preamble(retry, greeting, missed, resume);
        Reply::Subscribe(Subscription {
            head: Response::events(),
            beginning,
            cursor,
        })
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

/// The id of the last event that the client has seen: the header's, or the query's; what is no id counts as absent.
fn last_event_id(request: &Request<'_>) -> Option<Id> {
    let mut values = request.headers("last-event-id");
    let header = values.find_map(|value| std::str::from_utf8(value).ok()?.parse().ok());
    header.or_else(|| PARAMETERS.iter().find_map(|name| in_query(request, name)))
}

fn in_query(request: &Request<'_>, name: &str) -> Option<Id> {
    let fields = form_urlencoded::parse(request.query?.as_bytes());
    fields
        .filter(|(field, _)| field == name)
        .find_map(|(_, value)| value.parse().ok())
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
}
