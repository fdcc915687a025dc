//! The options by which several processes, on one machine or on several, take part in one run.

use clap::Args;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The options about several processes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Several processes")]
pub(crate) struct Together {
    /// A name that several processes share, so that each of them knows the broadcasts of all: one publishes, and the
    /// others measure with --listen-only how long its broadcasts take. Their clocks are to agree
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) run: Option<String>,

    /// The moment to begin at, for processes that are to begin together: as 2026-01-31T12:00:00Z (RFC 3339), in seconds
    /// since 1970, or from now on as +10s
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) at: Option<Moment>,
}

/// A moment, since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(Duration);

impl Moment {
    /// The time until this moment; zero if it has passed.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_sub(now())
    }
}

fn now() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}

fn name(text: &str) -> Result<String, String> {
    match text.is_empty() {
        true => Err("a name is needed".to_owned()),
        false => Ok(text.to_owned()),
    }
}

fn moment(text: &str) -> Result<Moment, String> {
    let now = now();
    let moment = match text.strip_prefix('+') {
        Some(time) => now + super::some_time(time)?,
        None => absolute(text).ok_or(
            "a moment is 2026-01-31T12:00:00Z, or seconds since 1970, or a time from now as +10s",
        )?,
    };
    match moment < now {
        true => Err(format!(
            "this moment was {} s ago",
            (now - moment).as_secs()
        )),
        false => Ok(Moment(moment)),
    }
}

fn absolute(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let moment: jiff::Timestamp = text.parse().ok()?;
    moment.as_duration().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_or_seconds_or_from_now() {
        let noon = Duration::from_secs(4_102_488_000);
        for text in [
            "2100-01-01T12:00:00Z",
            "2100-01-01T14:00:00+02:00",
            "4102488000",
        ] {
            assert_eq!(moment(text), Ok(Moment(noon)), "{text}");
        }
        let left = moment("+1h").unwrap().left();
        assert!(left <= Duration::from_secs(3600) && left > Duration::from_secs(3000));
    }

    #[test]
    fn a_moment_that_has_passed_or_is_none_is_refused() {
        assert!(
            moment("2001-01-01T12:00:00Z")
                .unwrap_err()
                .contains("s ago")
        );
        for text in ["", "+", "noon", "-1", "nan", "2100-01-01"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
