//! Reads an answer: bytes in, pictures or a failure out. It is lenient photo by photo: an odd field costs that field or
//! its photo, never the answer. Only the wanted fields are kept, so the memory does not depend on the rest of an
//! answer.

use super::{failure::QuestionFailure, field::Field, photo, secret::Secret};
use crate::source::Picture;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{error::Category, value::RawValue};
use std::fmt;

/// Error codes that blame the keyword: nothing to search for, too many ORs, a URL that Flickr blocks. There is no
/// picture of it.
const NO_PICTURE: [u64; 3] = [3, 77, 116];
const INVALID_KEY: u64 = 100;
/// Error codes by which Flickr says "not currently available".
const UNAVAILABLE: [u64; 5] = [0, 10, 105, 106, 201];
/// Photos that are read of an answer. A question asks for 30, but an answer of 1 MiB has room for 10,000.
const MOST: usize = 50;

/// The parts of an answer. The list of photos is parsed later, so that an odd list does not make the answer unreadable.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    stat: Field<'a>,
    #[serde(borrow)]
    photos: Option<&'a RawValue>,
    #[serde(borrow, default)]
    code: Field<'a>,
    #[serde(borrow, default)]
    message: Field<'a>,
}

#[derive(Deserialize)]
struct Photos<'a> {
    #[serde(borrow)]
    photo: Option<&'a RawValue>,
}

/// The first photos of a list, each as its JSON text.
struct List<'a>(Vec<&'a RawValue>);

/// The pictures of an answer, without those on hosts other than Flickr's and `image_origin`, and without those that
/// hold the key.
pub(super) fn pictures(
    body: &mut [u8],
    image_origin: Option<&str>,
    secret: &Secret,
) -> Result<Vec<Picture>, QuestionFailure> {
    mend_surrogates(body);
    let json = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    // A byte that is no UTF-8, as in a title in Latin-1, costs one character and not the answer.
    let json = String::from_utf8_lossy(json);
    let answer: Envelope<'_> =
        serde_json::from_str(&json).map_err(|error| unreadable(&json, &error))?;
    match answer.stat.as_str() {
        Some("ok") => Ok(listed(&answer)
            .iter()
            .filter_map(|photo| photo::picture(photo, image_origin, secret))
            .collect()),
        Some("fail") => failed(&answer, secret),
        _ => Err(not_flickrs()),
    }
}

/// The photos of an answer that can be read.
fn listed<'a>(answer: &Envelope<'a>) -> Vec<photo::Photo<'a>> {
    let photos = answer.photos.and_then(read::<Photos<'_>>);
    let list = photos.and_then(|photos| read::<List<'_>>(photos.photo?));
    let list = list.map_or(Vec::new(), |list| list.0);
    list.into_iter().filter_map(read).collect()
}

fn read<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Option<T> {
    serde_json::from_str(json.get()).ok()
}

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(AnyList)
    }
}

struct AnyList;

impl<'de> Visitor<'de> for AnyList {
    type Value = List<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<'de>, A::Error> {
        let mut found = Vec::new();
        while found.len() < MOST
            && let Some(photo) = list.next_element()?
        {
            found.push(photo);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(List(found))
    }
}

fn failed(answer: &Envelope<'_>, secret: &Secret) -> Result<Vec<Picture>, QuestionFailure> {
    let message = photo::line(secret.window(&answer.message.text()));
    // The key is hidden before the cut, since a cut could leave the beginning of the key.
    let message = photo::cut(&secret.hide(&message)).unwrap_or_else(|| "no reason given".into());
    let Some(code) = answer.code.number() else {
        return Err(QuestionFailure::Refused(format!(
            "an error without a code: {message}"
        )));
    };
    let why = format!("error {code}: {message}");
    match code {
        code if NO_PICTURE.contains(&code) => Ok(Vec::new()),
        INVALID_KEY => Err(QuestionFailure::Key(why)),
        code if UNAVAILABLE.contains(&code) => Err(QuestionFailure::Transient(why)),
        _ => Err(QuestionFailure::Refused(why)),
    }
}

fn not_flickrs() -> QuestionFailure {
    QuestionFailure::Unreadable("JSON, but not Flickr's".into())
}

/// The failure for an answer that is no JSON of Flickr's. It tells the kind by the first letter, and quotes nothing.
fn unreadable(body: &str, error: &serde_json::Error) -> QuestionFailure {
    if error.classify() == Category::Data {
        return not_flickrs();
    }
    QuestionFailure::Unreadable(match body.trim_start().bytes().next() {
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

/// Replaces each lone surrogate escape by U+FFFD, as in a title that was cut in the middle of an emoji. Such an escape
/// is valid JSON but no text, and serde_json would refuse the whole answer for it.
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

/// The code unit of a `\uXXXX` at `at`. None if another text is there.
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
