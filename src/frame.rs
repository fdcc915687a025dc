//! The application: a keyword becomes a picture, and the picture everyone's background. Knows no socket.

mod access;
mod album;
mod client;
mod hosts;
mod keyword;
mod metrics;
mod page;
mod poll;
mod publish;
mod rate;
mod site;
mod subscribe;
mod visible;

pub(crate) use access::{Access, Origin};
pub(crate) use album::Album;
pub(crate) use client::{Network, Proxies};
pub(crate) use hosts::{Host, Hosts};
#[cfg(any(test, fuzzing))]
pub(crate) use keyword::keyword;
pub(crate) use metrics::Counts;
pub(crate) use page::public;
#[cfg(any(test, fuzzing))]
pub(crate) use publish::shown;
pub(crate) use rate::Rate;

use crate::{
    http::{Method, Request, Response},
    server::{Context, Files, Reply, Router, busy, not_found},
    source::{Source, gallery},
};
use std::{sync::Arc, time::Duration};

/// The channel that everyone reads.
pub(crate) const PICTURES: &str = "pictures";

/// What a subscriber is sent when there is nothing to say: bytes for proxies, and for pages an event, since a script
/// cannot see a comment.
#[must_use]
pub(crate) fn heartbeat(audience: usize) -> String {
    format!(": ping\nevent: audience\ndata: {audience}\n\n")
}

/// The application's state.
pub(crate) struct PictureFrame {
    /// Where pictures come from.
    pub(crate) source: Arc<dyn Source>,
    /// How long one look-up may take, the wait for a thread included.
    pub(crate) lookup_timeout: Duration,
    /// The hosts that requests may be for.
    pub(crate) hosts: Hosts,
    /// Who may publish and subscribe from other sites.
    pub(crate) access: Access,
    /// How often one client may publish.
    pub(crate) rate: Rate,
    /// The proxies whose word is taken for who the client is.
    pub(crate) proxies: Proxies,
    /// The page's files.
    pub(crate) page: Files,
    /// Pictures found lately.
    pub(crate) album: Album,
    /// What it counts.
    pub(crate) counts: Counts,
}

impl PictureFrame {
    /// Which action answers what.
    #[must_use]
    pub(crate) fn router() -> Router<Self> {
        Router::new()
            .get("/subscribe", subscribe::subscribe)
            .get("/poll", poll::poll)
            .post("/publish", publish::publish)
            .get("/gallery/{name}", picture)
            .vital("/healthz", health)
            .vital("/metrics", metrics::metrics)
            .otherwise(page::page)
            .admitting(hosts::check)
            .finally(finish)
    }
}

/// `GET /gallery/NAME`: a picture of the gallery. Its name says all that is in it, so it may be kept for ever.
fn picture(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> Reply {
    match gallery::draw(cx.parameter(request, "name")) {
        None => not_found().into(),
        Some(svg) => Response::new(200)
            .header("Content-Type", "image/svg+xml")
            .body(svg.into_bytes())
            .header("Cache-Control", "public, max-age=31536000, immutable")
            .header(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'",
            )
            .into(),
    }
}

/// `GET /healthz`: whether the server takes new work.
fn health(cx: &mut Context<'_, PictureFrame>, _: &Request<'_>) -> Reply {
    if cx.is_draining() {
        return busy("The server is shutting down.").into();
    }
    Response::text(200, "ok")
        .header("Cache-Control", "no-store")
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
