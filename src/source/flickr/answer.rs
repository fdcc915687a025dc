//! Bytes of an answer in, pictures or a failure out. Lenient photo by photo: whatever is odd about a field costs that
//! field or its photo, never the answer.

use super::{failure::Failure, photo};
use crate::source::Picture;
use serde_json::Value;

/// Nothing searchable, too many ORs, an ill-famed URL: the keyword's fault, and there is no picture of it.
const NO_PICTURE: [u64; 3] = [3, 77, 116];
const INVALID_KEY: u64 = 100;
/// Flickr's ways of saying "not currently available".
const UNAVAILABLE: [u64; 5] = [0, 10, 105, 106, 201];

/// The pictures of an answer. Those that neither Flickr's hosts nor `image_origin` serve are left out.
pub(super) fn pictures(
    body: &mut [u8],
    image_origin: Option<&str>,
) -> Result<Vec<Picture>, Failure> {
    mend_surrogates(body);
    let json = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let answer: Value = serde_json::from_slice(json).map_err(|error| unreadable(body, &error))?;
    match answer["stat"].as_str() {
        Some("ok") => Ok(listed(&answer, image_origin)),
        Some("fail") => failed(&answer),
        _ => Err(Failure::Unreadable("JSON, but not Flickr's".into())),
    }
}

fn listed(answer: &Value, image_origin: Option<&str>) -> Vec<Picture> {
    let photos = answer["photos"]["photo"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    photos
        .iter()
        .filter_map(|photo| photo::picture(photo, image_origin))
        .collect()
}

fn failed(answer: &Value) -> Result<Vec<Picture>, Failure> {
    let message = photo::text(&answer["message"]).unwrap_or_else(|| "no reason given".into());
    let Some(code) = photo::number(&answer["code"]) else {
        return Err(Failure::Refused(format!(
            "an error without a code: {message}"
        )));
    };
    let why = format!("error {code}: {message}");
    match code {
        code if NO_PICTURE.contains(&code) => Ok(Vec::new()),
        INVALID_KEY => Err(Failure::Key(why)),
        code if UNAVAILABLE.contains(&code) => Err(Failure::Transient(why)),
        _ => Err(Failure::Refused(why)),
    }
}

/// Says what came instead by its first byte, and repeats none of it.
fn unreadable(body: &[u8], error: &serde_json::Error) -> Failure {
    Failure::Unreadable(match body.trim_ascii_start().first() {
        None => "an empty answer".into(),
        Some(b'<') => "HTML or XML instead of JSON".into(),
        Some(b'{') => format!(
            "broken JSON in line {}, column {}",
            error.line(),
            error.column()
        ),
        Some(_) => "not JSON".into(),
    })
}

/// Puts U+FFFD for each escaped half of a surrogate pair, as a title cut in the middle of an emoji has it: strict JSON,
/// but no text, and serde_json would refuse the whole answer for it.
fn mend_surrogates(json: &mut [u8]) {
    let mut at = 0;
    while let Some(skipped) = json[at..].iter().position(|&byte| byte == b'\\') {
        at += skipped;
        at += match (escape(json, at), escape(json, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                json[at..at + 6].copy_from_slice(br"\ufffd");
                6
            }
            _ => 2,
        };
        at = at.min(json.len());
    }
}

/// The code unit of a `\uXXXX` at `at`, if there is one.
fn escape(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(br"\u")?;
    let value = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u16::try_from(digit).ok())
    };
    digits
        .iter()
        .try_fold(0, |unit, &byte| Some(unit << 4 | value(byte)?))
}

#[cfg(test)]
mod tests;
