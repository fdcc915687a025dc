//! The application: a keyword becomes a picture, and the picture everyone's background. Knows no socket.

mod access;
mod album;
mod client;
mod drawings;
mod gallery;
mod hosts;
mod keyword;
mod metrics;
mod page;
mod poll;
mod publish;
mod rate;
mod recent;
mod site;
mod sketch;
mod subscribe;
mod visible;

pub(crate) use access::{Access, Origin};
pub(crate) use album::Album;
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

use crate::{
    http::{Method, Request, Response},
    server::{Context, Files, Reply, Router, busy},
    source::Source,
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
    /// How often all clients together may publish.
    pub(crate) broadcasts: Bucket,
    /// The clients that go last when few look-ups are left.
    pub(crate) recent: Recent,
    /// The proxies whose word is taken for who the client is.
    pub(crate) proxies: Proxies,
    /// The page's files.
    pub(crate) page: Files,
    /// Pictures found lately.
    pub(crate) album: Album,
    /// Pictures of the gallery drawn lately.
    pub(crate) drawings: Drawings,
    /// How often one client may have a picture drawn.
    pub(crate) drawn: Rate,
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
            .get("/gallery/{name}", gallery::picture)
            .vital("/healthz", health)
            .vital("/metrics", metrics::metrics)
            .otherwise(page::page)
            .admitting(hosts::check)
            .counting(client::counted)
            .finally(finish)
    }
}

/// `GET /healthz`: whether the server takes new work.
fn health(cx: &mut Context<'_, PictureFrame>, _: &Request<'_>) -> Reply<PictureFrame> {
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
