//! Parsers of option values. An error's text says which values are allowed.

use crate::reactor::Address;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// The bytes that the path of a unix socket may have (unix(7), `sun_path` without its final zero).
const LONGEST_PATH: usize = 107;

pub(super) fn address(text: &str) -> Result<Address, String> {
    let text = text.trim();
    if let Some(path) = text.strip_prefix("unix:") {
        return match path.len() {
            1..=LONGEST_PATH => Ok(Address::Unix(path.into())),
            _ => Err(format!(
                "the path of a unix socket has 1 to {LONGEST_PATH} bytes"
            )),
        };
    }
    let wrong = "an address is an IP address and a port, as 127.0.0.1:4000 or [::1]:4000, or unix: and a path";
    let text = text
        .strip_prefix("localhost:")
        .map_or(text.to_owned(), |port| format!("127.0.0.1:{port}"));
    let address: Result<SocketAddr, _> = text.parse();
    address.map(Address::Tcp).map_err(|_| wrong.to_owned())
}

/// Seconds that may have a fraction. At most 1,000,000 (11 days), since a longer wait is a typing error.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=1e6).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("seconds are a number from 0 to 1000000, as 2.5".to_owned()),
    }
}

pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("0 seconds make no sense here".to_owned()),
        wait if wait < Duration::from_millis(1) => {
            Err("a thousandth of a second is the least".to_owned())
        }
        wait => Ok(wait),
    }
}

fn within(text: &str, most: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(format!("a number from 1 to {most} is needed")),
    }
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    within(text, 1024)
}

pub(super) fn history(text: &str) -> Result<usize, String> {
    within(text, 1_000_000)
}

pub(super) fn limit(text: &str) -> Result<usize, String> {
    within(text, u32::MAX as usize)
}

pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() {
        Ok(path)
    } else {
        Err("there is no such folder".to_owned())
    }
}

/// The limit of all clients together. With `--publish-rate 0` the operator wants no limit, so the default is none as
/// well.
pub(super) fn broadcast_rate(given: Option<u32>, publish_rate: u32) -> u32 {
    let default = if publish_rate == 0 { 0 } else { 5 };
    given.unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction_and_must_make_sense() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for text in ["", "-1", "x", "inf", "NaN", "1e7"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert!(timeout("0").is_err() && timeout("0.0").is_err() && timeout("0.1").is_ok());
    }
}
