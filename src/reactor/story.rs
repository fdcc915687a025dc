//! The loop tells its story: lines of the log at level trace, by which a reader can follow each turn. While no logger
//! wants these lines, a line costs a load and a comparison, and the loop takes no further time.
//!
//! A line about a connection has the connection's number as a value of its own (`log::kv`), and the last line of a turn
//! has the duration of each step, so that a logger can draw the turns.

use super::{Token, edge::Edge};
use std::{
    fmt,
    io::IoSlice,
    num::NonZeroU32,
    time::{Duration, Instant},
};
use strum::{EnumCount, IntoEnumIterator, IntoStaticStr};

/// The steps of a turn, in their order.
#[derive(Clone, Copy, Debug, EnumCount, strum::EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Step {
    Wait,
    Serve,
    TellEnds,
    Deliver,
    ReadOn,
    Expire,
    Accept,
    Turn,
    Bury,
}

/// The lengths of the steps of a turn.
pub(super) type Took = [Duration; Step::COUNT];

/// The number of the turn, and the times of the turn's steps while the story is told or shown.
#[derive(Debug, Default)]
pub(super) struct Story {
    turn: u64,
    steps: Option<Steps>,
}

/// The durations of a turn's steps, and the end of the last step.
#[derive(Debug)]
struct Steps {
    ended: Instant,
    took: Took,
}

impl Story {
    /// Begins a turn, whose wait may last for `patience`. The times of its steps are taken if the story is told, or if the
    /// turn is to be shown.
    pub(super) fn begin_turn(&mut self, patience: Option<Duration>, is_shown: bool) {
        self.turn += 1;
        let is_told = log::log_enabled!(log::Level::Trace);
        self.steps = (is_told || is_shown).then(Steps::new);
        if is_told {
            self.tell_patience(patience);
        }
    }

    /// The number of the turn.
    pub(super) fn turn(&self) -> u64 {
        self.turn
    }

    fn tell_patience(&self, patience: Option<Duration>) {
        let turn = self.turn;
        match patience {
            None => log::trace!("turn {turn}: may sleep until an event comes"),
            Some(Duration::ZERO) => log::trace!("turn {turn}: may not sleep, for work is left"),
            Some(patience) => log::trace!("turn {turn}: may sleep for {}", Short(patience)),
        }
    }

    /// Ends the wait, which has `reported` so many events.
    pub(super) fn woke(&mut self, reported: usize, is_interrupted: bool) {
        self.ended(Step::Wait);
        let Some(steps) = &self.steps else {
            return;
        };
        let (turn, slept) = (self.turn, Short(steps.took[Step::Wait as usize]));
        match (is_interrupted, reported) {
            (true, _) => {
                log::trace!("turn {turn}: woke after {slept}: a signal interrupted the wait")
            }
            (false, 0) => {
                log::trace!("turn {turn}: woke after {slept}: no event, the time is over")
            }
            (false, 1) => log::trace!("turn {turn}: woke after {slept}: 1 event"),
            (false, count) => log::trace!("turn {turn}: woke after {slept}: {count} events"),
        }
    }

    /// Ends a step of the turn.
    pub(super) fn ended(&mut self, step: Step) {
        if let Some(steps) = &mut self.steps {
            let now = Instant::now();
            steps.took[step as usize] = now.saturating_duration_since(steps.ended);
            steps.ended = now;
        }
    }

    /// Ends the turn: tells its length, the wait left out, and the parts of it that took a microsecond or more. Returns
    /// the lengths of its steps, if they were taken.
    pub(super) fn end_turn(&mut self) -> Option<Took> {
        let steps = self.steps.take()?;
        let [
            wait,
            serve,
            tell_ends,
            deliver,
            read_on,
            expire,
            accept,
            turn,
            bury,
        ] = steps.took.map(|took| took.as_nanos() as u64);
        log::trace!(
            number = self.turn, wait, serve, tell_ends, deliver, read_on, expire, accept, turn, bury;
            "turn {}: took {steps}", self.turn
        );
        Some(steps.took)
    }
}

impl Steps {
    fn new() -> Self {
        Self {
            ended: Instant::now(),
            took: Default::default(),
        }
    }
}

/// The length of the turn and its parts.
impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = &self.took[Step::Serve as usize..];
        write!(f, "{}", Short(work.iter().sum()))?;
        let mut between = ": ";
        for (step, took) in Step::iter().skip(1).zip(work) {
            if *took >= Duration::from_micros(1) {
                let name: &str = step.into();
                write!(f, "{between}{} {}", name.replace('_', " "), Short(*took))?;
                between = ", ";
            }
        }
        Ok(())
    }
}

/// A duration with three digits.
struct Short(Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos() as f64;
        match nanos {
            ..1e6 => write!(f, "{:.0} µs", nanos / 1e3),
            ..1e9 => write!(f, "{:.1} ms", nanos / 1e6),
            _ => write!(f, "{:.2} s", nanos / 1e9),
        }
    }
}

/// Tells the events of a socket.
pub(super) fn tell_edges(at: Token, edge: Edge) {
    if !log::log_enabled!(log::Level::Trace) {
        return;
    }
    let edges = [
        (edge.is_readable, "readable"),
        (edge.is_writable, "writable"),
        (edge.is_end, "the peer's end"),
        (edge.is_failure, "a failure"),
    ];
    let reported = edges.iter().filter(|(is_reported, _)| *is_reported);
    let reported: Vec<&str> = reported.map(|(_, edge)| *edge).collect();
    log::trace!(
        connection = at.generation;
        "connection {at} in slot {}: {}", at.index, reported.join(", ")
    );
}

/// Tells of an event whose connection is gone.
pub(super) fn tell_stale(token: mio::Token) {
    log::trace!(
        "an event is stale: slot {} has lost that connection",
        Token::slot_of(token)
    );
}

/// Tells the result of a write.
pub(super) fn tell_write(connection: NonZeroU32, taken: usize, slices: &[IoSlice<'_>]) {
    log::trace!(
        connection;
        "connection {connection}: took {taken} of {} bytes{}",
        slices.iter().map(|slice| slice.len()).sum::<usize>(),
        if taken == 0 { ", would block" } else { "" }
    );
}
