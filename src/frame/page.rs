//! `GET /` and the page's files: those under `public/`, which the binary carries with it, each also compressed. The index
//! is sent plain, since the names in it are filled in for each client. `/card.jpg` is a file of the page as well.

use super::{
    PictureFrame,
    client::hint,
    site::{Site, site},
};
use crate::{
    http::Request,
    server::{Context, Files, Reply},
};
use std::{borrow::Cow, path::PathBuf};

/// The card that sites show beside a link to the page: 1200 by 630 pixels, in a format that these sites read, which SVG is
/// not. `.pictures/make` makes it. A folder for the page may have a card of its own.
const CARD: &[u8] = include_bytes!("card.jpg");

/// The page's files, from the binary or from `folder`. Pictures may come from Flickr's hosts and from `origin`.
#[must_use]
pub(crate) fn public(folder: Option<PathBuf>, origin: Option<&str>) -> Files {
    let files = match folder {
        Some(folder) => Files::folder(folder),
        None => Files::embedded(include!(concat!(env!("OUT_DIR"), "/public.rs"))),
    };
    files
        .fallback("card.jpg", CARD)
        .header("Content-Security-Policy", policy(origin))
        .header("Referrer-Policy", "no-referrer")
        .header("Vary", "X-Forwarded-Host, X-Forwarded-Proto")
}

/// The page's policy (CSP level 3): it may load its own files, and pictures from these hosts; nothing inline.
fn policy(origin: Option<&str>) -> String {
    let origin = origin.map_or(Cow::Borrowed(""), |origin| Cow::Owned(format!(" {origin}")));
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; \
         img-src 'self' https://live.staticflickr.com https://*.staticflickr.com{origin}; \
         connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'self'"
    )
}

/// The action.
pub(super) fn page(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    hint(cx, request);
    let origin = origin(site(cx, request));
    let files = cx.app.page.clone();
    files.fill(cx, request, &[("origin", &origin)])
}

/// The site's origin, for the absolute addresses of a link's preview. Empty if the host is not known.
fn origin(site: Site<'_>) -> String {
    let Some(host) = site.host.filter(|host| !host.is_empty()) else {
        return String::new();
    };
    [site.scheme.unwrap_or("http"), "://", host].concat()
}
