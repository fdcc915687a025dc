//! Warnings for the application's author: of a call that does nothing where it is made, and of code that holds the
//! loop. Each line names the place. A line is logged once, or seldom, however often its cause occurs, and all lines
//! together are bounded.

use crate::timer_wheel::Tick;
use std::{collections::HashMap, fmt, time::Duration};

/// The time from which on code that holds the loop is named in the log: people notice a delay of a tenth of a second.
pub const TOO_LONG: Duration = Duration::from_millis(100);
/// The time after which slow code is named again.
pub const PAUSE: Duration = Duration::from_secs(60);
/// The most different lines that are logged within a pause, since strangers may choose the names of channels.
const MOST_LINES: usize = 64;
/// The most letters of a channel's name that a line shows.
const MOST_LETTERS: usize = 60;

/// A channel's name in a line of the log.
pub struct ChannelName<'a>(pub &'a str);

impl fmt::Display for ChannelName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = self.0.chars();
        let shown: String = letters.by_ref().take(MOST_LETTERS).collect();
        let more = if letters.next().is_some() { "…" } else { "" };
        write!(f, "the channel {shown:?}{more}")
    }
}

/// The lines that were logged, each with the time when it was logged last.
#[derive(Default)]
pub struct Warnings(HashMap<String, Tick>);

impl Warnings {
    /// True if the line that `key` stands for is to be logged: it was not logged within the last `pause`, and the lines
    /// are not too many.
    pub fn is_due(&mut self, key: &str, pause: Duration, now: Tick) -> bool {
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
    fn the_number_of_lines_is_bounded_whatever_names_a_stranger_chooses() {
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
}
