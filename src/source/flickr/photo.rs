//! One photo of an answer as a picture. Believes nothing: URLs and path segments are checked, texts cleaned and cut.

use super::licenses::license;
use crate::source::{MAX_TEXT, Picture};
use serde_json::Value;

/// From 1024 pixels down to 500. Larger ones are closed for most photos.
const SIZES: [&str; 4] = ["url_l", "url_c", "url_z", "url_m"];
/// Flickr's URLs have about 80 characters, and one travels in every event.
const MAX_URL: usize = 300;
/// Flickr's names and numbers in paths have up to about 30 characters.
const MAX_SEGMENT: usize = 64;

/// The picture, unless it is none that may be shown: a video, a private photo, no usable URL, or no page to link to, which
/// Flickr's terms ask for.
pub(super) fn picture(photo: &Value, image_origin: Option<&str>) -> Option<Picture> {
    if photo["media"] == "video" || number(&photo["ispublic"]) == Some(0) {
        return None;
    }
    let urls = SIZES.iter().filter_map(|size| photo[size].as_str());
    let url = urls
        .into_iter()
        .find(|url| is_picture_url(url, image_origin))?
        .to_owned();
    let license = number(&photo["license"]).and_then(license);
    Some(Picture {
        url,
        title: text(&photo["title"]),
        owner: text(&photo["ownername"]),
        page: Some(page(photo)?),
        license: license.map(|(name, _)| name.into()),
        license_url: license.and_then(|(_, url)| url).map(Into::into),
    })
}

/// Plain text of one line, trimmed, at most [`MAX_TEXT`] characters; `None` if nothing is left. Numbers and the form
/// `{"_content":"…"}` are taken too. White space and controls become single spaces; bidirectional embeddings, overrides
/// and isolates go, since unclosed they would turn round whatever the page writes next.
pub(super) fn text(value: &Value) -> Option<String> {
    let raw = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Object(object) => object.get("_content")?.as_str()?.to_owned(),
        _ => return None,
    };
    let shown = raw.replace(
        |c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'),
        "",
    );
    let words = shown
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(MAX_TEXT).collect();
    Some(cut.trim_end().to_owned()).filter(|text| !text.is_empty())
}

/// A number, also one written as a string.
pub(super) fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// Only what the page's CSP lets a browser load: Flickr's image hosts by `https` on the default port, or `origin`.
fn is_picture_url(url: &str, origin: Option<&str>) -> bool {
    let tame = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?&=%+,".contains(&byte);
    let own = |origin| {
        url.strip_prefix(origin)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    url.len() <= MAX_URL && url.bytes().all(tame) && (is_on_flickr(url) || origin.is_some_and(own))
}

fn is_on_flickr(url: &str) -> bool {
    let authority = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'));
    let subdomain = authority.and_then(|(host, _)| host.strip_suffix(".staticflickr.com"));
    subdomain.is_some_and(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// The photo's page. An alias that looks wrong is no loss: the owner's number always works.
fn page(photo: &Value) -> Option<String> {
    let owner = segment(&photo["pathalias"]).or_else(|| segment(&photo["owner"]))?;
    let id = photo["id"].as_u64().map(|id| id.to_string());
    let id = id.or_else(|| segment(&photo["id"]).map(Into::into))?;
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("https://www.flickr.com/photos/{owner}/{id}/"))
}

/// Text that may stand in a path as it is: the characters of aliases, of `00000001@N00` and of photo numbers.
fn segment(value: &Value) -> Option<&str> {
    let tame = |byte: u8| byte.is_ascii_alphanumeric() || b"-_@".contains(&byte);
    value
        .as_str()
        .filter(|text| (1..=MAX_SEGMENT).contains(&text.len()) && text.bytes().all(tame))
}

#[cfg(test)]
mod tests;
