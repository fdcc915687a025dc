//! Turns a photo of an answer into a picture. It trusts no field: URLs and path segments are checked, texts cleaned and
//! cut.

use super::{field::Field, licenses::license, secret::Secret};
use crate::source::{MAX_TEXT, Picture};
use serde::Deserialize;

/// Bound on a URL, in bytes, since it is part of every event. Flickr's have about 80.
const MAX_URL: usize = 300;
/// Bound on a path segment, in bytes. Flickr's names and numbers have up to about 30.
const MAX_SEGMENT: usize = 64;

/// The wanted fields of a photo.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Photo<'a> {
    #[serde(borrow)]
    id: Field<'a>,
    #[serde(borrow)]
    owner: Field<'a>,
    #[serde(borrow)]
    pathalias: Field<'a>,
    #[serde(borrow)]
    title: Field<'a>,
    #[serde(borrow)]
    ownername: Field<'a>,
    #[serde(borrow)]
    license: Field<'a>,
    #[serde(borrow)]
    media: Field<'a>,
    #[serde(borrow)]
    ispublic: Field<'a>,
    #[serde(borrow)]
    url_l: Field<'a>,
    #[serde(borrow)]
    url_c: Field<'a>,
    #[serde(borrow)]
    url_z: Field<'a>,
    #[serde(borrow)]
    url_m: Field<'a>,
}

/// The picture of a photo. None for a photo that must not be shown: a video, a private photo, a photo without a usable
/// URL or without a page to link to (Flickr's terms ask for the link), and a photo with the key in a text.
pub(super) fn picture(
    photo: &Photo<'_>,
    image_origin: Option<&str>,
    secret: &Secret,
) -> Option<Picture> {
    if photo.media.as_str() == Some("video") || photo.ispublic.number() == Some(0) {
        return None;
    }
    // From 1024 pixels down to 500. Larger sizes are not public for most photos.
    let sizes = [&photo.url_l, &photo.url_c, &photo.url_z, &photo.url_m];
    let mut urls = sizes.into_iter().filter_map(Field::as_str);
    let url = urls.find(|url| is_picture_url(url, image_origin))?;
    let page = page(photo)?;
    let [title, owner] =
        [&photo.title, &photo.ownername].map(|text| line(secret.window(&text.text())));
    if [url, &page, &title, &owner]
        .iter()
        .any(|text| secret.is_in(text))
    {
        return None;
    }
    let license = photo.license.number().and_then(license);
    Some(Picture {
        url: url.to_owned(),
        title: cut(&title),
        owner: cut(&owner),
        page: Some(page),
        license: license.map(|(name, _)| name.into()),
        license_url: license.and_then(|(_, url)| url).map(Into::into),
    })
}

/// The text on one line. White space and controls become single spaces. Bidirectional embeddings, overrides and
/// isolates are removed, since an unclosed one would turn round the page's text behind it.
pub(super) fn line(raw: &str) -> String {
    let is_break = |c: char| c.is_whitespace() || c.is_control();
    let mut line = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
            letter if !is_break(letter) => line.push(letter),
            _ if line.is_empty() || line.ends_with(' ') => {}
            _ => line.push(' '),
        }
    }
    line
}

/// At most [`MAX_TEXT`] characters of a line. None if no text is left.
pub(super) fn cut(line: &str) -> Option<String> {
    let end = line
        .char_indices()
        .nth(MAX_TEXT)
        .map_or(line.len(), |(at, _)| at);
    Some(line[..end].trim_end().to_owned()).filter(|text| !text.is_empty())
}

/// True for a URL that the page's CSP lets a browser load: on Flickr's image hosts by `https` and the default port, or
/// on `origin`.
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

/// The URL of the photo's page. An odd alias is replaced by the owner's number, which always works.
fn page(photo: &Photo<'_>) -> Option<String> {
    let owner = segment(&photo.pathalias).or_else(|| segment(&photo.owner))?;
    let id = match &photo.id {
        Field::Number(_) => photo.id.number()?.to_string(),
        id => segment(id)?.to_owned(),
    };
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("https://www.flickr.com/photos/{owner}/{id}/"))
}

/// The field's text if it may stand in a path unescaped, as aliases, `00000001@N00` and photo numbers may.
fn segment<'a>(field: &'a Field<'_>) -> Option<&'a str> {
    let tame = |byte: u8| byte.is_ascii_alphanumeric() || b"-_@".contains(&byte);
    field
        .as_str()
        .filter(|text| (1..=MAX_SEGMENT).contains(&text.len()) && text.bytes().all(tame))
}

#[cfg(test)]
mod tests;
