//! The signs of life of a server: a supervisor of the process learns from them that the loop turns.

use super::parts::alarm::{Alarm, WATCH};
use crate::timer_wheel::Tick;
use std::{fmt, time::Duration};

/// A sign of life, given on the loop's thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The loop turns.
    Turning { subscribers: usize },
    /// The process of this number serves from here on.
    Succeeded { by: u32 },
    /// The server has begun to stop.
    Stopping { subscribers: usize },
}

/// The regular signs that a server gives.
pub(crate) struct Watch {
    period: Duration,
    tell: Box<dyn FnMut(Sign)>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("period", &self.period)
            .finish_non_exhaustive()
    }
}

impl Watch {
    /// Has `tell` called with a sign each `period`. It must not block, since it runs on the loop.
    pub(crate) fn new(period: Duration, tell: impl FnMut(Sign) + 'static) -> Self {
        Self {
            period,
            tell: Box::new(tell),
        }
    }

    /// Gives a sign.
    pub(super) fn tell(&mut self, sign: Sign) {
        (self.tell)(sign);
    }

    /// The alarm of the next sign, to be set.
    pub(super) fn next(&self, now: Tick) -> Alarm {
        Alarm {
            id: WATCH,
            at: now.after(self.period),
        }
    }
}
