//! `GET /poll`: the pictures by long polling, for clients without `EventSource` and for proxies that hold streams back.
//!
//! ```text
//! ?after=1353283217345-0&wait=25   →   200 {"events":[{"id":"…","event":"picture","data":{…}}],"last":"…"}
//! 204, if no picture came in that time
//! ?newest=12                       →   200, the twelve newest pictures that are held, or 204, at once
//! ```

use super::{
    PICTURES, PictureFrame,
    client::{hint, takes_place},
};
use crate::{
    event::Id,
    http::{Problem, Request, Response},
    server::{Context, Polled, Refused, Reply, busy},
};
use std::{borrow::Cow, fmt::Write, time::Duration};

/// Default wait, in seconds: less than the half minute after which many proxies give up.
const WAIT: f64 = 25.0;
/// Longest wait, in seconds.
const MAX_WAIT: f64 = 60.0;

/// The action.
pub(super) fn poll(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    hint(cx, request);
    if !takes_place(cx, request) {
        return busy("There are as many connections of your address as there may be.").into();
    }
    let asked = match Parameters::read(request.pairs()) {
        Ok(asked) => asked,
        Err(problem) => {
            cx.refused(Refused::Malformed);
            return problem.into();
        }
    };
    let reply = |polled: Polled<'_>| answer(&polled).header("Cache-Control", "no-store").into();
    match (asked.after, asked.newest) {
        (None, Some(most)) => cx.newest(request, PICTURES, most, reply),
        (after, _) => cx.poll(request, PICTURES, after, asked.wait, reply),
    }
}

/// The parameters of the query.
#[derive(Debug, PartialEq)]
struct Parameters {
    /// The last event that the client has seen: the last id that parses.
    after: Option<Id>,
    wait: Duration,
    /// How many pictures a client without `after` wants that shows what has hung before.
    newest: Option<usize>,
}

impl Parameters {
    /// Reads the pairs of the query, each once.
    fn read<'a>(
        pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Problem> {
        let (mut after, mut wait, mut newest) = (None, None, None);
        for (name, value) in pairs {
            match &*name {
                "after" => after = Id::last_in(&value).or(after),
                "wait" if wait.is_some() => {
                    return Err(Problem::new(400, "There is more than one wait."));
                }
                "wait" => wait = Some(seconds(&value)?),
                "newest" => newest = Some(count(&value)?),
                _ => {}
            }
        }
        Ok(Self {
            after,
            wait: Duration::from_secs_f64(wait.unwrap_or(WAIT)),
            newest,
        })
    }
}

fn seconds(text: &str) -> Result<f64, Problem> {
    match number(text) {
        Some(seconds) => Ok(seconds.clamp(0.0, MAX_WAIT)),
        None => Err(Problem::new(400, "The wait is not a number of seconds.")),
    }
}

/// Parses a number of pictures, of which there is at least one.
fn count(text: &str) -> Result<usize, Problem> {
    match text.parse() {
        Ok(most) if most > 0 => Ok(most),
        _ => Err(Problem::new(
            400,
            "The number of newest pictures is not a whole number above 0.",
        )),
    }
}

/// Parses a decimal number. The standard parser accepts `inf` and `nan` as well, which have no digits.
fn number(text: &str) -> Option<f64> {
    let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| has_digits)
}

fn answer(polled: &Polled<'_>) -> Response {
    if polled.is_empty() {
        return Response::new(204);
    }
    Response::new(200)
        .header("Content-Type", "application/json")
        .body(json(polled).into_bytes())
}

/// The body of an answer. The data of each event is JSON already, and is copied as it is.
fn json(polled: &Polled<'_>) -> String {
    let mut text = String::from("{\"events\":[");
    let mut comma = "";
    let mut add = |element: std::fmt::Arguments<'_>| {
        write!(text, "{comma}{{{element}}}").expect("a string takes everything");
        comma = ",";
    };
    if let Some(after) = polled.missed {
        add(format_args!(
            "\"event\":\"missed\",\"data\":{{\"after\":\"{after}\"}}"
        ));
    }
    for event in &polled.events {
        let id = event
            .id
            .map(|id| format!("\"id\":\"{id}\","))
            .unwrap_or_default();
        let (name, data) = (event.name, &event.data);
        add(format_args!("{id}\"event\":\"{name}\",\"data\":{data}"));
    }
    text + &format!("],\"last\":\"{}\"}}", polled.last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Input, Step};

    fn asked(query: &str) -> Result<Parameters, Problem> {
        let mut input = Input::new();
        input.push(format!("GET /poll?{query} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        assert_eq!(input.step(), Step::Ready);
        Parameters::read(input.request().pairs())
    }

    fn seconds(query: &str) -> Option<f64> {
        asked(query).ok().map(|asked| asked.wait.as_secs_f64())
    }

    #[test]
    fn of_a_query_no_more_than_64_pairs_are_looked_at_and_each_once() {
        let id = Some(Id::at(7));
        assert_eq!(
            asked(&format!("{}after=7-0", "x&".repeat(63)))
                .unwrap()
                .after,
            id
        );
        assert_eq!(
            asked(&format!("{}after=7-0", "x&".repeat(64)))
                .unwrap()
                .after,
            None
        );
        assert_eq!(
            asked(&format!("{}after=7-0", "&".repeat(4000)))
                .unwrap()
                .after,
            id
        );
        let mut looked_at = 0;
        let pairs = std::iter::repeat_n(("after".into(), "7-0".into()), 64);
        let asked = Parameters::read(pairs.inspect(|_| looked_at += 1)).unwrap();
        assert_eq!((asked.after, looked_at), (id, 64));
    }

    #[test]
    fn the_last_id_that_parses_counts() {
        for (query, after) in [
            ("after=1-0,2-0", Some(2)),
            ("after=1-0&after=2-0,x", Some(2)),
            ("after=1-0&after=x", Some(1)),
            ("after=1-0,%FF", Some(1)),
            ("after=x", None),
            ("after=+1-0", None),
        ] {
            assert_eq!(asked(query).unwrap().after, after.map(Id::at), "{query}");
        }
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
