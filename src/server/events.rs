//! Subscribing to a channel by Server-Sent Events (WHATWG HTML, section 9.2): where a stream begins, and how.

use super::{
    Context, Reply,
    context::{Subscription, framing},
};
use crate::{
    channel::Missed,
    event::{self, Id},
    http::{Request, Response},
};
use std::{fmt::Write, time::Duration};

/// What clients that cannot send the header put into the query instead.
const PARAMETERS: [&str; 3] = ["lastEventId", "last_event_id", "evs_last_event_id"];

/// Those who come during the drain come back to the next server over so many milliseconds, not all at once.
const COME_BACK_SPREAD: u64 = 3000;

impl<A: 'static> Context<'_, A> {
    /// Answers with a channel's events, to a client that is an `EventSource` or reads like one. First `retry:` with the
    /// reconnection delay. Then, to a client that names the last event it has seen (`Last-Event-ID`, or the query's
    /// `lastEventId`, `last_event_id` or `evs_last_event_id`), all that came since, preceded by an event `missed` if
    /// some are no longer held; to any other, the latest event. Then whatever is [published](Context::publish), and the
    /// [heartbeat](super::Settings::heartbeat) when nothing is.
    ///
    /// The lines of a `greeting` stand at the very beginning, as comments. 404 if the channel is not open: see
    /// [`Context::open`] and [`Server::keep`](super::Server::keep). At shutdown the answer only says when to come back.
    ///
    /// A client is never waited for. One that falls behind by more than [`Settings::history`](super::Settings::history)
    /// events is disconnected, and resumes when it comes back.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn news(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     cx.subscribe(request, "news", "the news")
    /// }
    /// # fn main() {
    /// # let address = start(|| Ok(Server::new((), Router::new().get("/news", news), &Settings::default())?.keep("news")));
    /// # assert!(ask(address, "GET /news", 4).starts_with(": the news\nretry: "));
    /// # }
    /// ```
    pub fn subscribe(&mut self, request: &Request<'_>, channel: &str, greeting: &str) -> Reply {
        if let Some(left) = self.hub.drain_left(self.io.now()) {
            return come_back(left + Duration::from_millis(fastrand::u64(..=COME_BACK_SPREAD)))
                .into();
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
        let beginning = comment(greeting) + &preamble(retry, missed, resume);
        Reply::Subscribe(Subscription {
            head: Response::events(),
            beginning,
            cursor,
        })
    }
}

fn comment(text: &str) -> String {
    text.lines().map(|line| format!(": {line}\n")).collect()
}

/// A stream that says only when to come back: any other status would make a browser give up for ever (HTML, section
/// 9.2.3).
fn come_back(wait: Duration) -> Response {
    Response::events().body(format!("retry: {}\n\n", wait.as_millis()).into_bytes())
}

/// The stream's beginning: `retry:`, in the block of the event that follows at once, be that `missed` or the channel's
/// next; where nothing follows, the place to resume from, in a block that dispatches nothing.
fn preamble(retry: u32, missed: Option<Id>, resume: Option<Id>) -> String {
    let mut text = format!("retry: {retry}\n").into_bytes();
    if let Some(after) = missed {
        event::encode(
            &mut text,
            None,
            "missed",
            &format!("{{\"after\":\"{after}\"}}"),
        );
    }
    let mut text = String::from_utf8(text).expect("events are made of text");
    if let Some(id) = resume {
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
        assert_eq!(preamble(5, None, None), "retry: 5\n");
        assert_eq!(preamble(5, None, Some(id)), "retry: 5\nid: 7-0\n\n");
        let missed = "retry: 5\nevent: missed\ndata: {\"after\":\"3-0\"}\n\n";
        assert_eq!(preamble(5, Some(Id::at(3)), None), missed);
        assert_eq!(
            preamble(5, Some(Id::at(3)), Some(id)),
            format!("{missed}id: 7-0\n\n")
        );
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
