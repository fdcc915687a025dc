//! Subscriptions to a channel by Server-Sent Events (WHATWG HTML, section 9.2): the beginning of a stream, and its
//! place in the channel.

use super::{Answer, Context, Reply, catch_up::CATCHING_UP, failed, framing};
use crate::{
    channel::Missed,
    event::{self, Id},
    http::{Request, Response},
    server::parts::{counters::Refused, warnings::ChannelName},
};
use std::{borrow::Cow, ops::RangeInclusive, time::Duration};

/// Parameters of the query in place of the header `Last-Event-ID`, for clients that cannot send it.
const PARAMETERS: [&str; 3] = ["lastEventId", "last_event_id", "evs_last_event_id"];

/// Milliseconds over which subscribers that come during the drain return to the next server, not all at once.
const COME_BACK_SPREAD: u64 = 3000;
/// Milliseconds after which subscribers beyond the limit come back: soon enough for a visitor that waits, and seldom
/// enough to cost little. The mean is ten times the usual delay.
const COME_BACK_WHEN_FULL: RangeInclusive<u64> = 15_000..=45_000;
/// Most streams' beginnings are no longer, in bytes: they are made without being moved.
const USUAL_PREAMBLE: usize = 256;

impl<A: 'static> Context<'_, A> {
    /// Replies with a stream of a channel's events, for an `EventSource` or a client that reads the same format. The
    /// stream has, in this order:
    ///
    /// - `retry:` with the reconnection delay;
    /// - the `greeting`, if it is given: the name and the data of an event;
    /// - to a client that names the last event it has seen, all later events, after an event `missed` if some of them
    ///   are no longer held. The client names the event by `Last-Event-ID`, or in the query by `lastEventId`,
    ///   `last_event_id` or `evs_last_event_id`;
    /// - to any other client, the latest event, with an id or without;
    /// - all events that are [published](Context::publish) or [told](Context::tell) from then on, and the
    ///   [heartbeat](crate::server::Settings::heartbeat) after each silence.
    ///
    /// If no event of the channel follows at once, the greeting has an `id`, from which the client can resume. Without
    /// a greeting this id stands in a block without data: an `EventSource` dispatches no event for the block, but keeps
    /// the id.
    ///
    /// ```text
    /// retry: 2713
    /// id: 1795260675202-0
    ///
    /// data: the first event that is told or published
    /// ```
    ///
    /// The reply is 500, with a line in the log, if the channel is not open: see [`Context::open`] and
    /// [`Server::keep`](crate::server::Server::keep). At shutdown, and beyond
    /// [`Settings::subscribers`](crate::server::Settings::subscribers), the stream has only a `retry:` with the delay
    /// after which to come back, and ends.
    ///
    /// The server waits for no subscriber. A subscriber that falls behind by more than
    /// [`Settings::history`](crate::server::Settings::history) events is disconnected, and resumes when it comes back.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn news(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     let readers = (cx.subscribers("news") + 1).to_string();
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
        self.replay(request, channel, 1, greeting)
    }

    /// As [`Context::subscribe`], but a client that names no last event gets the newest `most` events that are held,
    /// with an id or without, instead of the latest event alone. Events of all names count: in a chat that publishes
    /// arrivals on the same channel, ten events are fewer than ten messages.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn news(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     cx.replay(request, "news", 2, None)
    /// }
    /// # fn post(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    /// #     cx.tell("news", "", &String::from_utf8_lossy(request.body));
    /// #     Response::new(204).into()
    /// # }
    /// # fn main() {
    /// # let router = || Router::new().get("/news", news).post("/news", post);
    /// # let address = start(move || Ok(Server::new((), router(), &Settings::default())?.keep("news")));
    /// # ["one", "two", "three"].map(|text| ask(address, &format!("POST /news {text}"), 9));
    /// # assert!(ask(address, "GET /news", 5).ends_with("\ndata: two\n\ndata: three\n\n"));
    /// # }
    /// ```
    pub fn replay(
        &mut self,
        request: &Request<'_>,
        channel: &str,
        most: usize,
        greeting: Option<(&str, &str)>,
    ) -> Reply<A> {
        if let Some(left) = self.parts.phase.drain_left(self.sockets.now()) {
            return come_back(left + Duration::from_millis(fastrand::u64(..=COME_BACK_SPREAD)))
                .into();
        }
        if self.parts.channels.is_full() {
            self.refused(Refused::Subscribers);
            return self.come_back_later();
        }
        let seen = last_event_id(request);
        if let Some(later) = self.catch_up(request, channel, seen, CATCHING_UP) {
            return later;
        }
        let retry = spread(self.parts.retry);
        let Some(events) = self.parts.channels.named(channel) else {
            let why = "is not open: open it by Context::open before, or keep it by Server::keep";
            return self.cannot_read("subscribe", channel, why);
        };
        let (cursor, missed) = match seen {
            Some(id) => events.after(id, framing(request)),
            None => (events.newest(most, framing(request)), None),
        };
        let missed = seen.filter(|_| missed == Some(Missed));
        let resume = (!events.has_more(&cursor)).then(|| events.last());
        let beginning = preamble(retry, greeting, missed, resume);
        Reply(Answer::Subscribe {
            head: Response::events(),
            beginning,
            cursor,
        })
    }

    /// Makes the reply to a subscriber beyond the limit: a delay, and the end of the stream.
    pub(crate) fn come_back_later(&mut self) -> Reply<A> {
        come_back(Duration::from_millis(fastrand::u64(COME_BACK_WHEN_FULL))).into()
    }

    /// Makes the reply to a request whose action names a channel that a client cannot read, and logs the mistake.
    pub(crate) fn cannot_read(&mut self, call: &str, channel: &str, why: &str) -> Reply<A> {
        let channel = ChannelName(channel);
        self.mistake(format_args!("`{call}` fails, for {channel} {why}"));
        failed()
    }
}

