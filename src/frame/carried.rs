//! The state of the application as the process of a new version gets it: the counts, and the tokens that clients have
//! spent. Pictures that were found or drawn lately stay behind, since they can be had again.

use super::{PictureFrame, sketch::CarriedSketch};
use crate::handover::CarriedHistogram;
use minicbor::{Decode, Encode};
use std::time::Instant;

/// The state.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
struct CarriedFrame {
    /// The counts by name.
    #[n(0)]
    counts: Vec<(String, u64)>,
    /// The time that look-ups took.
    #[n(1)]
    lookups: CarriedHistogram,
    /// The rates of clients that publish.
    #[n(2)]
    rate: CarriedSketch,
    /// The time until the bucket of all clients is full, in nanoseconds.
    #[n(3)]
    broadcasts: u64,
    /// The clients that had a look-up lately.
    #[n(4)]
    recent: CarriedSketch,
    /// The rates of clients that have pictures drawn.
    #[n(5)]
    drawn: CarriedSketch,
    /// The questions that the source was asked lately, as the source writes them down.
    #[cbor(n(6), with = "minicbor::bytes")]
    source: Vec<u8>,
}

impl PictureFrame {
    /// The state, as bytes for another process.
    pub(crate) fn carry(&self) -> Vec<u8> {
        let now = Instant::now();
        let (counts, lookups) = self.counts.carry();
        let carried = CarriedFrame {
            counts,
            lookups,
            rate: self.rate.carry(now),
            broadcasts: self.broadcasts.carry(now),
            recent: self.recent.carry(now),
            drawn: self.drawn.carry(now),
            source: self.source.carry(now),
        };
        minicbor::to_vec(carried).expect("a Vec takes every byte")
    }

    /// Goes on with the state of another process.
    pub(crate) fn continue_from(&mut self, bytes: &[u8]) {
        let carried: CarriedFrame = match minicbor::decode(bytes) {
            Ok(carried) => carried,
            Err(error) => {
                return log::warn!(
                    "the counts and rates begin anew: they cannot be read ({error})"
                );
            }
        };
        let now = Instant::now();
        self.counts.continue_from(&carried.counts, &carried.lookups);
        self.rate.continue_from(&carried.rate, now);
        self.broadcasts.continue_from(carried.broadcasts, now);
        self.recent.continue_from(&carried.recent, now);
        self.drawn.continue_from(&carried.drawn, now);
        self.source.continue_from(&carried.source, now);
    }
}
