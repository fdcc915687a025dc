//! One photo of an answer as a picture. Believes nothing: URLs and path segments are checked, texts cleaned and cut.

use super::{field::Field, licenses::license, secret::Secret};
use crate::source::{MAX_TEXT, Picture};
use serde::Deserialize;

/// Flickr's URLs have about 80 characters, and one travels in every event.
const MAX_URL: usize = 300;
/// Flickr's names and numbers in paths have up to about 30 characters.
const MAX_SEGMENT: usize = 64;

/// The fields of a photo that are wanted.
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

/// The picture, unless it is none that may be shown: a video, a private photo, no usable URL, no page to link to, which
/// Flickr's terms ask for, or a text that tells the key.
pub(super) fn picture(
    photo: &Photo<'_>,
    image_origin: Option<&str>,
    secret: &Secret,
) -> Option<Picture> {
    if photo.media.as_str() == Some("video") || photo.ispublic.number() == Some(0) {
        return None;
    }
    // From 1024 pixels down to 500. Larger ones are closed for most photos.
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

/// Plain text of one line. White space and controls become single spaces; bidirectional embeddings, overrides and isolates
/// go, since unclosed they would turn round whatever the page writes next.
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

/// At most [`MAX_TEXT`] characters of a line; `None` if nothing is left.
pub(super) fn cut(line: &str) -> Option<String> {
    let end = line
        .char_indices()
        .nth(MAX_TEXT)
        .map_or(line.len(), |(at, _)| at);
    Some(line[..end].trim_end().to_owned()).filter(|text| !text.is_empty())
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
fn page(photo: &Photo<'_>) -> Option<String> {
    let owner = segment(&photo.pathalias).or_else(|| segment(&photo.owner))?;
    let id = match &photo.id {
        Field::Number(_) => photo.id.number()?.to_string(),
        id => segment(id)?.to_owned(),
    };
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("https://www.flickr.com/photos/{owner}/{id}/"))
}

/// Text that may stand in a path as it is: the characters of aliases, of `00000001@N00` and of photo numbers.
fn segment<'a>(field: &'a Field<'_>) -> Option<&'a str> {
    let tame = |byte: u8| byte.is_ascii_alphanumeric() || b"-_@".contains(&byte);
    field
        .as_str()
        .filter(|text| (1..=MAX_SEGMENT).contains(&text.len()) && text.bytes().all(tame))
}

#[cfg(test)]
mod tests;
