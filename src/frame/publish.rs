//! `POST /publish`: looks a keyword up and broadcasts the picture.
//!
//! ```text
//! keyword=sushi   →   200 {"url":"…","keyword":"sushi",…,"id":"1353283217345-0"}
//! ```

use super::{
    PICTURES, PictureFrame,
    client::{client, hint},
    drawings::Drawing,
    household::Household,
    keyword::keyword,
    metrics::Outcome,
    site::site,
};
use crate::{
    http::{Problem, Request, Response},
    pool::Full,
    server::{Context, Refused, Reply, busy, retry_after},
    source::{Picture, Source, SourceError, gallery::Work},
};
use serde::Serialize;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

/// The action. The answer comes when the look-up is done. The picture is broadcast even if the publisher has left by
/// then.
pub(super) fn publish(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    hint(cx, request);
    match accept(cx, request) {
        Ok((keyword, _)) if cx.app.blocked.has(&keyword) => no_picture(&keyword).into(),
        Ok((keyword, client)) => look_up(cx, keyword, client),
        Err(problem) => problem.into(),
    }
}

type Accepted = (String, Household);

fn accept(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> Result<Accepted, Problem> {
    let site = site(cx, request);
    if let Err(problem) = cx.app.access.check(request, site) {
        cx.refused(Refused::CrossSite);
        return Err(problem);
    }
    if cx.is_draining() {
        return Err(busy("The server is shutting down."));
    }
    if cx.is_away(PICTURES) {
        return Err(busy("Pictures cannot be shared at present."));
    }
    let keyword = keyword(request).inspect_err(|_| cx.refused(Refused::Malformed))?;
    let client = client(cx, request);
    charge(cx, client, Instant::now())?;
    Ok((keyword, client))
}

/// Takes a token from the client's bucket and one from the bucket of all clients. A client over its own rate takes no
/// token from the common bucket, and a client refused by the common bucket keeps its own token.
fn charge(
    cx: &mut Context<'_, PictureFrame>,
    client: Household,
    now: Instant,
) -> Result<(), Problem> {
    if let Err(wait) = cx.app.rate.check(client, now) {
        cx.refused(Refused::Rate);
        return Err(too_often("You publish too often.", wait));
    }
    if let Err(wait) = cx.app.broadcasts.take(now) {
        cx.refused(Refused::Broadcasts);
        return Err(too_often("Too many publish at once.", wait));
    }
    let taken = cx.app.rate.take(client, now);
    debug_assert!(taken.is_ok(), "the rate was checked");
    Ok(())
}

pub(super) fn too_often(detail: &'static str, wait: Duration) -> Problem {
    Problem::new(429, detail).header("Retry-After", retry_after(wait))
}

/// Draws from the album, or asks the source. Clients that want the same keyword meanwhile share one question.
fn look_up(
    cx: &mut Context<'_, PictureFrame>,
    keyword: String,
    client: Household,
) -> Reply<PictureFrame> {
    let key = keyword.to_lowercase();
    let now = Instant::now();
    if let Some(picture) = cx.app.album.draw(&key, now) {
        cx.app.counts.drew();
        return show(cx, &keyword, picture);
    }
    if cx.is_shared(&key) {
        return ask(cx, key, keyword, now);
    }
    if let Some(wait) = cx.app.recent.rest(client, now)
        && cx.app.source.is_scarce()
    {
        cx.refused(Refused::Rate);
        return too_often(LAST, wait).into();
    }
    let reply = ask(cx, key.clone(), keyword, now);
    if cx.is_shared(&key) {
        cx.app.recent.looked_up(client, now);
    }
    reply
}

/// The text for a client that had a look-up within the last minute.
const LAST: &str = "Few look-ups are left for this hour, and others come first.";

fn ask(
    cx: &mut Context<'_, PictureFrame>,
    key: String,
    keyword: String,
    now: Instant,
) -> Reply<PictureFrame> {
    let (source, deadline) = (cx.app.source.clone(), now + cx.app.lookup_timeout);
    let question = keyword.clone();
    cx.share(
        key.clone(),
        move || find(&*source, &question, deadline),
        move |cx, answer| {
            let outcome = outcome(&answer);
            cx.app.counts.asked(outcome, now.elapsed());
            match answer {
                Some(Ok(pictures)) => show_one(cx, &key, &keyword, &pictures),
                Some(Err(error)) => problem(&error).into(),
                None => Problem::new(500, "The source made a mistake; the log says which.").into(),
            }
        },
    )
}

/// A source's answer. None if the source panicked.
type LookUpResult = Option<Result<Arc<Vec<Picture>>, SourceError>>;

/// Asks the source, on a pool thread. A panic is caught here, where it still counts as this look-up's result.
fn find(source: &dyn Source, keyword: &str, deadline: Instant) -> LookUpResult {
    let found = catch_unwind(AssertUnwindSafe(|| source.find(keyword, deadline)));
    found.ok().map(|found| found.map(Arc::new))
}

fn outcome(answer: &LookUpResult) -> Outcome {
    match answer {
        Some(Ok(pictures)) if pictures.is_empty() => Outcome::NotFound,
        Some(Ok(_)) => Outcome::Found,
        Some(Err(SourceError::Quota(_))) => Outcome::Quota,
        Some(Err(SourceError::Refused(_))) => Outcome::Refused,
        Some(Err(SourceError::Unreadable(_))) => Outcome::Unreadable,
        Some(Err(SourceError::Timeout)) => Outcome::Timeout,
        None => Outcome::Panicked,
    }
}

fn show_one(
    cx: &mut Context<'_, PictureFrame>,
    key: &str,
    keyword: &str,
    pictures: &[Picture],
) -> Reply<PictureFrame> {
    match cx.app.album.draw_or_keep(key, pictures, Instant::now()) {
        Some(picture) => show(cx, keyword, picture),
        None => no_picture(keyword).into(),
    }
}

fn no_picture(keyword: &str) -> Problem {
    Problem::new(404, format!("There is no picture of “{keyword}”."))
}

/// Broadcasts the picture. A picture of the gallery is drawn first, so that it is ready when the crowd fetches it.
fn show(
    cx: &mut Context<'_, PictureFrame>,
    keyword: &str,
    picture: Picture,
) -> Reply<PictureFrame> {
    let Some(work) = Work::at(&picture.url) else {
        return present(cx, keyword, picture);
    };
    let name = work.to_string();
    if let Some(drawing) = cx.app.drawings.fetch(&name) {
        cx.app.drawings.publish(&name, drawing);
        return present(cx, keyword, picture);
    }
    let (shown, wanted) = (picture.clone(), keyword.to_owned());
    let drawn = cx.try_defer(
        move || Drawing::of(work),
        move |cx, drawing| {
            cx.app.drawings.publish(&name, drawing);
            present(cx, &wanted, shown)
        },
    );
    // If the queue is full, the picture is drawn when the first page fetches it.
    drawn.unwrap_or_else(|Full| present(cx, keyword, picture))
}

fn present(
    cx: &mut Context<'_, PictureFrame>,
    keyword: &str,
    picture: Picture,
) -> Reply<PictureFrame> {
    let (keyword, data) = (keyword.to_owned(), json(keyword, &picture, None));
    cx.publish_then(PICTURES, "picture", &data, move |_, id| {
        let body = json(&keyword, &picture, id.map(|id| id.to_string()));
        Response::new(200)
            .header("Content-Type", "application/json")
            .body(body.into_bytes())
            .header("Cache-Control", "no-store")
            .into()
    })
}

/// A picture as JSON on one line: the data of the event, and with `id` the answer to its publisher.
#[derive(Serialize)]
struct Shown<'a> {
    url: &'a str,
    keyword: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// The event's data for a picture, for the fuzzer to check.
#[cfg(any(test, fuzzing))]
pub(crate) fn shown(keyword: &str, picture: &Picture) -> String {
    json(keyword, picture, None)
}

fn json(keyword: &str, picture: &Picture, id: Option<String>) -> String {
    let shown = Shown {
        url: &picture.url,
        keyword,
        title: picture.title.as_deref(),
        owner: picture.owner.as_deref(),
        page: picture.page.as_deref(),
        license: picture.license.as_deref(),
        license_url: picture.license_url.as_deref(),
        id,
    };
    serde_json::to_string(&shown).expect("texts always become JSON")
}

/// The answer to a publisher when the source brought none. The log has the cause, at debug; a client has no use for it.
fn problem(error: &SourceError) -> Problem {
    match error {
        SourceError::Quota(wait) => Problem::new(429, "The source's quota is spent.")
            .header("Retry-After", retry_after(*wait)),
        SourceError::Refused(_) => {
            Problem::new(502, "The source cannot be reached, or refused to answer.")
        }
        SourceError::Unreadable(_) => Problem::new(502, "The source's answer cannot be read."),
        SourceError::Timeout => Problem::new(504, "The source did not answer in time."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Source for Broken {
        fn find(&self, _: &str, _: Instant) -> Result<Vec<Picture>, SourceError> {
            panic!("on purpose")
        }
    }

    #[test]
    fn a_source_that_panics_is_an_outcome_too() {
        let answer = find(&Broken, "sushi", Instant::now());
        assert_eq!(outcome(&answer), Outcome::Panicked);
        assert_eq!(outcome(&Some(Ok(Arc::default()))), Outcome::NotFound);
    }
}
