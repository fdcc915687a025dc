//! The application: it turns a keyword into a picture, and sends the picture to every subscriber. It knows no socket.

mod access;
mod album;
mod blocked;
mod carried;
mod client;
mod drawings;
mod gallery;
mod hosts;
mod household;
mod keyword;
mod metrics;
mod page;
mod poll;
mod publish;
mod qr;
mod rate;
mod recent;
mod site;
mod sketch;
mod subscribe;
mod view;
mod visible;

pub(crate) use access::{Access, Origin};
pub(crate) use album::Album;
pub(crate) use blocked::Blocked;
pub(crate) use client::{Network, Proxies};
pub(crate) use drawings::Drawings;
pub(crate) use hosts::{Host, Hosts};
#[cfg(any(test, fuzzing))]
pub(crate) use keyword::keyword;
pub(crate) use metrics::Counts;
pub(crate) use page::public;
#[cfg(any(test, fuzzing))]
pub(crate) use publish::shown;
pub(crate) use rate::{Bucket, Pace, Rate};
pub(crate) use recent::Recent;
pub(crate) use view::view;

use crate::{
    http::{Method, Request, Response},
    server::{Context, Files, Reply, Router, busy},
    source::Source,
};
use site::Site;
use std::{sync::Arc, time::Duration};

/// The name of the one channel: every subscriber and every poll reads it.
pub(crate) const PICTURES: &str = "pictures";

/// The bytes that a subscriber is sent after a silence: a comment for proxies, and an event for pages, since a script
/// cannot see a comment.
#[must_use]
pub(crate) fn heartbeat(audience: usize) -> String {
    format!(": ping\nevent: audience\ndata: {audience}\n\n")
}

/// The application's state.
pub(crate) struct PictureFrame {
    /// The origin of the pictures.
    pub(crate) source: Arc<dyn Source>,
    /// Bound on one look-up, the wait for a thread included.
    pub(crate) lookup_timeout: Duration,
    /// The hosts that requests may be for.
    pub(crate) hosts: Hosts,
    /// The hosts that requests of the operator may be for.
    pub(crate) operators_hosts: Hosts,
    /// The origins of other sites that may publish and subscribe.
    pub(crate) access: Access,
    /// Rate of publishes per client.
    pub(crate) rate: Rate,
    /// Rate of publishes of all clients together.
    pub(crate) broadcasts: Bucket,
    /// The clients that had a look-up lately: they wait when few look-ups are left.
    pub(crate) recent: Recent,
    /// The proxies whose forwarded fields are believed.
    pub(crate) proxies: Proxies,
    /// The page's files.
    pub(crate) page: Files,
    /// The files of the operator's view of the loop.
    pub(crate) view: Files,
    /// Words that find no picture.
    pub(crate) blocked: Blocked,
    /// Pictures found lately, by keyword.
    pub(crate) album: Album,
    /// Pictures of the gallery drawn lately.
    pub(crate) drawings: Drawings,
    /// Rate of drawings per client.
    pub(crate) drawn: Rate,
    /// Counts for the metrics.
    pub(crate) counts: Counts,
}

impl PictureFrame {
    /// The routes, each with its action. The metrics are not among them if the operator has listeners of its own.
    #[must_use]
    pub(crate) fn router(has_operators: bool) -> Router<Self> {
        let router = Router::new()
            .get("/subscribe", subscribe::subscribe)
            .get("/poll", poll::poll)
            .post("/publish", publish::publish)
            .get("/gallery/{name}", gallery::picture)
            .get("/qr.svg", qr::qr)
            .vital("/healthz", health);
        let router = if has_operators {
            router
        } else {
            router.vital("/metrics", metrics::metrics)
        };
        router
            .otherwise(page::page)
            .admitting(hosts::check)
            .counting(client::counted)
            .finally(finish)
    }

    /// The routes of the operator's listeners, those that set the pace of the loop included if they `may_hold` it.
    #[must_use]
    pub(crate) fn operators(may_hold: bool) -> Router<Self> {
        let router = match may_hold {
            true => view::control(Router::new()),
            false => Router::new(),
        };
        router
            .get("/healthz", health)
            .get("/metrics", metrics::operators)
            .post("/upgrade", upgrade)
            .get("/loop", view::page)
            .get("/loop/events", view::events)
            .get("/loop/{name}", view::page)
            .admitting(hosts::check_operators)
            .finally(finish)
    }
}

/// `GET /healthz`: 200 while the server takes new work, else 503.
fn health(cx: &mut Context<'_, PictureFrame>, _: &Request<'_>) -> Reply<PictureFrame> {
    if cx.is_draining() {
        return busy("The server is shutting down.").into();
    }
    Response::text(200, "ok")
        .header("Cache-Control", "no-store")
        .into()
}

/// `POST /upgrade`: has a new version of the program take over. The log tells the outcome. A page of another site cannot
/// ask for it.
fn upgrade(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> Reply<PictureFrame> {
    if let Err(problem) = Access::default().check(request, Site::direct(request)) {
        return problem.into();
    }
    cx.upgrade();
    Response::text(
        202,
        "The new version is being started; the log tells the outcome.\n",
    )
    .into()
}

fn finish(app: &PictureFrame, request: &Request<'_>, response: Response) -> Response {
    let response = response.header("X-Content-Type-Options", "nosniff");
    let is_shared = matches!(&*request.path, "/subscribe" | "/poll" | "/publish");
    if is_shared || request.method == Method::Options {
        return app.access.finish(request, response);
    }
    response
}
