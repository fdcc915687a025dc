//! The entries of the stream: an event of any of the servers, with the token that tells a repetition from a new event.
//!
//! ```text
//! p 3f2a…-17   n picture   d {"url":…}   l 1795260675202-0
//! ```

use super::link::{bytes, id, list};
use crate::event::Id;
use redis::{Cmd, Value};
use serde::de::IgnoredAny;

/// The most bytes of an entry's values. A larger entry is none of ours.
const MOST: usize = 64 * 1024;

/// The content of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An event.
    Event(Event),
    /// A server's word that it has seen the event of this id, which Redis may have lost.
    Mark(Id),
    /// The entry is none of ours, for this reason.
    Foreign(&'static str),
}

/// An event in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The token of the server that has appended the event. An event that was appended twice has the same token.
    pub token: String,
    pub name: String,
    pub data: String,
    /// The newest event that the server had read when it appended this event.
    pub seen: Option<Id>,
}

impl Content {
    /// True if this is the event of this token.
    pub fn has_token(&self, token: &str) -> bool {
        matches!(self, Self::Event(event) if event.token == token)
    }
}

/// The entries of a reply, oldest first, each with its id.
pub fn entries(reply: &Value) -> Vec<(Id, Content)> {
    let entry = |value: &Value| {
        let [key, fields] = list(value) else {
            return None;
        };
        Some((id(key)?, content(list(fields))))
    };
    list(reply).iter().filter_map(entry).collect()
}

/// The content of an entry with these fields.
pub fn content(fields: &[Value]) -> Content {
    read(fields).unwrap_or_else(Content::Foreign)
}

fn read(fields: &[Value]) -> Result<Content, &'static str> {
    let (mut token, mut name, mut data, mut seen) = (None, None, None, None);
    let mut size = 0;
    for pair in fields.chunks(2) {
        let value = pair.get(1).map(bytes).unwrap_or_default();
        size += value.len();
        if size > MOST {
            return Err("it is too large");
        }
        let value = str::from_utf8(value).map_err(|_| "it is not UTF-8")?;
        let field = match bytes(&pair[0]) {
            b"p" => &mut token,
            b"n" => &mut name,
            b"d" => &mut data,
            b"l" => &mut seen,
            _ => return Err("it has other fields"),
        };
        *field = Some(value.to_owned());
    }
    let seen = seen.map(|text| text.parse().map_err(|_| "its l is no id"));
    let seen = seen.transpose()?;
    match (token, name, data, seen) {
        (Some(_), None, None, Some(seen)) => Ok(Content::Mark(seen)),
        (Some(token), Some(name), Some(data), seen) => {
            check(&name, &data)?;
            Ok(Content::Event(Event {
                token,
                name,
                data,
                seen,
            }))
        }
        _ => Err("it lacks a field"),
    }
}

fn check(name: &str, data: &str) -> Result<(), &'static str> {
    let has_lines = |text: &str| text.contains(['\n', '\r']);
    if has_lines(name) || has_lines(data) {
        return Err("it has several lines");
    }
    serde_json::from_str::<IgnoredAny>(data)
        .map(drop)
        .map_err(|_| "its data is no JSON")
}

/// Adds the fields of an event to a command.
pub fn add(command: &mut Cmd, event: &Event) {
    command.arg("p").arg(&event.token);
    command.arg("n").arg(&event.name);
    command.arg("d").arg(&event.data);
    if let Some(seen) = event.seen {
        command.arg("l").arg(seen.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(texts: &[&[u8]]) -> Vec<Value> {
        let value = |text: &&[u8]| Value::BulkString(text.to_vec());
        texts.iter().map(value).collect()
    }

    #[test]
    fn an_event_survives_its_way_through_the_stream() {
        for seen in [None, Some(Id::at(7))] {
            let event = Event {
                token: "a-1".into(),
                name: "picture".into(),
                data: "{\"url\":\"é\"}".into(),
                seen,
            };
            let mut command = Cmd::new();
            add(&mut command, &event);
            let arguments = command.args_iter().map(|argument| match argument {
                redis::Arg::Simple(bytes) => Value::BulkString(bytes.to_vec()),
                _ => Value::Nil,
            });
            let arguments: Vec<Value> = arguments.collect();
            assert_eq!(content(&arguments), Content::Event(event));
        }
        let mark = fields(&[b"p", b"a-2", b"l", b"7-0"]);
        assert_eq!(content(&mark), Content::Mark(Id::at(7)));
    }

    #[test]
    fn an_entry_that_is_none_of_ours_is_told_apart() {
        let large = "1".repeat(MOST + 1);
        let half = "1".repeat(MOST / 2);
        let not_text = [
            &["p", "a", "n", "b", "d"].map(str::as_bytes)[..],
            &[b"\"\xff\""],
        ];
        let content_of = |texts: &[&[u8]]| content(&fields(texts));
        let strange = content_of(&not_text.concat());
        assert_eq!(strange, Content::Foreign("it is not UTF-8"));
        for texts in [
            &[][..],
            &["p", "a"],
            &["p", "a", "n", "b", "d", "1", "x", "1"],
            &["p", "a", "n", "b", "d", "no JSON"],
            &["p", "a", "n", "b", "d", "[1,\n2]"],
            &["p", "a", "n", "b\nid: 7", "d", "1"],
            &["p", "a", "n", "b", "d", "1", "l", "x"],
            &["p", "a", "n", "b", "d", &large],
            &["p", &half, "n", "b", "d", &half],
            &["p", "a", "n", "b", "d"],
        ] {
            let texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
            let content = content_of(&texts);
            assert!(matches!(content, Content::Foreign(_)), "{content:?}");
        }
    }
}
