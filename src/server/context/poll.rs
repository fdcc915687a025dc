//! Long polling: a request is a poll, which is answered at once if the channel has new events, and else held until an
//! event comes. A poll has a cursor as a stream has, and the same sweep visits it.

use super::{Answer, Context, Held, Reply, framing};
use crate::{
    channel::{Channel, Cursor, Missed},
    event::{Event, Id},
    http::{Method, Problem, Request},
    server::parts::limits::retry_after,
};
use std::time::Duration;

/// The most bytes of events in an answer; further events are for the next poll. The answer has a copy of the events,
/// and a client that reads slowly must not make the server hold more than a stream's client can.
const MOST: usize = 64 * 1024;

/// The outcome of a [poll](Context::poll), from which the answer is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polled<'a> {
    /// The id that the client named, if events after it are no longer held, or if the id is none of this channel's.
    pub missed: Option<Id>,
    /// The events that the client has not had, oldest first: all, or the first 64 KiB of them. Empty if the wait is
    /// over before an event comes.
    pub events: Vec<Event<'a>>,
    /// The place to resume from, for the client's next request.
    pub last: Id,
}

impl Polled<'_> {
    /// True if the wait is over before an event has come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missed.is_none() && self.events.is_empty()
    }
}

/// Long polling, for clients that cannot read streams.
impl<A: 'static> Context<'_, A> {
    /// Replies with the answer that `reply` makes of a channel's events after the id `after`, which the client names.
    /// For a client that names no id, `reply` gets the latest event. If the channel has no such event yet, the request
    /// is held until an event is [published](Context::publish) or [told](Context::tell), or `wait` (in steps of 10 ms)
    /// is over: then the outcome may be [empty](Polled::is_empty). A `HEAD` is not held. At shutdown the polls that are
    /// held are answered, and a new poll gets 503 with `Retry-After`.
    ///
    /// The reply is 500, with a line in the log, if the channel is not [kept](crate::server::Server::keep): a client
    /// that polls is no subscriber, and a channel that is not kept closes between two polls.
    ///
    /// Of a request that is held, the server keeps its bytes and some 50 more. When the hold ends, the action is called
    /// again with the same request: its code before this call runs twice, and `after` should be the same both times.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn next(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     let after = request.query.and_then(|query| query.parse().ok());
    ///     cx.poll(request, "bells", after, Duration::from_secs(25), |polled| {
    ///         let rung = polled.events.iter().map(|event| format!("{} {}\n", event.id.unwrap_or("-"), event.data));
    ///         Response::text(200, rung.collect::<String>()).into()
    ///     })
    /// }
    /// # fn ring(cx: &mut Context<'_, ()>, _: &Request<'_>) -> Reply {
    /// #     cx.publish("bells", "ring", "ding");
    /// #     Response::new(204).into()
    /// # }
    /// # fn main() {
    /// # let address = start(|| Ok(Server::new((), Router::new().get("/next", next).post("/ring", ring), &Settings::default())?.keep("bells")));
    /// # let waits = std::thread::spawn(move || ask(address, "GET /next", 9));
    /// # ask(address, "POST /ring", 9);
    /// # let text = waits.join().unwrap();
    /// # let (id, data) = text.trim().split_once(' ').unwrap();
    /// # assert_eq!(data, "ding");
    /// # let waits = std::thread::spawn({ let again = format!("GET /next?{id}"); move || ask(address, &again, 9) });
    /// # ask(address, "POST /ring", 9);
    /// # assert!(waits.join().unwrap().trim().ends_with(" ding"));
    /// # }
    /// ```
    pub fn poll(
        &mut self,
        request: &Request<'_>,
        channel: &str,
        after: Option<Id>,
        wait: Duration,
        reply: impl FnOnce(Polled<'_>) -> Reply<A>,
    ) -> Reply<A> {
        let drain = self.parts.phase.drain_left(self.sockets.now());
        if let Some(left) = drain.filter(|_| self.polled.is_none()) {
            return leaving(left).into();
        }
        if let Some(later) = self.catch_up(request, channel, after, wait) {
            return later;
        }
        let polled = self.polled.filter(|held| !held.catches_up);
        let Some(channel) = self.parts.channels.kept(channel) else {
            return self.cannot_read("poll", channel, "is not kept: keep it by Server::keep");
        };
        let (cursor, missed) = match (polled, after) {
            (Some(held), _) => {
                let missed = !channel.can_serve(&held.cursor);
                (channel.before_gap(held.cursor), missed.then_some(Missed))
            }
            (None, Some(id)) => channel.after(id, framing(request)),
            (None, None) => (channel.latest(framing(request)), None),
        };
        let missed = after.filter(|_| missed == Some(Missed));
        let may_wait = polled.is_none() && !wait.is_zero() && request.method != Method::Head;
        if may_wait && drain.is_none() && missed.is_none() && !channel.has_event(&cursor) {
            return Reply(Answer::Poll(Held {
                cursor: channel.end(framing(request)),
                until: self.sockets.now().after(wait),
                catches_up: false,
            }));
        }
        let polled = rest(channel, &cursor, missed);
        if request.method != Method::Head {
            self.parts.counters.delivered(polled.events.len() as u64);
        }
        reply(polled)
    }

    /// Replies at once with the answer that `reply` makes of the newest `most` events of a channel that is kept, for a
    /// client that wants to see what there has been.
    pub(crate) fn newest(
        &mut self,
        request: &Request<'_>,
        channel: &str,
        most: usize,
        reply: impl FnOnce(Polled<'_>) -> Reply<A>,
    ) -> Reply<A> {
        if let Some(left) = self.parts.phase.drain_left(self.sockets.now()) {
            return leaving(left).into();
        }
        let Some(channel) = self.parts.channels.kept(channel) else {
            return self.cannot_read("newest", channel, "is not kept: keep it by Server::keep");
        };
        let polled = rest(channel, &channel.newest(most, framing(request)), None);
        if request.method != Method::Head {
            self.parts.counters.delivered(polled.events.len() as u64);
        }
        reply(polled)
    }
}

fn rest<'a>(channel: &'a Channel, cursor: &Cursor, missed: Option<Id>) -> Polled<'a> {
    let (events, last) = channel.rest(cursor, MOST);
    Polled {
        missed,
        events: events.map(Event::decode).collect(),
        last,
    }
}

/// Makes the answer to a poll that comes during the drain, of which `left` is left. After an empty answer the client
/// would poll again at once, and again.
fn leaving(left: Duration) -> Problem {
    Problem::new(503, "The server is shutting down.").header("Retry-After", retry_after(left))
}
