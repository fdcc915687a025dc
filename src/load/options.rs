//! The options of the load test, checked one by one. Nothing is opened or started here.

pub(crate) mod publishing;

use super::{
    require::Requirement,
    stages::StagePlan,
    values::{count, some_time},
};
use clap::{Args, ValueEnum};
use publishing::Publishing;
use std::{
    net::IpAddr,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Hold a crowd of subscribers, and prove that each gets every event once.
///
/// Subscribes to any server of Server-Sent Events over HTTP/1.1 or 1.0, plain or over TLS, and publishes at a fixed rate if
/// --publish says where. Checks for every subscriber that each event came exactly once and in order: an event is known by
/// the marker that this run publishes, or else by its id.
#[derive(Clone, Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    // In this text, `(n)` stands for the mark with braces, which clap would take for a line break.
    /// The URL of the event stream, such as http://127.0.0.1:4000/subscribe; http or https. `(n)` in its user, path and
    /// query stands for the number of the subscriber, from 0. A user and a password in it are sent as Basic authorization.
    /// Several URLs have the same stream: subscribers are spread over them in turn, and a subscriber that comes back asks at
    /// the next, so that all are one crowd, and every event is for every subscriber. Redirects are followed, up to five
    #[arg(value_name = "URL", required = true)]
    pub(super) urls: Vec<String>,

    /// Subscribers that behave: each of them is checked to get each event
    #[arg(long, value_name = "N", default_value = "1000", value_parser = count)]
    pub(super) subscribers: u32,

    /// A field that each subscriber and fetcher sends, in place of its own of that name; without a value, the field is left
    /// out. `(n)` stands for the number of the subscriber. Authorization, Cookie and Host do not go along to another server
    /// that a redirect leads to
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(super) headers: Vec<String>,

    /// A file with a token in each line: subscriber n sends token n as its Bearer authorization. With fewer tokens than
    /// subscribers, the tokens begin anew
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub(super) bearer_file: Option<PathBuf>,

    /// Trust the certificates in this file, in PEM, in place of the roots that browsers trust
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub(super) ca: Option<PathBuf>,

    /// Trust any certificate: another machine on the way can then read and change everything
    #[arg(long, conflicts_with = "ca")]
    pub(super) insecure: bool,

    /// The URL to publish to, such as http://127.0.0.1:4000/publish: a form with a `keyword`, which the server is to echo
    /// in the event
    #[arg(long, value_name = "URL")]
    pub(super) publish: Option<String>,

    /// Time between two publishes, however slow the server is; latency counts from when a publish was due
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = some_time)]
    pub(super) every: Duration,

    /// Time to hold the crowd, once all are connected
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = some_time)]
    pub(super) hold: Duration,

    /// Crowds of growing size, and how long to hold each, such as 1000:30s,5000:30s,20000:60s: finds the knee in one run.
    /// Events are published all along
    #[arg(long, value_name = "N:TIME", value_delimiter = ',', value_parser = StagePlan::parse)]
    #[arg(conflicts_with_all = ["subscribers", "hold", "storm", "stalled", "slow", "half_open"])]
    pub(super) stages: Vec<StagePlan>,

    /// Connections to open per second
    #[arg(long, value_name = "PER_SECOND", default_value = "2000", value_parser = count)]
    pub(super) ramp: u32,

    /// Local addresses to connect from, in turn. Each has some 28,000 ports. Without this option: as many addresses of
    /// 127.0.0.0/8 as are needed for a server on loopback, and the system's choice for any other
    #[arg(long, value_name = "ADDR", value_delimiter = ',')]
    pub(super) bind: Vec<IpAddr>,

    /// Subscribers per minute that drop and come back with Last-Event-ID; also written N/min
    #[arg(long, value_name = "N", default_value = "0", value_parser = per_minute)]
    pub(super) churn: u32,

    /// Further subscribers that never read
    #[arg(long, value_name = "N", default_value = "0")]
    pub(super) stalled: u32,

    /// Further subscribers that read 16 bytes a second
    #[arg(long, value_name = "N", default_value = "0")]
    pub(super) slow: u32,

    /// Further subscribers that vanish without closing: once answered, their kernel drops every packet for them and
    /// acknowledges none, as if a cable were unplugged
    #[arg(long, value_name = "N", default_value = "0")]
    pub(super) half_open: u32,

    /// Drop all subscribers at once, half-way; they come back after the time that the server told them by `retry`
    #[arg(long)]
    pub(super) storm: bool,

    /// Have each subscriber fetch the picture that an event names (`url` in its JSON), as an open page does: up to 2 s
    /// later, over a second connection that it keeps. Of several pictures the newest is fetched. A picture on another
    /// host is counted and not fetched
    #[arg(long)]
    pub(super) fetch_picture: bool,

    /// The server's process on this machine, to measure the memory and processor time of it and of its children. Without
    /// this option both are read from /metrics of each server
    #[arg(long)]
    pub(super) pid: Option<u32>,

    /// Have a new version of the server take over each time this has passed, while the crowd is held: SIGUSR2 is sent to
    /// the process of --pid, and then to the processes that take over
    #[arg(long, value_name = "TIME", value_parser = some_time, requires = "pid")]
    pub(super) upgrade_every: Option<Duration>,

    /// The name of the run, of 1 to 16 letters and digits: processes with the same name are parts of one run, know the
    /// events that the others publish, and their reports can be merged. Without it: a random name
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(super) run: Option<String>,

    /// The moment to begin at, so that processes begin together: as 2026-01-31T12:00:00Z (RFC 3339), in seconds since 1970
    /// as date +%s tells it, or from now on as +10s
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(super) at: Option<SystemTime>,

    /// Requirement on a figure of --json, such as 'delivery p99 < 250ms', 'lost == 0' or 'server.memory.each < 1KiB', with
    /// <, <=, >, >= or ==; repeatable. A requirement that is not met is a fault
    #[arg(long, value_name = "REQUIREMENT", value_parser = Requirement::parse)]
    pub(super) require: Vec<Requirement>,

    /// Longest wait for an answer, and at the end for events that are still to arrive
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = some_time)]
    pub(super) timeout: Duration,

    /// The name of the event by which the server says that it could not bring every event after a reconnect. Without this
    /// option: `missed` if the server is picture-frame, which its /metrics tells, and none otherwise
    #[arg(long, value_name = "NAME")]
    pub(super) gap_event: Option<String>,

    /// Whether a stream that the server ends properly is a fault: `pass` or `fail`. Subscribers come back in any case,
    /// and an event that they lose is a fault
    #[arg(long, value_name = "VERDICT", default_value = "pass")]
    pub(super) ends: Ends,

    /// Exit with status 0 also if a part of the events, or nothing at all, could be checked
    #[arg(long)]
    pub(super) allow_unchecked: bool,

    /// A name for this run, to tell reports apart
    #[arg(long, value_name = "TEXT")]
    pub(super) title: Option<String>,

    /// Write all figures to a file: times in seconds, sizes in bytes
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub(super) json: Option<PathBuf>,

    /// Write a page with the figures as curves and tables: a single file that needs nothing else
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub(super) html: Option<PathBuf>,

    #[command(flatten)]
    pub(super) publishing: Publishing,
}

