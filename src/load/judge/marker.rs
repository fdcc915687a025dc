//! Markers: the words by which the broadcasts of a run are told from all other data. Pure.
//!
//! A marker is 36 small letters and digits, so that no server has to escape any of it: `load`, the family, the process,
//! the number of the broadcast, the moment when it was due, and a check. All have a fixed length, so that a marker is
//! found in the middle of a word, too. The processes of one run share the family, by which each knows the markers of all.

use flate2::Crc;
use memchr::memmem::Finder;
use std::time::Duration;

/// Lengths in bytes. A family is one of 2,000 million, a process one of 60 million, and a number is below ten million.
const FAMILY: usize = 6;
const PROCESS: usize = 5;
const NUMBER: usize = 7;
/// In microseconds, until the year 2085.
const DUE: usize = 10;
/// Of 1.7 million markers that were altered one passes for another.
const CHECK: usize = 4;
const WORD: &str = "load";
const LENGTH: usize = WORD.len() + FAMILY + PROCESS + NUMBER + DUE + CHECK;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The markers of a run.
pub(crate) struct Markers {
    /// The beginning of every marker of the run.
    family: Finder<'static>,
    process: u64,
}

/// A marker, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The process that published the broadcast, by a number drawn at random; nothing if it is this process.
    pub(crate) process: Option<u64>,
    /// The number of the broadcast in that process.
    pub(crate) number: u32,
    /// The moment when the broadcast was due, since 1970, in whole microseconds.
    pub(crate) due: Duration,
}

impl Markers {
    /// The markers of the run with this name, of a process of its own.
    pub(crate) fn new(name: &str) -> Self {
        let family = digits(sum(name.as_bytes()), FAMILY);
        Self {
            family: Finder::new(&format!("{WORD}{family}")).into_owned(),
            process: fastrand::u64(..36_u64.pow(PROCESS as u32)),
        }
    }

    /// The marker of this process's broadcast with this number, below ten million, due at `due` since 1970.
    pub(crate) fn text(&self, number: u32, due: Duration) -> String {
        let family = String::from_utf8_lossy(self.family.needle());
        let process = digits(self.process, PROCESS);
        let due = digits(due.as_micros() as u64, DUE);
        let text = format!("{family}{process}{number:0NUMBER$}{due}");
        let check = digits(sum(text.as_bytes()), CHECK);
        text + &check
    }

    /// The first marker of the run in `data`.
    pub(crate) fn find<'a>(&self, data: &'a [u8]) -> Option<&'a [u8]> {
        let mut from = 0;
        while let Some(at) = self.family.find(data.get(from..)?) {
            let at = from + at;
            if let Some(found) = data.get(at..at + LENGTH).filter(|text| is_whole(text)) {
                return Some(found);
            }
            // The beginning of another marker may overlap this one.
            from = at + 1;
        }
        None
    }

    /// Takes apart a marker that was found.
    pub(crate) fn parse(&self, found: &[u8]) -> Option<Marker> {
        let (_, rest) = found.split_at_checked(self.family.needle().len())?;
        let (process, rest) = rest.split_at_checked(PROCESS)?;
        let (number, rest) = rest.split_at_checked(NUMBER)?;
        let (process, due) = (value(process, 36)?, value(rest.get(..DUE)?, 36)?);
        Some(Marker {
            process: (process != self.process).then_some(process),
            number: value(number, 10)? as u32,
            due: Duration::from_micros(due),
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

fn value(digits: &[u8], base: u32) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_marker_is_short_and_of_small_letters_and_digits() {
        let text = Markers::new("a run").text(9_999_999, Duration::from_secs(3_000_000_000));
        assert_eq!(text.len(), 36);
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        assert!(text.bytes().all(is_plain), "{text}");
    }

    #[test]
    fn the_processes_of_a_run_know_each_other_s_markers_and_those_of_no_other_run() {
        let due = Duration::from_micros(1_764_369_000_123_456);
        let [own, same, other] = ["a", "a", "b"].map(Markers::new);
        let text = same.text(7, due);
        let found = own.find(text.as_bytes()).unwrap();
        assert!(other.find(text.as_bytes()).is_none());
        let process = Some(same.process);
        let number = 7;
        assert_eq!(
            own.parse(found),
            Some(Marker {
                process,
                number,
                due
            })
        );
        assert_eq!(same.parse(found).unwrap().process, None);
    }

    proptest! {
        #[test]
        fn a_marker_is_found_in_any_data_and_only_whole(
            name in ".*",
            number in 0..10_000_000_u32,
            micros in 0..3_600_000_000_000_000_u64,
            before in proptest::collection::vec(any::<u8>(), 0..40),
            after in proptest::collection::vec(any::<u8>(), 0..40),
            cut in 1..LENGTH,
        ) {
            let (markers, due) = (Markers::new(&name), Duration::from_micros(micros));
            let text = markers.text(number, due);
            let half = &text.as_bytes()[..cut];
            let data = [&before[..], half, text.as_bytes(), &after].concat();
            let found = markers.find(&data).unwrap();
            prop_assert_eq!(found, text.as_bytes());
            let marker = Marker { process: None, number, due };
            prop_assert_eq!(markers.parse(found), Some(marker));
            let cut = [&before[..], half].concat();
            prop_assert_eq!(markers.find(&cut), None);
        }
    }
}
