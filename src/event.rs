//! Events, their ids, and their encoding as `text/event-stream` (WHATWG HTML, "Server-sent events", 9.2).
//!
//! A browser that loses its stream comes back with the id of the last event that it got, in `Last-Event-ID`. Ids grow with
//! time, so that an id is a place to resume from.

#[cfg(feature = "frame")]
use crate::handover::CarriedId;
use std::{borrow::Cow, fmt, str::FromStr};

/// The id of an event: the time at which it was published, in milliseconds since 1970, and a number within the
/// millisecond. Ids are ordered as the events are.
///
/// ```
/// use picture_frame::event::{Id, NotAnId};
///
/// let id = Id::at(1_795_255_721_561);
/// assert_eq!(id.to_string(), "1795255721561-0");
/// assert_eq!("1795255721561-0".parse(), Ok(id));
/// assert_eq!("yesterday".parse::<Id>(), Err(NotAnId));
/// assert!(id.next(0) > id); // also when the clock steps back
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    millis: u64,
    sequence: u64,
}

impl Id {
    /// The first id of the millisecond `millis`.
    #[must_use]
    pub fn at(millis: u64) -> Self {
        Self {
            millis,
            sequence: 0,
        }
    }

    /// The greatest id that is smaller than this id; the smallest id of all has none, and is returned.
    #[cfg(feature = "redis")]
    pub(crate) fn before(self) -> Self {
        match self.sequence.checked_sub(1) {
            Some(sequence) => Self { sequence, ..self },
            None if self.millis == 0 => self,
            None => Self {
                millis: self.millis - 1,
                sequence: u64::MAX,
            },
        }
    }

    /// The id that is `count` ids ahead in the same millisecond.
    #[cfg(feature = "redis")]
    pub(crate) fn ahead(self, count: u64) -> Self {
        let sequence = self.sequence.saturating_add(count);
        Self { sequence, ..self }
    }

    /// The last id in a list that is separated by commas. Some proxies fold several fields into such a list. An element that
    /// is no id counts as absent.
    pub(crate) fn last_in(list: &str) -> Option<Self> {
        let mut rest = list;
        while let Some((before, last)) = rest.rsplit_once(',') {
            if let Ok(id) = last.trim().parse() {
                return Some(id);
            }
            rest = before.trim_end();
        }
        rest.parse().ok()
    }

    /// The id after this id when the clock says `millis`. It is greater than this id also when the clock steps back.
    #[must_use]
    pub fn next(self, millis: u64) -> Self {
        match self.sequence.checked_add(1) {
            _ if millis > self.millis => Self::at(millis),
            Some(sequence) => Self {
                millis: self.millis,
                sequence,
            },
            None => Self::at(self.millis.saturating_add(1)),
        }
    }
}

#[cfg(feature = "frame")]
impl From<CarriedId> for Id {
    fn from(CarriedId(millis, sequence): CarriedId) -> Self {
        Self { millis, sequence }
    }
}

#[cfg(feature = "frame")]
impl From<Id> for CarriedId {
    fn from(id: Id) -> Self {
        Self(id.millis, id.sequence)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.sequence)
    }
}

/// The text is not two decimal numbers with a hyphen between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (millis, sequence) = text.split_once('-').ok_or(NotAnId)?;
        Ok(Self {
            millis: number(millis)?,
            sequence: number(sequence)?,
        })
    }
}

/// A number of digits only, since the standard parser would take a plus sign.
fn number<N: FromStr>(digits: &str) -> Result<N, NotAnId> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotAnId);
    }
    digits.parse().map_err(|_| NotAnId)
}

/// Appends one event: its id, its name (if it is not empty) and its data, whose lines may end in any way. The name must
/// be one line. `Context::publish` does this for the subscribers of a channel. A stream of its own gets the bytes by
/// `Context::write`.
///
/// ```
/// use picture_frame::event::{Id, encode};
///
/// let mut out = Vec::new();
/// encode(&mut out, Some(Id::at(7)), "news", "two\nlines");
/// encode(&mut out, None, "", "a message");
/// assert_eq!(out, b"id: 7-0\nevent: news\ndata: two\ndata: lines\n\ndata: a message\n\n");
/// ```
pub fn encode(out: &mut Vec<u8>, id: Option<Id>, name: &str, data: &str) {
    let mut line = |parts: [&str; 3]| parts.map(|part| out.extend_from_slice(part.as_bytes()));
    if let Some(id) = id {
        line(["id: ", &id.to_string(), "\n"]);
    }
    if !name.is_empty() {
        line(["event: ", name, "\n"]);
    }
    for data in with_line_feeds(data).split('\n') {
        line(["data: ", data, "\n"]);
    }
    out.push(b'\n');
}

