//! `GET /loop`: a page for the operator that shows the loop while it turns, and the stream that feeds the page.
//!
//! ```text
//! event: loop
//! data: {"at":51230,"turn":4711,"turns":[[4710,1,[98112000,…]],…],"rows":[…],"rings":[…],"wheel":{…}}
//! ```

use super::PictureFrame;
use crate::{
    http::Request,
    server::{Context, Files, Reply},
};
use rust_embed::RustEmbed;

/// The policy of the page (CSP level 3): it may load its own files, and nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "src/frame/view/"]
struct View;

/// The page's files.
#[must_use]
pub(crate) fn view() -> Files {
    let files = View::iter().filter_map(|name| {
        let file = View::get(&name)?;
        Some((name, file.data))
    });
    Files::embedded(files)
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

/// The action of the stream.
pub(super) fn events(cx: &mut Context<'_, PictureFrame>, _: &Request<'_>) -> Reply<PictureFrame> {
    cx.view()
}