/// Makes a stream that has only the delay after which to come back. Any other status than 200 would make a browser give
/// up for ever (HTML, section 9.2.3).
fn come_back(wait: Duration) -> Response {
    Response::events().body(format!("retry: {}\n\n", wait.as_millis()).into_bytes())
}

/// Makes the beginning of a stream: `retry:`, in the same block as the greeting, or without a greeting as the event
/// that follows at once. If no event of the channel follows at once, the id `resume` is the greeting's, or stands in a
/// block that dispatches no event.
fn preamble(
    retry: u32,
    greeting: Option<(&str, &str)>,
    missed: Option<Id>,
    resume: Option<Id>,
) -> Vec<u8> {
    let mut text = Vec::with_capacity(USUAL_PREAMBLE);
    text.extend_from_slice(format!("retry: {retry}\n").as_bytes());
    if let Some((name, data)) = greeting {
        event::encode(&mut text, resume, name, data);
    }
    if let Some(after) = missed {
        let data = format!("{{\"after\":\"{after}\"}}");
        event::encode(&mut text, None, "missed", &data);
    }
    if let (None, Some(id)) = (greeting, resume) {
        text.extend_from_slice(format!("id: {id}\n\n").as_bytes());
    }
    text
}

/// A random delay within half of `retry` more or less, so that subscribers that were dropped together do not come back
/// together.
fn spread(retry: u32) -> u32 {
    fastrand::u32(retry - retry / 2..=retry.saturating_add(retry / 2))
}

/// The id of the last event that the client has seen, by the header, or else by the query. The last id that parses
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
    fn the_delay_stands_first_in_the_block_that_follows() {
        let id = Id::at(7);
        assert_eq!(preamble(5, None, None, None), b"retry: 5\n");
        assert_eq!(preamble(5, None, None, Some(id)), b"retry: 5\nid: 7-0\n\n");
        let missed = "retry: 5\nevent: missed\ndata: {\"after\":\"3-0\"}\n\n";
        assert_eq!(preamble(5, None, Some(Id::at(3)), None), missed.as_bytes());
        assert_eq!(
            preamble(5, None, Some(Id::at(3)), Some(id)),
            format!("{missed}id: 7-0\n\n").into_bytes()
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
            assert_eq!(preamble(5, greeting, lost, resume), text.as_bytes());
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
