//! A loop that nobody looks at or holds: the view and the hold are parts of the program.

use super::{Handler, Reactor};
use std::time::Duration;

impl<H: Handler> Reactor<H> {
    /// Takes no look, and knows of no next look.
    pub(super) fn look(&mut self, _: &mut H) -> (bool, Option<Duration>) {
        (false, None)
    }

    /// Does not hold the turn.
    pub(super) fn hold(&mut self, _: &mut H) -> std::io::Result<()> {
        Ok(())
    }
}
