//! The filling in of the index: names in double braces, and the values that the names stand for.

use super::file::File;
use std::{borrow::Cow, sync::Arc};

/// A name in double braces, and the value that the name stands for.
pub(super) type Filling<V> = (&'static str, V);

/// An index whose names were filled in.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) tag: String,
    pub(super) values: Vec<Filling<String>>,
    pub(super) text: Arc<[u8]>,
}

impl Filled {
    /// True if this is the index `file`, filled in with these values.
    pub(super) fn is(&self, file: &File, values: &[Filling<impl AsRef<str>>]) -> bool {
        let own = self.values.iter().map(|(name, value)| (*name, &**value));
        let asked = values.iter().map(|(name, value)| (*name, value.as_ref()));
        self.tag == file.tag && own.eq(asked)
    }
}

/// Replaces the names in double braces in `text` by their values, escaped for HTML. A name that has no value stays.
pub(super) fn filled(text: &str, tag: &str, values: &[Filling<impl AsRef<str>>]) -> String {
    let mut parts = text.split("{{");
    let mut out = String::with_capacity(2 * text.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let found = part.split_once("}}").and_then(|(name, rest)| {
            let value = match name {
                "tag" => tag,
                name => values.iter().find(|(known, _)| *known == name)?.1.as_ref(),
            };
            Some((value, rest))
        });
        match found {
            Some((value, rest)) => out.extend([&*escape(value), rest]),
            None => out.extend(["{{", part]),
        }
    }
    out
}

fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    Cow::Owned(text.replace('"', "&quot;").replace('\'', "&#39;"))
}
