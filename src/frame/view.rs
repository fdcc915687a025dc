//! `GET /loop`: a page for the operator that shows the loop while it turns, and the stream that feeds the page.
//!
//! ```text
//! event: loop
//! data: {"at":51230,"turn":4711,"turns":[[4710,1,[98112000,…]],…],"rows":[…],"rings":[…],"wheel":{…}}
//! ```

use super::{Access, PictureFrame, Site};
use crate::{
    http::{Problem, Request, Response},
    reactor::Pace,
    server::{Context, Files, Reply, Router, busy},
};

/// The policy of the page (CSP level 3): it may load its own files, and nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's files.
#[must_use]
pub(crate) fn view() -> Files {
    Files::embedded(include!(concat!(env!("OUT_DIR"), "/view.rs")))
        .below("/loop")
        .header("Content-Security-Policy", POLICY)
        .header("Referrer-Policy", "no-referrer")
}

/// The action of the page and its files.
pub(super) fn page(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    let files = cx.app.view.clone();
    files.answer(cx, request)
}

/// The routes by which the operator sets the pace of the loop.
pub(super) fn control(router: Router<PictureFrame>) -> Router<PictureFrame> {
    router
        .post("/loop/pause", |cx, request| pace(cx, request, Pace::Paused))
        .post("/loop/slow", |cx, request| pace(cx, request, Pace::Slow))
        .post("/loop/run", |cx, request| pace(cx, request, Pace::Free))
        .post("/loop/turn", turn)
}

/// Sets the pace. A page of another site cannot ask for it.
fn pace(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
    pace: Pace,
) -> Reply<PictureFrame> {
    if let Err(problem) = may_control(cx, request) {
        return problem.into();
    }
    cx.set_pace(pace);
    Response::new(204).into()
}

/// `POST /loop/turn`: has a paused loop take one turn.
fn turn(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> Reply<PictureFrame> {
    match may_control(cx, request) {
        Err(problem) => problem.into(),
        Ok(()) if cx.ask_for_turn() => Response::new(204).into(),
        Ok(()) => Problem::new(409, "The loop is not paused.").into(),
    }
}

fn may_control(cx: &Context<'_, PictureFrame>, request: &Request<'_>) -> Result<(), Problem> {
    if cx.is_draining() {
        return Err(busy("The server is shutting down."));
    }
    Access::default().check(request, Site::direct(request))
}

/// The action of the stream. A page of another site could not read the stream, but would take a viewer's place.
pub(super) fn events(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    match Access::default().check(request, Site::direct(request)) {
        Err(problem) => problem.into(),
        Ok(()) => cx.view(),
    }
}
