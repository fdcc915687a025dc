//! Lines for the application's author: a call that does nothing where it is made, and code that holds the loop. Each
//! line names the place. It is logged once or seldom, however often it happens, and all lines together are bounded.

use crate::server::{Context, timers::Owner};
use crate::timer_wheel::Tick;
use std::{collections::HashMap, fmt, time::Duration};

/// Code that holds the loop for longer is named: with a frame of 16 ms a page stutters at a tenth of a second.
pub(crate) const TOO_LONG: Duration = Duration::from_millis(100);
/// Slow code is named again after so long.
const PAUSE: Duration = Duration::from_secs(60);
/// Different lines that are logged within one pause: names of channels may be a stranger's.
const MOST_LINES: usize = 64;
/// Letters of a channel's name that a line shows.
const MOST_LETTERS: usize = 60;

/// A route, as the log names it: the pattern, and not the path that a client asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct RouteName {
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    /// The pattern that the request's path matched; empty if no route's pattern did.
    pub(crate) path: &'static str,
}

impl fmt::Display for RouteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path {
            "" => f.write_str("Router::otherwise"),
            path => write!(f, "{} {path}", self.method),
        }
    }
}

/// A channel's name in a line of the log.
pub(crate) struct ChannelName<'a>(pub(crate) &'a str);

impl fmt::Display for ChannelName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = self.0.chars();
        let shown: String = letters.by_ref().take(MOST_LETTERS).collect();
        let more = if letters.next().is_some() { "…" } else { "" };
        write!(f, "the channel {shown:?}{more}")
    }
}

/// The lines that were logged, and when.
#[derive(Default)]
pub(crate) struct Warnings(HashMap<String, Tick>);

impl Warnings {
    /// Whether to log the line that `key` stands for: not within `pause` after the last time.
    fn is_due(&mut self, key: &str, pause: Duration, now: Tick) -> bool {
        if let Some(logged) = self.0.get_mut(key) {
            let due = logged.elapsed(now) >= pause;
            if due {
                *logged = now;
            }
            return due;
        }
        if self.0.len() >= MOST_LINES {
            self.0.retain(|_, logged| logged.elapsed(now) < PAUSE);
        }
        let room = self.0.len() < MOST_LINES;
        if room {
            self.0.insert(key.to_owned(), now);
        }
        room
    }
}

impl<A: 'static> Context<'_, A> {
    /// Logs that a call does nothing where it is made, and the call to use instead: once for each place.
    pub(crate) fn mistake(&mut self, what: impl fmt::Display) {
        let line = format!("{}: {what}", self.place());
        if self
            .hub
            .warnings
            .is_due(&line, Duration::MAX, self.io.now())
        {
            log::warn!("{line}");
        }
    }

    /// Names code that held the loop; `part` is what it is of a route or channel.
    pub(crate) fn held_the_loop(&mut self, part: &str, took: Duration) {
        let code = format!("{part}{}", self.place());
        if self.hub.warnings.is_due(&code, PAUSE, self.io.now()) {
            let seconds = took.as_secs_f64();
            log::warn!(
                "{code} took {seconds:.1} s, and all connections waited: code that takes long belongs into a job, by \
                 Context::defer or Context::run"
            );
        }
    }

    /// The route or channel that the code runs for.
    fn place(&self) -> String {
        match self.owner {
            Owner::Channel(channel) => self.hub.channels.name(channel).map_or_else(
                || "a channel that has closed".to_owned(),
                |name| ChannelName(name).to_string(),
            ),
            Owner::Request(..) | Owner::Stream(..) | Owner::Nobody => self.route.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_logged_once_within_its_pause() {
        let (mut warnings, start) = (Warnings::default(), Tick::default());
        assert!(warnings.is_due("slow", PAUSE, start));
        assert!(!warnings.is_due("slow", PAUSE, start.after(PAUSE / 2)));
        assert!(warnings.is_due("slow", PAUSE, start.after(PAUSE)));
        assert!(warnings.is_due("wrong", Duration::MAX, start));
        assert!(!warnings.is_due("wrong", Duration::MAX, start.after(PAUSE * 1000)));
    }

    #[test]
    fn lines_are_bounded_whatever_names_a_stranger_chooses() {
        let (mut warnings, start) = (Warnings::default(), Tick::default());
        let mut logged = |now| {
            let due = |name: &u32| warnings.is_due(&name.to_string(), Duration::MAX, now);
            (0..10_000).filter(due).count()
        };
        assert_eq!(logged(start), MOST_LINES);
        assert_eq!(logged(start.after(PAUSE / 2)), 0);
        assert_eq!(logged(start.after(PAUSE)), MOST_LINES);
        let name = ChannelName(&"\n".repeat(8000)).to_string();
        assert!(name.len() < 200 && !name.contains('\n'), "{name}");
    }

    #[test]
    fn a_place_is_the_route_and_not_the_path_that_a_client_asks_for() {
        let stock = RouteName {
            method: "GET",
            path: "/stocks/{symbol}",
        };
        assert_eq!(stock.to_string(), "GET /stocks/{symbol}");
        assert_eq!(RouteName::default().to_string(), "Router::otherwise");
    }
}
