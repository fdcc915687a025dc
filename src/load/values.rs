//! The values of several options: counts and times.

use std::time::Duration;

/// A count from 1 to a million.
pub(super) fn count(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number @ 1..=1_000_000) => Ok(number),
        _ => Err("a number from 1 to 1000000 is needed".to_owned()),
    }
}

/// A time from a millisecond to 11 days: a longer one is a slip.
pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let found = units
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)));
    let (number, unit) = found.unwrap_or((text, 1.0));
    let number = number.trim_end().parse::<f64>().ok();
    match number.map(|number| number * unit) {
        Some(seconds) if (0.001..=1e6).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("a time is a number and ms, s, m or h, as 500ms, and at least 1ms".to_owned()),
    }
}
