//! A loop without a view, which is a part of the program.

use super::{Handler, Reactor, story::Took};
use std::time::Duration;

/// The view, which is never open.
#[derive(Debug, Default)]
pub(super) struct View {}

impl View {
    pub(super) fn wants_steps(&self) -> bool {
        false
    }

    pub(super) fn note(&mut self, _: u64, _: usize, _: Option<Took>) {}
}

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
