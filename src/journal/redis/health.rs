//! The health of the connection to Redis: a line in the log when Redis is lost, and one when it is back.

use super::fault::Fault;
use crate::journal::Link;
use std::sync::Mutex;

/// The most lines about one outage, which may show in several ways.
const MOST_LINES: usize = 3;

/// The user of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Reads the stream.
    Reader,
    /// Appends events.
    Writer,
    /// Counts the audience. Events are shared without it.
    Tally,
    /// Counts the look-ups. Events are shared without it.
    LookUps,
}

/// The health of all connections.
pub struct Health {
    /// The server's name in the log.
    name: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last fault of each side that has not recovered.
    faults: [Option<Fault>; 4],
    /// The kinds of faults that the log has told since all sides were well.
    told: Vec<String>,
}

impl State {
    fn is_up(&self) -> bool {
        self.faults[Side::Reader as usize].is_none() && self.faults[Side::Writer as usize].is_none()
    }
}

impl Health {
    /// The health of the connections to the server of this name. The server was reached by an earlier process, or was
    /// not reached before.
    pub fn new(name: String, is_up: bool) -> Self {
        let mut state = State::default();
        if !is_up {
            state.faults[Side::Reader as usize] = Some(Fault::Away("not reached".to_owned()));
        }
        let state = Mutex::new(state);
        Self { name, state }
    }

    /// True if events can be appended and read.
    pub fn is_up(&self) -> bool {
        self.state().is_up()
    }

    /// Notes that a side has met a fault. Returns news if Redis is lost by it.
    pub fn lost(&self, side: Side, fault: &Fault) -> Option<Link> {
        let mut state = self.state();
        let was_up = state.is_up();
        state.faults[side as usize] = Some(fault.clone());
        let is_told = state.told.iter().any(|kind| kind == fault.kind());
        if !is_told && state.told.len() < MOST_LINES {
            state.told.push(fault.kind().to_owned());
            let name = &self.name;
            let then = match side {
                Side::Tally | Side::LookUps if !fault.is_of_every_write() => {
                    "each server counts its own audience and quota"
                }
                _ => "streams go on, and publishes are answered 503",
            };
            log::error!("Redis at {name} {fault}: {then}");
        }
        (was_up && !state.is_up()).then_some(Link::Down)
    }

    /// Notes that a side is well. Returns news if Redis is back by it.
    pub fn well(&self, side: Side) -> Option<Link> {
        let mut state = self.state();
        let was_up = state.is_up();
        state.faults[side as usize] = None;
        if state.faults.iter().all(Option::is_none) && !state.told.is_empty() {
            state.told.clear();
            log::info!("Redis at {} is back", self.name);
        }
        (!was_up && state.is_up()).then_some(Link::Up)
    }

    /// Notes that Redis takes the writes of the tally, and so every write that it did not refuse for its own sake.
    pub fn takes_writes(&self) -> Option<Link> {
        let is_over = |side: Side| {
            let fault = self.state().faults[side as usize].clone();
            fault.is_some_and(|fault| fault.is_of_every_write())
        };
        if is_over(Side::LookUps) {
            self.well(Side::LookUps);
        }
        is_over(Side::Writer)
            .then(|| self.well(Side::Writer))
            .flatten()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away() -> Fault {
        Fault::Away("refused".to_owned())
    }

    #[test]
    fn redis_is_up_while_reader_and_writer_are_well() {
        let health = Health::new("here".to_owned(), false);
        assert_eq!(health.well(Side::Reader), Some(Link::Up));
        assert_eq!(health.lost(Side::Tally, &away()), None);
        assert_eq!(health.lost(Side::Reader, &away()), Some(Link::Down));
        assert_eq!(health.lost(Side::Writer, &away()), None);
        assert_eq!(health.well(Side::Reader), None);
        assert_eq!(health.takes_writes(), Some(Link::Up));
        assert_eq!(health.well(Side::Reader), None);
    }

    #[test]
    fn a_refusal_of_one_command_is_not_over_when_another_command_is_carried_out() {
        let health = Health::new("here".to_owned(), false);
        health.well(Side::Reader);
        let refused = Fault::refused("NOPERM", "no");
        assert_eq!(health.lost(Side::Writer, &refused), Some(Link::Down));
        assert_eq!(health.takes_writes(), None);
        assert_eq!(health.well(Side::Writer), Some(Link::Up));
    }

    #[test]
    fn a_count_of_look_ups_that_is_refused_is_not_over_when_the_audience_is_counted() {
        let health = Health::new("here".to_owned(), false);
        health.well(Side::Reader);
        for fault in [away(), Fault::refused("WRONGTYPE", "no")] {
            assert_eq!(health.lost(Side::LookUps, &fault), None);
            health.well(Side::Tally);
            assert_eq!(health.state().told, [fault.kind()]);
            assert_eq!(health.takes_writes(), None);
            assert_eq!(health.state().told.is_empty(), fault == away());
        }
        health.well(Side::LookUps);
        assert!(health.state().told.is_empty());
    }

    #[test]
    fn an_outage_has_a_line_for_each_kind_of_fault_and_three_lines_at_most() {
        let health = Health::new("here".to_owned(), false);
        health.well(Side::Reader);
        for _ in 0..9 {
            for code in ["LOADING", "OOM", "NOPERM", "MISCONF"] {
                health.lost(Side::Writer, &Fault::refused(code, "no"));
            }
        }
        assert_eq!(health.state().told, ["LOADING", "OOM", "NOPERM"]);
        health.well(Side::Writer);
        assert!(health.state().told.is_empty());
    }
}
