//! A loop that nobody looks at: the view is a part of the program.

use super::{Handler, Reactor};
use std::time::Duration;

impl<H: Handler> Reactor<H> {
    /// Takes no look, and knows of no next look.
    pub(super) fn look(&mut self, _: &mut H) -> (bool, Option<Duration>) {
        (false, None)
    }
}
