//! `GET /subscribe`: the pictures as they come, by Server-Sent Events.
//!
//! ```text
//! retry: 2713
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

/// The action: the latest picture, or all since the one last seen, and then whatever comes.
pub(super) fn subscribe(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    hint(cx, request);
    if !takes_place(cx, request) {
        return cx.come_back_later();
    }
    cx.subscribe(request, PICTURES, "")
}