/// Returns `text` with all its lines ended by LF: they may have ended with CR, or with both.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        false => Cow::Borrowed(text),
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
    }
}

/// An event in its parts.
///
/// ```
/// use picture_frame::event::{Event, Id, encode};
///
/// let mut out = Vec::new();
/// encode(&mut out, Some(Id::at(7)), "news", "two\nlines");
/// let event = Event::decode(std::str::from_utf8(&out)?);
/// assert_eq!((event.id, event.name, &*event.data), (Some("7-0"), "news", "two\nlines"));
/// # Ok::<(), std::str::Utf8Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// The id; none for an event without an id.
    pub id: Option<&'a str>,
    /// The name; empty for an event without a name.
    pub name: &'a str,
    /// The data. Data of a single line borrow from the text that they were decoded from.
    pub data: Cow<'a, str>,
}

impl<'a> Event<'a> {
    /// Decodes an event that [`encode`] wrote. Lines that are no field of an event are passed over.
    #[must_use]
    pub fn decode(text: &'a str) -> Self {
        let (mut event, mut data) = (Self::default(), None);
        for line in text.split('\n') {
            match line.split_once(": ") {
                Some(("id", id)) => event.id = Some(id),
                Some(("event", name)) => event.name = name,
                Some(("data", line)) => match &mut data {
                    None => data = Some(Cow::Borrowed(line)),
                    Some(lines) => {
                        lines.to_mut().push('\n');
                        lines.to_mut().push_str(line);
                    }
                },
                _ => {}
            }
        }
        event.data = data.unwrap_or_default();
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(id: Option<Id>, name: &str, data: &str) -> String {
        let mut out = Vec::new();
        encode(&mut out, id, name, data);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_event_is_its_id_its_name_and_its_data() {
        assert_eq!(
            text(Some(Id::at(7)), "picture", "{}"),
            "id: 7-0\nevent: picture\ndata: {}\n\n"
        );
        assert_eq!(text(None, "missed", "x"), "event: missed\ndata: x\n\n");
        assert_eq!(text(None, "", "x"), "data: x\n\n");
    }

    #[test]
    fn each_line_of_the_data_is_a_line_of_its_own_however_it_ends() {
        assert_eq!(
            text(None, "e", "a\nb\r\nc\rd"),
            "event: e\ndata: a\ndata: b\ndata: c\ndata: d\n\n"
        );
    }

    #[test]
    fn ids_grow_also_when_the_clock_steps_back_or_the_sequence_is_spent() {
        let id = Id::at(1000);
        assert_eq!(id.next(1001), Id::at(1001));
        assert_eq!(id.next(1000).to_string(), "1000-1");
        assert_eq!(id.next(3).to_string(), "1000-1");
        let spent = Id {
            millis: 5,
            sequence: u64::MAX,
        };
        assert_eq!(spent.next(5), Id::at(6));
    }

    #[test]
    fn a_text_that_is_no_id_is_refused() {
        for text in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "+1-2",
            "1-+2",
            "1-2-3",
            " 1-2",
            "1-2\n",
            "a-b",
            "99999999999999999999-0",
        ] {
            assert_eq!(text.parse::<Id>(), Err(NotAnId), "{text:?}");
        }
        assert_eq!("1353283217345-0".parse(), Ok(Id::at(1_353_283_217_345)));
    }

    proptest! {
        #[test]
        fn an_id_survives_being_written(millis: u64, sequence: u64) {
            let id = Id { millis, sequence };
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn an_event_survives_being_encoded(id in any::<Option<(u64, u64)>>(), name in "[a-z]{0,9}", data in "[^\r]{0,40}") {
            let id = id.map(|(millis, sequence)| Id { millis, sequence });
            let text = text(id, &name, &data);
            let event = Event::decode(&text);
            let id = id.map(|id| id.to_string());
            prop_assert_eq!(event, Event { id: id.as_deref(), name: &name, data: Cow::from(&data) });
        }

        #[test]
        #[cfg(feature = "redis")]
        fn the_id_before_is_the_greatest_smaller_id(millis: u64, sequence in prop_oneof![Just(0), any::<u64>()]) {
            let id = Id { millis, sequence };
            let before = id.before();
            prop_assert!(before < id || id == Id::default());
            let is_adjacent = before.next(0) == id;
            prop_assert!(is_adjacent || id == Id::default());
        }

        #[test]
        fn the_next_id_is_greater(millis in 0..u64::MAX, sequence: u64, clock: u64) {
            let id = Id { millis, sequence };
            prop_assert!(id.next(clock) > id);
        }
    }
}
