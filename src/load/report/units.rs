//! Numbers and texts as people read them.

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
const KIBIBYTE: f64 = 1024.0;

/// A whole number, with commas between thousands.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A rate: a whole number from ten on, since more digits are noise.
pub(crate) fn rate(number: f64) -> String {
    match number {
        n if n >= 10.0 => count(n.round() as u64),
        n => short(n, 2),
    }
}

/// A time in the unit that suits it, to three digits.
pub(crate) fn time(seconds: f64) -> String {
    let (unit, name) = match seconds.abs() {
        s if s >= 1000.0 => return duration(seconds),
        s if s >= 0.9995 => (1.0, "s"),
        s if s >= 0.000_999_5 => (1e-3, "ms"),
        _ => (1e-6, "µs"),
    };
    let digits = if unit == 1e-6 {
        0
    } else {
        three(seconds / unit)
    };
    format!("{:.digits$} {name}", seconds / unit)
}

/// A longer time, in whole seconds and above.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match seconds {
        s if s < 10.0 => format!("{} s", short(s, 1)),
        s if s < 2.0 * MINUTE => format!("{whole} s"),
        s if s < 2.0 * HOUR => format!("{} min {} s", whole / 60, whole % 60),
        s if s < 2.0 * DAY => format!("{} h {} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3600 % 24),
    }
}

/// Bytes in the unit that suits them, to three digits.
pub(crate) fn bytes(bytes: f64) -> String {
    let (unit, name) = byte_unit(bytes);
    let digits = if unit == 1.0 { 0 } else { three(bytes / unit) };
    format!("{:.digits$} {name}", bytes / unit)
}

/// The unit for sizes up to `most` bytes.
pub(crate) fn byte_unit(most: f64) -> (f64, &'static str) {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let fits = |power: &usize| most.abs() >= KIBIBYTE.powi(*power as i32);
    let power = (1..units.len()).rev().find(fits).unwrap_or(0);
    (KIBIBYTE.powi(power as i32), units[power])
}

/// The unit for moments from 0 to `until`, in seconds.
pub(crate) fn moment_unit(until: f64) -> (f64, &'static str) {
    match until {
        s if s <= 2.0 * MINUTE => (1.0, "s"),
        s if s <= 2.0 * HOUR => (MINUTE, "min"),
        s if s <= 3.0 * DAY => (HOUR, "h"),
        _ => (DAY, "d"),
    }
}

/// A number with at most so many digits behind the point, without zeros at the end.
pub(crate) fn short(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    if text == "-0" { "0" } else { text }.to_owned()
}

/// `1 event`, `2 events`.
pub(crate) fn many(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(number))
}

/// A text from outside, without letters that steer a terminal or change the direction of text.
pub(crate) fn printable(text: &str) -> String {
    let steers = |letter: char| {
        letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(steers, "\u{fffd}")
}

/// The digits behind the point of a number with three digits in all.
fn three(number: f64) -> usize {
    match number.abs() {
        n if n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (10_000, "10,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!(many(1, "event"), "1 event");
        assert_eq!(many(1000, "event"), "1,000 events");
        assert_eq!((rate(0.25), rate(1234.5)), ("0.25".into(), "1,235".into()));
    }

    #[test]
    fn times_have_three_digits_and_their_unit() {
        for (seconds, text) in [
            (0.0, "0 µs"),
            (0.000_024_3, "24 µs"),
            (0.000_999_9, "1.00 ms"),
            (0.012_34, "12.3 ms"),
            (0.1234, "123 ms"),
            (0.9999, "1.00 s"),
            (12.345, "12.3 s"),
            (3725.0, "62 min 5 s"),
        ] {
            assert_eq!(time(seconds), text);
        }
        assert_eq!(duration(6.25), "6.2 s");
        assert_eq!(duration(60.0), "60 s");
        assert_eq!(duration(7260.0), "2 h 1 min");
        assert_eq!(duration(200_000.0), "2 d 7 h");
    }

    #[test]
    fn sizes_have_three_digits_and_their_unit() {
        for (size, text) in [
            (0.0, "0 B"),
            (609.5, "610 B"),
            (1024.0, "1.00 KiB"),
            (10_190_848.0, "9.72 MiB"),
            (-2048.0, "-2.00 KiB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn letters_that_steer_a_terminal_are_taken_out() {
        assert_eq!(
            printable("a\x1b[2Jb\u{202e}c\n"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}"
        );
        assert_eq!(printable("Größe ✓"), "Größe ✓");
    }

    #[test]
    fn zeros_at_the_end_are_left_out() {
        assert_eq!(short(2.50, 2), "2.5");
        assert_eq!(short(20.0, 0), "20");
        assert_eq!(short(-0.001, 1), "0");
    }
}
