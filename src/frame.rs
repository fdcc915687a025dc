//! The application: a keyword becomes a picture, and the picture everyone's background. Knows no socket.

mod access;
mod album;
mod keyword;
mod page;
mod publish;
mod subscribe;

pub use access::{Access, NotAnOrigin, Origin};
pub use page::Page;

use crate::{
    http::{Request, Response},
    server::{Context, Reply, Router, busy, not_found},
    source::{Source, gallery},
};
use album::Album;
use std::{sync::Arc, time::Duration};

/// The application's state.
pub struct PictureFrame {
    /// Where pictures come from.
    pub source: Arc<dyn Source>,
    /// How long one look-up may take, the wait for a thread included.
    pub lookup_timeout: Duration,
    /// The reconnection delay that subscribers are told, in milliseconds, before it is spread by half.
    pub retry: u32,
    /// Who may publish and subscribe from other sites.
    pub access: Access,
    /// The page's files.
    pub page: Page,
    /// Pictures found lately.
    pub album: Album,
}

impl PictureFrame {
    /// Which action answers what.
    #[must_use]
    pub fn router() -> Router<Self> {
        Router::new()
            .get("/subscribe", subscribe::subscribe)
            .post("/publish", publish::publish)
            .get("/gallery/*", picture)
            .get("/healthz", health)
            .otherwise(page::page)
            .finally(finish)
    }
}

/// `GET /gallery/NAME`: a picture of the gallery. Its name says all that is in it, so it may be kept for ever.
fn picture(_: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> Reply {
    let name = request.path.strip_prefix(gallery::PATH).unwrap_or_default();
    match gallery::draw(name) {
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
    match &*request.path {
        "/subscribe" | "/poll" | "/publish" => app.access.finish(request, response),
        _ => response,
    }
}
