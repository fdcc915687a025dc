//! `GET /poll`: the pictures by long polling, for clients without `EventSource` and behind proxies that hold streams
//! back.
//!
//! ```text
//! ?after=1353283217345-0&wait=25   →   200 {"events":[{"id":"…","event":"picture","data":{…}}],"last":"…"}
//!                                      204, if there was none in that time
//! ```

use super::{PICTURES, PictureFrame, client::hint};
use crate::{
    event::Id,
    http::{Problem, Request, Response},
    server::{Context, News, Refused, Reply},
};
use std::{fmt::Write, time::Duration};

/// How long a request is held that does not say, in seconds: less than the half minute after which many proxies give up.
const WAIT: f64 = 25.0;
/// The longest that one is held, in seconds.
const MAX_WAIT: f64 = 60.0;

/// The action.
pub(super) fn poll(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    hint(cx, request);
    let wait = match wait(request) {
        Ok(wait) => wait,
        Err(problem) => {
            cx.refused(Refused::Malformed);
            return problem.into();
        }
    };
    cx.until(request, PICTURES, after(request), wait, |news| {
        answer(&news).header("Cache-Control", "no-store").into()
    })
}

/// The event that the client has seen last; what is no id counts as absent.
fn after(request: &Request<'_>) -> Option<Id> {
    parameters(request, "after").find_map(|id| id.parse().ok())
}

fn wait(request: &Request<'_>) -> Result<Duration, Problem> {
    let mut waits = parameters(request, "wait");
    let seconds = waits.next().map_or(Some(WAIT), |text| number(&text));
    match (seconds, waits.next()) {
        (_, Some(_)) => Err(Problem::new(400, "There is more than one wait.")),
        (None, _) => Err(Problem::new(400, "The wait is not a number of seconds.")),
        (Some(seconds), None) => Ok(Duration::from_secs_f64(seconds.clamp(0.0, MAX_WAIT))),
    }
}

/// A decimal number. The standard parser would take `inf` and `nan` as well, which have no digits.
fn number(text: &str) -> Option<f64> {
    let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| has_digits)
}

fn parameters(request: &Request<'_>, name: &str) -> impl Iterator<Item = String> {
    form_urlencoded::parse(request.query.unwrap_or_default().as_bytes())
        .filter(move |(field, _)| field == name)
        .map(|(_, value)| value.into_owned())
}

fn answer(news: &News<'_>) -> Response {
    if news.is_empty() {
        return Response::new(204);
    }
    Response::new(200)
        .header("Content-Type", "application/json")
        .body(json(news).into_bytes())
}

/// The events' data is JSON already, and goes in as it is.
fn json(news: &News<'_>) -> String {
    let mut text = String::from("{\"events\":[");
    let mut comma = "";
    let mut add = |element: std::fmt::Arguments<'_>| {
        write!(text, "{comma}{{{element}}}").expect("a string takes everything");
        comma = ",";
    };
    if let Some(after) = news.missed {
        add(format_args!(
            "\"event\":\"missed\",\"data\":{{\"after\":\"{after}\"}}"
        ));
    }
    for event in &news.events {
        let (id, name, data) = (event.id.unwrap_or_default(), event.name, &event.data);
        add(format_args!(
            "\"id\":\"{id}\",\"event\":\"{name}\",\"data\":{data}"
        ));
    }
    text + &format!("],\"last\":\"{}\"}}", news.last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Input, Step};

    fn seconds(query: &str) -> Option<f64> {
        let mut input = Input::new();
        input.push(format!("GET /poll?{query} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        assert_eq!(input.step(), Step::Ready);
        let wait = wait(&input.request());
        wait.ok().map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn a_wait_is_brought_into_0_to_60_seconds() {
        for (query, expected) in [
            ("", 25.0),
            ("wait=7.5", 7.5),
            ("wait=60", 60.0),
            ("wait=60.1", 60.0),
            ("wait=1e999", 60.0),
            ("wait=-0", 0.0),
            ("wait=-1e999", 0.0),
        ] {
            assert_eq!(seconds(query), Some(expected), "{query}");
        }
        for query in ["wait=inf", "wait=nan", "wait=-infinity", "wait="] {
            assert_eq!(seconds(query), None, "{query}");
        }
    }
}
