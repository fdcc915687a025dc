//! The view of the loop: open or closed, the time of the next look, and the turns since the last. While the view is closed,
//! a turn costs three comparisons more.

use super::story::{Step, Took};
use std::time::{Duration, Instant};
use strum::{EnumCount as _, IntoEnumIterator as _};

/// The time between two looks.
const INTERVAL: Duration = Duration::from_millis(100);
/// The turns between two looks whose parts are noted. A busy loop has thousands, and to take the time of each step of all
/// of them would cost more than a look.
const TURNS: usize = 60;

/// The number of steps of a turn.
pub(crate) const STEPS: usize = Step::COUNT;

/// The names of the steps of a turn, in their order.
pub(crate) fn steps() -> impl Iterator<Item = &'static str> {
    Step::iter().map(Into::into)
}

/// The view, which is open or closed.
#[derive(Debug, Default)]
pub(super) struct View(Option<Box<Open>>);

#[derive(Debug)]
struct Open {
    /// The time of the next look.
    next: Instant,
    /// The number of the last turn.
    last: u64,
    turns: Vec<Turn>,
}

/// A turn, as a look shows it.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) number: u64,
    /// The events that it served.
    pub(crate) events: usize,
    /// The lengths of its steps, the wait first.
    pub(crate) took: [Duration; STEPS],
}

impl View {
    /// Opens the view, unless it is open. A look is due at once.
    pub(super) fn open(&mut self) {
        let open = || Open {
            next: Instant::now(),
            last: 0,
            turns: Vec::new(),
        };
        self.0.get_or_insert_with(|| Box::new(open()));
    }

    pub(super) fn close(&mut self) {
        self.0 = None;
    }

    /// Takes the turns that were noted, and the number of the last turn.
    pub(super) fn take_turns(&mut self) -> (u64, Vec<Turn>) {
        let open = self.0.as_mut();
        open.map_or_else(Default::default, |open| {
            (open.last, std::mem::take(&mut open.turns))
        })
    }

    /// True if the parts of the next turn are to be noted.
    pub(super) fn wants_steps(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.turns.len() < TURNS)
    }

    /// Notes a turn that has ended.
    pub(super) fn note(&mut self, number: u64, reported: usize, took: Option<Took>) {
        let Some(open) = &mut self.0 else {
            return;
        };
        open.last = number;
        if let Some(took) = took.filter(|_| open.turns.len() < TURNS) {
            open.turns.push(Turn {
                number,
                events: reported,
                took,
            });
        }
    }

    /// The time until the next look, which is zero if a look is due. None while the view is closed.
    pub(super) fn left(&self) -> Option<Duration> {
        let open = self.0.as_ref()?;
        Some(open.next.saturating_duration_since(Instant::now()))
    }

    /// Notes that a look is taken.
    pub(super) fn looked(&mut self) {
        if let Some(open) = &mut self.0 {
            open.next = Instant::now() + INTERVAL;
        }
    }
}
