//! `GET /qr.svg?text=ADDRESS`: an address of a page as a QR code, by which a phone opens the frame that a wall shows.

use super::{PictureFrame, client::client, publish::too_often};
use crate::{
    http::{Problem, Request, Response},
    server::{Context, Refused, Reply, Threads},
};
use qrcodegen::{QrCode, QrCodeEcc};
use std::{fmt::Write, sync::Arc, time::Instant};

/// The longest address, in bytes: a code of more is too fine for a phone across a room.
const LONGEST: usize = 200;
/// The white edge around the code, in modules (ISO/IEC 18004).
const EDGE: i32 = 4;

/// The action. A code takes up to some milliseconds of computing, so that it is drawn as a picture of the gallery is.
pub(super) fn qr(cx: &mut Context<'_, PictureFrame>, request: &Request<'_>) -> Reply<PictureFrame> {
    let text = request.pairs().find(|(name, _)| name == "text");
    let text = text.map_or(String::new(), |(_, text)| text.into_owned());
    let is_address = ["http://", "https://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    if !is_address || text.len() > LONGEST {
        cx.refused(Refused::Malformed);
        return Problem::new(400, "The text is no address of at most 200 bytes.").into();
    }
    let client = client(cx, request);
    if let Err(wait) = cx.app.drawn.take(client, Instant::now()) {
        cx.refused(Refused::Rate);
        return too_often("You ask for too many pictures that have to be drawn.", wait).into();
    }
    let key = format!("qr {text}");
    cx.on(Threads::Computations).share(
        key,
        move || Arc::from(draw(&text)),
        |_, code: Arc<str>| answer(&code).into(),
    )
}

fn answer(code: &str) -> Response {
    Response::new(200)
        .header("Content-Type", "image/svg+xml")
        .header("Cache-Control", "public, max-age=86400")
        .header("Content-Security-Policy", "default-src 'none'")
        .body(code.as_bytes().to_vec())
}

/// The code as an SVG document: one path with a stroke for each run of dark modules in a row.
fn draw(text: &str) -> String {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).expect("a code has room for 200 bytes");
    let side = code.size() + 2 * EDGE;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size())
                .take_while(|x| code.get_module(*x, y))
                .count() as i32;
            if run > 0 {
                let (left, top) = (x + EDGE, y + EDGE);
                write!(path, "M{left} {top}h{run}v1h-{run}z").expect("a string takes everything");
            }
            x += run + 1;
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side}\" height=\"{side}\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_and_a_white_edge() {
        let code = draw("http://frame.example/");
        // A finder's top row is a run of seven modules in the first row.
        assert!(
            code.contains("M4 4h7v1h-7z") && code.contains("M22 4h7v1h-7z"),
            "{code}"
        );
        assert!(code.contains("viewBox=\"0 0 33 33\""), "{code}");
        assert!(draw(&format!("https://{}", "a".repeat(LONGEST - 8))).len() < 40_000);
    }
}
