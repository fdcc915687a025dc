//! `GET /gallery/NAME`: a picture of the gallery. The name determines the picture, so a client may keep it for ever.
//!
//! ```text
//! Accept-Encoding: gzip   →   200, ETag: "waves-….svg.gz", Content-Encoding: gzip
//! ```
//!
//! Drawing takes up to a millisecond, too long for the loop's thread. A picture that is published is drawn before the
//! event goes out, so that it is [ready](super::drawings) when the crowd fetches it. Any other picture is drawn by the
//! one computing thread, once for all clients that ask for it meanwhile.

use super::{PictureFrame, client::client, drawings::Drawing, publish::too_often};
use crate::{
    http::{Coding, Method, Preconditions, Request, Response, Verdict},
    server::{Context, Refused, Reply, Threads, not_found},
    source::gallery::Work,
};
use std::time::Instant;

/// The action. `HEAD`, a picture that the client has already, and an unknown name are answered without a drawing.
pub(super) fn picture(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    let name = cx.parameter(request, "name");
    let Some(work) = Work::named(name) else {
        return not_found().into();
    };
    let coding = request.coding([Coding::Gzip]);
    let tag = tag(name, coding);
    let preconditions = Preconditions::of(request);
    let is_due = request.method == Method::Get && preconditions.verdict(&tag) == Verdict::Serve;
    match cx.app.drawings.fetch(name) {
        None if is_due => draw(cx, request, work, coding),
        drawing => preconditions
            .answer(&tag, head(), |head| content(head, coding, drawing))
            .into(),
    }
}

/// Draws the picture, within the client's rate, or waits for the drawing that is under way.
fn draw(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
    work: Work,
    coding: Option<Coding>,
) -> Reply<PictureFrame> {
    let name = work.to_string();
    if !cx.on(Threads::Computations).is_shared(&name) {
        let client = client(cx, request);
        if let Err(wait) = cx.app.drawn.take(client, Instant::now()) {
            cx.refused(Refused::Rate);
            return too_often("You ask for too many pictures that have to be drawn.", wait).into();
        }
    }
    cx.on(Threads::Computations).share(
        name.clone(),
        move || Drawing::of(work),
        move |cx, drawing| {
            cx.app.drawings.keep(&name, drawing.clone());
            let head = head().header("ETag", tag(&name, coding));
            content(head, coding, Some(drawing)).into()
        },
    )
}

/// The entity tag of a picture.
fn tag(name: &str, coding: Option<Coding>) -> String {
    let plain = format!("\"{name}\"");
    coding.map_or_else(|| plain.clone(), |coding| coding.tag(&plain))
}

/// The fields that a 200 and a 304 have in common (RFC 9110, section 15.4.5).
fn head() -> Response {
    Response::new(200)
        .header("Cache-Control", "public, max-age=31536000, immutable")
        .header("Vary", "Accept-Encoding")
}

/// Adds the fields and the body of a 200. The answer to `HEAD` has no length if there is no drawing.
fn content(head: Response, coding: Option<Coding>, drawing: Option<Drawing>) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    let mut response = head
        .header("Content-Type", "image/svg+xml")
        .header("Content-Security-Policy", policy);
    if let Some(coding) = coding {
        response = response.header("Content-Encoding", coding.name());
    }
    match drawing {
        Some(drawing) => response.body(drawing.bytes(coding.is_some())),
        None => response.without_length(),
    }
}
