//! A hand that goes round the slab of connections.

/// The slot at which a search goes on.
#[derive(Default)]
pub struct Hand(usize);

impl Hand {
    /// The next slot of a slab whose slots lie below `top`. After the last one comes the first.
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
