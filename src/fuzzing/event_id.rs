//! An event and its id: an id is written as it was read, ids are ordered as their numbers are, and no text breaks out
//! of its event.

use crate::event::{Id, encode};

/// Checks two ids, an event's name and its data, each on a line; the data goes on to the end.
pub fn event_id(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (one, other, name) = (line(), line(), line().replace('\r', ""));
    let (id, numbers) = (check(one), numbers(one));
    if let (Some(other), Some(of_other)) = (check(other), self::numbers(other)) {
        assert_eq!(id.cmp(&Some(other)), numbers.cmp(&Some(of_other)));
    }
    check_event(id, &name, line());
}

/// Checks a text as an id, and returns the id if it is one.
fn check(text: &str) -> Option<Id> {
    let id: Option<Id> = text.parse().ok();
    assert_eq!(id.is_some(), numbers(text).is_some(), "{text:?}");
    let id = id?;
    assert_eq!(id.to_string().parse(), Ok(id));
    let (millis, sequence) = numbers(text)?;
    assert_eq!(id.to_string(), format!("{millis}-{sequence}"));
    for clock in [0, millis.saturating_sub(1), millis, sequence] {
        let is_last = millis == u64::MAX && sequence == u64::MAX;
        assert!(id.next(clock) > id || is_last);
    }
    assert!(id.next(millis.saturating_add(1)) >= Id::at(millis.saturating_add(1)) || sequence > 0);
    Some(id)
}

/// The numbers of an id, read by code of its own.
fn numbers(text: &str) -> Option<(u64, u64)> {
    let (millis, sequence) = text.split_once('-')?;
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if !digits(millis) || !digits(sequence) {
        return None;
    }
    Some((millis.parse().ok()?, sequence.parse().ok()?))
}

/// Reads an event as a browser does (WHATWG HTML, section 9.2.6), and asserts that it is the event that was written.
fn check_event(id: Option<Id>, name: &str, data: &str) {
    let mut out = Vec::new();
    encode(&mut out, id, name, data);
    let text = String::from_utf8(out).expect("texts stay texts");
    let block = text.strip_suffix("\n\n").expect("an empty line ends it");
    assert!(!block.contains("\n\n") && !block.contains('\r'));
    let (mut ids, mut names, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for line in block.split('\n') {
        match line.split_once(": ") {
            Some(("id", value)) => ids.push(value.to_owned()),
            Some(("event", value)) => names.push(value),
            Some(("data", value)) => lines.push(value),
            _ => panic!("{line:?} is no field"),
        }
    }
    let named: &[&str] = if name.is_empty() { &[] } else { &[name] };
    assert_eq!(ids, Vec::from_iter(id.map(|id| id.to_string())));
    assert_eq!(names, named);
    let normal = data.replace("\r\n", "\n").replace('\r', "\n");
    assert_eq!(lines.join("\n"), normal);
}
