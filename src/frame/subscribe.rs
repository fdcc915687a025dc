//! `GET /subscribe`: each picture when it is published, by Server-Sent Events.
//!
//! ```text
//! retry: 2713
//! event: hello
//! data: {"page":"\"5f3a…\"","audience":128}
//!
//! id: 1353283217345-0
//! event: picture
//! data: {"url":"…","keyword":"sushi"}
//! ```

use super::{
    PICTURES, PictureFrame,
    client::{hint, takes_place},
};
use crate::{
    http::Request,
    server::{Context, Reply},
};
use serde::Serialize;

/// The first event of a stream. An open page compares `page` with its own tag to learn that it is outdated.
#[derive(Serialize)]
struct Hello {
    /// The `ETag` of the page that `GET /` answers with.
    page: String,
    /// The number of subscribers, this one included, as in the heartbeat.
    audience: usize,
}

/// The action: sends the latest picture, or all pictures after the last one seen, and then each new picture.
pub(super) fn subscribe(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    hint(cx, request);
    if !takes_place(cx, request) {
        return cx.come_back_later();
    }
    let hello = Hello {
        page: cx.app.page.tag(),
        audience: cx.subscribers(PICTURES) + 1,
    };
    let hello = serde_json::to_string(&hello).expect("text and a number have a JSON form");
    cx.subscribe(request, PICTURES, Some(("hello", &hello)))
}
