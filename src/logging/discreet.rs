//! Rules for a record before it becomes a line: a stranger's text cannot forge a line, a stranger cannot flood the log,
//! and Flickr's key is in no line.

use env_logger::Logger;
use log::{Level, Log, Metadata, Record};
use std::{
    collections::HashMap,
    fmt::Write,
    sync::Mutex,
    time::{Duration, Instant},
};

/// Lines at level info and above that one place in the code may write in a row. After that, it may write one line per
/// [`ONE_MORE`]: a client that makes a limit come and go must not fill the disk.
const IN_A_ROW: u32 = 10;
const ONE_MORE: Duration = Duration::from_secs(10);

/// A logger that filters and escapes records, and hands them to `env_logger`.
pub(super) struct Discreet {
    logger: Logger,
    places: Mutex<HashMap<CallSite, Allowance>>,
}

/// A place in the code that writes lines: module and line.
type CallSite = (Option<&'static str>, Option<u32>);

impl Discreet {
    pub(super) fn new(logger: Logger) -> Self {
        Self {
            logger,
            places: Mutex::default(),
        }
    }

    /// Admits a record, with the number of records left out since the last admitted one. None: this record is left out.
    fn admit(&self, record: &Record<'_>) -> Option<u64> {
        if record.level() > Level::Info {
            return Some(0);
        }
        let place = (record.module_path_static(), record.line());
        let now = Instant::now();
        let mut places = self
            .places
            .lock()
            .expect("nothing panics while it holds the places");
        let allowance = places.entry(place).or_insert_with(|| Allowance::full(now));
        allowance.take(now)
    }
}

impl Log for Discreet {
    /// Leaves out ureq's records below level warn: they hold a look-up's whole URL, and with it the key.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let tells_the_key = metadata.target().starts_with("ureq") && metadata.level() > Level::Warn;
        !tells_the_key && self.logger.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let Some(left_out) = self.admit(record) else {
            return;
        };
        let mut text = visible(&record.args().to_string());
        if left_out > 0 {
            write!(text, " (and {left_out} more like this since the last one)")
                .expect("a string takes everything");
        }
        let mut line = Record::builder();
        line.metadata(record.metadata().clone())
            .module_path(record.module_path())
            .file(record.file())
            .line(record.line());
        self.logger.log(&line.args(format_args!("{text}")).build());
    }

    fn flush(&self) {}
}

/// The text with every character escaped that could end a line, begin another, or show the line otherwise than it is.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_deceptive(letter) {
            visible.extend(letter.escape_default());
        } else {
            visible.push(letter);
        }
    }
    visible
}

/// True for a character that could deceive a reader: control characters (escape sequences begin with one), the two
/// other ends of a line, and characters that are invisible or turn the direction of writing (Unicode's `Bidi_Control`,
/// UAX #9).
fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The lines that one place may still write.
struct Allowance {
    left: u32,
    /// The time of the last refill.
    given: Instant,
    left_out: u64,
}

impl Allowance {
    fn full(now: Instant) -> Self {
        Self {
            left: IN_A_ROW,
            given: now,
            left_out: 0,
        }
    }

    /// Takes a line from the allowance, and returns the number of lines left out since the last one. None: none is
    /// left.
    fn take(&mut self, now: Instant) -> Option<u64> {
        let passed = now.saturating_duration_since(self.given);
        let more = u32::try_from(passed.as_secs() / ONE_MORE.as_secs()).unwrap_or(u32::MAX);
        if more > 0 {
            self.left = self.left.saturating_add(more).min(IN_A_ROW);
            self.given = now;
        }
        if self.left == 0 {
            self.left_out += 1;
            return None;
        }
        self.left -= 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_could_forge_a_line_are_escaped_and_text_is_not() {
        assert_eq!(visible("寿司 “sushi” é 🍣\\"), "寿司 “sushi” é 🍣\\");
        assert_eq!(visible("a\r\nb\tc"), "a\\r\\nb\\tc");
        assert_eq!(
            visible("\u{1b}[31m\u{9b}m\0\u{7f}"),
            "\\u{1b}[31m\\u{9b}m\\u{0}\\u{7f}"
        );
        for letter in "\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}\u{61c}\u{feff}".chars() {
            assert!(visible(&letter.to_string()).is_ascii(), "{letter:?}");
        }
    }

    #[test]
    fn a_place_writes_a_few_lines_in_a_row_and_then_one_now_and_then() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for _ in 0..IN_A_ROW {
            assert_eq!(allowance.take(start), Some(0));
        }
        assert_eq!(allowance.take(start), None);
        assert_eq!(allowance.take(start + ONE_MORE / 2), None);
        assert_eq!(allowance.take(start + ONE_MORE), Some(2));
        assert_eq!(allowance.take(start + ONE_MORE), None);
        let later = start + ONE_MORE * 1000;
        assert_eq!(allowance.take(later), Some(1));
        for _ in 1..IN_A_ROW {
            assert_eq!(allowance.take(later), Some(0));
        }
        assert_eq!(allowance.take(later), None);
    }
}