impl Options {
    /// The URL to publish to, as given or as the dialect has it.
    pub(super) fn place(&self) -> Option<String> {
        let known = || self.publishing.url(self.urls.first()?);
        self.publish.clone().or_else(known)
    }
}

/// The judgement on streams that the server ends properly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Ends {
    Pass,
    Fail,
}

const AFTER_HELP: &str = "\
TIME is a number and ms, s, m or h, such as 500ms; without a unit it is in seconds.
Control-C ends the run and reports the figures until then. So does a terminal that is closed, except under nohup(1).
Exit status: 0 passed; 1 failed: an event was lost, late, doubled, out of order or altered, a stream was dropped, a \
publish or a picture failed, a requirement was not met, or a file could not be written at the end; 2 a bad option, a file \
that cannot be written, or a limit of this machine in the way (ports, open files), in the middle of a run with the \
figures until then; 3 partly checked, or nothing was checked (0 with --allow-unchecked).";

/// The name of a run. It is part of markers, which a server may show in small letters.
fn name(text: &str) -> Result<String, String> {
    let letter = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    match (1..=16).contains(&text.len()) && text.bytes().all(letter) {
        true => Ok(text.to_owned()),
        false => Err("1 to 16 small letters and digits are needed".to_owned()),
    }
}

/// A moment, at most a day from now: a later one is a slip.
fn moment(text: &str) -> Result<SystemTime, String> {
    let now = SystemTime::now();
    let at = match text.strip_prefix('+') {
        Some(time) => now.checked_add(some_time(time)?),
        None => absolute(text),
    };
    match at {
        Some(at) if at <= now + Duration::from_secs(86_400) => Ok(at),
        _ => Err(
            "a moment is 2026-01-31T12:00:00Z, or seconds since 1970, or a time from now as +10s, at most a day from now"
                .to_owned(),
        ),
    }
}

fn absolute(text: &str) -> Option<SystemTime> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.into());
    }
    let seconds = text.parse().ok().filter(|it: &f64| *it > 0.0)?;
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

/// A file's name. A name that begins with a hyphen is rather an option, and the value before it is missing.
pub(super) fn file(text: &str) -> Result<PathBuf, String> {
    match text.strip_prefix('-') {
        Some(_) => Err(format!("write ./{text} if it is a file's name")),
        None => Ok(text.into()),
    }
}

fn per_minute(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix("/min").unwrap_or(text);
    match number.parse() {
        Ok(number @ 0..=1_000_000) => Ok(number),
        _ => Err("a number from 0 to 1000000 is needed, as 60 or 60/min".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_or_is_in_seconds() {
        for (text, millis) in [
            ("1s", 1000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1.5", 1500),
            ("1h", 3_600_000),
        ] {
            assert_eq!(some_time(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "0", "-1s", "1d", "inf", "nan", "1e9", "0.1ms"] {
            assert!(some_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_moment_is_in_seconds_since_1970_and_not_far_off() {
        assert_eq!(moment("1.5"), Ok(UNIX_EPOCH + Duration::from_millis(1500)));
        for text in ["", "0", "-1", "now", "9999999999", "1e300", "nan"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_run_is_short_and_plain() {
        assert_eq!(name("run7"), Ok("run7".to_owned()));
        for text in ["", "Run", "a-b", "seventeenlettersx"] {
            assert!(name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rate_may_say_that_it_is_per_minute() {
        assert_eq!(per_minute("60/min"), Ok(60));
        assert_eq!(per_minute("0"), Ok(0));
        assert!(per_minute("60/s").is_err());
    }
}
