//! A time for each client, in a fixed amount of memory for any number of clients: a count-min sketch.
//!
//! A table of clients could grow, take long to search, or be washed out by a client with many addresses; a fixed grid
//! cannot. A key has one cell in each row, chosen by a hash with a random seed, so that no client can compute its
//! cells. The key's time is the earliest time in its cells. It may be later than it should be, if other keys share all
//! its cells, but never earlier.

use minicbor::{Decode, Encode};
use siphasher::sip::SipHasher13;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// With 4 rows of 8192 cells, a key has the time of other keys with a probability of 0.03 while 4,000 other keys have
/// one. The grid is 256 KiB of address space; the system provides the pages that are written to.
const ROWS: u32 = 4;
const COLUMN_BITS: u32 = 13;

/// A sketch as another process gets it: the seed, and the cells with their distances from the present in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(super) struct CarriedSketch {
    #[n(0)]
    keys: (u64, u64),
    #[n(1)]
    cells: Vec<(u32, u64)>,
}

/// Times per key, in nanoseconds since the owner's `began`.
pub(super) struct Sketch {
    cells: Vec<u64>,
    /// The seed of the hash, which a new version of the program gets with the cells.
    keys: (u64, u64),
}

impl Sketch {
    pub(super) fn new() -> Self {
        // The standard library's hasher has a seed from the system, which its hashes do not tell.
        let random = || RandomState::new().hash_one(0);
        Self {
            cells: vec![0; (ROWS as usize) << COLUMN_BITS],
            keys: (random(), random()),
        }
    }

    /// The sketch as another process gets it: the times later than `now`, as distances from it.
    pub(super) fn carry(&self, now: u64) -> CarriedSketch {
        let later = |(place, time): (usize, &u64)| {
            let distance = time.saturating_sub(now);
            (distance > 0).then_some((place as u32, distance))
        };
        CarriedSketch {
            keys: self.keys,
            cells: self.cells.iter().enumerate().filter_map(later).collect(),
        }
    }

    /// The sketch of another process. A cell that is not known here is passed over.
    pub(super) fn carried(carried: &CarriedSketch, now: u64) -> Self {
        let mut sketch = Self {
            keys: carried.keys,
            ..Self::new()
        };
        for (place, distance) in &carried.cells {
            if let Some(cell) = sketch.cells.get_mut(*place as usize) {
                *cell = now.saturating_add(*distance);
            }
        }
        sketch
    }

    fn hash(&self, key: &impl Hash) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.keys.0, self.keys.1);
        key.hash(&mut hasher);
        hasher.finish()
    }

    /// The time of `key`, or a later one if other keys share all its cells.
    pub(super) fn time(&self, key: &impl Hash) -> u64 {
        let times = places(self.hash(key)).map(|place| self.cells[place]);
        times.min().unwrap_or_default()
    }

    /// Moves the time of `key` on to `time`, unless it is later already.
    pub(super) fn raise(&mut self, key: &impl Hash, time: u64) {
        for place in places(self.hash(key)) {
            // A page of cells that is never written to costs no memory.
            if self.cells[place] < time {
                self.cells[place] = time;
            }
        }
    }
}

/// The cell of a hash in each row, chosen by 13 bits of its own.
fn places(hash: u64) -> impl Iterator<Item = usize> {
    (0..ROWS).map(move |row| {
        let column = (hash >> (row * COLUMN_BITS)) as usize & ((1 << COLUMN_BITS) - 1);
        (row as usize) << COLUMN_BITS | column
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_keys_neither_take_memory_nor_wash_out_a_time() {
        let mut sketch = Sketch::new();
        sketch.raise(&"a", 7);
        for stranger in 0..200_000 {
            sketch.raise(&stranger, 5);
        }
        sketch.raise(&"a", 6);
        assert_eq!(sketch.time(&"a"), 7);
        assert_eq!(sketch.cells.len(), 4 * 8192);
    }

    #[test]
    fn a_sketch_that_is_carried_over_keeps_the_times_to_come() {
        let mut old = Sketch::new();
        old.raise(&"late", 700);
        old.raise(&"over", 90);
        let new = Sketch::carried(&old.carry(100), 5);
        assert_eq!((new.time(&"late"), new.time(&"over")), (605, 0));
    }

    #[test]
    fn few_keys_have_a_time_that_many_others_gave() {
        let mut sketch = Sketch::new();
        for stranger in 0..4_000 {
            sketch.raise(&stranger, 1);
        }
        let fresh = 1_000_000..1_010_000;
        let foreign = fresh.filter(|key| sketch.time(key) > 0).count();
        assert!(foreign < 600, "{foreign} of 10,000");
    }
}
