//! The viewers of the loop: streams of the operator's that tell the loop's state. They are subscribers of no channel.

use super::owner::Purpose;

/// The most viewers: half of the operator's places.
const MOST: usize = 8;

/// The viewers, and the number of looks that were taken for them.
#[derive(Default)]
pub struct Viewers {
    all: Vec<Purpose>,
    looks: u64,
    /// True if viewers may set the pace of the loop.
    pub may_hold: bool,
}

impl Viewers {
    /// True if there are as many viewers as there may be.
    pub fn is_full(&self) -> bool {
        self.all.len() >= MOST
    }

    /// Adds a viewer's stream.
    pub fn add(&mut self, stream: Purpose) {
        self.all.push(stream);
    }

    /// True if there is a viewer with this purpose.
    pub fn has(&self, stream: Purpose) -> bool {
        self.all.contains(&stream)
    }

    /// Forgets the viewers whose streams are over. Returns the others.
    pub fn present(&mut self, is_there: impl FnMut(&Purpose) -> bool) -> &[Purpose] {
        self.all.retain(is_there);
        &self.all
    }

    /// True once there was a viewer.
    pub fn are_known(&self) -> bool {
        self.looks > 0 || !self.all.is_empty()
    }

    /// Counts a look.
    pub fn looked(&mut self) {
        self.looks += 1;
    }

    /// The number of looks.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// The number of viewers, some of whose streams may be over.
    pub fn len(&self) -> usize {
        self.all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::owner::{Owner, RouteName},
        *,
    };
    use crate::reactor::Token;

    #[test]
    fn viewers_are_bounded_and_forgotten_once_their_streams_are_over() {
        let mut viewers = Viewers::default();
        let stream = |number| Purpose {
            owner: Owner::Stream(Token::numbered(number), number),
            route: RouteName::default(),
        };
        for number in 1..=MOST as u32 {
            assert!(!viewers.is_full() && !viewers.has(stream(number)));
            viewers.add(stream(number));
            assert!(viewers.has(stream(number)));
        }
        assert!(viewers.is_full());
        let there = viewers.present(|viewer| *viewer != stream(3));
        assert_eq!(there.len(), MOST - 1);
        assert!(!viewers.is_full() && !viewers.has(stream(3)));
        viewers.looked();
        assert_eq!((viewers.looks(), viewers.len()), (1, MOST - 1));
    }
}
