//! A loop without a hold, which is a part of the program.

use super::edge::Edge;

#[derive(Debug, Default)]
pub(super) struct Hold {}

impl Hold {
    pub(super) fn is_paused(&self) -> bool {
        false
    }

    /// No edge is kept.
    pub(super) fn kept(&self) -> usize {
        0
    }

    /// There are no edges.
    pub(super) fn take_edges(&mut self) -> [(mio::Token, Edge); 0] {
        []
    }
}
