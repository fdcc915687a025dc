//! The place of a client among the pictures, by its stream or by its polls.

use super::crowd::Witness;
use crate::support::setups::Id;

#[derive(Default)]
pub struct Place {
    /// The last id that the client got.
    pub id: Option<Id>,
    /// The client was told that it has missed a picture, and has seen none since.
    pub missed: bool,
}

impl Place {
    /// Takes a picture that came.
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
