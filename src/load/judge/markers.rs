//! The markers of a run's broadcasts: words that a server sends in its events, told from all other data. Pure.
//!
//! A marker is 36 small letters and digits, so that no server has to escape any of it: `load`, the run, the process, the
//! number of the broadcast, the moment when it was due, and a check. All have a fixed length: a marker is found in the
//! middle of a word, too, and no run's name is the beginning of another's. All processes of a run read each other's
//! markers, and each measures from when the broadcast was due, by its own clock.

use flate2::Crc;
use memchr::memmem::Finder;
use std::time::Duration;

const WORD: &str = "load";
/// Lengths in bytes. A run is one of 2,000 million, a process one of 60 million, and a number is below ten million.
const RUN: usize = 6;
const PROCESS: usize = 5;
const NUMBER: usize = 7;
/// In microseconds, until the year 2085.
const DUE: usize = 10;
/// Of 1.7 million markers that were altered one passes for another.
const CHECK: usize = 4;
const LENGTH: usize = WORD.len() + RUN + PROCESS + NUMBER + DUE + CHECK;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The markers of a process.
#[derive(Debug)]
pub(crate) struct Markers {
    /// The beginning that the markers of all processes of the run have in common.
    family: Finder<'static>,
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
    /// The markers of a process of a run, by their names.
    pub(crate) fn new(run: &str, process: &str, began: Duration) -> Self {
        let run = digits(sum(run.as_bytes()), RUN);
        Self {
            family: Finder::new(&format!("{WORD}{run}")).into_owned(),
            process: digits(sum(process.as_bytes()), PROCESS),
            began,
        }
    }

    /// When the process began, since 1970.
    pub(crate) fn began(&self) -> Duration {
        self.began
    }

    /// The marker of a broadcast of this process, with a number below ten million, that is due at `due`.
    pub(crate) fn write(&self, number: u32, due: Duration) -> String {
        let (family, process) = (self.family.needle(), &self.process);
        let family = String::from_utf8_lossy(family);
        let due = digits((self.began + due).as_micros() as u64, DUE);
        let text = format!("{family}{process}{number:0NUMBER$}{due}");
        let check = digits(sum(text.as_bytes()), CHECK);
        text + &check
    }

    /// The first marker of the run in a text.
    pub(crate) fn read<'a>(&self, text: &'a [u8]) -> Option<Marker<'a>> {
        let mut from = 0;
        while let Some(at) = self.family.find(text.get(from..)?) {
            let at = from + at;
            let whole = text.get(at..at + LENGTH).filter(|text| is_whole(text));
            if let Some(marker) = whole.and_then(|text| self.parse(text)) {
                return Some(marker);
            }
            // The beginning of another marker may overlap this one.
            from = at + 1;
        }
        None
    }

    fn parse<'a>(&self, marker: &'a [u8]) -> Option<Marker<'a>> {
        let text = std::str::from_utf8(marker).ok()?;
        let (_, rest) = text.split_at_checked(WORD.len() + RUN)?;
        let (process, rest) = rest.split_at_checked(PROCESS)?;
        let (number, rest) = rest.split_at_checked(NUMBER)?;
        let due = Duration::from_micros(u64::from_str_radix(rest.get(..DUE)?, 36).ok()?);
        Some(Marker {
            text,
            is_own: process == self.process,
            number: number.parse().ok()?,
            due: due.saturating_sub(self.began),
        })
    }
}

fn is_whole(text: &[u8]) -> bool {
    let (text, check) = text.split_at(LENGTH - CHECK);
    digits(sum(text), CHECK).as_bytes() == check
}

fn sum(bytes: &[u8]) -> u64 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().into()
}

/// The last `length` digits of a number, to base 36.
fn digits(mut number: u64, length: usize) -> String {
    let mut digits = vec![b'0'; length];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 36) as usize];
        number /= 36;
    }
    String::from_utf8_lossy(&digits).into_owned()
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
    use proptest::{collection::vec, prelude::*};

    const BEGAN: Duration = Duration::from_secs(1_700_000_000);
    const DUE_AT: Duration = Duration::from_millis(1500);

    #[test]
    fn a_marker_is_short_and_of_small_letters_and_digits() {
        let text = Markers::new("A run", "", 2 * BEGAN).write(9_999_999, DUE_AT);
        assert_eq!(text.len(), 36);
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        assert!(text.bytes().all(is_plain), "{text}");
    }

    #[test]
    fn a_process_reads_the_markers_of_another_by_its_own_clock() {
        let second = Duration::from_secs(1);
        let marker = Markers::new("x", "a", BEGAN).write(3, DUE_AT);
        let later = Markers::new("x", "b", BEGAN + second);
        let read = later.read(marker.as_bytes()).unwrap();
        assert_eq!((read.is_own, read.due), (false, DUE_AT - second));
        let last = Markers::new("x", "c", BEGAN + 2 * second);
        assert_eq!(last.read(marker.as_bytes()).unwrap().due, Duration::ZERO);
        for name in ["y", "xp", ""] {
            let other = Markers::new(name, "a", BEGAN);
            assert_eq!(other.read(marker.as_bytes()), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_marker_is_read_in_any_data_and_only_whole(
            run in ".*",
            number in 0..10_000_000_u32,
            micros in 0..1_800_000_000_000_000_u64,
            before in vec(any::<u8>(), 0..40),
            after in vec(any::<u8>(), 0..40),
            cut in 1..LENGTH,
        ) {
            let (markers, due) = (Markers::new(&run, "a", BEGAN), Duration::from_micros(micros));
            let text = markers.write(number, due);
            let half = &text.as_bytes()[..cut];
            let data = [&before[..], half, text.as_bytes(), &after].concat();
            let marker = Marker { text: &text, is_own: true, number, due };
            prop_assert_eq!(markers.read(&data), Some(marker));
            let cut = [&before[..], half].concat();
            prop_assert_eq!(markers.read(&cut), None);
        }
    }
}
