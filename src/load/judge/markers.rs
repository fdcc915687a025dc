//! The markers of a run's broadcasts: keywords that a server echoes in its events. Pure.
//!
//! `load`, the run, `p`, the process, `n`, the number of the broadcast, `t`, when it was due, `z`. All processes of a run
//! read each other's markers, and each measures from when the broadcast was due, by its own clock.

use std::time::Duration;

/// The markers of a process.
#[derive(Debug)]
pub(crate) struct Markers {
    /// The beginning that the markers of all processes of the run have in common.
    family: String,
    process: String,
    /// When the process began, since 1970.
    began: Duration,
}

/// A marker in an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Marker<'a> {
    pub(crate) text: &'a str,
    /// This process published the event.
    pub(crate) is_own: bool,
    /// The number of the broadcast at the process that published it.
    pub(crate) number: u32,
    /// When the broadcast was due, since this process began; 0 if that was before.
    pub(crate) due: Duration,
}

impl Markers {
    /// The markers of a process of a run. Both names are of small letters and digits, and that of the process has no `n`.
    pub(crate) fn new(run: &str, process: &str, began: Duration) -> Self {
        Self {
            family: format!("load{run}p"),
            process: process.to_owned(),
            began,
        }
    }

    /// The marker of a broadcast of this process that is due at `due`.
    pub(crate) fn write(&self, number: u32, due: Duration) -> String {
        let (family, process) = (&self.family, &self.process);
        let due = (self.began + due).as_micros();
        format!("{family}{process}n{number}t{due}z")
    }

    /// The first marker of the run in a text.
    pub(crate) fn read<'a>(&self, text: &'a [u8]) -> Option<Marker<'a>> {
        let family = self.family.as_bytes();
        let start = memchr::memmem::find(text, family)?;
        let text = &text[start..];
        let mut at = family.len();
        let process = upto(text, &mut at, b'n')?;
        let number = upto(text, &mut at, b't')?.parse().ok()?;
        let due = Duration::from_micros(upto(text, &mut at, b'z')?.parse().ok()?);
        Some(Marker {
            text: std::str::from_utf8(&text[..at]).ok()?,
            is_own: process == self.process,
            number,
            due: due.saturating_sub(self.began),
        })
    }
}

/// The letters and digits up to a letter, which `at` is then behind.
fn upto<'a>(text: &'a [u8], at: &mut usize, letter: u8) -> Option<&'a str> {
    let rest = &text[*at..];
    let is_end = |byte: &u8| *byte == letter || !byte.is_ascii_alphanumeric();
    let end = rest.iter().position(is_end)?;
    *at += end + 1;
    match rest[end] == letter {
        true => std::str::from_utf8(&rest[..end]).ok(),
        false => None,
    }
}

impl From<&str> for Markers {
    /// The markers of a run with one process.
    fn from(run: &str) -> Self {
        Self::new(run, "", Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: Duration = Duration::from_secs(1_700_000_000);
    const DUE: Duration = Duration::from_millis(1500);

    #[test]
    fn a_marker_is_read_wherever_it_is_echoed() {
        let markers = Markers::new("x7", "ab", BEGAN);
        let text = markers.write(11, DUE);
        assert_eq!(text, "loadx7pabn11t1700000001500000z");
        for echo in [
            text.clone(),
            format!("{{\"keyword\":\"{text}\"}}"),
            format!("a+{text}+b"),
            format!("load{text}"),
        ] {
            let marker = markers.read(echo.as_bytes()).unwrap();
            assert_eq!((marker.text, marker.number), (&*text, 11));
            assert_eq!((marker.is_own, marker.due), (true, DUE));
        }
        for part in (0..text.len()).map(|end| &text[..end]) {
            assert_eq!(markers.read(part.as_bytes()), None, "{part}");
        }
        for text in [
            "loady7pabn1t1z",
            "loadx7pabnt1z",
            "loadx7pab n1t1z",
            "loadx7pabn-1t1z",
        ] {
            assert_eq!(markers.read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_process_reads_the_markers_of_another_by_its_own_clock() {
        let second = Duration::from_secs(1);
        let marker = Markers::new("x", "a", BEGAN).write(3, DUE);
        let later = Markers::new("x", "b", BEGAN + second);
        let read = later.read(marker.as_bytes()).unwrap();
        assert_eq!((read.is_own, read.due), (false, DUE - second));
        let last = Markers::new("x", "c", BEGAN + 2 * second);
        assert_eq!(last.read(marker.as_bytes()).unwrap().due, Duration::ZERO);
        let other = Markers::new("y", "a", BEGAN);
        assert_eq!(other.read(marker.as_bytes()), None);
    }
}
