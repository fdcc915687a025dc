//! The hand goes round the slab of connections.

/// A hand: the slot at which the search for connections goes on.
#[derive(Default)]
pub struct Hand(usize);

impl Hand {
    /// The next slot of a slab whose slots lie below `top`. After the last slot comes the first.
    pub fn next(&mut self, top: usize) -> usize {
        self.0 = if self.0 + 1 < top { self.0 + 1 } else { 0 };
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_comes_to_every_slot_of_a_slab_that_grows_and_shrinks() {
        let mut hand = Hand::default();
        for (top, slots) in [
            (3, &[1, 2, 0, 1][..]),
            (5, &[2, 3, 4, 0, 1]),
            (2, &[0, 1, 0]),
            (0, &[0, 0]),
        ] {
            for slot in slots {
                assert_eq!(hand.next(top), *slot, "below {top}");
            }
        }
    }
}
