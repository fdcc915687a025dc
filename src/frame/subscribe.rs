//! `GET /subscribe`: the pictures as they come, by Server-Sent Events.
//!
//! ```text
//! retry: 2713
//! id: 1353283217345-0
//! event: picture
//! data: {"url":"…","keyword":"sushi"}
//! ```

use super::PictureFrame;
use crate::{
    channel::Missed,
    event::{self, Id},
    http::{Request, Response},
    server::{Context, Reply, framing},
};
use std::{fmt::Write, time::Duration};

/// What clients that cannot send the header put into the query instead.
const PARAMETERS: [&str; 3] = ["lastEventId", "last_event_id", "evs_last_event_id"];

/// Those who come during the drain come back to the next server over so many milliseconds, not all at once.
const COME_BACK_SPREAD: u64 = 3000;

/// The action: the latest picture, or all since the one last seen, and then whatever comes.
pub(super) fn subscribe(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> Reply {
    if let Some(left) = cx.drain_left() {
        return come_back(left + Duration::from_millis(fastrand::u64(..=COME_BACK_SPREAD))).into();
    }
    let seen = last_event_id(request);
    let (cursor, missed) = match seen {
        Some(id) => cx.channel().after(id, framing(request)),
        None => (cx.channel().latest(framing(request)), None),
    };
    let has_more = cx.channel().has_more(&cursor);
    let missed = seen.filter(|_| missed == Some(Missed));
    let preamble = preamble(
        spread(cx.app.retry),
        missed,
        (!has_more).then(|| cx.channel().last()),
    );
    Reply::Subscribe(head(), preamble, cursor)
}

fn head() -> Response {
    Response::new(200)
        .header("Content-Type", "text/event-stream")
        .header("Cache-Control", "no-cache, no-store, no-transform")
        .header("X-Accel-Buffering", "no")
}

/// A stream that says only when to come back: any other status would make a browser give up for ever (HTML, section
/// 9.2.3).
fn come_back(wait: Duration) -> Response {
    head().body(format!("retry: {}\n\n", wait.as_millis()).into_bytes())
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
