//! The place that a client has come to, by a stream or by polls.

use super::crowd::Witness;
use crate::support::setups::Id;

#[derive(Default)]
pub struct Place {
    /// The last id that came whole.
    pub id: Option<Id>,
    /// It was told that it has missed something, and has seen nothing since.
    pub missed: bool,
}

impl Place {
    /// A picture came.
    pub fn see(&mut self, id: Id, witness: &mut Witness) {
        witness.pictures += 1;
        match self.id {
            Some(place) if self.missed => witness.gap(place, id),
            Some(place) => witness.step(place, id),
            None => {}
        }
        self.missed = false;
        self.id = Some(id);
    }
}
