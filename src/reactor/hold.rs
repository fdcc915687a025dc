//! The pace of the loop, and the edges of a turn that is held.

use super::edge::Edge;
use std::{collections::BTreeMap, time::Duration};

/// The time before each turn in slow motion.
const SLOW: Duration = Duration::from_millis(100);

/// The pace of the loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Pace {
    /// The loop turns when there is work.
    #[default]
    Free,
    /// Each turn is held for 100 ms.
    Slow,
    /// Each turn is held until the operator asks for it.
    Paused,
}

/// The pace, and the edges of a turn that is held.
#[derive(Debug, Default)]
pub(super) struct Hold {
    pace: Pace,
    /// True if the operator has asked for the turn that is held.
    is_asked: bool,
    edges: BTreeMap<usize, Edge>,
}

impl Hold {
    /// The pace.
    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// True if turns are held until the operator asks for them.
    pub(super) fn is_paused(&self) -> bool {
        self.pace == Pace::Paused
    }

    /// Sets the pace.
    pub(super) fn set_pace(&mut self, pace: Pace) {
        if self.pace != pace {
            let name: &str = pace.into();
            log::warn!("the pace of the loop is {name}");
        }
        self.pace = pace;
        self.is_asked = false;
    }

    /// Asks for the turn that is held. Returns false if the loop is not paused.
    pub(super) fn ask(&mut self) -> bool {
        self.is_asked = self.pace == Pace::Paused;
        self.is_asked
    }

    /// Ends a hold.
    pub(super) fn end(&mut self) {
        self.is_asked = false;
    }

    /// The number of connections with edges that are kept.
    pub(super) fn kept(&self) -> usize {
        self.edges.len()
    }

    /// Takes the edges that were kept.
    pub(super) fn take_edges(&mut self) -> impl Iterator<Item = (mio::Token, Edge)> + use<> {
        let edges = std::mem::take(&mut self.edges);
        edges
            .into_iter()
            .map(|(token, edge)| (mio::Token(token), edge))
    }

    /// Keeps an edge of a connection for the turn.
    pub(super) fn keep(&mut self, token: mio::Token, edge: Edge) {
        self.edges.entry(token.0).or_default().merge(edge);
    }

    /// The time for which a turn is still held that was held before. None without a bound.
    pub(super) fn left(&self, held: Duration) -> Option<Duration> {
        match self.pace {
            Pace::Free => Some(Duration::ZERO),
            Pace::Slow => Some(SLOW.saturating_sub(held)),
            Pace::Paused if self.is_asked => Some(Duration::ZERO),
            Pace::Paused => None,
        }
    }
}
