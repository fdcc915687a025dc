//! The reasons why the tour ends before its last step.

use std::{fmt, io};

/// A reason.
#[derive(Debug)]
pub enum Fault {
    /// Standard output or standard input fails.
    Terminal(io::Error),
    /// A step does not show what it is to show.
    Step(String),
}

impl Fault {
    /// The fault of a step.
    pub(super) fn of(why: impl Into<String>) -> Self {
        Self::Step(why.into())
    }

    /// The fault of a step whose part `what` fails.
    pub(super) fn in_part(what: &str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Step(format!("{what}: {error}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminal(error) => error.fmt(f),
            Self::Step(why) => f.write_str(why),
        }
    }
}

/// The fault of standard output or standard input.
impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Terminal(error)
    }
}
