//! A loop without a view, which is a part of the program.

use super::story::Took;
use mio::Events;

/// The view, which is never open.
#[derive(Debug, Default)]
pub(super) struct View;

impl View {
    pub(super) fn wants_steps(&self) -> bool {
        false
    }

    pub(super) fn note(&mut self, _: u64, _: &Events, _: Option<Took>) {}
}
