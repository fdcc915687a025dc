//! Reading a channel by long polling: a request is answered at once if there is something new, and else held until
//! there is. It stands on the same cursors as a stream, and the same sweep finds it.

use super::{Answer, Context, Reply, framing};
use crate::{
    channel::Missed,
    event::{Event, Id},
    http::{Method, Problem, Request},
    server::parts::limits::retry_after,
};
use std::time::Duration;

/// Events for one answer: the rest is for the next one. They are copied into it, and a client that reads slowly must
/// not make the server hold more for it than a stream's does.
const MOST: usize = 64 * 1024;

/// What there is for a client that polls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News<'a> {
    /// The id that the client named, if events after it are no longer held, or if it is none of this channel's.
    pub missed: Option<Id>,
    /// The events, oldest first: all that the client has not had, or the first 64 KiB of them. None when the wait is
    /// over.
    pub events: Vec<Event<'a>>,
    /// The place to resume from, for the client's next request.
    pub last: Id,
}

impl News<'_> {
    /// True if there is no news: the wait was over before an event came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missed.is_none() && self.events.is_empty()
    }
}

/// Long polling.
impl<A: 'static> Context<'_, A> {
    /// Answers with what `reply` makes of a channel's events after the id `after`, which the client names, or of the
    /// latest one, if it names none. Where there is nothing yet, the request is held until something is
    /// [published](Context::publish) or [told](Context::tell), or `wait` is over (in steps of 10 ms); then there is
    /// perhaps still [nothing](News::is_empty). It is not held if it is a `HEAD`. At shutdown a request that is held is
    /// answered, and one that comes gets 503 with the time to come back after.
    ///
    /// 500, and a line in the log, if the channel is not one that is [kept](crate::server::Server::keep): between two requests
    /// no subscriber would keep it open. A client that polls is no subscriber.
    ///
    /// All that is kept of a request that is held are its own bytes and some 50 more; when the wait is over, the action
    /// is called anew with it. So what it does before this is done twice, and `after` should be the same.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn next(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     let after = request.query.and_then(|query| query.parse().ok());
    ///     cx.until(request, "bells", after, Duration::from_secs(25), |news| {
    ///         let rung = news.events.iter().map(|event| format!("{} {}\n", event.id.unwrap_or("-"), event.data));
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
    pub fn until(
        &mut self,
        request: &Request<'_>,
        channel: &str,
        after: Option<Id>,
        wait: Duration,
        reply: impl FnOnce(News<'_>) -> Reply<A>,
    ) -> Reply<A> {
        let drain = self.parts.phase.drain_left(self.sockets.now());
        if let Some(left) = drain.filter(|_| self.polled.is_none()) {
            return leaving(left).into();
        }
        let Some(channel) = self.parts.channels.kept(channel) else {
            return self.cannot_read("until", channel, "is not kept: keep it by Server::keep");
        };
        let (cursor, missed) = match (self.polled, after) {
            (Some(cursor), _) => (cursor, (!channel.can_serve(&cursor)).then_some(Missed)),
            (None, Some(id)) => channel.after(id, framing(request)),
            (None, None) => (channel.latest(framing(request)), None),
        };
        let missed = after.filter(|_| missed == Some(Missed));
        let may_wait = self.polled.is_none() && !wait.is_zero() && request.method != Method::Head;
        if may_wait && missed.is_none() && !channel.has_more(&cursor) {
            let until = self.sockets.now().after(wait);
            return Reply(Answer::Poll { cursor, until });
        }
        let (events, last) = channel.rest(&cursor, MOST);
        let events: Vec<Event<'_>> = events.map(Event::decode).collect();
        if request.method != Method::Head {
            self.parts.counters.delivered(events.len() as u64);
        }
        reply(News {
            missed,
            events,
            last,
        })
    }
}

/// The answer to a poll that comes during the drain, of which this much is left. Were it answered that there is nothing,
/// the client would ask again at once, and again.
fn leaving(left: Duration) -> Problem {
    Problem::new(503, "The server is shutting down.").header("Retry-After", retry_after(left))
}
